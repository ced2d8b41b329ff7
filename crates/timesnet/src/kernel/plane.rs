//! Folding a series into a plane of (period index, phase) and back.

use super::scalar::Scalar;

/// Channel counts inside the kernels are multiples of this, so that no tile is ragged.
pub(crate) const CHANNEL_STEP: usize = 8;

/// Channels rounded up to whole tiles; the extra ones hold zeros.
pub(crate) fn padded_channels(channels: usize) -> usize {
    channels.next_multiple_of(CHANNEL_STEP)
}

/// A plane of one sample and one period, with a halo of zero columns on both sides.
///
/// The series has `len` samples; padded with zeros to a multiple of the period it is a matrix of
/// `ceil(len/period)` rows and `period` columns. The short side is stored as rows (`turned` says
/// that rows and columns changed places), because kernel rows outside the plane are skipped while
/// kernel columns outside it are multiplied with the halo's zeros.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Plane {
    pub(crate) len: usize,
    pub(crate) rows: usize,
    pub(crate) cols: usize,
    pub(crate) halo: usize,
    pub(crate) turned: bool,
}

impl Plane {
    pub(crate) fn new(len: usize, period: usize, kernel: usize) -> Self {
        let (cycles, halo) = (len.div_ceil(period), kernel / 2);
        let turned = cycles > period;
        let (rows, cols) = if turned { (period, cycles) } else { (cycles, period) };
        Self { len, rows, cols, halo, turned }
    }

    /// Values in one stored row of `channels` channels.
    pub(crate) fn row_len(&self, channels: usize) -> usize {
        (self.cols + 2 * self.halo) * channels
    }

    /// Values in the whole plane.
    pub(crate) fn size(&self, channels: usize) -> usize {
        self.rows * self.row_len(channels)
    }

    /// The cell of sample `time` in a plane without halo.
    pub(crate) fn pixel(&self, time: usize) -> usize {
        if self.turned { time % self.rows * self.cols + time / self.rows } else { time }
    }

    /// Where sample `time` starts in a plane of `channels` channels.
    fn offset(&self, time: usize, channels: usize) -> usize {
        let (row, col) = if self.turned {
            (time % self.rows, time / self.rows)
        } else {
            (time / self.cols, time % self.cols)
        };
        row * self.row_len(channels) + (self.halo + col) * channels
    }

    /// Writes `[len, channels]` times `scale` into a zeroed plane.
    pub(crate) fn fold<S: Scalar>(&self, series: &[S], channels: usize, scale: S) -> Vec<S> {
        let stride = padded_channels(channels);
        let mut plane = vec![S::default(); self.size(stride)];
        for (time, sample) in series.chunks_exact(channels).enumerate() {
            let at = self.offset(time, stride);
            for (to, &from) in plane[at..at + channels].iter_mut().zip(sample) {
                *to = scale * from;
            }
        }
        plane
    }

    /// Calls `take` with each sample of the series and its values in the plane.
    pub(crate) fn unfold<'p, S: Scalar>(
        &self,
        plane: &'p [S],
        channels: usize,
    ) -> impl Iterator<Item = &'p [S]> {
        let (stride, this) = (padded_channels(channels), *self);
        (0..self.len).map(move |time| {
            let at = this.offset(time, stride);
            &plane[at..at + channels]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn unfolding_undoes_folding(len in 1usize..60, period in 1usize..60, kernel in 0usize..4,
                                    channels in 1usize..10) {
            let series: Vec<f64> = (0..len * channels).map(|i| i as f64 + 1.0).collect();
            let plane = Plane::new(len, period.min(len), 2 * kernel + 1);
            prop_assert!(plane.rows <= plane.cols);
            let folded = plane.fold(&series, channels, 2.0);
            let back: Vec<f64> = plane.unfold(&folded, channels).flatten().map(|x| x / 2.0).collect();
            prop_assert_eq!(&back, &series);
            let total: f64 = folded.iter().sum();
            prop_assert_eq!(total, 2.0 * series.iter().sum::<f64>());
        }
    }
}
