use std::path::Path;

use serde::{Deserialize, Serialize};

use super::detect::recognise;
use super::format::{Recognised, RecordingFormat};
use crate::Result;
use crate::cenc::CencOptions;
use crate::csv_file::CsvOptions;
#[cfg(feature = "parquet")]
use crate::flat_file::ParquetOptions;
use crate::gnss::NeuOptions;
use crate::miniseed::MiniSeedOptions;
use crate::pbo::{BottleOptions, Level2Options};

/// How to read a recording of whichever format.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct ReadOptions {
    /// The format; none: told from the content.
    pub format: Option<RecordingFormat>,
    /// How to read CSV.
    pub csv: CsvOptions,
    /// How to read CENC text.
    pub cenc: CencOptions,
    /// How to read Parquet.
    #[cfg(feature = "parquet")]
    pub parquet: ParquetOptions,
    /// How to read Arrow: the same settings.
    #[cfg(feature = "arrow")]
    pub arrow: ParquetOptions,
    /// How to read bottles.
    pub bottles: BottleOptions,
    /// How to read level-2 text.
    pub level2: Level2Options,
    /// How to read daily GNSS positions.
    pub neu: NeuOptions,
    /// How to read miniSEED.
    pub miniseed: MiniSeedOptions,
}

impl ReadOptions {
    /// States the format.
    pub fn with_format(mut self, format: RecordingFormat) -> Self {
        self.format = Some(format);
        self
    }

    /// Sets how to read CSV.
    pub fn with_csv(mut self, options: CsvOptions) -> Self {
        self.csv = options;
        self
    }

    /// Sets how to read CENC text.
    pub fn with_cenc(mut self, options: CencOptions) -> Self {
        self.cenc = options;
        self
    }

    /// Sets how to read Parquet.
    #[cfg(feature = "parquet")]
    pub fn with_parquet(mut self, options: ParquetOptions) -> Self {
        self.parquet = options;
        self
    }

    /// Sets how to read Arrow.
    #[cfg(feature = "arrow")]
    pub fn with_arrow(mut self, options: ParquetOptions) -> Self {
        self.arrow = options;
        self
    }

    /// Sets how to read bottles.
    pub fn with_bottles(mut self, options: BottleOptions) -> Self {
        self.bottles = options;
        self
    }

    /// Sets how to read level-2 text.
    pub fn with_level2(mut self, options: Level2Options) -> Self {
        self.level2 = options;
        self
    }

    /// Sets how to read daily GNSS positions.
    pub fn with_neu(mut self, options: NeuOptions) -> Self {
        self.neu = options;
        self
    }

    /// Sets how to read miniSEED.
    pub fn with_miniseed(mut self, options: MiniSeedOptions) -> Self {
        self.miniseed = options;
        self
    }

    /// The format that a file is read as: the one that is stated, or what
    /// [`recognise`](crate::recognise) tells.
    ///
    /// # Errors
    ///
    /// As [`recognise`](crate::recognise).
    pub fn format_of(&self, path: impl AsRef<Path>) -> Result<Recognised> {
        match self.format {
            Some(format) => Ok(Recognised { format, because: "the options say so".to_owned() }),
            None => recognise(path),
        }
    }

    /// Of whichever format, lists rows and records that cannot be used instead of stopping at the
    /// first.
    pub fn with_skip_bad_rows(mut self, skip: bool) -> Self {
        self.csv.skip_bad_rows = skip;
        self.cenc.skip_bad_rows = skip;
        #[cfg(feature = "parquet")]
        {
            self.parquet.skip_bad_rows = skip;
        }
        #[cfg(feature = "arrow")]
        {
            self.arrow.skip_bad_rows = skip;
        }
        self.bottles.skip_bad_rows = skip;
        self.level2.skip_bad_rows = skip;
        self.neu.skip_bad_rows = skip;
        self.miniseed.skip_bad_rows = skip;
        self
    }
}
