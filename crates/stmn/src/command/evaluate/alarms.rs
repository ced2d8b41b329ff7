use std::path::Path;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;
use sigmoid_stats::Alarm;

use crate::failure::Failure;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    start: String,
    end: String,
    level: Option<f64>,
}

/// Alarms of a CSV file; times are cut to their UTC day.
pub(super) fn read(path: &Path) -> Result<Vec<Alarm>, Failure> {
    let failed = |error: csv::Error| Failure::of(format!("cannot read {}", path.display()), error);
    let mut reader =
        csv::ReaderBuilder::new().trim(csv::Trim::All).from_path(path).map_err(failed)?;
    let mut alarms = Vec::new();
    for (index, row) in reader.deserialize::<Row>().enumerate() {
        let row = row.map_err(failed)?;
        let day = |text: &str| {
            day(text).ok_or_else(|| {
                Failure::new(format!(
                    "{}, alarm {}: {text:?} is neither a day (2022-09-05) nor a time with its zone",
                    path.display(),
                    index + 1
                ))
            })
        };
        let alarm = Alarm::new(day(&row.start)?, day(&row.end)?);
        let level = row.level.unwrap_or(alarm.level);
        // Checked here because one below the threshold would be left out before it is looked at.
        if !(level > 0.0 && level.is_finite()) {
            return Err(Failure::new(format!(
                "{}, alarm {}: its level {level} is not positive",
                path.display(),
                index + 1
            )));
        }
        alarms.push(alarm.with_level(level));
    }
    Ok(alarms)
}

fn day(text: &str) -> Option<Date> {
    // A time without its zone would be read as a day too.
    if text.len() > "2022-09-05".len() {
        return text.parse::<Timestamp>().ok().map(|t| TimeZone::UTC.to_datetime(t).date());
    }
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn days_and_times_are_read_and_nothing_else() {
        assert_eq!(day("2022-09-05"), Some(date(2022, 9, 5)));
        assert_eq!(day("2022-09-05T23:30:00-02:00"), Some(date(2022, 9, 6)));
        assert_eq!(day("2022-09-05T23:30:00"), None);
        assert_eq!(day("5.9.2022"), None);
    }
}
