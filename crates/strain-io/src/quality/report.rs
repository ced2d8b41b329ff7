use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How good a recording is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct QualityReport {
    /// The station.
    pub station: String,
    /// First sample.
    pub start: Timestamp,
    /// Last sample.
    pub end: Timestamp,
    /// Seconds from one sample to the next.
    pub interval_s: f64,
    /// The channels, in the recording's order.
    pub channels: Vec<ChannelQuality>,
    /// How well four gauges agree with each other, where there are four.
    pub self_consistency: Option<SelfConsistency>,
}

/// How complete a channel is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ChannelQuality {
    /// The channel.
    pub name: String,
    /// Lines read from its file, where it comes from a file.
    pub rows: Option<usize>,
    /// Grid points from the first to the last.
    pub samples: usize,
    /// Grid points without a value.
    pub missing: usize,
    /// 1 − missing / samples.
    pub continuity: f64,
}

/// How well four gauges at 45° steps agree: the sums of two gauges at right angles, S1+S3 and
/// S2+S4, are both the areal strain.
///
/// `None` where there are fewer than three pairs of sums or one of the sums does not vary.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SelfConsistency {
    /// The gauges 1 to 4.
    pub gauges: [String; 4],
    /// Pearson correlation of S1+S3 with S2+S4 as recorded (a common drift raises it).
    pub correlation: Option<f64>,
    /// k of S1+S3 = k (S2+S4) + c, by least squares on S1+S3, as recorded.
    pub slope: Option<f64>,
    /// The correlation of the sums' differences from sample to sample, which no drift raises;
    /// steps and spikes are left out.
    pub difference_correlation: Option<f64>,
    /// k by least squares on those differences.
    pub difference_slope: Option<f64>,
    /// The differences used: both samples have all four gauges, and no gauge has a step or spike.
    pub differences_used: usize,
    /// The differences left out as steps and spikes.
    pub differences_left_out: usize,
}
