use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::DataType;
use parquet::errors::ParquetError;

use crate::flat_file::{Number, TimeCell};

/// Rows decoded at once; what a damaged file claims to hold is never reserved in advance.
const BATCH: usize = 1 << 16;

/// Appends a row group's column of numbers; false if it is of another type.
pub(super) fn append_numbers(
    reader: ColumnReader,
    into: &mut Vec<Number>,
) -> Result<bool, ParquetError> {
    match reader {
        ColumnReader::DoubleColumnReader(r) => append(r, into, |v| Some(*v), None)?,
        ColumnReader::FloatColumnReader(r) => append(r, into, |v| Some(f64::from(*v)), None)?,
        ColumnReader::Int32ColumnReader(r) => append(r, into, |v| Some(f64::from(*v)), None)?,
        ColumnReader::Int64ColumnReader(r) => append(r, into, |v| Some(*v as f64), None)?,
        _ => return Ok(false),
    }
    Ok(true)
}

/// Appends a row group's column of times; false if it is of a type that holds none.
pub(super) fn append_times(
    reader: ColumnReader,
    into: &mut Vec<TimeCell>,
) -> Result<bool, ParquetError> {
    let null = TimeCell::Null;
    match reader {
        ColumnReader::Int64ColumnReader(r) => append(r, into, |v| TimeCell::Integer(*v), null)?,
        ColumnReader::Int32ColumnReader(r) => {
            append(r, into, |v| TimeCell::Integer(i64::from(*v)), null)?;
        }
        ColumnReader::DoubleColumnReader(r) => append(r, into, |v| TimeCell::Number(*v), null)?,
        ColumnReader::ByteArrayColumnReader(r) => {
            append(r, into, |v| TimeCell::Text(v.data().to_vec()), null)?;
        }
        _ => return Ok(false),
    }
    Ok(true)
}

fn append<D: DataType, T: Clone>(
    mut reader: ColumnReaderImpl<D>,
    into: &mut Vec<T>,
    convert: impl Fn(&D::T) -> T,
    null: T,
) -> Result<(), ParquetError> {
    let (mut levels, mut values) = (Vec::new(), Vec::new());
    loop {
        levels.clear();
        values.clear();
        let (rows, present, _) =
            reader.read_records(BATCH, Some(&mut levels), None, &mut values)?;
        if rows == 0 {
            return Ok(());
        }
        if present == rows {
            into.extend(values.iter().map(&convert));
            continue;
        }
        // A level below the greatest one, which is 1 in a flat column, is a null.
        let mut values = values.iter();
        for level in &levels {
            let value = if *level > 0 { values.next() } else { None };
            into.push(value.map_or_else(|| null.clone(), &convert));
        }
    }
}
