use std::path::Path;

use strain_io::TimeGrid;
use timesnet::Loss;

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

    /// Refuses a series most of whose windows 32 bits, which the network computes with, make
    /// constant or next to it. Shifted here it would be another series: errors are relative to its
    /// values.
    pub(super) fn refuse_lost(&self, one: &One, window: usize) -> Result<(), Failure> {
        let Some(Spread { mean, deviation }) = lost(&one.values, window) else { return Ok(()) };
        Err(Failure::new(format!(
            "{}: series {} varies by {deviation:.1e} around {mean:.9e}, which numbers of 32 bits \
             cannot tell apart: subtract a constant from it, or leave it out",
            self.file, one.name
        )))
    }

    /// Refuses a series that training by squared errors would learn nothing from: the optimizer's
    /// squared gradients are of the fourth power of its spread.
    pub(super) fn refuse_unsquarable(&self, loss: Loss, window: usize) -> Result<(), Failure> {
        let large = |one: &&One| {
            one.values.rchunks(window).any(|part| Spread::of(part).deviation > LARGEST_SQUARED)
        };
        let Some(one) = self.series.iter().filter(|_| loss == Loss::Mse).find(large) else {
            return Ok(());
        };
        Err(Failure::new(format!(
            "{}: series {} varies by more than {LARGEST_SQUARED:.0e}, too much for `loss = \"MSE\"` in \
             32 bits: divide the series by a power of ten, or choose another loss",
            self.file, one.name
        )))
    }
}

/// Largest value taken: the squares of a window's values and their sums stay far inside 32 bits.
const LARGEST: f64 = 1e18;

/// Largest deviation inside a window that the mean squared error is trained with.
const LARGEST_SQUARED: f64 = 1e10;

/// Least deviation inside a window that is of use in 32 bits, against its mean: four of its last
/// digits.
const LEAST: f64 = 4.0 * f32::EPSILON as f64;

/// Mean and standard deviation of some values.
#[derive(Clone, Copy)]
struct Spread {
    mean: f64,
    deviation: f64,
}

impl Spread {
    fn of(values: &[f64]) -> Self {
        let count = values.len().max(1) as f64;
        let mean = values.iter().sum::<f64>() / count;
        let squares = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
        Self { mean, deviation: (squares / count).sqrt() }
    }

    /// Whether values vary by more than the rounding of 64 bits.
    fn varies(&self) -> bool {
        self.deviation > 1e-12 * self.mean.abs()
    }
}

/// The newest of the windows, side by side, whose variation is lost in 32 bits, where those are more
/// than half of all that vary.
fn lost(values: &[f64], window: usize) -> Option<Spread> {
    let varying: Vec<Spread> =
        values.rchunks(window.max(1)).map(Spread::of).filter(Spread::varies).collect();
    let lost = |spread: &&Spread| spread.deviation < LEAST * spread.mean.abs();
    let first = varying.iter().find(lost)?;
    (2 * varying.iter().filter(lost).count() > varying.len()).then_some(*first)
}

/// Refuses a value that is larger than a network can square.
fn refuse_large(value: f64, series: &str, place: impl Fn() -> String) -> Result<(), Failure> {
    if value.abs() <= LARGEST || value.is_nan() {
        return Ok(());
    }
    Err(Failure::new(format!(
        "{}: series {series} is {value:e}, above the {LARGEST:.0e} that the network can compute \
         with: correct it, or divide the series by a power of ten",
        place()
    )))
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
        for (row, value) in values.iter().enumerate() {
            let place = || format!("{}, {}", table.file, table.place(from + row));
            refuse_large(*value, name, place)?;
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
        for (column, value) in values.iter().enumerate() {
            let place = || {
                let column = &table.columns()[column + 1];
                format!("{}, line {}, column {column}", path.display(), table.line(row))
            };
            refuse_large(*value, &name, place)?;
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

    #[test]
    fn what_32_bits_keep_is_told_from_what_they_lose() {
        let series = |from: f64, by: f64| -> Vec<f64> {
            (0..40).map(|at| from + by * [0.0, 1.0, 2.0, 1.0][at % 4]).collect()
        };
        assert!(lost(&series(123_456_789.0, 1.0), 8).is_some());
        assert!(lost(&series(-123_456_789.0, 1.0), 8).is_some());
        assert!(lost(&series(123_456_789.0, 1000.0), 8).is_none());
        assert!(lost(&series(1e6, 1.0), 8).is_none());
        assert!(lost(&series(0.0, 1e-9), 8).is_none());
        // Constants have nothing to lose, even those of which a sum is rounded.
        assert!(lost(&[0.1; 40], 8).is_none());
        assert!(lost(&[], 8).is_none());
        // A jump hides nothing of the windows on either side, and one window decides nothing.
        let far = series(123_456_789.0, 1.0);
        assert!(lost(&[series(0.0, 1.0)[..12].to_vec(), far.clone()].concat(), 8).is_some());
        assert!(lost(&[series(0.0, 1.0), far[..12].to_vec()].concat(), 8).is_none());
    }
}
