use ndarray::ArrayView2;
use rayon::prelude::*;

use super::{SegmentedDecomposition, decompose_segmented};
use crate::{Real, SegmentedConfig, VmdError};

/// Decomposes the channels `[time, channel]` window by window, each for itself, in parallel over
/// channels and windows on rayon's current pool. The results, one for each channel in order, do not
/// depend on the number of threads.
///
/// # Errors
///
/// As [`decompose_segmented`]; no channels; a sample that is not finite, with its channel.
///
/// ```
/// use vmd::ndarray::Array2;
/// use vmd::{SegmentedConfig, VmdConfig, decompose_segmented, decompose_segmented_channels};
///
/// let wave = |(hour, channel): (usize, usize)| (0.5 * (hour * (1 + channel)) as f64).cos();
/// let gauges = Array2::from_shape_fn((200, 2), wave);
/// let config = SegmentedConfig::new(VmdConfig::new(2, 500.0), 96, 24);
/// let all = decompose_segmented_channels(gauges.view(), &config)?;
/// let second = decompose_segmented(gauges.column(1), &config)?;
/// assert_eq!(all[1].windows, second.windows);
/// # Ok::<(), vmd::VmdError>(())
/// ```
pub fn decompose_segmented_channels<'a, T: Real>(
    channels: impl Into<ArrayView2<'a, T>>,
    config: &SegmentedConfig,
) -> Result<Vec<SegmentedDecomposition<T>>, VmdError> {
    let channels = channels.into();
    if channels.ncols() == 0 {
        return Err(VmdError::NoChannels);
    }
    (0..channels.ncols())
        .into_par_iter()
        .map(|channel| {
            decompose_segmented(channels.column(channel), config).map_err(|error| match error {
                VmdError::NotFinite { index, value } => {
                    VmdError::ChannelNotFinite { channel, index, value }
                }
                other => other,
            })
        })
        .collect()
}
