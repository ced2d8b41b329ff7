use std::fmt;

use realfft::FftNum;

use crate::kernel::Vector;

/// The number types that signals may have: `f32` and `f64` (sealed).
///
/// Frequencies, certificates and every sum over the spectrum are `f64` for both; with `f32` the
/// samples, the transforms and the sweeps are `f32`.
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
pub trait Real: Vector + FftNum + Default + PartialOrd + fmt::Display {}

impl Real for f32 {}
impl Real for f64 {}
