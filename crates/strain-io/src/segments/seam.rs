use jiff::Timestamp;
use serde::Serialize;

/// A place where the pieces of a channel do not follow one another sample by sample, and what was
/// made of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Seam {
    /// The channel.
    pub channel: String,
    /// The first sample that is absent, present twice, or moved.
    pub time: Timestamp,
    /// What is the matter there.
    pub kind: SeamKind,
}

/// What is the matter where two pieces meet.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SeamKind {
    /// Samples between two pieces are absent: they are missing in the recording.
    Gap {
        /// How many.
        samples: usize,
    },
    /// Samples are in two pieces: those of the piece that begins earlier were kept.
    Overlap {
        /// How many.
        samples: usize,
        /// How many of them have another value in the later piece.
        differing: usize,
    },
    /// A piece that lies between the samples of the grid was moved onto it; of a channel only the
    /// largest such shift is listed.
    Shift {
        /// By how much it was moved, seconds; positive: to a later time.
        seconds: f64,
    },
}
