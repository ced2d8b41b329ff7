use std::fmt;
use std::path::PathBuf;

use serde::Serialize;

/// Something about a file that is no error, and that whoever uses its recording has to know.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
#[non_exhaustive]
pub enum ReadNote {
    /// Lines of words before the first line of data, which were passed over.
    Header {
        /// The file.
        file: PathBuf,
        /// The lines in it, from 1.
        lines: Vec<u64>,
    },
    /// A number that the format uses for missing values but that nobody named among the nulls: it
    /// was read as a value.
    UnnamedNull {
        /// The file.
        file: PathBuf,
        /// The number, as it stands in the file.
        number: f64,
        /// How often it is there.
        count: usize,
        /// The first line that holds it, from 1.
        line: u64,
    },
}

impl fmt::Display for ReadNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header { file, lines } => {
                let numbers: Vec<_> = lines.iter().map(u64::to_string).collect();
                let (count, file) = (lines.len(), file.display());
                let numbers = numbers.join(", ");
                write!(f, "{file}: {count} lines of a header were passed over: {numbers}")
            }
            Self::UnnamedNull { file, number, count, line } => write!(
                f,
                "{}: {number} occurs {count} times, first in line {line}, and was read as a value; \
                 name it among the nulls if it stands for a missing one",
                file.display()
            ),
        }
    }
}
