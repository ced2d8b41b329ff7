use std::fmt;
use std::sync::Arc;

use realfft::{ComplexToReal, FftNum, RealFftPlanner, RealToComplex};

use crate::kernel::Vector;

/// The number types that signals may have: `f32` and `f64` (sealed).
///
/// Frequencies, certificates, every sum over the spectrum and sweeps at nodes are `f64` for both; with
/// `f32` the samples, the transforms and sweeps over all bins are `f32`.
///
/// ```
/// use vmd::{VmdConfig, decompose};
///
/// let signal: Vec<f32> = (0..200).map(|i| (0.3 * i as f32).cos()).collect();
/// let found = decompose(&signal, &VmdConfig::new(1, 200.0))?;
/// assert!((found.center_frequencies[0] - 0.3 / std::f64::consts::TAU).abs() < 1e-3);
/// assert!((found.modes[[0, 100]] - signal[100]).abs() < 0.1);
/// # Ok::<(), vmd::VmdError>(())
/// ```
pub trait Real: Vector + FftNum + Default + PartialOrd + fmt::Display {
    /// Transforms of `len` samples. Every algorithm that a planner chooses from is compiled where
    /// the planner is: here, once, not in every crate that makes a plan.
    #[doc(hidden)]
    fn transforms(len: usize) -> Transforms<Self>;
}

/// There and back.
type Transforms<T> = (Arc<dyn RealToComplex<T>>, Arc<dyn ComplexToReal<T>>);

impl Real for f32 {
    #[inline(never)]
    fn transforms(len: usize) -> Transforms<f32> {
        let mut planner = RealFftPlanner::new();
        (planner.plan_fft_forward(len), planner.plan_fft_inverse(len))
    }
}

impl Real for f64 {
    #[inline(never)]
    fn transforms(len: usize) -> Transforms<f64> {
        let mut planner = RealFftPlanner::new();
        (planner.plan_fft_forward(len), planner.plan_fft_inverse(len))
    }
}
