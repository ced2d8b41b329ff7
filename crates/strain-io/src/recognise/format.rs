use serde::{Deserialize, Serialize};

/// A format that recordings come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RecordingFormat {
    /// Delimited columns, with [`read_csv`](crate::read_csv).
    Csv,
    /// CENC precursor text, with [`read_cenc_text`](crate::read_cenc_text).
    CencText,
    /// Parquet, with `read_parquet`.
    Parquet,
    /// An Arrow IPC file (Feather 2) or stream, with `read_arrow`.
    Arrow,
    /// A folder with a Parquet file a station and day, with `read_parquet_days`.
    ParquetDays,
    /// Bottles of PBO strainmeters, with [`read_bottles`](crate::read_bottles).
    PboBottle,
    /// Level-2 text of PBO strainmeters, with [`read_pbo_level2`](crate::read_pbo_level2).
    PboLevel2,
    /// Daily GNSS positions, with [`read_neu`](crate::read_neu).
    Neu,
    /// miniSEED 2 or 3, with [`read_miniseed`](crate::read_miniseed).
    MiniSeed,
}

/// What a file is, and how that was known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Recognised {
    /// The format.
    pub format: RecordingFormat,
    /// What told: `it starts with PAR1`.
    pub because: String,
}
