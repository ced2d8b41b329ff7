use serde::{Deserialize, Serialize};

use crate::Result;
use crate::csv_file::ColumnSpec;
use crate::segments::validate_tolerance;

/// How to read miniSEED; the default reads all channels of a file of one station.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct MiniSeedOptions {
    /// The station to read, by its code (`WNM`) or with its network (`CI.WNM`); empty: the only one
    /// there is.
    pub station: String,
    /// The channels to read, by `EHZ`, `00.EHZ` (location and channel) or `CI.WNM.00.EHZ`; empty:
    /// all.
    pub columns: Vec<ColumnSpec>,
    /// Numbers that stand for a missing value, beside NaN.
    pub nulls: Vec<f64>,
    /// How far a record may lie from the grid of the others, in steps from 0 to 0.5; it is moved
    /// onto it and the shift reported.
    pub tolerance: f64,
    /// Whether records that cannot be used are listed and passed over rather than an error.
    pub skip_bad_rows: bool,
}

impl Default for MiniSeedOptions {
    fn default() -> Self {
        Self {
            station: String::new(),
            columns: Vec::new(),
            nulls: Vec::new(),
            tolerance: 0.5,
            skip_bad_rows: false,
        }
    }
}

impl MiniSeedOptions {
    /// Sets the station to read.
    pub fn with_station(mut self, station: impl Into<String>) -> Self {
        self.station = station.into();
        self
    }

    /// Adds a channel to read.
    pub fn with_column(mut self, column: ColumnSpec) -> Self {
        self.columns.push(column);
        self
    }

    /// Adds a number that stands for a missing value.
    pub fn with_null(mut self, null: f64) -> Self {
        self.nulls.push(null);
        self
    }

    /// Sets how far a record may lie from the grid, in steps.
    pub fn with_tolerance(mut self, steps: f64) -> Self {
        self.tolerance = steps;
        self
    }

    /// Lists records that cannot be used instead of stopping at the first.
    pub fn with_skip_bad_rows(mut self, skip: bool) -> Self {
        self.skip_bad_rows = skip;
        self
    }

    /// Checks what can be checked without a file.
    ///
    /// # Errors
    ///
    /// [`StrainIoError::Config`](crate::StrainIoError::Config) for a scale that is zero or not
    /// finite, or a tolerance out of range.
    pub fn validate(&self) -> Result<()> {
        validate_tolerance(self.tolerance)?;
        self.columns.iter().try_for_each(ColumnSpec::validate)
    }
}
