use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use crate::csv_file::ColumnSpec;
use crate::text::default_nulls;
use crate::{Result, StrainIoError};

/// How to read a `.neu` file; the default reads all six columns, named `n`, `e`, `u`, `sigma_n`,
/// `sigma_e` and `sigma_u`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct NeuOptions {
    /// The station's code; empty: as the file says or else its name up to the first dot.
    pub station: String,
    /// The channels to read; empty: all six.
    pub columns: Vec<ColumnSpec>,
    /// What stands for a missing value.
    pub nulls: Vec<String>,
    /// The time of day (UTC) of a day's position: noon by default, which is what the decimal year
    /// beside the date says.
    pub time_of_day: SignedDuration,
    /// Whether rows that cannot be used are listed and passed over rather than an error.
    pub skip_bad_rows: bool,
}

impl Default for NeuOptions {
    fn default() -> Self {
        Self {
            station: String::new(),
            columns: Vec::new(),
            nulls: default_nulls(),
            time_of_day: SignedDuration::from_hours(12),
            skip_bad_rows: false,
        }
    }
}

impl NeuOptions {
    /// Sets the station's code.
    pub fn with_station(mut self, station: impl Into<String>) -> Self {
        self.station = station.into();
        self
    }

    /// Adds a channel to read.
    pub fn with_column(mut self, column: ColumnSpec) -> Self {
        self.columns.push(column);
        self
    }

    /// Sets the time of day of a day's position.
    pub fn with_time_of_day(mut self, time: SignedDuration) -> Self {
        self.time_of_day = time;
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
    /// [`StrainIoError::Config`] for a time that is not within a day or a scale that is zero or not
    /// finite.
    pub fn validate(&self) -> Result<()> {
        if self.time_of_day < SignedDuration::ZERO
            || self.time_of_day >= SignedDuration::from_hours(24)
        {
            return Err(StrainIoError::Config {
                name: "time_of_day",
                value: format!("{:#}", self.time_of_day),
                advice: "give the time since midnight UTC, less than 24 h",
            });
        }
        self.columns.iter().try_for_each(ColumnSpec::validate)
    }
}
