use std::path::Path;

use jiff::civil::Date;
use sigmoid_stats::DailyCounts;

use crate::{PipelineError, Result};

/// How a file of gzip begins.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Reads daily counts: a CSV file with the columns `date` and `count`, one row a day in any order,
/// an empty count for an unobserved day.
///
/// # Errors
///
/// [`PipelineError::Io`] where the file cannot be read and [`PipelineError::Counts`] naming the
/// line that cannot be used: a date that is none or stands there twice, a count that is no number.
///
/// ```
/// let path = tempfile::tempdir()?.keep().join("counts.csv");
/// std::fs::write(&path, "date,count\n2022-03-01,4\n2022-03-02,\n2022-03-03,2\n")?;
/// let counts = stmn_pipeline::read_counts_csv(&path)?;
/// assert_eq!(counts.as_slice(), [Some(4.0), None, Some(2.0)]);
///
/// std::fs::write(&path, "date,count\n2022-03-01,four\n")?;
/// let error = stmn_pipeline::read_counts_csv(&path).unwrap_err().to_string();
/// assert!(error.ends_with("counts.csv:2: count `four` is not a number of 0 or more"), "{error}");
/// # std::fs::remove_dir_all(path.parent().unwrap())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read_counts_csv(path: impl AsRef<Path>) -> Result<DailyCounts> {
    let path = path.as_ref();
    let refuse =
        |line: u64, problem: String| PipelineError::Counts { path: path.to_owned(), line, problem };
    let bytes = std::fs::read(path).map_err(|source| PipelineError::Io {
        action: "read",
        path: path.to_owned(),
        source,
    })?;
    if bytes.starts_with(&GZIP) {
        return Err(refuse(1, "the file is compressed (gzip): unpack it first".into()));
    }
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes.as_slice());
    let header = reader.headers().map_err(|error| refuse(1, error.to_string()))?.clone();
    let column = |name: &str| {
        let bare = |field: &str| field.trim_start_matches('\u{feff}').eq_ignore_ascii_case(name);
        header.iter().position(bare).ok_or_else(|| {
            let found: Vec<&str> = header.iter().collect();
            refuse(1, format!("there is no column `{name}`: the file has {}", found.join(", ")))
        })
    };
    let (date_column, count_column) = (column("date")?, column("count")?);
    let mut rows: Vec<(Date, Option<f64>)> = Vec::new();
    let mut seen = std::collections::BTreeMap::new();
    for record in reader.records() {
        let record = record.map_err(|error| {
            refuse(error.position().map_or(0, csv::Position::line), error.to_string())
        })?;
        let line = record.position().map_or(0, csv::Position::line);
        let field = |column: usize| record.get(column).unwrap_or_default();
        let date = day(field(date_column)).ok_or_else(|| {
            refuse(line, format!("date `{}` is not of the form 2022-03-01", field(date_column)))
        })?;
        if let Some(first) = seen.insert(date, line) {
            return Err(refuse(line, format!("date {date} stands already in line {first}")));
        }
        rows.push((date, count(field(count_column)).map_err(|problem| refuse(line, problem))?));
    }
    rows.sort_by_key(|(date, _)| *date);
    Ok(DailyCounts::from_dated(&rows)?)
}

/// A time, which may be of another day in UTC than in its own zone, is no day.
fn day(field: &str) -> Option<Date> {
    (field.len() <= "2022-03-01".len()).then(|| field.parse().ok()).flatten()
}

fn count(field: &str) -> Result<Option<f64>, String> {
    if field.is_empty() {
        return Ok(None);
    }
    match field.parse::<f64>() {
        Ok(count) if count.is_finite() && count >= 0.0 => Ok(Some(count)),
        _ => Err(format!("count `{field}` is not a number of 0 or more")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_no_day() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("counts.csv");
        for time in ["2022-09-05T00:00:00+08:00", "2022-09-05T00:00:00Z", "2022-09-05 00:00"] {
            std::fs::write(&path, format!("date,count\n2022-09-04,1\n{time},3\n")).unwrap();
            let error = read_counts_csv(&path).unwrap_err().to_string();
            assert!(error.contains("counts.csv:3: date") && error.contains(time), "{error}");
        }
    }
}
