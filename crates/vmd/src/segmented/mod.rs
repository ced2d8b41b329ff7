mod blend;
mod channels;
mod config;
mod guard;
mod identity;
mod stream;
mod window;

use std::borrow::Cow;
use std::ops::Range;

use ndarray::{Array2, ArrayView1, s};

pub use channels::decompose_segmented_channels;
pub use config::{EndGuard, SegmentMode, SegmentedConfig};
pub use identity::ModeIdentity;
use stream::BATCH;
pub use stream::{SegmentedStep, SegmentedStream};

use crate::{CrossCheck, Real, StopReason, VmdError};

/// The modes of a long record, found window by window.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SegmentedDecomposition<T: Real = f64> {
    /// `[mode, time]` over the whole record; NaN outside `covered`. What a row means from window to
    /// window says [`ModeIdentity`]; by default row 0 is the lowest frequency (IMF1).
    pub modes: Array2<T>,
    /// Samples that have modes.
    pub covered: Range<usize>,
    /// One report for each window, in time order.
    pub windows: Vec<SegmentReport>,
}

/// How one window went.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SegmentReport {
    /// First sample of the window in the record.
    pub start: usize,
    /// Centre frequencies in the order of the rows, cycles per sample.
    pub center_frequencies: Vec<f64>,
    /// As [`Decomposition::iterations`](crate::Decomposition::iterations).
    pub iterations: usize,
    /// Why the iteration stopped.
    pub stop: StopReason,
    /// As [`Decomposition::stationarity`](crate::Decomposition::stationarity).
    pub stationarity: f64,
    /// As [`Decomposition::cross_check`](crate::Decomposition::cross_check).
    pub cross_check: Option<CrossCheck>,
    /// A row's frequency is nearer to another row's frequency in the previous window than to its
    /// own, so that a mode's meaning may have changed here.
    pub swapped: bool,
    /// Two modes' frequencies are within one bin of the window's spectrum (half a cycle per window),
    /// so that which of them comes first means nothing here.
    pub tied: bool,
}

/// Decomposes a record window by window.
///
/// Windows start at 0, `step`, 2 `step`, … as long as they fit; samples behind the last one stay
/// uncovered. In [`SegmentMode::Causal`] coverage begins with the newest `step` samples of the first
/// window. Windows are solved in parallel on rayon's current pool; the result does not depend on
/// the number of its threads. A window that does not converge is reported, not refused; a constant
/// window has the exact answer that [`decompose`](crate::decompose) documents.
///
/// # Errors
///
/// A setting out of range, a window longer than the record, a sample that is not finite.
///
/// ```
/// use vmd::{SegmentedConfig, VmdConfig, decompose_segmented};
///
/// let tide = |hour: usize| (std::f64::consts::TAU * hour as f64 / 12.42).cos();
/// let record: Vec<f64> = (0..240).map(tide).collect();
/// let config = SegmentedConfig::new(VmdConfig::new(2, 500.0), 96, 24);
/// let result = decompose_segmented(&record, &config)?;
///
/// assert_eq!(result.modes.dim(), (2, 240));
/// assert_eq!(result.covered, 72..240);
/// assert_eq!(result.windows.len(), 7);
/// assert!(result.modes[[0, 71]].is_nan() && result.modes[[0, 72]].is_finite());
/// # Ok::<(), vmd::VmdError>(())
/// ```
pub fn decompose_segmented<'a, T: Real>(
    signal: impl Into<ArrayView1<'a, T>>,
    config: &SegmentedConfig,
) -> Result<SegmentedDecomposition<T>, VmdError> {
    let signal = signal.into();
    let mut stream = SegmentedStream::new(config.clone())?;
    if signal.len() < config.window {
        return Err(VmdError::WindowTooLong { window: config.window, len: signal.len() });
    }
    if let Some(index) = signal.iter().position(|value| !value.wide().is_finite()) {
        return Err(VmdError::NotFinite { index, value: signal[index].wide() });
    }
    let samples = match signal.to_slice() {
        Some(slice) => Cow::Borrowed(slice),
        None => Cow::Owned(signal.to_vec()),
    };
    let mut modes = Array2::from_elem((config.vmd.modes, signal.len()), T::of(f64::NAN));
    let (mut windows, mut first, mut last) = (Vec::new(), None, 0);
    let mut write = |step: &SegmentedStep<T>| {
        let end = step.start + step.modes.ncols();
        first.get_or_insert(step.start);
        last = end;
        modes.slice_mut(s![.., step.start..end]).assign(&step.modes);
    };
    for piece in samples.chunks(BATCH * config.step) {
        for step in stream.push(piece)? {
            write(&step);
            windows.push(step.report);
        }
    }
    stream.finish().iter().for_each(write);
    Ok(SegmentedDecomposition { modes, covered: first.unwrap_or_default()..last, windows })
}
