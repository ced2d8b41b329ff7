use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufWriter};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use arrow_array::{
    ArrayRef, Float64Array, RecordBatch, TimestampMicrosecondArray, TimestampNanosecondArray,
    UInt8Array,
};
use arrow_ipc::CompressionType;
use arrow_ipc::writer::{FileWriter, IpcWriteOptions};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef, TimeUnit};

use crate::flat_file::{GROUP_ROWS, TIME, Ticks, check_names, entries, flagged, flags_name};
use crate::{Recording, Result, write_atomically};

const UTC: &str = "UTC";

/// Writes a recording as an Arrow IPC file (Feather 2), with everything that
/// [`read_arrow`](crate::read_arrow) needs to give it back.
///
/// Columns and metadata are those of [`write_parquet`](crate::write_parquet): `time` (timestamp in
/// UTC, microseconds, or nanoseconds where the grid needs them), one nullable double per channel, null
/// where missing, `NAME.provenance` where a channel has any flag but missing, and `strain-io.` entries
/// in the schema's metadata. Packed with LZ4; the file appears whole or not at all, and the same
/// recording gives the same bytes.
///
/// # Errors
///
/// [`StrainIoError::DuplicateChannel`](crate::StrainIoError::DuplicateChannel) where a channel is
/// called `time` or as another's flags, [`StrainIoError::Io`](crate::StrainIoError::Io) where the file
/// cannot be written.
///
/// # Example
///
/// ```
/// use strain_io::{Channel, ParquetOptions, Recording, TimeGrid, ndarray::array};
///
/// let grid = TimeGrid::new(
///     "2008-05-01T00:00:00Z".parse()?, jiff::SignedDuration::from_mins(1), 3)?;
/// let channels = vec![Channel::gauge("s1", 51.0)];
/// let recording = Recording::new("51010", grid, channels, array![[0.1], [f64::NAN], [1e-9]])?;
/// let dir = tempfile::tempdir()?;
/// let path = dir.path().join("a.arrow");
/// strain_io::write_arrow(&recording, &path)?;
/// let again = strain_io::read_arrow(&path, &ParquetOptions::default())?.recording;
/// assert_eq!(again.station(), "51010");
/// assert_eq!(again.channels(), recording.channels());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write_arrow(recording: &Recording, path: impl AsRef<Path>) -> Result<()> {
    let flagged = flagged(recording);
    check_names(recording, &flagged)?;
    write_atomically(path, |file| fill(file, recording, &flagged).map_err(io::Error::other))
}

fn fill(
    file: &mut BufWriter<File>,
    recording: &Recording,
    flagged: &[bool],
) -> Result<(), ArrowError> {
    let grid = recording.grid();
    let ticks = Ticks::of(grid);
    let schema = Arc::new(schema(recording, flagged, ticks));
    let options =
        IpcWriteOptions::default().try_with_compression(Some(CompressionType::LZ4_FRAME))?;
    let mut writer = FileWriter::try_new_with_options(file, &schema, options)?;
    for start in (0..grid.len()).step_by(GROUP_ROWS) {
        let rows = start..(start + GROUP_ROWS).min(grid.len());
        writer.write(&batch(&schema, recording, flagged, ticks, &rows)?)?;
    }
    writer.finish()
}

fn schema(recording: &Recording, flagged: &[bool], ticks: Ticks) -> Schema {
    let unit = match ticks {
        Ticks::Micros => TimeUnit::Microsecond,
        Ticks::Nanos => TimeUnit::Nanosecond,
    };
    let mut fields = vec![Field::new(TIME, DataType::Timestamp(unit, Some(UTC.into())), false)];
    for (channel, &flagged) in recording.channels().iter().zip(flagged) {
        fields.push(Field::new(&channel.name, DataType::Float64, true));
        if flagged {
            fields.push(Field::new(flags_name(&channel.name), DataType::UInt8, false));
        }
    }
    Schema::new_with_metadata(fields, entries(recording).into_iter().collect::<HashMap<_, _>>())
}

fn batch(
    schema: &SchemaRef,
    recording: &Recording,
    flagged: &[bool],
    ticks: Ticks,
    rows: &Range<usize>,
) -> Result<RecordBatch, ArrowError> {
    let times = ticks
        .times(recording.grid(), rows.clone())
        .map_err(|error| ArrowError::ExternalError(Box::new(error)))?;
    let mut columns: Vec<ArrayRef> = vec![match ticks {
        Ticks::Micros => Arc::new(TimestampMicrosecondArray::from(times).with_timezone(UTC)),
        Ticks::Nanos => Arc::new(TimestampNanosecondArray::from(times).with_timezone(UTC)),
    }];
    let (values, provenance) = (recording.values(), recording.provenance());
    for (column, &flagged) in flagged.iter().enumerate() {
        let cells = rows.clone().map(|row| values[[row, column]]);
        let cells = cells.map(|value| (!value.is_nan()).then_some(value));
        columns.push(Arc::new(cells.collect::<Float64Array>()));
        if flagged {
            let bits = rows.clone().map(|row| provenance[[row, column]].bits());
            columns.push(Arc::new(UInt8Array::from_iter_values(bits)));
        }
    }
    RecordBatch::try_new(schema.clone(), columns)
}
