use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef};
use arrow_schema::{DataType, TimeUnit};

use crate::flat_file::{Number, TimeCell};

/// The longest text of a time that is kept: views may name the same long text many times.
const LONGEST_TIME: usize = 256;

/// Appends a batch's column of numbers; false if it is of another type.
pub(super) fn append_numbers(column: &ArrayRef, into: &mut Vec<Number>) -> bool {
    match column.data_type() {
        DataType::Float64 => append::<Float64Type, _>(column, into, Some, None),
        DataType::Float32 => append::<Float32Type, _>(column, into, |v| Some(v.into()), None),
        DataType::Float16 => append::<Float16Type, _>(column, into, |v| Some(v.into()), None),
        DataType::Int8 => append::<Int8Type, _>(column, into, |v| Some(v.into()), None),
        DataType::Int16 => append::<Int16Type, _>(column, into, |v| Some(v.into()), None),
        DataType::Int32 => append::<Int32Type, _>(column, into, |v| Some(v.into()), None),
        DataType::Int64 => append::<Int64Type, _>(column, into, |v| Some(v as f64), None),
        DataType::UInt8 => append::<UInt8Type, _>(column, into, |v| Some(v.into()), None),
        DataType::UInt16 => append::<UInt16Type, _>(column, into, |v| Some(v.into()), None),
        DataType::UInt32 => append::<UInt32Type, _>(column, into, |v| Some(v.into()), None),
        DataType::UInt64 => append::<UInt64Type, _>(column, into, |v| Some(v as f64), None),
        _ => return false,
    }
    true
}

/// Whether [`append_times`] takes a column of this type.
pub(super) fn holds_times(data_type: &DataType) -> bool {
    matches!(
        data_type,
        DataType::Timestamp(..)
            | DataType::Int64
            | DataType::Int32
            | DataType::Float64
            | DataType::Utf8
            | DataType::LargeUtf8
            | DataType::Utf8View
    )
}

/// Appends a batch's column of times; false if it is of a type that holds none.
pub(super) fn append_times(column: &ArrayRef, into: &mut Vec<TimeCell>) -> bool {
    let integers = |into: &mut Vec<TimeCell>| match column.data_type() {
        DataType::Timestamp(TimeUnit::Second, _) => whole::<TimestampSecondType>(column, into),
        DataType::Timestamp(TimeUnit::Millisecond, _) => {
            whole::<TimestampMillisecondType>(column, into);
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            whole::<TimestampMicrosecondType>(column, into);
        }
        DataType::Timestamp(TimeUnit::Nanosecond, _) => {
            whole::<TimestampNanosecondType>(column, into);
        }
        DataType::Int64 => whole::<Int64Type>(column, into),
        _ => {}
    };
    match column.data_type() {
        DataType::Timestamp(..) | DataType::Int64 => integers(into),
        DataType::Int32 => append::<Int32Type, _>(
            column,
            into,
            |value| TimeCell::Integer(value.into()),
            TimeCell::Null,
        ),
        DataType::Float64 => {
            append::<Float64Type, _>(column, into, TimeCell::Number, TimeCell::Null);
        }
        DataType::Utf8 => into.extend(column.as_string::<i32>().iter().map(text)),
        DataType::LargeUtf8 => into.extend(column.as_string::<i64>().iter().map(text)),
        DataType::Utf8View => into.extend(column.as_string_view().iter().map(text)),
        _ => return false,
    }
    true
}

fn whole<P: ArrowPrimitiveType<Native = i64>>(column: &ArrayRef, into: &mut Vec<TimeCell>) {
    append::<P, _>(column, into, TimeCell::Integer, TimeCell::Null);
}

fn text(cell: Option<&str>) -> TimeCell {
    let kept = |text: &str| text.as_bytes()[..text.len().min(LONGEST_TIME)].to_vec();
    cell.map_or(TimeCell::Null, |text| TimeCell::Text(kept(text)))
}

fn append<P: ArrowPrimitiveType, T: Clone>(
    column: &ArrayRef,
    into: &mut Vec<T>,
    convert: impl Fn(P::Native) -> T,
    null: T,
) {
    let column = column.as_primitive::<P>();
    if column.null_count() == 0 {
        into.extend(column.values().iter().map(|&value| convert(value)));
        return;
    }
    into.extend(column.iter().map(|cell| cell.map_or_else(|| null.clone(), &convert)));
}
