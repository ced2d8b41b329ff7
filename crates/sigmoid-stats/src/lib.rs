//! Is there an anomaly, when did it turn, and would chance do the same? Thresholds, sigmoid fits and null distributions
