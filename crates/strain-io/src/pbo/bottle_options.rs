use serde::{Deserialize, Serialize};

use super::linearise::Linearisation;
use crate::Result;
use crate::csv_file::ColumnSpec;
use crate::segments::validate_tolerance;

/// How to read bottles; the default takes station and channels from the names of the files and
/// leaves counts as they are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct BottleOptions {
    /// The station's code; empty: from the names of the files.
    pub station: String,
    /// The channels to read, by their names in those of the files (`CH0`); empty: all.
    pub columns: Vec<ColumnSpec>,
    /// The channels whose counts become nanostrain.
    pub linearise: Vec<Linearisation>,
    /// How far a bottle may lie from the grid of the others, in steps from 0 to 0.5; it is moved
    /// onto it and the shift reported.
    pub tolerance: f64,
    /// Whether bottles that cannot be used are listed and passed over rather than an error.
    pub skip_bad_rows: bool,
}

impl Default for BottleOptions {
    fn default() -> Self {
        Self {
            station: String::new(),
            columns: Vec::new(),
            linearise: Vec::new(),
            tolerance: 0.5,
            skip_bad_rows: false,
        }
    }
}

impl BottleOptions {
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

    /// Turns the counts of one channel into nanostrain.
    pub fn with_linearisation(mut self, linearisation: Linearisation) -> Self {
        self.linearise.push(linearisation);
        self
    }

    /// Sets how far a bottle may lie from the grid, in steps.
    pub fn with_tolerance(mut self, steps: f64) -> Self {
        self.tolerance = steps;
        self
    }

    /// Lists bottles that cannot be used instead of stopping at the first.
    pub fn with_skip_bad_rows(mut self, skip: bool) -> Self {
        self.skip_bad_rows = skip;
        self
    }

    /// Checks what can be checked without a file.
    ///
    /// # Errors
    ///
    /// [`StrainIoError::Config`](crate::StrainIoError::Config) for a scale that is zero or not
    /// finite, a linearisation or a tolerance out of range.
    pub fn validate(&self) -> Result<()> {
        validate_tolerance(self.tolerance)?;
        self.linearise.iter().try_for_each(Linearisation::validate)?;
        self.columns.iter().try_for_each(ColumnSpec::validate)
    }
}
