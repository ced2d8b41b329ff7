use std::path::{Path, PathBuf};

use crate::bad_row::{BadRow, RowProblem};
use crate::csv_file::detect_delimiter;
use crate::read::{BadRows, Skipped};
use crate::text::{Fields, Lines, NotAValue, Nulls, decode, default_nulls, head};
use crate::{Result, StrainIoError};

/// A table as it is written: named columns of text, without times, units or a grid. For what is no
/// recording: lists of short series, labelled records.
///
/// # Example
///
/// ```
/// let dir = tempfile::tempdir()?;
/// let path = dir.path().join("records.csv");
/// std::fs::write(&path, "record,label,x\nr1,quake,0.5\nr1,quake,\nr2,noise,O.5\n")?;
/// let table = strain_io::read_text_table(&path)?;
/// assert_eq!(table.columns(), ["record", "label", "x"]);
/// let label = table.column_index("label")?;
/// assert_eq!((table.text(0, label), table.line(0)), ("quake", 2));
/// assert!(table.number(1, 2)?.is_nan());
/// let error = table.number(2, 2).unwrap_err().to_string();
/// assert!(error.contains("line 4, column x: `O.5` is not a number"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct TextTable {
    file: PathBuf,
    columns: Vec<String>,
    rows: Vec<Row>,
    nulls: Nulls,
}

#[derive(Debug, Clone)]
pub(crate) struct Row {
    /// In the file, from 1; of Parquet the row's number.
    pub(crate) line: u64,
    /// Those behind the last are empty.
    pub(crate) cells: Vec<String>,
}

impl TextTable {
    pub(crate) fn new(file: &Path, columns: Vec<String>, rows: Vec<Row>) -> Self {
        let nulls = Nulls::new(&default_nulls());
        Self { file: file.to_owned(), columns, rows, nulls }
    }

    /// The names of the columns.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The column called `name`.
    ///
    /// # Errors
    ///
    /// [`StrainIoError::NoColumn`], listing those that there are.
    pub fn column_index(&self, name: &str) -> Result<usize> {
        self.columns.iter().position(|column| column == name).ok_or_else(|| {
            StrainIoError::NoColumn {
                file: self.file.clone(),
                line: 1,
                name: name.to_owned(),
                found: self.columns.clone(),
            }
        })
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The line of a row in the file, from 1, to name it in a message; 0 for a row that is not
    /// there.
    pub fn line(&self, row: usize) -> u64 {
        self.rows.get(row).map_or(0, |row| row.line)
    }

    /// The text of a cell; empty where there is none.
    pub fn text(&self, row: usize, column: usize) -> &str {
        let cell = self.rows.get(row).and_then(|row| row.cells.get(column));
        cell.map_or("", String::as_str)
    }

    /// The number in a cell; NaN for an empty one, `NaN`, `NULL` and `NA`.
    ///
    /// # Errors
    ///
    /// [`StrainIoError::Row`] with line and column for text and for infinite numbers.
    pub fn number(&self, row: usize, column: usize) -> Result<f64> {
        let text = self.text(row, column);
        self.nulls.parse(text.as_bytes()).map_err(|problem| {
            let reason = match problem {
                NotAValue::Text => RowProblem::NotANumber,
                NotAValue::Infinite => RowProblem::NotFinite,
            };
            let name = self.columns.get(column).map(String::as_str);
            StrainIoError::Row(BadRow::new(
                &self.file,
                self.line(row),
                name,
                reason,
                text.as_bytes(),
            ))
        })
    }
}

/// Reads a table: Parquet, or CSV (comma, tab or semicolon, told by the header; gzip or plain) whose
/// first line names the columns. A line may be shorter than the header; what is not there is empty.
///
/// # Errors
///
/// [`StrainIoError::Io`] where the file cannot be read, [`StrainIoError::NoRows`] for one without a
/// row, [`StrainIoError::Row`] for a line longer than the header, [`StrainIoError::Format`] for two
/// columns of one name, and for Parquet its errors.
pub fn read_text_table(path: impl AsRef<Path>) -> Result<TextTable> {
    read(path.as_ref(), &mut BadRows::new(false))
}

/// As [`read_text_table`], but lines longer than the header are listed and passed over.
///
/// # Errors
///
/// As [`read_text_table`], without [`StrainIoError::Row`].
pub fn read_text_table_skipping(path: impl AsRef<Path>) -> Result<Skipped<TextTable>> {
    let mut bad = BadRows::new(true);
    let table = read(path.as_ref(), &mut bad)?;
    Ok(bad.beside(table))
}

fn read(path: &Path, bad: &mut BadRows) -> Result<TextTable> {
    let table = match head(path)?.starts_with(b"PAR1") {
        true => read_columns(path)?,
        false => read_lines(path, bad)?,
    };
    let mut names: Vec<&String> = table.columns.iter().collect();
    names.sort_unstable();
    if let Some(pair) = names.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(StrainIoError::Format {
            file: path.to_owned(),
            problem: format!("two of its columns are called `{}`", pair[0]),
            advice: "rename one of them",
        });
    }
    if table.is_empty() {
        return Err(StrainIoError::NoRows { file: path.to_owned() });
    }
    Ok(table)
}

#[cfg(feature = "parquet")]
fn read_columns(path: &Path) -> Result<TextTable> {
    crate::parquet_file::read_cells(path)
}

#[cfg(not(feature = "parquet"))]
fn read_columns(path: &Path) -> Result<TextTable> {
    Err(StrainIoError::Format {
        file: path.to_owned(),
        problem: "it is Parquet, which this build cannot read".to_owned(),
        advice: "build with the feature `parquet`",
    })
}

fn read_lines(path: &Path, bad: &mut BadRows) -> Result<TextTable> {
    let mut lines = Lines::open(path)?;
    let Some((_, header)) = lines.next_filled()? else {
        return Err(StrainIoError::NoRows { file: path.to_owned() });
    };
    let mut fields = Fields::new(detect_delimiter(header));
    let text = |field: &[u8]| decode(field).into_owned();
    let mut columns: Vec<String> = fields.split(header).iter().map(text).collect();
    // A delimiter at the end of the header is no column.
    while columns.last().is_some_and(String::is_empty) {
        columns.pop();
    }
    let mut rows = Vec::new();
    while let Some((number, line)) = lines.next_filled()? {
        let record = fields.split(line);
        if record.iter().skip(columns.len()).any(|field| !field.is_empty()) {
            let reason = RowProblem::FieldCount { expected: columns.len(), got: record.len() };
            bad.meet(BadRow::new(path, number, None, reason, line))?;
            continue;
        }
        let cells = record.iter().take(columns.len()).map(text).collect();
        rows.push(Row { line: number, cells });
    }
    Ok(TextTable::new(path, columns, rows))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(content: &str) -> Result<TextTable> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("table.csv");
        std::fs::write(&path, content).unwrap();
        read_text_table(path)
    }

    #[test]
    fn short_lines_are_filled_up_and_long_ones_refused() {
        let table = read("id;V2;V3;\nY1;1;2;\n\nY2;3\n").unwrap();
        assert_eq!(table.columns(), ["id", "V2", "V3"]);
        assert_eq!((table.len(), table.line(1)), (2, 4));
        assert_eq!((table.text(1, 1), table.text(1, 2), table.text(7, 0)), ("3", "", ""));
        assert_eq!(table.number(0, 2).unwrap(), 2.0);
        let error = read("id,V2\nY1,1,2\n").unwrap_err().to_string();
        assert!(error.contains("line 2: `Y1,1,2` has 3 fields where 2 are expected"), "{error}");
    }

    #[test]
    fn what_is_no_table() {
        assert!(matches!(read(""), Err(StrainIoError::NoRows { .. })));
        assert!(matches!(read("a,b\n"), Err(StrainIoError::NoRows { .. })));
        let error = read("a,a\n1,2\n").unwrap_err().to_string();
        assert!(error.contains("two of its columns are called `a`"), "{error}");
        let error = read("a,b\n1,inf\n").unwrap().number(0, 1).unwrap_err().to_string();
        assert!(error.contains("line 2, column b: `inf` is not finite"), "{error}");
        let error = read("a,b\n1,2\n").unwrap().column_index("c").unwrap_err().to_string();
        assert!(error.contains("`c`") && error.contains("a, b"), "{error}");
    }

    #[cfg(feature = "parquet")]
    #[test]
    fn parquet_holds_the_same_cells() {
        use crate::{Channel, Recording, TimeGrid, Unit, write_parquet};
        use ndarray::array;

        let start = "2008-05-01T00:00:00Z".parse().unwrap();
        let grid = TimeGrid::new(start, jiff::SignedDuration::from_hours(1), 2).unwrap();
        let channels = vec![Channel::new("x", Unit::Count)];
        let values = array![[0.1], [f64::NAN]];
        let recording = Recording::new("A", grid, channels, values).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.parquet");
        write_parquet(&recording, &path).unwrap();
        let table = read_text_table(&path).unwrap();
        let x = table.column_index("x").unwrap();
        assert_eq!((table.len(), table.number(0, x).unwrap()), (2, 0.1));
        assert!(table.number(1, x).unwrap().is_nan());
    }

    proptest! {
        #[test]
        fn cells_come_back(cells in prop::collection::vec(prop::collection::vec("[a-z0-9.]{1,6}", 3), 1..20)) {
            let lines: Vec<String> = cells.iter().map(|row| row.join(",")).collect();
            let table = read(&format!("a,b,c\n{}\n", lines.join("\n"))).unwrap();
            for (row, cells) in cells.iter().enumerate() {
                for (column, cell) in cells.iter().enumerate() {
                    prop_assert_eq!(table.text(row, column), cell);
                }
            }
        }
    }
}
