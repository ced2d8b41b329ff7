//! Synthetic networks of borehole strainmeters with known truth.
