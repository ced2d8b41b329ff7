//! The inner loops, on magnitudes only, written in registers of whatever instruction set the
//! processor has.
//!
//! Given the frequencies of the last sweep, bins are independent of each other: a loop holds every
//! mode of a bin at once. Sums are kept for each register lane over a chunk of [`CHUNK`] registers
//! and then added up in f64, which bounds their rounding.

mod aligned;
mod evaluate;
mod gains;
mod grid;
mod interpolate;
mod optimal;
mod sums;
mod sweep;
mod vector;

pub(crate) use aligned::Aligned;
pub(crate) use evaluate::evaluate;
pub(crate) use gains::{GainReplay, GainSweep, PER_POINT, per_state};
pub(crate) use grid::{Grid, PADDING};
pub(crate) use interpolate::{Gather, Known, NODES, Spread, Tails};
pub(crate) use optimal::OptimalGains;
pub(crate) use sums::Sums;
pub(crate) use sweep::{Sweep, rows_per_register};
pub(crate) use vector::Vector;
pub(crate) use vector::{vectorised, widest_lanes};

/// Registers along the frequency axis that are summed before their sum is added to the total.
const CHUNK: usize = 128;

#[cfg(test)]
mod tests;
