use std::path::{Path, PathBuf};

use super::options::{ColumnSpec, CsvOptions, Header};
use crate::text::{Fields, Lines, Nulls, decode, parse_time};
use crate::{Channel, Result, StrainIoError};

/// Rows that are looked at to tell columns of numbers from columns of text.
const SAMPLE_ROWS: usize = 1000;

/// Where the time and the channels of a CSV file are.
pub(super) struct Layout {
    pub(super) delimiter: u8,
    pub(super) header: bool,
    /// Names of all columns, or their numbers.
    pub(super) names: Vec<String>,
    pub(super) time: usize,
    pub(super) columns: Vec<Column>,
    pub(super) ignored: Vec<String>,
}

pub(super) struct Column {
    pub(super) index: usize,
    pub(super) channel: Channel,
    pub(super) scale: f64,
}

impl Layout {
    /// Looks at the head of the file.
    pub(super) fn find(path: &Path, options: &CsvOptions) -> Result<Self> {
        let mut lines = Lines::open(path)?;
        let Some((number, first)) = lines.next_filled()? else {
            return Err(StrainIoError::NoRows { file: path.to_owned() });
        };
        let delimiter = options.delimiter.map_or_else(|| detect_delimiter(first), |c| c as u8);
        let mut fields = Fields::new(delimiter);
        let first: Vec<Vec<u8>> = fields.split(first).iter().map(<[u8]>::to_vec).collect();
        let header = has_header(&first, options);
        let names = column_names(&first, header);
        let search = Search { path: path.to_owned(), line: number, names: &names };
        let time = options.time_column.as_deref().map_or(Ok(0), |name| search.index(name))?;

        let mut ignored = Vec::new();
        let columns = if options.columns.is_empty() {
            let is_number = numeric_columns(&mut lines, &mut fields, &first, header, options)?;
            let mut columns = Vec::new();
            for (index, name) in names.iter().enumerate().filter(|&(index, _)| index != time) {
                if is_number[index] {
                    let channel = ColumnSpec::new(name).channel();
                    columns.push(Column { index, channel, scale: 1.0 });
                } else {
                    ignored.push(name.clone());
                }
            }
            columns
        } else {
            let found = options.columns.iter().map(|spec| {
                let index = search.index(&spec.source)?;
                Ok(Column { index, channel: spec.channel(), scale: spec.scale })
            });
            found.collect::<Result<_>>()?
        };
        if columns.is_empty() {
            return Err(StrainIoError::NoNumbers { file: path.to_owned() });
        }
        Ok(Self { delimiter, header, names, time, columns, ignored })
    }
}

struct Search<'a> {
    path: PathBuf,
    line: u64,
    names: &'a [String],
}

impl Search<'_> {
    /// The column called `name` or, if there is none, the one of that number.
    fn index(&self, name: &str) -> Result<usize> {
        let mut called = (0..self.names.len()).filter(|&index| self.names[index] == name);
        match (called.next(), called.next()) {
            (Some(index), None) => Ok(index),
            (Some(_), Some(_)) => Err(StrainIoError::Format {
                file: self.path.clone(),
                problem: format!("line {} names two columns `{name}`", self.line),
                advice: "name the one that is meant by its number, counted from 1",
            }),
            _ => {
                let number = name.parse::<usize>().ok();
                let index = number.and_then(|number| number.checked_sub(1));
                index.filter(|&index| index < self.names.len()).ok_or_else(|| {
                    StrainIoError::NoColumn {
                        file: self.path.clone(),
                        line: self.line,
                        name: name.to_owned(),
                        found: self.names.to_vec(),
                    }
                })
            }
        }
    }
}

/// The one of comma, tab and semicolon that a line has most of.
pub(crate) fn detect_delimiter(line: &[u8]) -> u8 {
    let count = |delimiter| line.iter().filter(|&&byte| byte == delimiter).count();
    // The comma wins a draw: a file of one column has none of the three.
    *[b'\t', b';', b','].iter().max_by_key(|&&delimiter| count(delimiter)).unwrap_or(&b',')
}

fn has_header(first: &[Vec<u8>], options: &CsvOptions) -> bool {
    match options.header {
        Header::Present => true,
        Header::Absent => false,
        Header::Detect => {
            let number = options.time_column.as_deref().map_or(Some(1), |name| name.parse().ok());
            let time = number.and_then(|n: usize| first.get(n.checked_sub(1)?));
            let nulls = Nulls::new(&options.nulls);
            let starts =
                time.is_some_and(|time| parse_time(time, options.time_format, 0).is_some());
            !starts && !first.iter().all(|field| nulls.parse(field).is_ok())
        }
    }
}

fn column_names(first: &[Vec<u8>], header: bool) -> Vec<String> {
    let mut names: Vec<String> = first
        .iter()
        .enumerate()
        .map(|(index, field)| match decode(field) {
            name if header && !name.is_empty() => name.into_owned(),
            _ => (index + 1).to_string(),
        })
        .collect();
    if header {
        // A delimiter at the end of the header is no column.
        let used = first.iter().rposition(|field| !field.is_empty()).map_or(1, |last| last + 1);
        names.truncate(used);
    }
    names
}

/// Per column whether its first field that is not null is a number; a column of nulls counts as
/// one of numbers.
fn numeric_columns(
    lines: &mut Lines,
    fields: &mut Fields,
    first: &[Vec<u8>],
    header: bool,
    options: &CsvOptions,
) -> Result<Vec<bool>> {
    let nulls = Nulls::new(&options.nulls);
    let mut verdicts: Vec<Option<bool>> = vec![None; first.len()];
    let judge = |index: usize, field: &[u8], verdicts: &mut [Option<bool>]| {
        if let Some(verdict @ None) = verdicts.get_mut(index)
            && !nulls.is_null(field)
        {
            *verdict = Some(nulls.parse(field).is_ok());
        }
    };
    if !header {
        first.iter().enumerate().for_each(|(index, field)| judge(index, field, &mut verdicts));
    }
    for _ in 0..SAMPLE_ROWS {
        let Some((_, line)) = lines.next_filled()? else { break };
        for (index, field) in fields.split(line).iter().enumerate() {
            judge(index, field, &mut verdicts);
        }
        if verdicts.iter().all(Option::is_some) {
            break;
        }
    }
    Ok(verdicts.into_iter().map(|verdict| verdict.unwrap_or(true)).collect())
}
