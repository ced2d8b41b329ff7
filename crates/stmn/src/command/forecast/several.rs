use std::path::Path;

use strain_io::TimeGrid;

use super::experiment::DataSettings;
use super::names::TableLayout;
use super::series::Series;
use crate::failure::Failure;

/// One of many series, each on its own.
pub(super) struct One {
    pub(super) name: String,
    /// Oldest first, nothing missing.
    pub(super) values: Vec<f64>,
    /// Row of the first value in the table, where rows are times.
    pub(super) from: usize,
}

/// Several series for short-term forecasts.
pub(super) struct Several {
    pub(super) file: String,
    pub(super) series: Vec<One>,
    /// The times of the rows, where rows are times.
    pub(super) grid: Option<TimeGrid>,
}

impl Several {
    /// Reads a table with one series a column or one a row.
    pub(super) fn read(path: &Path, data: &DataSettings) -> Result<Self, Failure> {
        match data.layout {
            TableLayout::Columns => columns(Series::read(path, data)?),
            TableLayout::Rows => rows(path),
        }
    }
}

fn columns(table: Series) -> Result<Several, Failure> {
    let mut series = Vec::new();
    for (name, column) in table.channels.iter().zip(table.values.columns()) {
        let values = column.to_vec();
        let (from, values) = trimmed(&values);
        if let Some(row) = values.iter().position(|value| value.is_nan()) {
            return Err(Failure::new(format!(
                "{}: series {name} has no value at {}: only before its start and after its end may \
                 values be missing",
                table.file,
                table.place(from + row)
            )));
        }
        series.push(One { name: name.clone(), values: values.to_vec(), from });
    }
    Ok(Several { file: table.file, series, grid: table.grid })
}

fn rows(path: &Path) -> Result<Several, Failure> {
    let table = strain_io::read_text_table(path)?;
    let mut series = Vec::new();
    for row in 0..table.len() {
        let name = table.text(row, 0).to_owned();
        let cells: Result<Vec<f64>, _> =
            (1..table.columns().len()).map(|column| table.number(row, column)).collect();
        let cells = cells?;
        let (from, values) = trimmed(&cells);
        let gap = values.iter().position(|value| value.is_nan()).map(|gap| from + gap);
        if let Some(column) = gap.or((from > 0 && !values.is_empty()).then_some(0)) {
            return Err(Failure::new(format!(
                "{}, line {}: series {name} has no value in column {}: a series starts in the \
                 second column and may only be followed by empty ones",
                path.display(),
                table.line(row),
                table.columns()[column + 1]
            )));
        }
        series.push(One { name, values: values.to_vec(), from: 0 });
    }
    Ok(Several { file: path.display().to_string(), series, grid: None })
}

/// Without the missing values at both ends, and how many there were at the start.
fn trimmed(values: &[f64]) -> (usize, &[f64]) {
    let first = values.iter().position(|value| !value.is_nan()).unwrap_or(values.len());
    let end = values.iter().rposition(|value| !value.is_nan()).map_or(first, |last| last + 1);
    (first, &values[first..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_are_trimmed() {
        let nan = f64::NAN;
        let all = [nan, 1.0, nan, 2.0, nan];
        let (from, values) = trimmed(&all);
        assert_eq!((from, values.len()), (1, 3));
        assert_eq!(trimmed(&[nan, nan]).1.len(), 0);
        assert_eq!(trimmed(&[]), (0, &[][..]));
    }
}
