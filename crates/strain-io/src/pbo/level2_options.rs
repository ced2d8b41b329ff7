use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::csv_file::ColumnSpec;
use crate::segments::validate_tolerance;
use crate::table::checked_interval;
use crate::text::default_nulls;

/// How to read level-2 text; the default takes all columns of numbers, 999999 as missing and
/// strain that is flagged bad as missing too.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Level2Options {
    /// The station's code; empty: the name of the first file up to its first dot.
    pub station: String,
    /// The channels to read, by the names that they have without this list; empty: all.
    pub columns: Vec<ColumnSpec>,
    /// What stands for a missing value; the format's own is 999999.
    pub nulls: Vec<String>,
    /// Whether strain that the file flags as bad or missing is kept as a value.
    pub keep_flagged: bool,
    /// The time from one sample to the next; none: the commonest step between rows.
    pub interval: Option<SignedDuration>,
    /// How far the rows of a file may lie from the grid of the others, in steps from 0 to 0.5; they
    /// are moved onto it and the shift reported.
    pub tolerance: f64,
    /// Whether rows that cannot be used are listed and passed over rather than an error.
    pub skip_bad_rows: bool,
}

impl Default for Level2Options {
    fn default() -> Self {
        let mut nulls = default_nulls();
        nulls.push("999999".to_owned());
        Self {
            station: String::new(),
            columns: Vec::new(),
            nulls,
            keep_flagged: false,
            interval: None,
            tolerance: 0.5,
            skip_bad_rows: false,
        }
    }
}

impl Level2Options {
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

    /// Adds a null to those there are.
    pub fn with_null(mut self, null: impl Into<String>) -> Self {
        self.nulls.push(null.into());
        self
    }

    /// Keeps strain that the file flags as bad or missing.
    pub fn with_keep_flagged(mut self, keep: bool) -> Self {
        self.keep_flagged = keep;
        self
    }

    /// Sets the time from one sample to the next.
    pub fn with_interval(mut self, interval: SignedDuration) -> Self {
        self.interval = Some(interval);
        self
    }

    /// Sets how far the rows of a file may lie from the grid of the others, in steps.
    pub fn with_tolerance(mut self, steps: f64) -> Self {
        self.tolerance = steps;
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
    /// [`StrainIoError::Config`](crate::StrainIoError::Config) for an interval that is not positive,
    /// a tolerance out of range or a scale that is zero or not finite.
    pub fn validate(&self) -> Result<()> {
        self.interval.map(checked_interval).transpose()?;
        validate_tolerance(self.tolerance)?;
        self.columns.iter().try_for_each(ColumnSpec::validate)
    }
}
