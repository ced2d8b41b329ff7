use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use arrow_array::RecordBatch;
use arrow_ipc::reader::RecordBatchDecoder;
use arrow_schema::SchemaRef;

use super::columns::{append_numbers, append_times, holds_times};
use super::fields::fields;
use super::guard::Budget;
use super::message::message;
use super::source::{Framed, Source};
use super::{damaged, failed};
use crate::flat_file::{Cells, Decoded, Layout, Metadata, ParquetOptions, wrong_column};
use crate::read::Read;
use crate::{Result, StrainIoError};

/// Reads a recording from an Arrow IPC file (Feather 2) or stream: one of
/// [`write_arrow`](crate::write_arrow) with all that it says of itself, or any with a column of times
/// and columns of numbers.
///
/// Columns, times and rows are taken as [`read_parquet`](crate::read_parquet) takes them, with the
/// same options; columns of other types, nested and dictionary ones among them, are passed over.
/// Buffers may be packed with LZ4, not with Zstandard.
///
/// # Errors
///
/// [`StrainIoError::Io`] where the file cannot be read, [`StrainIoError::Arrow`] or
/// [`StrainIoError::Format`] where it is not Arrow, damaged, big-endian or packed with Zstandard, and
/// otherwise as [`read_csv`](crate::read_csv).
///
/// # Example
///
/// See [`write_arrow`](crate::write_arrow).
pub fn read_arrow(path: impl AsRef<Path>, options: &ParquetOptions) -> Result<Read> {
    let path = path.as_ref();
    options.validate()?;
    decode(path, options)?.into_read(path, options)
}

/// Everything that is done by the Arrow libraries. Lengths are checked before; what else is wrong in
/// a damaged file may make them panic, and a damaged file must be an error.
fn decode(path: &Path, options: &ParquetOptions) -> Result<Decoded> {
    let decoded = catch_unwind(AssertUnwindSafe(|| {
        let mut source = Source::open(path)?;
        let entries = source.schema.metadata().iter();
        let entries = entries.map(|(key, value)| (key.clone(), value.clone())).collect();
        let metadata = Metadata::new(entries);
        let layout = Layout::find(path, &fields(&source.schema), &metadata, options)?;
        // Before a batch is read: of a dictionary's column the library would ask for the dictionary.
        if !holds_times(source.schema.field(layout.time).data_type()) {
            return Err(wrong_column(path, "times"));
        }
        let mut cells = Cells::new(&layout);
        let mut wanted = vec![layout.time];
        wanted.extend(layout.sources());
        let mut budget = Budget::new(source.length);
        while let Some(framed) = source.next_batch()? {
            let batch = batch(path, &framed, &source.schema, &wanted, &mut budget)?;
            append(path, &batch, &mut cells)?;
        }
        Ok(Decoded { metadata, layout, cells: cells.check_lengths(path)? })
    }));
    decoded.unwrap_or_else(|_| Err(damaged(path, "its messages contradict each other")))
}

/// The columns `wanted` of one batch.
fn batch(
    path: &Path,
    framed: &Framed,
    schema: &SchemaRef,
    wanted: &[usize],
    budget: &mut Budget,
) -> Result<RecordBatch> {
    let message = message(path, &framed.head)?;
    let batch = message.header_as_record_batch();
    let batch = batch.ok_or_else(|| damaged(path, "a batch of it is none"))?;
    budget.admit(path, &batch, &framed.body)?;
    let (none, version) = (HashMap::new(), message.version());
    RecordBatchDecoder::try_new(&framed.body, batch, schema.clone(), &none, &version)
        .and_then(|decoder| decoder.with_projection(Some(wanted)).read_record_batch())
        .map_err(failed(path))
}

/// Appends a batch whose first column is that of times.
fn append(path: &Path, batch: &RecordBatch, cells: &mut Cells) -> Result<(), StrainIoError> {
    let [times, numbers @ ..] = batch.columns() else {
        return Err(damaged(path, "a batch of it has no columns"));
    };
    if !append_times(times, &mut cells.times) {
        return Err(wrong_column(path, "times"));
    }
    for (column, into) in numbers.iter().zip(&mut cells.numbers) {
        if !append_numbers(column, into) {
            return Err(wrong_column(path, "numbers"));
        }
    }
    Ok(())
}
