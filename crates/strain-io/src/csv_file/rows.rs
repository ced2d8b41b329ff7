use std::path::{Path, PathBuf};

use super::layout::Layout;
use super::options::CsvOptions;
use super::row_parser::{Fault, RowParser};
use crate::Result;
use crate::bad_row::BadRow;
use crate::table::check_follows;
use crate::text::Lines;

/// The rows of a file, one after the other.
pub(super) struct Rows {
    path: PathBuf,
    lines: Lines,
    parser: RowParser,
    values: Vec<f64>,
    previous: Option<i64>,
}

/// A row that can be used; its values are [`Rows::values`].
pub(super) struct Row {
    /// Its instant, ns; later than that of the row before.
    pub(super) time: i64,
    pub(super) line: u64,
}

impl Rows {
    /// Checks the options, looks at the head of the file and stands before its first row.
    pub(super) fn open(path: &Path, options: &CsvOptions) -> Result<Self> {
        options.validate()?;
        let layout = Layout::find(path, options)?;
        let mut lines = Lines::open(path)?;
        if layout.header {
            lines.next_filled()?;
        }
        let values = vec![0.0; layout.columns.len()];
        let parser = RowParser::new(layout, options);
        Ok(Self { path: path.to_owned(), lines, parser, values, previous: None })
    }

    pub(super) fn into_layout(self) -> Layout {
        self.parser.layout
    }

    /// The values of the row at hand, one a channel.
    pub(super) fn values(&self) -> &[f64] {
        &self.values
    }

    /// The next row, or what is wrong with it; nothing at the end.
    pub(super) fn next_row(&mut self) -> Result<Option<Result<Row, BadRow>>> {
        let Some((line, text)) = self.lines.next_filled()? else { return Ok(None) };
        let previous = self.previous;
        let parsed = self.parser.parse(text, &mut self.values).and_then(|time| {
            let column = Some(self.parser.layout.time);
            check_follows(previous, time).map_err(|reason| Fault { column, reason })?;
            Ok(time)
        });
        Ok(Some(match parsed {
            Ok(time) => {
                self.previous = Some(time);
                Ok(Row { time, line })
            }
            Err(fault) => Err(self.parser.locate(fault, &self.path, line, text)),
        }))
    }
}
