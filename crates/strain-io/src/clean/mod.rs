//! Spikes, offsets, gaps and drift of one channel, each step on its own, recorded sample by sample and
//! undoable.

mod autoregression;
mod change;
mod coseismic;
mod drift;
mod drift_fit;
#[cfg(test)]
mod drift_tests;
mod fill;
mod hampel;
mod limits;
mod offsets;
#[cfg(test)]
mod tests;

pub use change::{Change, Cleaned};
pub use coseismic::{Coseismic, CoseismicContext, CoseismicRule, Onset, label_coseismic};
pub(crate) use drift::Shape;
pub use drift::{Curing, DriftConfig, DriftFit, fit_drift};
pub(crate) use drift_fit::{Days, fit_curve};
pub use fill::{FillConfig, FillMethod, fill_gaps};
pub use hampel::{HampelConfig, remove_spikes};
pub use offsets::{Offset, OffsetConfig, find_offsets, remove_offsets};
pub(crate) use offsets::{offsets_in, shifts};
