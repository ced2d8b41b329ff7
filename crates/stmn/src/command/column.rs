use std::fs::File;
use std::io::Read;
use std::path::Path;

use ndarray::Array2;
use strain_io::{ReadOptions, RecordingFormat, TimeGrid, Unit};

use crate::failure::Failure;

/// One column of a file.
pub(super) struct Column {
    pub(super) values: Vec<f64>,
    /// The times of the samples, if the file has any.
    pub(super) grid: Option<TimeGrid>,
    pub(super) station: String,
    pub(super) unit: Unit,
}

impl Column {
    /// When a sample was taken, or its line where the file has no times.
    pub(super) fn place(&self, sample: usize) -> String {
        match &self.grid {
            Some(grid) => grid.time(sample).to_string(),
            None => format!("line {}", sample + 2),
        }
    }
}

/// Reads a column of a recording, or of a table of numbers that has no times.
pub(super) fn read_column(
    path: &Path,
    name: &str,
    options: &ReadOptions,
) -> Result<Column, Failure> {
    let csv = options.format.is_none_or(|format| format == RecordingFormat::Csv);
    if csv && let Some(values) = read_without_times(path, name)? {
        return Ok(Column { values, grid: None, station: String::new(), unit: Unit::default() });
    }
    let recording = strain_io::read_recording(path, options)?.recording;
    let index = recording.channel_index(name)?;
    Ok(Column {
        values: recording.values().column(index).to_vec(),
        grid: Some(*recording.grid()),
        station: recording.station().to_owned(),
        unit: recording.channels()[index].unit.clone(),
    })
}

/// The column of a plain CSV file whose header names it and whose first column is no time: its
/// first field is a number too short for one, or the column asked for. `None` for any other file.
fn read_without_times(path: &Path, name: &str) -> Result<Option<Vec<f64>>, Failure> {
    let wrap =
        |error: std::io::Error| Failure::of(format!("cannot read {}", path.display()), error);
    let mut bytes = Vec::new();
    File::open(path).map_err(wrap)?.read_to_end(&mut bytes).map_err(wrap)?;
    let Ok(text) = std::str::from_utf8(&bytes) else { return Ok(None) };
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let Ok(header) = reader.headers().cloned() else { return Ok(None) };
    let Some(index) = header.iter().position(|field| field.trim() == name) else { return Ok(None) };
    let mut values = Vec::new();
    for (row, record) in reader.records().enumerate() {
        let record = record
            .map_err(|error| Failure::of(format!("cannot read {}", path.display()), error))?;
        if row == 0 && index != 0 && looks_like_time(record.get(0).unwrap_or_default()) {
            return Ok(None);
        }
        let field = record.get(index).unwrap_or_default().trim();
        let value = match field {
            "" => f64::NAN,
            field => field.parse::<f64>().ok().filter(|v| v.is_finite()).ok_or_else(|| {
                let line = record.position().map_or(row as u64 + 2, csv::Position::line);
                Failure::new(format!(
                    "{}:{line}: column {name}: `{field}` is not a finite number",
                    path.display()
                ))
            })?,
        };
        values.push(value);
    }
    Ok(Some(values))
}

/// A date has a separator or eight digits and more; a plain index has neither.
fn looks_like_time(field: &str) -> bool {
    let digits = field.chars().filter(char::is_ascii_digit).count();
    field.trim().parse::<f64>().is_err() || (digits >= 8 && !field.contains('.'))
}

/// Writes named columns without times.
pub(super) fn write_columns(
    path: &Path,
    names: &[String],
    values: &Array2<f64>,
) -> Result<(), Failure> {
    if path.extension().is_none_or(|ending| ending != "csv") {
        return Err(Failure::new(format!(
            "the input has no times: its modes can be written as .csv only, not to {}",
            path.display()
        )));
    }
    strain_io::write_atomically(path, |file| {
        let mut writer = csv::Writer::from_writer(file);
        writer.write_record(names)?;
        for row in values.rows() {
            writer.write_record(row.iter().map(f64::to_string))?;
        }
        writer.flush()
    })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_from_numbers() {
        for time in ["2008-05-12", "2008/5/12 06:00", "2008051206", "20080512"] {
            assert!(looks_like_time(time), "{time}");
        }
        for number in ["0", "17", "1.25", "-3e5", "1234567.25"] {
            assert!(!looks_like_time(number), "{number}");
        }
    }
}
