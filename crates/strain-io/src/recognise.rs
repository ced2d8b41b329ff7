use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::cenc::{CencFileName, CencOptions, read_cenc_text};
use crate::csv_file::{CsvOptions, read_csv};
#[cfg(feature = "parquet")]
use crate::parquet_file::{ParquetOptions, read_parquet};
use crate::read::Read;
use crate::text::{Lines, TimeFormat, decode, head, parse_time};
use crate::{Result, StrainIoError};

/// A format that recordings come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RecordingFormat {
    /// Delimited columns, with [`read_csv`](crate::read_csv).
    Csv,
    /// CENC precursor text, with [`read_cenc_text`](crate::read_cenc_text).
    CencText,
    /// Parquet, with `read_parquet`.
    Parquet,
}

/// What a file is, and how that was known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Recognised {
    /// The format.
    pub format: RecordingFormat,
    /// What told: `it starts with PAR1`.
    pub because: String,
}

/// How to read a recording of whichever format.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct ReadOptions {
    /// The format; none: told from the content.
    pub format: Option<RecordingFormat>,
    /// How to read CSV.
    pub csv: CsvOptions,
    /// How to read CENC text.
    pub cenc: CencOptions,
    /// How to read Parquet.
    #[cfg(feature = "parquet")]
    pub parquet: ParquetOptions,
}

impl ReadOptions {
    /// States the format.
    pub fn with_format(mut self, format: RecordingFormat) -> Self {
        self.format = Some(format);
        self
    }

    /// Sets how to read CSV.
    pub fn with_csv(mut self, options: CsvOptions) -> Self {
        self.csv = options;
        self
    }

    /// Sets how to read CENC text.
    pub fn with_cenc(mut self, options: CencOptions) -> Self {
        self.cenc = options;
        self
    }

    /// Sets how to read Parquet.
    #[cfg(feature = "parquet")]
    pub fn with_parquet(mut self, options: ParquetOptions) -> Self {
        self.parquet = options;
        self
    }
}

/// Reads a recording of whichever format: [`Read::recognised`] says which it was and how that was
/// known.
///
/// # Errors
///
/// [`StrainIoError::Format`] for a file of no known format, naming what it looks like, and the
/// errors of the format's reader.
///
/// # Example
///
/// ```
/// use strain_io::{ReadOptions, RecordingFormat, read_recording};
///
/// let dir = tempfile::tempdir()?;
/// let path = dir.path().join("65015_7_2311.Dat");
/// std::fs::write(&path, "2009022000 1.5\r\n2009022001 1.6\r\n")?;
/// let read = read_recording(&path, &ReadOptions::default())?;
/// let recognised = read.recognised.unwrap();
/// assert_eq!(recognised.format, RecordingFormat::CencText);
/// assert_eq!(recognised.because, "its name is station 65015, point 7, item 2311");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read_recording(path: impl AsRef<Path>, options: &ReadOptions) -> Result<Read> {
    let path = path.as_ref();
    let recognised = match options.format {
        Some(format) => Recognised { format, because: "the options say so".to_owned() },
        None => recognise(path)?,
    };
    let mut read = match recognised.format {
        RecordingFormat::Csv => read_csv(path, &options.csv)?,
        RecordingFormat::CencText => read_cenc_text(&[path], &options.cenc)?,
        #[cfg(feature = "parquet")]
        RecordingFormat::Parquet => read_parquet(path, &options.parquet)?,
        #[cfg(not(feature = "parquet"))]
        RecordingFormat::Parquet => {
            return Err(StrainIoError::Format {
                file: path.to_owned(),
                problem: "it is Parquet, which this build cannot read".to_owned(),
                advice: "build with the feature `parquet`",
            });
        }
    };
    read.recognised = Some(recognised);
    Ok(read)
}

/// Tells the format of a recording from its first bytes and its name.
///
/// # Errors
///
/// [`StrainIoError::Format`] for a file of no known format, [`StrainIoError::NoRows`] for one
/// without a line, [`StrainIoError::Io`] where it cannot be read.
pub fn recognise(path: impl AsRef<Path>) -> Result<Recognised> {
    let path = path.as_ref();
    let known = |format, because: &str| Ok(Recognised { format, because: because.to_owned() });
    let head = head(path)?;
    if head.starts_with(b"PAR1") {
        return known(RecordingFormat::Parquet, "it starts with PAR1");
    }
    if let Some((problem, advice)) = other_kind(&head) {
        let (file, problem) = (path.to_owned(), problem.to_owned());
        return Err(StrainIoError::Format { file, problem, advice });
    }
    let mut lines = Lines::open(path)?;
    let Some((_, line)) = lines.next_filled()? else {
        return Err(StrainIoError::NoRows { file: path.to_owned() });
    };
    let starts_with_compact_time = compact_time(line);
    if let Some(name) = CencFileName::of(path).filter(|_| starts_with_compact_time) {
        let because = format!(
            "its name is station {}, point {}, item {}",
            name.station, name.point, name.item
        );
        return Ok(Recognised { format: RecordingFormat::CencText, because });
    }
    let commas = line.iter().filter(|&&byte| byte == b',').count();
    if starts_with_compact_time && commas <= 1 && !line.contains(&b';') {
        let because = "it has no header and starts with yyyymmdd[hh[mm[ss]]] and a value";
        return known(RecordingFormat::CencText, because);
    }
    for (delimiter, name) in [(b',', "commas"), (b'\t', "tabs"), (b';', "semicolons")] {
        if line.contains(&delimiter) {
            return known(RecordingFormat::Csv, &format!("its first line has {name}"));
        }
    }
    let start: String = decode(line).chars().take(60).collect();
    Err(StrainIoError::Format {
        file: path.to_owned(),
        problem: format!("its first line, `{start}`, is of no known format"),
        advice: "name the format, or convert the file to CSV",
    })
}

fn compact_time(line: &[u8]) -> bool {
    let separator = |byte: &u8| matches!(byte, b' ' | b'\t' | b',');
    let token = line.trim_ascii().split(separator).next().unwrap_or_default();
    token.iter().all(u8::is_ascii_digit) && parse_time(token, TimeFormat::Calendar, 0).is_some()
}

/// A kind of file that is known but is not a recording of a format above, and what to do.
fn other_kind(head: &[u8]) -> Option<(&'static str, &'static str)> {
    let quality = |byte: &u8| matches!(byte, b'D' | b'R' | b'Q' | b'M');
    let miniseed2 = head.len() > 8
        && head[..6].iter().all(u8::is_ascii_digit)
        && quality(&head[6])
        && head[7] == b' ';
    if miniseed2 || head.starts_with(b"MS\x03") {
        return Some(("it is miniSEED, which is not read yet", "convert it to CSV or Parquet"));
    }
    if head.starts_with(&[0x5d, 1, 0, 0]) || head.starts_with(&[0, 0, 1, 0x5d]) {
        return Some(("it is a PBO bottle, which is not read yet", "convert it to CSV or Parquet"));
    }
    if head.starts_with(b"#Reference position") {
        return Some(("it is a GNSS .neu file, which is not read yet", "convert it to CSV"));
    }
    if head.contains(&0) {
        return Some(("it is binary, of no known format", "name the format, or convert it to CSV"));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str, content: &[u8]) -> Result<Recognised> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(name);
        std::fs::write(&path, content).unwrap();
        recognise(path)
    }

    #[test]
    fn known_kinds() {
        use RecordingFormat::{CencText, Csv, Parquet};
        let cases: [(&str, &[u8], RecordingFormat); 8] = [
            ("a.csv", b"time,s1\n2008-05-01,1\n", Csv),
            ("a.tsv", b"time\ts1\n", Csv),
            ("a", b"2008-05-01;1;2\n", Csv),
            ("a", b"20080501,1,2\n", Csv),
            ("h1-51.DAT", b"2006110100,-12544.50\r\n", CencText),
            ("hpr.DAT", b" 2006110100   862.3500    \r\n", CencText),
            ("65015_7_2311.Dat", b"20090220 1 2 3\r\n", CencText),
            ("a.bin", b"PAR1....", Parquet),
        ];
        for (name, content, format) in cases {
            let recognised = of(name, content).unwrap();
            assert_eq!(recognised.format, format, "{name}");
            assert!(!recognised.because.is_empty());
        }
    }

    #[test]
    fn other_kinds_are_named() {
        let cases: [(&[u8], &str); 6] = [
            (b"000001D WNM  ....", "miniSEED"),
            (b"MS\x03.....", "miniSEED"),
            (&[0x5d, 1, 0, 0, 40, 0, 0, 0], "bottle"),
            (b"#Reference position 103.39", ".neu"),
            (b"\x89HDF\r\n\0", "binary"),
            (b"Dear reader\n", "Dear reader"),
        ];
        for (content, word) in cases {
            let error = of("a", content).unwrap_err().to_string();
            assert!(error.contains(word), "{error}");
        }
        assert!(matches!(of("a", b"\n \n"), Err(StrainIoError::NoRows { .. })));
    }

    #[test]
    fn options_overrule_the_content() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.txt");
        std::fs::write(&path, "2006110100,1\n2006110101,2\n").unwrap();
        let start = |options: &ReadOptions| {
            read_recording(&path, options).unwrap().recording.grid().start().to_string()
        };
        let csv = ReadOptions::default().with_format(RecordingFormat::Csv);
        assert_eq!(start(&ReadOptions::default()), "2006-10-31T16:00:00Z");
        assert_eq!(start(&csv), "2006-11-01T00:00:00Z");
    }
}
