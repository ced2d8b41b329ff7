use ndarray::{Array2, Array3, ArrayView2, s};

use crate::core::Core;
use crate::{Real, StopReason, VmdConfig, VmdError};

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
    /// `[channel, time]`: signal minus the sum of modes.
    pub residual: Array2<T>,
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
    if count == 0 {
        return Err(VmdError::NoChannels);
    }
    let mut core = Core::<T>::new(len, count, config)?;
    for (channel, samples) in channels.columns().into_iter().enumerate() {
        core.load(channel, samples).map_err(|error| match error {
            VmdError::NotFinite { index, value } => {
                VmdError::ChannelNotFinite { channel, index, value }
            }
            other => other,
        })?;
    }
    let outcome = core.solve();
    let mut modes = Array3::from_elem((count, config.modes, core.len()), T::zero());
    let mut residual = Array2::from_elem((count, core.len()), T::zero());
    for channel in 0..count {
        let (modes, residual) = (modes.slice_mut(s![channel, .., ..]), residual.row_mut(channel));
        core.write(channel, modes, residual, None);
    }
    Ok(MultivariateDecomposition {
        modes,
        center_frequencies: core.frequencies().collect(),
        iterations: outcome.iterations,
        stop: outcome.stop,
        stationarity: outcome.stationarity,
        residual,
    })
}
