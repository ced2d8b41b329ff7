use std::borrow::Cow;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use super::unpack::Unpack;
use crate::{Result, StrainIoError};

/// The longest line that is read; a file without line breaks must not fill the memory.
const LONGEST_LINE: u64 = 1 << 20;

/// The lines of a text file, gunzipped where its content is gzip, without BOM and line ends.
pub(crate) struct Lines {
    path: PathBuf,
    reader: Box<dyn BufRead>,
    buffer: Vec<u8>,
    number: u64,
}

/// The content of a file, gunzipped where it is gzip.
pub(crate) fn open(path: &Path) -> Result<Box<dyn BufRead>> {
    let failed = |action| move |source| StrainIoError::Io { action, path: path.to_owned(), source };
    let file = File::open(path).map_err(failed("open"))?;
    let packed = file.metadata().map_err(failed("read"))?.len();
    let mut file = BufReader::with_capacity(1 << 17, file);
    let gzip = file.fill_buf().map_err(failed("read"))?.starts_with(&[0x1f, 0x8b]);
    Ok(if gzip {
        Box::new(BufReader::with_capacity(1 << 17, Unpack::new(file, packed)))
    } else {
        Box::new(file)
    })
}

/// The first bytes of a file's content, some thousands at most.
pub(crate) fn head(path: &Path) -> Result<Vec<u8>> {
    let mut head = Vec::new();
    let read = open(path)?.take(4096).read_to_end(&mut head);
    read.map_err(|source| StrainIoError::Io { action: "read", path: path.to_owned(), source })?;
    Ok(head)
}

impl Lines {
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let reader = open(path)?;
        Ok(Self { path: path.to_owned(), reader, buffer: Vec::new(), number: 0 })
    }

    /// The next line that is not just white space with its number (from 1), or nothing at the end.
    pub(crate) fn next_filled(&mut self) -> Result<Option<(u64, &[u8])>> {
        while self.advance()? {
            if !self.line().trim_ascii().is_empty() {
                return Ok(Some((self.number, self.line())));
            }
        }
        Ok(None)
    }

    fn advance(&mut self) -> Result<bool> {
        self.buffer.clear();
        let mut limited = (&mut *self.reader).take(LONGEST_LINE);
        let read = limited.read_until(b'\n', &mut self.buffer).map_err(|source| {
            StrainIoError::Io { action: "read", path: self.path.clone(), source }
        })?;
        self.number += 1;
        if read as u64 == LONGEST_LINE && !self.buffer.ends_with(b"\n") {
            let (file, line) = (self.path.clone(), self.number);
            return Err(StrainIoError::LineTooLong { file, line, limit: LONGEST_LINE });
        }
        Ok(read > 0)
    }

    fn line(&self) -> &[u8] {
        let mut line = self.buffer.as_slice();
        line = line.strip_suffix(b"\n").unwrap_or(line);
        line = line.strip_suffix(b"\r").unwrap_or(line);
        if self.number == 1 {
            line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
        }
        line
    }
}

/// Text of unknown encoding: UTF-8 where it is valid, GBK (which Chinese observatories use)
/// otherwise.
pub(crate) fn decode(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => encoding_rs::GBK.decode_without_bom_handling(bytes).0,
    }
}
