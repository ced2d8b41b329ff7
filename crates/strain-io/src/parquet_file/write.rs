use std::fs::File;
use std::io::{self, BufWriter};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use parquet::basic::{Compression, LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::data_type::{DataType, DoubleType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::{Type, TypePtr};

use crate::flat_file::{GROUP_ROWS, TIME, Ticks, check_names, entries, flagged, flags_name};
use crate::{Recording, Result, write_atomically};

/// Writes a recording as Parquet, with everything that [`read_parquet`](crate::read_parquet) needs
/// to give it back.
///
/// The columns are `time` (timestamp adjusted to UTC, microseconds, or nanoseconds where the grid
/// needs them) and one optional double per channel, null where missing; a channel with any flag but
/// missing also has `NAME.provenance` (see [`Provenance::bits`](crate::Provenance::bits)). Station, interval, units and
/// directions are in the file's key-value metadata under `strain-io.`. Compressed with Snappy; the
/// file appears whole or not at all, and the same recording gives the same bytes.
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
/// let path = dir.path().join("a.parquet");
/// strain_io::write_parquet(&recording, &path)?;
/// let again = strain_io::read_parquet(&path, &ParquetOptions::default())?.recording;
/// assert_eq!(again.station(), "51010");
/// assert_eq!(again.channels(), recording.channels());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write_parquet(recording: &Recording, path: impl AsRef<Path>) -> Result<()> {
    let flagged = flagged(recording);
    check_names(recording, &flagged)?;
    write_atomically(path, |file| fill(file, recording, &flagged).map_err(io::Error::other))
}

fn fill(
    file: &mut BufWriter<File>,
    recording: &Recording,
    flagged: &[bool],
) -> Result<(), ParquetError> {
    let grid = recording.grid();
    let ticks = Ticks::of(grid);
    let unit = match ticks {
        Ticks::Micros => TimeUnit::MICROS,
        Ticks::Nanos => TimeUnit::NANOS,
    };
    let entry = |(key, value)| KeyValue { key, value: Some(value) };
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_key_value_metadata(Some(entries(recording).into_iter().map(entry).collect()))
        .build();
    let schema = schema(recording, flagged, unit)?;
    let mut writer = SerializedFileWriter::new(file, schema, Arc::new(properties))?;
    for start in (0..grid.len()).step_by(GROUP_ROWS) {
        let rows = start..(start + GROUP_ROWS).min(grid.len());
        let mut group = writer.next_row_group()?;
        let times = ticks.times(grid, rows.clone());
        let times = times.map_err(|error| ParquetError::General(error.to_string()))?;
        write_column::<Int64Type, _>(&mut group, &times, None)?;
        for (column, &flagged) in flagged.iter().enumerate() {
            write_channel(&mut group, recording, column, &rows, flagged)?;
        }
        group.close()?;
    }
    writer.close().map(drop)
}

fn schema(
    recording: &Recording,
    flagged: &[bool],
    unit: TimeUnit,
) -> Result<TypePtr, ParquetError> {
    let time = Type::primitive_type_builder(TIME, Physical::INT64)
        .with_repetition(Repetition::REQUIRED)
        .with_logical_type(Some(LogicalType::timestamp(true, unit)));
    let mut fields = vec![Arc::new(time.build()?)];
    for (channel, &flagged) in recording.channels().iter().zip(flagged) {
        let values = Type::primitive_type_builder(&channel.name, Physical::DOUBLE)
            .with_repetition(Repetition::OPTIONAL);
        fields.push(Arc::new(values.build()?));
        if flagged {
            let name = flags_name(&channel.name);
            let flags = Type::primitive_type_builder(&name, Physical::INT32)
                .with_repetition(Repetition::REQUIRED)
                .with_logical_type(Some(LogicalType::integer(8, false)));
            fields.push(Arc::new(flags.build()?));
        }
    }
    let root = Type::group_type_builder("recording").with_fields(fields);
    Ok(Arc::new(root.build()?))
}

fn write_channel<W: io::Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    recording: &Recording,
    column: usize,
    rows: &Range<usize>,
    flagged: bool,
) -> Result<(), ParquetError> {
    let all = recording.values();
    let values = rows.clone().map(|row| all[[row, column]]);
    let levels: Vec<i16> = values.clone().map(|value| i16::from(!value.is_nan())).collect();
    let present: Vec<f64> = values.filter(|value| !value.is_nan()).collect();
    write_column::<DoubleType, _>(group, &present, Some(&levels))?;
    if flagged {
        let flags = recording.provenance();
        let bits: Vec<i32> = rows.clone().map(|row| flags[[row, column]].bits().into()).collect();
        write_column::<Int32Type, _>(group, &bits, None)?;
    }
    Ok(())
}

fn write_column<D: DataType, W: io::Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    values: &[D::T],
    levels: Option<&[i16]>,
) -> Result<(), ParquetError> {
    let missing = || ParquetError::General("fewer columns in the schema than written".to_owned());
    let mut column = group.next_column()?.ok_or_else(missing)?;
    column.typed::<D>().write_batch(values, levels, None)?;
    column.close()
}
