//! Cleaning: gaps, steps, spikes, tides, pressure, drift, calibration.
