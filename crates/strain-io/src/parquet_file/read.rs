use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use parquet::file::metadata::KeyValue;
use parquet::file::reader::{FileReader, RowGroupReader, SerializedFileReader};

use super::columns::{append_numbers, append_times};
use super::failed;
use super::fields::fields;
use super::pages::Group;
use super::source::Source;
use crate::flat_file::{Cells, Decoded, Layout, Metadata, ParquetOptions, wrong_column};
use crate::read::Read;
use crate::{Result, StrainIoError};

/// Reads a recording from Parquet: one of [`write_parquet`](crate::write_parquet) with all that it
/// says of itself, or any flat file with a column of times and columns of numbers.
///
/// Times may be timestamps, text in the forms of [`TimeFormat::Calendar`](crate::TimeFormat::Calendar), or Unix seconds if the
/// options say so. Rows are taken as the lines of a CSV file are: in ascending order, on a grid,
/// with NaN where no row is; in errors, `line` is the row's number from 1.
///
/// A damaged file may cost 2 GiB of memory for a moment, whatever its size: the Parquet library makes room
/// for the 32-bit length that a packed page claims before it unpacks it.
///
/// # Errors
///
/// [`StrainIoError::Io`] where the file cannot be opened, [`StrainIoError::Parquet`] where it is not
/// Parquet or damaged, and otherwise as [`read_csv`](crate::read_csv).
///
/// # Example
///
/// See [`write_parquet`](crate::write_parquet).
pub fn read_parquet(path: impl AsRef<Path>, options: &ParquetOptions) -> Result<Read> {
    let path = path.as_ref();
    options.validate()?;
    let file = File::open(path).map_err(|source| StrainIoError::Io {
        action: "open",
        path: path.to_owned(),
        source,
    })?;
    decode(path, file, options)?.into_read(path, options)
}

/// Everything that is done by the Parquet library. It panics on some damaged files (a page that
/// refers to a dictionary that is not there), and a damaged file must be an error.
fn decode(path: &Path, file: File, options: &ParquetOptions) -> Result<Decoded> {
    let decoded = catch_unwind(AssertUnwindSafe(|| {
        let reader = SerializedFileReader::new(Source(file)).map_err(failed(path))?;
        let described = reader.metadata().file_metadata();
        let entries = described.key_value_metadata().into_iter().flatten();
        let entry = |entry: &KeyValue| Some((entry.key.clone(), entry.value.clone()?));
        let metadata = Metadata::new(entries.filter_map(entry).collect());
        let layout = Layout::find(path, &fields(described.schema_descr()), &metadata, options)?;
        let cells = read_cells(path, &reader, &layout)?;
        Ok(Decoded { metadata, layout, cells })
    }));
    decoded.unwrap_or_else(|_| {
        Err(StrainIoError::Format {
            file: path.to_owned(),
            problem: "its pages contradict each other".to_owned(),
            advice: "the file is damaged; write it again",
        })
    })
}

fn read_cells(
    path: &Path,
    reader: &SerializedFileReader<Source>,
    layout: &Layout,
) -> Result<Cells> {
    let sources = layout.sources();
    let mut cells = Cells::new(layout);
    for group in 0..reader.num_row_groups() {
        let group = Group(reader.get_row_group(group).map_err(failed(path))?);
        let column = |index| group.get_column_reader(index).map_err(failed(path));
        if !append_times(column(layout.time)?, &mut cells.times).map_err(failed(path))? {
            return Err(wrong_column(path, "times"));
        }
        for (&index, numbers) in sources.iter().zip(&mut cells.numbers) {
            if !append_numbers(column(index)?, numbers).map_err(failed(path))? {
                return Err(wrong_column(path, "numbers"));
            }
        }
    }
    cells.check_lengths(path)
}
