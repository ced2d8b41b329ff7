use jiff::SignedDuration;
use jiff::tz::Offset;
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::csv_file::{ColumnSpec, CsvOptions};
use crate::text::TimeFormat;

/// How to read a Parquet file; the default takes all from a file that
/// [`write_parquet`](crate::write_parquet) wrote, and from any other its columns of numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct ParquetOptions {
    /// The station's code; empty: as the file says or else the file's name up to its first dot.
    pub station: String,
    /// The column of times by name or number from 1; none: the first of a timestamp type or else
    /// the first.
    pub time_column: Option<String>,
    /// How times are written where the column is not of a timestamp type.
    pub time_format: TimeFormat,
    /// The zone of times that name none: text without one, timestamps not adjusted to UTC.
    #[serde(with = "crate::text::zone")]
    pub zone: Offset,
    /// The columns to read; empty: all columns of numbers. Unit and direction, if left open, are
    /// as the file says.
    pub columns: Vec<ColumnSpec>,
    /// Numbers that stand for a missing value, beside Parquet's own null and NaN.
    pub nulls: Vec<String>,
    /// The time from one sample to the next; none: as the file says or else the commonest step.
    pub interval: Option<SignedDuration>,
    /// Whether rows that cannot be used are listed and passed over rather than an error.
    pub skip_bad_rows: bool,
}

impl Default for ParquetOptions {
    fn default() -> Self {
        Self {
            station: String::new(),
            time_column: None,
            time_format: TimeFormat::Calendar,
            zone: Offset::UTC,
            columns: Vec::new(),
            nulls: Vec::new(),
            interval: None,
            skip_bad_rows: false,
        }
    }
}

impl ParquetOptions {
    /// Sets the station's code.
    pub fn with_station(mut self, station: impl Into<String>) -> Self {
        self.station = station.into();
        self
    }

    /// Names the column of times.
    pub fn with_time_column(mut self, name: impl Into<String>) -> Self {
        self.time_column = Some(name.into());
        self
    }

    /// States how times are written where the column is not of a timestamp type.
    pub fn with_time_format(mut self, format: TimeFormat) -> Self {
        self.time_format = format;
        self
    }

    /// Sets the zone of times that name none.
    pub fn with_zone(mut self, zone: Offset) -> Self {
        self.zone = zone;
        self
    }

    /// Adds a column to read.
    pub fn with_column(mut self, column: ColumnSpec) -> Self {
        self.columns.push(column);
        self
    }

    /// Adds a number that stands for a missing value.
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
        // The same two settings, under the same names, as in CSV.
        let same = CsvOptions { interval: self.interval, ..CsvOptions::default() };
        same.validate()?;
        self.columns.iter().try_for_each(ColumnSpec::validate)
    }
}
