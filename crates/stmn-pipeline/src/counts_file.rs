use std::path::Path;

use jiff::civil::Date;
use sigmoid_stats::DailyCounts;

use crate::{CsvTable, Result};

/// A count a day that no record reaches, and below which sums of years stay exact to one.
const LARGEST: f64 = 1e12;

/// Reads daily counts: a CSV file with the columns `date` and `count`, one row a day in any order,
/// an empty count for an unobserved day.
///
/// # Errors
///
/// [`PipelineError::Io`](crate::PipelineError::Io) where the file cannot be read and
/// [`PipelineError::Table`](crate::PipelineError::Table) naming the line that cannot be used: a date
/// that is none or stands there twice, a count that is no number or above 10¹², a file without a row.
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
    let table = CsvTable::read(path)?;
    let (date_column, count_column) = (table.column("date")?, table.column("count")?);
    let mut rows: Vec<(Date, Option<f64>)> = Vec::new();
    let mut seen = std::collections::BTreeMap::new();
    for row in table.rows() {
        let (line, date) = (row.line, &row.fields[date_column]);
        let date = day(date).ok_or_else(|| {
            table.refuse(line, format!("date `{date}` is not of the form 2022-03-01"))
        })?;
        if let Some(first) = seen.insert(date, line) {
            return Err(table.refuse(line, format!("date {date} stands already in line {first}")));
        }
        let count = count(&row.fields[count_column]);
        rows.push((date, count.map_err(|problem| table.refuse(line, problem))?));
    }
    if rows.is_empty() {
        return Err(table.refuse(1, "there is no row behind the header: one a day is needed"));
    }
    rows.sort_by_key(|(date, _)| *date);
    DailyCounts::from_dated(&rows).map_err(|error| table.refuse(1, error.to_string()))
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
        Ok(count) if count.is_finite() && count > LARGEST => {
            Err(format!("count `{field}` is more than a day can have (1e12)"))
        }
        Ok(count) if count.is_finite() && count >= 0.0 => Ok(Some(count)),
        _ => Err(format!("count `{field}` is not a number of 0 or more")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said of a file of such content.
    fn said(content: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("counts.csv");
        std::fs::write(&path, content).unwrap();
        read_counts_csv(&path).unwrap_err().to_string()
    }

    #[test]
    fn what_cannot_be_used_is_named_with_file_and_line() {
        for (content, wanted) in [
            ("date,count\n", "counts.csv:1: there is no row"),
            ("date,count\n2022-03-01,1\n2022-03-02,1e308\n", "counts.csv:3: count `1e308`"),
            ("date,count\n2022-03-01,1\n\n\n2022-03-02,x\n", "counts.csv:5: count `x`"),
            ("date,count\r\n\r\n2022-03-01\r\n", "counts.csv:3: the row has 1 fields"),
        ] {
            let said = said(content);
            assert!(said.contains(wanted), "{said}");
        }
    }

    #[test]
    fn the_last_day_of_the_calendar_can_be_counted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("counts.csv");
        std::fs::write(&path, "date,count\n9999-12-30,1\n9999-12-31,2\n").unwrap();
        assert_eq!(read_counts_csv(&path).unwrap().as_slice(), [Some(1.0), Some(2.0)]);
    }

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
