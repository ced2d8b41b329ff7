use jiff::SignedDuration;
use jiff::tz::Offset;
use serde::{Deserialize, Serialize};

use crate::table::checked_interval;
use crate::text::{TimeFormat, default_nulls};
use crate::{Channel, Result, StrainIoError, Unit};

/// One column of a file and the channel that it becomes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnSpec {
    /// The column's name in the header or, where no column is called so, its number from 1.
    pub source: String,
    /// The channel's name; empty: as `source`.
    #[serde(default)]
    pub name: String,
    /// The channel's unit.
    #[serde(default)]
    pub unit: Unit,
    /// Factor from the file's number to `unit` (Guza strain: 0.1 nanostrain).
    #[serde(default = "one")]
    pub scale: f64,
    /// Direction of a strain gauge, degrees east of north.
    #[serde(default)]
    pub azimuth_degrees: Option<f64>,
}

fn one() -> f64 {
    1.0
}

impl ColumnSpec {
    /// The column `source` as it is: same name, no unit, no factor.
    pub fn new(source: impl Into<String>) -> Self {
        let source = source.into();
        Self {
            name: source.clone(),
            source,
            unit: Unit::default(),
            scale: 1.0,
            azimuth_degrees: None,
        }
    }

    /// Calls the channel `name`.
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Multiplies by `scale` to get `unit`.
    pub fn with_unit(mut self, unit: Unit, scale: f64) -> Self {
        self.unit = unit;
        self.scale = scale;
        self
    }

    /// States a gauge's direction, degrees east of north.
    pub fn with_azimuth(mut self, degrees: f64) -> Self {
        self.azimuth_degrees = Some(degrees);
        self
    }

    pub(crate) fn channel(&self) -> Channel {
        let name = if self.name.is_empty() { &self.source } else { &self.name };
        Channel {
            name: name.clone(),
            unit: self.unit.clone(),
            azimuth_degrees: self.azimuth_degrees,
        }
    }

    pub(crate) fn validate(&self) -> Result<()> {
        if self.scale.is_finite() && self.scale != 0.0 {
            return Ok(());
        }
        Err(StrainIoError::Config {
            name: "scale",
            value: self.scale.to_string(),
            advice: "give the finite factor from the file's number to the unit",
        })
    }
}

/// Whether the first line names the columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Header {
    /// It does unless it starts with a time or holds nothing but numbers.
    #[default]
    Detect,
    /// It does.
    Present,
    /// It does not: columns are called `1`, `2`, ...
    Absent,
}

/// How to read a CSV file; the default reads all columns of numbers of a file whose first column is
/// a UTC time.
///
/// ```
/// use strain_io::{ColumnSpec, CsvOptions, Unit};
///
/// let guza = CsvOptions::default()
///     .with_station("51010")
///     .with_time_column("time_utc")
///     .with_column(
///         ColumnSpec::new("s1").with_unit(Unit::Nanostrain, 0.1).with_azimuth(51.0),
///     )
///     .with_null("99999");
/// assert!(guza.validate().is_ok());
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct CsvOptions {
    /// The station's code; empty: the file's name up to its first dot.
    pub station: String,
    /// The character between fields (an ASCII one); none: the one of comma, tab and semicolon that
    /// the first line holds most of.
    pub delimiter: Option<char>,
    /// Whether the first line names the columns.
    pub header: Header,
    /// The column of times by name or number from 1; none: the first.
    pub time_column: Option<String>,
    /// How times are written.
    pub time_format: TimeFormat,
    /// Where the text of a time names no zone, this one applies.
    #[serde(with = "crate::text::zone")]
    pub zone: Offset,
    /// The columns to read; empty: all columns of numbers.
    pub columns: Vec<ColumnSpec>,
    /// What stands for a missing value. An entry that is a number is compared as a number. The
    /// default is empty, `NaN`, `NULL` and `NA`, in any case; no number is a null unless it is
    /// named here.
    pub nulls: Vec<String>,
    /// The time from one sample to the next; none: the commonest step between rows.
    pub interval: Option<SignedDuration>,
    /// Whether rows that cannot be used are listed and passed over rather than an error.
    pub skip_bad_rows: bool,
}

impl Default for CsvOptions {
    fn default() -> Self {
        Self {
            station: String::new(),
            delimiter: None,
            header: Header::Detect,
            time_column: None,
            time_format: TimeFormat::Calendar,
            zone: Offset::UTC,
            columns: Vec::new(),
            nulls: default_nulls(),
            interval: None,
            skip_bad_rows: false,
        }
    }
}

impl CsvOptions {
    /// Sets the station's code.
    pub fn with_station(mut self, station: impl Into<String>) -> Self {
        self.station = station.into();
        self
    }

    /// Sets the character between fields.
    pub fn with_delimiter(mut self, delimiter: char) -> Self {
        self.delimiter = Some(delimiter);
        self
    }

    /// States whether there is a header.
    pub fn with_header(mut self, header: Header) -> Self {
        self.header = header;
        self
    }

    /// Names the column of times.
    pub fn with_time_column(mut self, name: impl Into<String>) -> Self {
        self.time_column = Some(name.into());
        self
    }

    /// States how times are written.
    pub fn with_time_format(mut self, format: TimeFormat) -> Self {
        self.time_format = format;
        self
    }

    /// Sets the zone of times whose text names none.
    pub fn with_zone(mut self, zone: Offset) -> Self {
        self.zone = zone;
        self
    }

    /// Adds a column to read.
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
    /// [`StrainIoError::Config`] for a delimiter that is not ASCII, is a quote or can be part of a
    /// number, an interval that is not positive, or a scale that is zero or not finite.
    pub fn validate(&self) -> Result<()> {
        self.delimiter.map(checked_delimiter).transpose()?;
        self.interval.map(checked_interval).transpose()?;
        self.columns.iter().try_for_each(ColumnSpec::validate)
    }
}

/// A character that can stand between fields.
pub(super) fn checked_delimiter(delimiter: char) -> Result<u8> {
    let in_a_field = |c: char| c.is_ascii_alphanumeric() || "\"+-.:\r\n".contains(c);
    if !delimiter.is_ascii() || in_a_field(delimiter) {
        return Err(StrainIoError::Config {
            name: "delimiter",
            value: format!("{delimiter:?}"),
            advice: "choose an ASCII character that no number, time or quote holds",
        });
    }
    Ok(delimiter as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn toml_and_back() {
        let text = r#"
            zone = "+08:00"
            interval = "1h"
            nulls = ["", "99999"]
            [[columns]]
            source = "3"
            name = "s1"
            unit = "nanostrain"
            scale = 0.1
            azimuth_degrees = 51.0
        "#;
        let options: CsvOptions = toml::from_str(text).unwrap();
        assert_eq!(options.zone, Offset::constant(8));
        assert_eq!(options.interval, Some(SignedDuration::from_hours(1)));
        assert_eq!(options.columns[0].channel(), Channel::gauge("s1", 51.0));
        let again: CsvOptions = toml::from_str(&toml::to_string(&options).unwrap()).unwrap();
        assert_eq!(again, options);
        let error = toml::from_str::<CsvOptions>("delimeter = \",\"").unwrap_err();
        assert!(error.to_string().contains("delimeter"), "{error}");
    }

    #[test]
    fn refuses_settings_that_make_no_sense() {
        let good = CsvOptions::default;
        assert!(good().validate().is_ok());
        for bad in [
            good().with_delimiter('.'),
            good().with_delimiter('，'),
            good().with_delimiter('"'),
            good().with_interval(SignedDuration::ZERO),
            good().with_column(ColumnSpec::new("a").with_unit(Unit::Count, 0.0)),
            good().with_column(ColumnSpec::new("a").with_unit(Unit::Count, f64::NAN)),
        ] {
            assert!(matches!(bad.validate(), Err(StrainIoError::Config { .. })));
        }
    }
}
