use std::path::Path;

use crate::csv_file::ColumnSpec;
use crate::text::{TimeFormat, decode, parse_time, words};
use crate::{Result, StrainIoError, Unit};

/// Which of the three kinds of level-2 text a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level2Kind {
    /// Five-minute series of one gauge or strain, 14 columns of which the first is its name.
    Series,
    /// High-rate text that begins with a header of column names.
    HighRateNamed,
    /// High-rate text of one gauge, nine columns.
    HighRateGauge,
}

impl Level2Kind {
    /// What a file's first line makes it, if it is any.
    pub(crate) fn of(line: &[u8]) -> Option<Self> {
        let fields: Vec<_> = words(line).collect();
        let first = fields.first()?;
        let of_strain = |field: &&[u8]| field.starts_with(b"Eee") || field.starts_with(b"2Ene");
        // A table with tabs and a column `DateTime` may be anything.
        let marked = first.starts_with(b"DateTime(") || fields.iter().any(of_strain);
        if first.starts_with(b"DateTime") && marked && fields.len() > 2 {
            return Some(Self::HighRateNamed);
        }
        match fields.len() {
            // Its header has the same number of words; `doy` and `MJD` stand third and fourth.
            14 if fields[3].eq_ignore_ascii_case(b"MJD") || is_time(fields[1]) => {
                Some(Self::Series)
            }
            9 if is_time(first) && is_version(fields[8]) => Some(Self::HighRateGauge),
            _ => None,
        }
    }
}

/// `yyyydddhhmmss`, when a row was made.
fn is_version(field: &[u8]) -> bool {
    field.len() >= 7 && field.iter().all(u8::is_ascii_digit)
}

impl Level2Kind {
    /// What tells a file of this kind.
    pub(crate) fn because(self) -> &'static str {
        match self {
            Self::Series => "its first line has the 14 columns of level-2 series of strainmeters",
            Self::HighRateNamed => "its header is that of high-rate level-2 strain",
            Self::HighRateGauge => "its first line has the nine columns of a high-rate gauge",
        }
    }
}

fn is_time(field: &[u8]) -> bool {
    field.contains(&b'-') && parse_time(field, TimeFormat::Calendar, 0).is_some()
}

/// Where a file's times, values and flags are.
pub(super) struct Level2Layout {
    /// Fields of every row.
    pub(super) width: usize,
    pub(super) time: usize,
    pub(super) header: bool,
    /// The columns of numbers: place and what they become.
    pub(super) columns: Vec<(usize, ColumnSpec)>,
    /// The column that holds `b` or `m` where the strain, the first of `columns`, is no good.
    pub(super) flag: Option<usize>,
    pub(super) ignored: Vec<String>,
}

impl Level2Layout {
    /// The layout that the first line of a file tells; `second` is the line after it.
    pub(super) fn find(path: &Path, first: &[u8], second: Option<&[u8]>) -> Result<Self> {
        match Level2Kind::of(first) {
            Some(Level2Kind::Series) => Ok(Self::series(first, second)),
            Some(Level2Kind::HighRateNamed) => Ok(Self::named(first, &prefix_of(path))),
            Some(Level2Kind::HighRateGauge) => Ok(Self::gauge(&prefix_of(path))),
            None => Err(StrainIoError::Format {
                file: path.to_owned(),
                problem: format!(
                    "its first line, `{}`, is of none of the kinds of level-2 text",
                    decode(first).chars().take(60).collect::<String>()
                ),
                advice: "name the format, or convert the file to CSV",
            }),
        }
    }

    /// Columns by the file's own header: `DateTime(UTC) Eee+Enn(ms) BaroPressure(mbar) Version`.
    fn named(first: &[u8], prefix: &str) -> Self {
        let fields: Vec<_> = words(first).map(|field| decode(field).into_owned()).collect();
        let mut layout = Self {
            width: fields.len(),
            time: 0,
            header: true,
            columns: Vec::new(),
            flag: None,
            ignored: Vec::new(),
        };
        for (index, field) in fields.iter().enumerate().skip(1) {
            let (name, unit) = field.split_once('(').unwrap_or((field, ""));
            if name.eq_ignore_ascii_case("version") {
                layout.ignored.push(name.to_owned());
                continue;
            }
            let (unit, scale) = unit_of(unit.trim_end_matches(')'), name);
            let name = unused(&layout.columns, format!("{prefix}{name}"));
            layout.columns.push((index, ColumnSpec::new(name).with_unit(unit, scale)));
        }
        layout
    }

    /// The nine columns of a gauge, as the description of the format lists them.
    fn gauge(prefix: &str) -> Self {
        let columns = [
            ("counts", "counts"),
            ("strain", "ms"),
            ("interpolated", "ms"),
            ("tide", "ms"),
            ("baro", "ms"),
            ("pressure", "mbar"),
            ("pore_pressure", "mbar"),
        ];
        let spec = |(index, &(name, unit)): (usize, &(&str, &str))| {
            let (unit, scale) = unit_of(unit, name);
            (index + 1, ColumnSpec::new(format!("{prefix}{name}")).with_unit(unit, scale))
        };
        Self {
            width: 9,
            time: 0,
            header: false,
            columns: columns.iter().enumerate().map(spec).collect(),
            flag: None,
            ignored: vec!["version".to_owned()],
        }
    }

    /// The fourteen columns of a five-minute series.
    fn series(first: &[u8], second: Option<&[u8]>) -> Self {
        let header = !words(first).nth(1).is_some_and(is_time);
        let row = if header { second.unwrap_or(first) } else { first };
        let name = words(row).next().map_or_else(String::new, |name| decode(name).into_owned());
        let columns = [
            (4, name.clone(), "ms"),
            (5, format!("{name}_offset"), "ms"),
            (7, format!("{name}_tide"), "ms"),
            (8, format!("{name}_trend"), "ms"),
            (9, format!("{name}_baro"), "ms"),
            (13, format!("{name}_pressure"), "mbar"),
        ];
        let spec = |(index, name, unit): (usize, String, &str)| {
            let (unit, scale) = unit_of(unit, &name);
            (index, ColumnSpec::new(name).with_unit(unit, scale))
        };
        Self {
            width: 14,
            time: 1,
            header,
            columns: columns.into_iter().map(spec).collect(),
            flag: Some(6),
            ignored: ["doy", "MJD", "baro_quality", "level", "version"].map(str::to_owned).to_vec(),
        }
    }
}

/// What the channels of a gauge's file begin with: `CH0_` for `B001.CH0.20130105_Alaska.txt.gz`, so
/// that the files of four gauges have no name in common.
fn prefix_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut parts = name.split('.').skip(1);
    let gauge = parts.next().filter(|part| part.len() == 3 && part.starts_with("CH"));
    gauge.map_or_else(String::new, |gauge| format!("{gauge}_"))
}

/// The unit that a header writes, with the factor from the file's number; where it writes none,
/// the strains are known by their names.
fn unit_of(unit: &str, name: &str) -> (Unit, f64) {
    let strain = ["Eee", "2Ene", "Linear"].iter().any(|start| name.starts_with(start));
    match unit.to_ascii_lowercase().as_str() {
        // Microstrain.
        "ms" | "mstrain" | "microstrain" => (Unit::Nanostrain, 1000.0),
        "mbar" | "millibar" | "millibars" | "hpa" => (Unit::Hectopascal, 1.0),
        "counts" | "cnts" | "digital counts" => (Unit::Count, 1.0),
        "" if strain => (Unit::Nanostrain, 1000.0),
        other => (Unit::from(other), 1.0),
    }
}

/// `name`, with a number behind it if a column is called so already.
fn unused(columns: &[(usize, ColumnSpec)], name: String) -> String {
    let taken = |name: &str| columns.iter().any(|(_, column)| column.source == name);
    if !taken(&name) {
        return name;
    }
    let numbered = (2..).map(|number| format!("{name}_{number}"));
    numbered.into_iter().find(|name| !taken(name)).unwrap_or(name)
}
