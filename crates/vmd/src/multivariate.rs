use ndarray::{Array2, Array3, ArrayView2, Axis};

use num_complex::Complex;

use crate::core::Core;
use crate::{CrossCheck, Real, StopReason, TraceStep, VmdConfig, VmdError};

/// The modes of several channels with centre frequencies that all channels share.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct MultivariateDecomposition<T: Real = f64> {
    /// `[channel, mode, time]`, in the signal's unit.
    pub modes: Array3<T>,
    /// Centre frequency of each mode, common to all channels, cycles per sample.
    pub center_frequencies: Vec<f64>,
    /// As [`Decomposition::iterations`](crate::Decomposition::iterations).
    pub iterations: usize,
    /// Why it stopped.
    pub stop: StopReason,
    /// As [`Decomposition::stationarity`](crate::Decomposition::stationarity), power being summed
    /// over channels.
    pub stationarity: f64,
    /// As [`Decomposition::cross_check`](crate::Decomposition::cross_check).
    pub cross_check: Option<CrossCheck>,
    /// `[channel, time]`: signal minus the sum of modes.
    pub residual: Array2<T>,
    /// `[channel, mode, bin]`, as [`Decomposition::spectra`](crate::Decomposition::spectra), where
    /// [`VmdConfig::with_spectra`] asked for them.
    pub spectra: Option<Array3<Complex<T>>>,
    /// Every iteration, where [`VmdConfig::with_trace`] asked for it; otherwise empty.
    pub trace: Vec<TraceStep>,
}

/// Multivariate VMD (Rehman & Aftab 2019,
/// [doi:10.1109/TSP.2019.2951223](https://doi.org/10.1109/TSP.2019.2951223)): decomposes the
/// channels `[time, channel]` into modes that share their centre frequencies, so that the same row
/// means the same oscillation in every channel.
///
/// All channels start from zero modes and are filtered with the same gains, so the gains depend on
/// the root of the sum of their power spectra alone: any number of channels costs as many sweeps,
/// of the same price, as one. With one channel it is [`decompose`](crate::decompose). Weights
/// between channels are their amplitudes; scale channels of different units first.
///
/// # Errors
///
/// As [`decompose`](crate::decompose); no channels; a sample that is not finite, with its channel.
///
/// ```
/// use vmd::ndarray::{Array2, s};
/// use vmd::{VmdConfig, decompose_multivariate};
///
/// // A tide in two channels with different phases, an oscillation that only the second one has.
/// let t = |hour: usize| std::f64::consts::TAU * hour as f64;
/// let channels = Array2::from_shape_fn((480, 2), |(hour, channel)| match channel {
///     0 => (t(hour) / 12.42).cos(),
///     _ => (t(hour) / 12.42 + 1.0).cos() + 0.5 * (t(hour) / 4.0).sin(),
/// });
/// let found = decompose_multivariate(channels.view(), &VmdConfig::new(2, 2000.0))?;
/// assert_eq!(found.modes.dim(), (2, 2, 480));
/// assert!((1.0 / found.center_frequencies[0] - 12.42).abs() < 0.1);
/// let power = |channel: usize| found.modes.slice(s![channel, 1, ..]).mapv(|v| v * v).sum();
/// assert!(power(0) < 1e-2 * power(1));
/// # Ok::<(), vmd::VmdError>(())
/// ```
pub fn decompose_multivariate<'a, T: Real>(
    channels: impl Into<ArrayView2<'a, T>>,
    config: &VmdConfig,
) -> Result<MultivariateDecomposition<T>, VmdError> {
    let channels = channels.into();
    let (len, count) = channels.dim();
    MultivariatePlan::new(len, count, config)?.decompose(channels)
}

/// Transforms and workspace for multivariate signals of one shape.
///
/// ```
/// use vmd::ndarray::Array2;
/// use vmd::{MultivariatePlan, VmdConfig};
///
/// let mut plan = MultivariatePlan::new(200, 3, &VmdConfig::new(1, 500.0))?;
/// for phase in [0.0, 1.0] {
///     let wave = |(t, channel): (usize, usize)| (0.3 * t as f64 + phase + channel as f64).cos();
///     let found = plan.decompose(&Array2::from_shape_fn((200, 3), wave))?;
///     assert!((found.center_frequencies[0] - 0.3 / std::f64::consts::TAU).abs() < 1e-3);
/// }
/// # Ok::<(), vmd::VmdError>(())
/// ```
#[derive(Debug, Clone)]
pub struct MultivariatePlan<T: Real = f64> {
    core: Core<T>,
    channels: usize,
}

impl<T: Real> MultivariatePlan<T> {
    /// Plans for signals of `len` samples in each of `channels` channels.
    ///
    /// # Errors
    ///
    /// A setting out of range, `len` below two samples or twice the number of modes, no channels.
    pub fn new(len: usize, channels: usize, config: &VmdConfig) -> Result<Self, VmdError> {
        if channels == 0 {
            return Err(VmdError::NoChannels);
        }
        Ok(Self { core: Core::new(len, channels, config)?, channels })
    }

    /// Decomposes a signal `[time, channel]` of the planned shape.
    ///
    /// # Errors
    ///
    /// Another shape; a sample that is not finite, with its channel.
    pub fn decompose<'a>(
        &mut self,
        channels: impl Into<ArrayView2<'a, T>>,
    ) -> Result<MultivariateDecomposition<T>, VmdError> {
        let signal = channels.into();
        let (core, count) = (&mut self.core, self.channels);
        if signal.ncols() != count {
            return Err(VmdError::ChannelMismatch { expected: count, got: signal.ncols() });
        }
        for (channel, samples) in signal.columns().into_iter().enumerate() {
            core.load(channel, samples).map_err(|error| match error {
                VmdError::NotFinite { index, value } => {
                    VmdError::ChannelNotFinite { channel, index, value }
                }
                other => other,
            })?;
        }
        let outcome = core.solve();
        let (modes, len) = (core.config.modes, core.len());
        let mut result = MultivariateDecomposition {
            modes: Array3::from_elem((count, modes, len), T::zero()),
            center_frequencies: core.frequencies().collect(),
            iterations: outcome.iterations,
            stop: outcome.stop,
            stationarity: outcome.stationarity,
            cross_check: outcome.cross_check,
            residual: Array2::from_elem((count, len), T::zero()),
            spectra: core.config.spectra.then(|| Array3::default((count, modes, len + 1))),
            trace: core.trace.steps.clone(),
        };
        for channel in 0..count {
            let modes = result.modes.index_axis_mut(Axis(0), channel);
            let residual = result.residual.row_mut(channel);
            let spectra = result.spectra.as_mut();
            let spectra = spectra.map(|spectra| spectra.index_axis_mut(Axis(0), channel));
            core.write(channel, modes, residual, spectra);
        }
        let written = result.modes.iter().chain(&result.residual);
        core.finite(written, result.iterations, result.stationarity)?;
        Ok(result)
    }
}
