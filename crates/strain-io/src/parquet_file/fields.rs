use parquet::basic::{ConvertedType, LogicalType, TimeUnit, Type as Physical};
use parquet::schema::types::{ColumnDescriptor, SchemaDescriptor};

use crate::flat_file::{Field, FieldKind, TimeKind};

/// The columns of a Parquet file.
pub(super) fn fields(schema: &SchemaDescriptor) -> Vec<Field> {
    let field = |column: &ColumnDescriptor| Field {
        name: column.path().parts().join("."),
        kind: match stamp(column) {
            Some(kind) => FieldKind::Stamp(kind),
            None if is_number(column) => FieldKind::Number,
            None => FieldKind::Other,
        },
    };
    schema.columns().iter().map(|column| field(column)).collect()
}

fn is_flat(column: &ColumnDescriptor) -> bool {
    column.max_rep_level() == 0 && column.max_def_level() <= 1
}

fn is_number(column: &ColumnDescriptor) -> bool {
    let plain = match column.logical_type_ref() {
        None => column.converted_type() == ConvertedType::NONE,
        Some(kind) => matches!(kind, LogicalType::Integer(_)),
    };
    let integer = matches!(
        column.converted_type(),
        ConvertedType::INT_8
            | ConvertedType::INT_16
            | ConvertedType::INT_32
            | ConvertedType::INT_64
            | ConvertedType::UINT_8
            | ConvertedType::UINT_16
            | ConvertedType::UINT_32
            | ConvertedType::UINT_64
    );
    let physical = matches!(
        column.physical_type(),
        Physical::DOUBLE | Physical::FLOAT | Physical::INT32 | Physical::INT64
    );
    is_flat(column) && physical && (plain || integer)
}

/// How a column of a timestamp type holds its times.
fn stamp(column: &ColumnDescriptor) -> Option<TimeKind> {
    let kind = |nanos, utc| Some(TimeKind::Stamp { nanos, utc });
    if !is_flat(column) || column.physical_type() != Physical::INT64 {
        return None;
    }
    match (column.logical_type_ref(), column.converted_type()) {
        (Some(LogicalType::Timestamp(stamp)), _) => {
            let nanos = match stamp.unit {
                TimeUnit::MILLIS => 1_000_000,
                TimeUnit::MICROS => 1_000,
                TimeUnit::NANOS => 1,
            };
            kind(nanos, stamp.is_adjusted_to_u_t_c)
        }
        (None, ConvertedType::TIMESTAMP_MILLIS) => kind(1_000_000, true),
        (None, ConvertedType::TIMESTAMP_MICROS) => kind(1_000, true),
        _ => None,
    }
}
