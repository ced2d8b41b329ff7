//! Network parameters drawn from a seed, for candle: the same seed gives the same bytes
