//! Variational mode decomposition (VMD): a signal is split into a few modes, each compact around a
//! centre frequency that is found together with it (Dragomiretskiy & Zosso 2014,
//! [doi:10.1109/TSP.2013.2288675](https://doi.org/10.1109/TSP.2013.2288675)).
//!
//! Two solvers by name, because they answer different questions:
//!
//! - [`Solver::Reference`] repeats what the reference implementation (`vmdpy` 0.2) does, its
//!   absolute stop rule, its hard cap of 499 sweeps and its returned last-but-one iterate included:
//!   for comparing with published results.
//! - [`Solver::Converged`] (the default) finds the fixed point itself: scale-free tolerance, a
//!   certificate of stationarity beside the result, modes sorted by frequency.
//!
//! [`decompose`] takes one signal; [`VmdPlan`] repeats it for many signals of one length;
//! [`decompose_multivariate`] finds frequencies common to several channels;
//! [`decompose_successive`] and [`choose_modes`] find the number of modes;
//! [`decompose_segmented`] and [`SegmentedStream`] slide a window along a long record (*segmented*
//! VMD, which some papers call SVMD; not successive VMD).
//!
//! Frequencies are in cycles per sample (0 to 0.5); [`period`] converts.
//!
//! ```
//! use vmd::{VmdConfig, decompose, period};
//!
//! // 20 days of an hourly tide: 25.82 h and 12.42 h.
//! let tide = |hour: usize| {
//!     let t = std::f64::consts::TAU * hour as f64;
//!     10.0 * (t / 25.82).cos() + 20.0 * (t / 12.42).cos()
//! };
//! let signal: Vec<f64> = (0..480).map(tide).collect();
//!
//! let result = decompose(&signal, &VmdConfig::new(2, 2000.0))?;
//! assert!(result.stop.converged());
//! let hours: Vec<f64> = result.center_frequencies.iter().map(|&f| period(f, 1.0)).collect();
//! assert!((hours[0] - 25.82).abs() < 0.5 && (hours[1] - 12.42).abs() < 0.1);
//! # Ok::<(), vmd::VmdError>(())
//! ```

mod admm;
mod choose;
mod config;
mod converged;
mod core;
mod cosine;
mod error;
mod extraction;
mod init;
mod kernel;
mod linear;
mod multivariate;
mod plan;
mod problem;
mod real;
mod reference;
mod sampled;
mod segmented;
mod solution;
mod spectrum;
#[cfg(feature = "proptest")]
pub mod strategies;
mod successive;
mod trace;

pub use ndarray;

pub use choose::{ModeChoice, ModeRule, ModeTrial, choose_modes};
pub use config::{Init, Solver, VmdConfig};
pub use error::VmdError;
pub use multivariate::{MultivariateDecomposition, MultivariatePlan, decompose_multivariate};
pub use plan::{VmdPlan, decompose};
pub use real::Real;
pub use segmented::{
    EndGuard, ModeIdentity, SegmentMode, SegmentReport, SegmentedConfig, SegmentedDecomposition,
    SegmentedStep, SegmentedStream, decompose_segmented, decompose_segmented_channels,
};
pub use solution::{CrossCheck, Decomposition, StopReason, period};
pub use successive::{
    SuccessiveConfig, SuccessiveDecomposition, SuccessiveStop, decompose_successive,
};
pub use trace::TraceStep;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadmeDoctests;
