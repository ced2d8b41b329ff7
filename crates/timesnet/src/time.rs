//! Calendar features of time stamps, as the published code computes them.

use std::fmt::{Display, Formatter};
use std::str::FromStr;

use jiff::civil::DateTime;
use ndarray::Array2;
use serde::{Deserialize, Serialize};

use crate::{Result, TimesNetError};

/// How far apart samples are, which decides what their time stamps say.
///
/// ```
/// use timesnet::TimeFrequency;
///
/// assert_eq!("h".parse::<TimeFrequency>()?, TimeFrequency::Hourly);
/// assert_eq!(TimeFrequency::Hourly.to_string(), "h");
/// assert_eq!(TimeFrequency::Hourly.features(), 4);
/// let error = "fortnight".parse::<TimeFrequency>().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "unknown time frequency `fortnight`: give one of s, t, h, d, b, w, m"
/// );
/// # Ok::<(), timesnet::TimesNetError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum TimeFrequency {
    /// Seconds (`s`).
    #[serde(rename = "s")]
    Secondly,
    /// Minutes (`t`).
    #[serde(rename = "t")]
    Minutely,
    /// Hours (`h`).
    #[serde(rename = "h")]
    Hourly,
    /// Days (`d`).
    #[serde(rename = "d")]
    Daily,
    /// Working days (`b`).
    #[serde(rename = "b")]
    BusinessDaily,
    /// Weeks (`w`).
    #[serde(rename = "w")]
    Weekly,
    /// Months (`m`).
    #[serde(rename = "m")]
    Monthly,
}

impl FromStr for TimeFrequency {
    type Err = TimesNetError;

    fn from_str(name: &str) -> Result<Self> {
        Ok(match name {
            "s" => Self::Secondly,
            "t" | "min" => Self::Minutely,
            "h" => Self::Hourly,
            "d" => Self::Daily,
            "b" => Self::BusinessDaily,
            "w" => Self::Weekly,
            "m" => Self::Monthly,
            _ => return Err(TimesNetError::UnknownFrequency { name: name.to_owned() }),
        })
    }
}

impl Display for TimeFrequency {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Secondly => "s",
            Self::Minutely => "t",
            Self::Hourly => "h",
            Self::Daily => "d",
            Self::BusinessDaily => "b",
            Self::Weekly => "w",
            Self::Monthly => "m",
        })
    }
}

/// A calendar unit: its value in a time stamp, and the largest one.
type Unit = (fn(DateTime) -> f64, f64);

const SECOND: Unit = (|t| f64::from(t.second()), 59.0);
const MINUTE: Unit = (|t| f64::from(t.minute()), 59.0);
const HOUR: Unit = (|t| f64::from(t.hour()), 23.0);
const WEEKDAY: Unit = (|t| f64::from(t.weekday().to_monday_zero_offset()), 6.0);
const MONTH_DAY: Unit = (|t| f64::from(t.day()) - 1.0, 30.0);
const YEAR_DAY: Unit = (|t| f64::from(t.day_of_year()) - 1.0, 365.0);
const WEEK: Unit = (|t| f64::from(t.date().iso_week_date().week()) - 1.0, 52.0);
const MONTH: Unit = (|t| f64::from(t.month()) - 1.0, 11.0);

impl TimeFrequency {
    fn units(self) -> &'static [Unit] {
        match self {
            Self::Secondly => &[SECOND, MINUTE, HOUR, WEEKDAY, MONTH_DAY, YEAR_DAY],
            Self::Minutely => &[MINUTE, HOUR, WEEKDAY, MONTH_DAY, YEAR_DAY],
            Self::Hourly => &[HOUR, WEEKDAY, MONTH_DAY, YEAR_DAY],
            Self::Daily | Self::BusinessDaily => &[WEEKDAY, MONTH_DAY, YEAR_DAY],
            Self::Weekly => &[MONTH_DAY, WEEK],
            Self::Monthly => &[MONTH],
        }
    }

    /// Number of linear time features.
    #[must_use]
    pub fn features(self) -> usize {
        self.units().len()
    }

    /// The `timeF` features of time stamps, `[time, feature]`, each between −0.5 and 0.5.
    ///
    /// ```
    /// use timesnet::TimeFrequency;
    ///
    /// let noon = jiff::civil::date(2024, 1, 1).at(12, 0, 0, 0); // a Monday
    /// let features = TimeFrequency::Hourly.time_features(&[noon]);
    /// let [hour, others @ ..] = features.as_slice().unwrap() else { unreachable!() };
    /// assert!((hour - (12.0 / 23.0 - 0.5)).abs() < 1e-7);
    /// assert_eq!(others, [-0.5; 3]);
    /// ```
    #[must_use]
    pub fn time_features(self, times: &[DateTime]) -> Array2<f32> {
        let units = self.units();
        Array2::from_shape_fn((times.len(), units.len()), |(time, unit)| {
            let (value, largest) = units[unit];
            (value(times[time]) / largest - 0.5) as f32
        })
    }

    /// What the `fixed` embedding is given: month, day, weekday, hour and, for minutes, the quarter
    /// of the hour, as whole numbers `[time, 4 or 5]`.
    #[must_use]
    pub fn calendar(self, times: &[DateTime]) -> Array2<f32> {
        let columns = if self == Self::Minutely { 5 } else { 4 };
        Array2::from_shape_fn((times.len(), columns), |(row, column)| {
            let time = times[row];
            let value = match column {
                0 => time.month(),
                1 => time.day(),
                2 => time.weekday().to_monday_zero_offset(),
                3 => time.hour(),
                _ => time.minute() / 15,
            };
            f32::from(value)
        })
    }
}
