use std::path::Path;

use super::metadata::Metadata;
use super::options::ParquetOptions;
use super::{PROVENANCE, flags_name};
use crate::csv_file::ColumnSpec;
use crate::{Channel, Result, StrainIoError, Unit};

/// A column of a file.
pub(crate) struct Field {
    /// Its name or, in a nested file, the names on the way to it.
    pub(crate) name: String,
    pub(crate) kind: FieldKind,
}

/// What the cells of a column are, as far as a recording asks.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum FieldKind {
    Number,
    Stamp(TimeKind),
    Other,
}

/// Where the time, the channels and their flags are.
pub(crate) struct Layout {
    pub(crate) time: usize,
    pub(crate) time_kind: TimeKind,
    pub(crate) columns: Vec<Column>,
    pub(crate) ignored: Vec<String>,
}

pub(crate) struct Column {
    pub(crate) index: usize,
    pub(crate) channel: Channel,
    pub(crate) scale: f64,
    pub(crate) flags: Option<usize>,
}

/// How a column holds times.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum TimeKind {
    /// Integers of so many nanoseconds, since 1970 in UTC or on a local clock.
    Stamp { nanos: i64, utc: bool },
    /// Text or numbers to be read as the options say.
    Written,
}

impl Layout {
    pub(crate) fn find(
        path: &Path,
        fields: &[Field],
        metadata: &Metadata,
        options: &ParquetOptions,
    ) -> Result<Self> {
        let search = Search { path, fields };
        let stamp = |index: usize| match fields.get(index)?.kind {
            FieldKind::Stamp(kind) => Some(kind),
            FieldKind::Number | FieldKind::Other => None,
        };
        let time = match options.time_column.as_deref() {
            Some(name) => search.index(name)?,
            None => (0..fields.len()).find(|&index| stamp(index).is_some()).unwrap_or(0),
        };
        if fields.is_empty() {
            return Err(StrainIoError::NoNumbers { file: path.to_owned() });
        }
        let flags = |name: &str| search.position(&flags_name(name)).filter(|_| metadata.is_ours());
        let mut ignored = Vec::new();
        let mut columns = Vec::new();
        if options.columns.is_empty() {
            for (index, Field { name, kind }) in fields.iter().enumerate() {
                if index == time {
                    continue;
                }
                let owner = name.strip_suffix(PROVENANCE).filter(|_| metadata.is_ours());
                if owner.is_some_and(|owner| search.position(owner).is_some()) {
                    continue;
                }
                if *kind == FieldKind::Number {
                    let (channel, flags) = (metadata.channel(name), flags(name));
                    columns.push(Column { index, channel, scale: 1.0, flags });
                } else {
                    ignored.push(name.clone());
                }
            }
        }
        for spec in &options.columns {
            let index = search.index(&spec.source)?;
            let Field { name, kind } = &fields[index];
            if *kind != FieldKind::Number {
                return Err(search.not_numbers(name));
            }
            let (channel, flags) = (channel(spec, &metadata.channel(name)), flags(name));
            columns.push(Column { index, channel, scale: spec.scale, flags });
        }
        if columns.is_empty() {
            return Err(StrainIoError::NoNumbers { file: path.to_owned() });
        }
        let time_kind = stamp(time).unwrap_or(TimeKind::Written);
        Ok(Self { time, time_kind, columns, ignored })
    }

    /// The columns to read: the channels, then the flags of those that have them.
    pub(crate) fn sources(&self) -> Vec<usize> {
        let channels = self.columns.iter().map(|column| column.index);
        channels.chain(self.columns.iter().filter_map(|column| column.flags)).collect()
    }
}

/// An error for a column of a type that cannot hold `what`.
pub(crate) fn wrong_column(path: &Path, what: &str) -> StrainIoError {
    StrainIoError::Format {
        file: path.to_owned(),
        problem: format!("the column of {what} is of a type that cannot hold any"),
        advice: "name another column",
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
    fields: &'a [Field],
}

impl Search<'_> {
    fn position(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.name == name)
    }

    /// The column called `name` or, if there is none, the one of that number.
    fn index(&self, name: &str) -> Result<usize> {
        let numbered = || name.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
        let index = self.position(name).or_else(numbered);
        index.filter(|&index| index < self.fields.len()).ok_or_else(|| StrainIoError::NoColumn {
            file: self.path.to_owned(),
            line: 1,
            name: name.to_owned(),
            found: self.fields.iter().map(|field| field.name.clone()).collect(),
        })
    }

    fn not_numbers(&self, name: &str) -> StrainIoError {
        StrainIoError::Format {
            file: self.path.to_owned(),
            problem: format!("column `{name}` does not hold plain numbers"),
            advice: "name another column, or store it as double, float or integer",
        }
    }
}
