//! SINE: P arrival, location and magnitude of earthquakes from a few stations
