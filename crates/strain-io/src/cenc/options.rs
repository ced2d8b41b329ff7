use jiff::SignedDuration;
use jiff::tz::Offset;
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::csv_file::ColumnSpec;
use crate::table::checked_interval;
use crate::text::default_nulls;

/// How to read CENC precursor text; the default takes everything from the names of the files.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct CencOptions {
    /// The station's code; empty: from the names of the files.
    pub station: String,
    /// The zone of the times; Beijing time (UTC+8) by default.
    #[serde(with = "crate::text::zone")]
    pub zone: Offset,
    /// One per file, whose `source` is the file's name (with its ending or without), or one for all
    /// files of an item, whose `source` is the item code; empty: each file is a channel called by its item code, or by its name where that has
    /// none.
    pub columns: Vec<ColumnSpec>,
    /// What stands for a missing value; as in [`CsvOptions`](crate::CsvOptions). CENC uses 999999,
    /// 99999 and `NULL`: name the number that a file uses.
    pub nulls: Vec<String>,
    /// The time from one sample to the next; none: the commonest step between rows.
    pub interval: Option<SignedDuration>,
    /// Whether rows that cannot be used are listed and passed over rather than an error.
    pub skip_bad_rows: bool,
}

impl Default for CencOptions {
    fn default() -> Self {
        Self {
            station: String::new(),
            zone: Offset::constant(8),
            columns: Vec::new(),
            nulls: default_nulls(),
            interval: None,
            skip_bad_rows: false,
        }
    }
}

impl CencOptions {
    /// Sets the station's code.
    pub fn with_station(mut self, station: impl Into<String>) -> Self {
        self.station = station.into();
        self
    }

    /// Sets the zone of the times.
    pub fn with_zone(mut self, zone: Offset) -> Self {
        self.zone = zone;
        self
    }

    /// Says what one file becomes.
    pub fn with_column(mut self, column: ColumnSpec) -> Self {
        self.columns.push(column);
        self
    }

    /// Adds a null to those there are.
    pub fn with_null(mut self, null: impl Into<String>) -> Self {
        self.nulls.push(null.into());
        self
    }

    /// Sets the time from one sample to the next.
    pub fn with_interval(mut self, interval: SignedDuration) -> Self {
        self.interval = Some(interval);
        self
    }

    /// Lists rows that cannot be used instead of stopping at the first.
    pub fn with_skip_bad_rows(mut self, skip: bool) -> Self {
        self.skip_bad_rows = skip;
        self
    }

    /// Checks what can be checked without a file.
    ///
    /// # Errors
    ///
    /// [`StrainIoError::Config`](crate::StrainIoError::Config) for an interval that is not positive
    /// or a scale that is zero or not finite.
    pub fn validate(&self) -> Result<()> {
        self.interval.map(checked_interval).transpose()?;
        self.columns.iter().try_for_each(ColumnSpec::validate)
    }
}
