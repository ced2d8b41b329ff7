use arrow_schema::{DataType, Schema, TimeUnit};

use crate::flat_file::{Field, FieldKind, TimeKind};

/// The columns of an Arrow schema.
pub(super) fn fields(schema: &Schema) -> Vec<Field> {
    let field = |field: &arrow_schema::Field| Field {
        name: field.name().clone(),
        kind: kind(field.data_type()),
    };
    schema.fields().iter().map(|column| field(column)).collect()
}

fn kind(data_type: &DataType) -> FieldKind {
    match data_type {
        DataType::Timestamp(unit, zone) => {
            let nanos = match unit {
                TimeUnit::Second => 1_000_000_000,
                TimeUnit::Millisecond => 1_000_000,
                TimeUnit::Microsecond => 1_000,
                TimeUnit::Nanosecond => 1,
            };
            // With a zone, whichever it is, the numbers are UTC.
            FieldKind::Stamp(TimeKind::Stamp { nanos, utc: zone.is_some() })
        }
        other if other.is_integer() || other.is_floating() => FieldKind::Number,
        _ => FieldKind::Other,
    }
}
