use std::path::PathBuf;

/// Consecutive samples of one channel.
#[derive(Debug, Clone)]
pub(crate) struct Segment {
    /// Index of the channel.
    pub(crate) channel: usize,
    /// Instant of the first sample, ns since 1970.
    pub(crate) start: i64,
    /// From sample to sample, ns; positive.
    pub(crate) step: i64,
    /// The samples, NaN where one is missing.
    pub(crate) values: Vec<f64>,
    /// The file that they are from.
    pub(crate) file: PathBuf,
}

impl Segment {
    /// The instant one step after the last sample, ns; wider than the type of an instant because a
    /// file may claim any start.
    pub(crate) fn end(&self) -> i128 {
        i128::from(self.start) + i128::from(self.step) * self.values.len() as i128
    }
}
