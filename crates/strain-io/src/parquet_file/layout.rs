use std::path::Path;

use parquet::basic::{ConvertedType, LogicalType, TimeUnit, Type as Physical};
use parquet::schema::types::{ColumnDescriptor, SchemaDescriptor};

use super::PROVENANCE;
use super::metadata::Metadata;
use super::options::ParquetOptions;
use crate::csv_file::ColumnSpec;
use crate::{Channel, Result, StrainIoError, Unit};

/// Where the time, the channels and their flags are.
pub(super) struct Layout {
    pub(super) time: usize,
    pub(super) time_kind: TimeKind,
    pub(super) columns: Vec<Column>,
    pub(super) ignored: Vec<String>,
}

pub(super) struct Column {
    pub(super) index: usize,
    pub(super) channel: Channel,
    pub(super) scale: f64,
    pub(super) flags: Option<usize>,
}

/// How a column holds times.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum TimeKind {
    /// Integers of so many nanoseconds, since 1970 in UTC or on a local clock.
    Stamp { nanos: i64, utc: bool },
    /// Text or numbers to be read as the options say.
    Written,
}

impl Layout {
    pub(super) fn find(
        path: &Path,
        schema: &SchemaDescriptor,
        metadata: &Metadata,
        options: &ParquetOptions,
    ) -> Result<Self> {
        let search = Search { path, schema };
        let stamp = |index: &usize| stamp(search.descriptor(*index));
        let time = match options.time_column.as_deref() {
            Some(name) => search.index(name)?,
            None => (0..schema.num_columns()).find(|i| stamp(i).is_some()).unwrap_or(0),
        };
        if schema.num_columns() == 0 {
            return Err(StrainIoError::NoNumbers { file: path.to_owned() });
        }
        let flags = |name: &str| {
            let flags = format!("{name}{PROVENANCE}");
            search.position(&flags).filter(|_| metadata.is_ours())
        };
        let mut ignored = Vec::new();
        let mut columns = Vec::new();
        if options.columns.is_empty() {
            for index in (0..schema.num_columns()).filter(|&index| index != time) {
                let name = search.name(index);
                let owner = name.strip_suffix(PROVENANCE).filter(|_| metadata.is_ours());
                if owner.is_some_and(|owner| search.position(owner).is_some()) {
                    continue;
                }
                if is_number(search.descriptor(index)) {
                    let (channel, flags) = (metadata.channel(&name), flags(&name));
                    columns.push(Column { index, channel, scale: 1.0, flags });
                } else {
                    ignored.push(name);
                }
            }
        }
        for spec in &options.columns {
            let index = search.index(&spec.source)?;
            if !is_number(search.descriptor(index)) {
                return Err(search.not_numbers(index));
            }
            let name = search.name(index);
            let (channel, flags) = (channel(spec, &metadata.channel(&name)), flags(&name));
            columns.push(Column { index, channel, scale: spec.scale, flags });
        }
        if columns.is_empty() {
            return Err(StrainIoError::NoNumbers { file: path.to_owned() });
        }
        let time_kind = stamp(&time).unwrap_or(TimeKind::Written);
        Ok(Self { time, time_kind, columns, ignored })
    }
}

/// What the caller says of a channel, completed by what the file says.
fn channel(spec: &ColumnSpec, file: &Channel) -> Channel {
    let mut channel = spec.channel();
    if channel.unit == Unit::default() && spec.scale == 1.0 {
        channel.unit = file.unit.clone();
    }
    channel.azimuth_degrees = channel.azimuth_degrees.or(file.azimuth_degrees);
    channel
}

struct Search<'a> {
    path: &'a Path,
    schema: &'a SchemaDescriptor,
}

impl Search<'_> {
    fn descriptor(&self, index: usize) -> &ColumnDescriptor {
        &self.schema.columns()[index]
    }

    /// The column's path: its name or, in a nested file, the names on the way to it.
    fn name(&self, index: usize) -> String {
        self.descriptor(index).path().parts().join(".")
    }

    fn position(&self, name: &str) -> Option<usize> {
        (0..self.schema.num_columns()).find(|&index| self.name(index) == name)
    }

    /// The column called `name` or, if there is none, the one of that number.
    fn index(&self, name: &str) -> Result<usize> {
        let numbered = || name.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
        let index = self.position(name).or_else(numbered);
        index.filter(|&index| index < self.schema.num_columns()).ok_or_else(|| {
            StrainIoError::NoColumn {
                file: self.path.to_owned(),
                line: 1,
                name: name.to_owned(),
                found: (0..self.schema.num_columns()).map(|index| self.name(index)).collect(),
            }
        })
    }

    fn not_numbers(&self, index: usize) -> StrainIoError {
        StrainIoError::Format {
            file: self.path.to_owned(),
            problem: format!("column `{}` does not hold plain numbers", self.name(index)),
            advice: "name another column, or store it as double, float or integer",
        }
    }
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
