use std::path::Path;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use sigmoid_stats::Alarm;
use stmn_pipeline::{CsvRow, CsvTable, PipelineError};

/// Largest level. Pages are drawn in floating point, which needs room above the highest alarm.
const LARGEST: f64 = 1e100;

/// Columns that may well be the level under another name: alarms that lost theirs would all be the same.
const LEVELS: [&str; 8] =
    ["levels", "strength", "score", "value", "probability", "amplitude", "intensity", "threshold"];

/// The alarms of a file.
pub(super) struct AlarmFile {
    pub(super) alarms: Vec<Alarm>,
    /// Columns that are no part of an alarm.
    pub(super) other_columns: Vec<String>,
}

/// Alarms of a CSV file; times are cut to their UTC day. A file with a header and no row is that of a
/// method that gave no alarm, which can be evaluated.
pub(super) fn read(path: &Path) -> Result<AlarmFile, PipelineError> {
    let table = CsvTable::read(path)?;
    let (start, end) = (table.column("start")?, table.column("end")?);
    let level = table.column("level").ok();
    let mut other_columns = Vec::new();
    for (index, name) in table.header().iter().enumerate() {
        if index == start || index == end || Some(index) == level {
            continue;
        }
        if level.is_none() && LEVELS.contains(&name.to_ascii_lowercase().as_str()) {
            let problem =
                format!("is column `{name}` the alarms' level? Name it `level`, or leave it out");
            return Err(table.refuse(1, problem));
        }
        other_columns.push(name.clone());
    }
    let alarm = |row| alarm(row, start, end, level).map_err(|problem| (row, problem));
    let alarms: Result<Vec<Alarm>, _> = table.rows().iter().map(alarm).collect();
    let alarms = alarms.map_err(|(row, problem)| table.refuse(row.line, problem))?;
    Ok(AlarmFile { alarms, other_columns })
}

fn alarm(row: &CsvRow, start: usize, end: usize, level: Option<usize>) -> Result<Alarm, String> {
    let date = |column: &str, index: usize| {
        let text = &row.fields[index];
        day(text).ok_or_else(|| {
            format!(
                "column {column}: `{text}` is neither a day (2022-09-05) nor a time with its zone \
                 (2022-09-05T04:52:00Z)"
            )
        })
    };
    let (start, end) = (date("start", start)?, date("end", end)?);
    // Checked here because an alarm below the threshold would be left out before it is looked at.
    if end < start {
        return Err(format!("the alarm ends {end}, before it starts {start}; correct one of them"));
    }
    let alarm = Alarm::new(start, end);
    let Some(text) = level.map(|index| &row.fields[index]).filter(|text| !text.is_empty()) else {
        return Ok(alarm);
    };
    match text.parse::<f64>() {
        Ok(level) if level > 0.0 && level <= LARGEST => Ok(alarm.with_level(level)),
        _ => Err(format!("column level: `{text}` is not a number above 0, up to {LARGEST:e}")),
    }
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
