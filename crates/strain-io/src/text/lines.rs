use std::borrow::Cow;
use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};

use super::unpack::Unpack;
use crate::{Result, StrainIoError};

/// The longest line that is read; a file without line breaks must not fill the memory.
const LONGEST_LINE: u64 = 1 << 20;

/// The lines of a text file, gunzipped where its content is gzip, without BOM and line ends.
pub(crate) struct Lines {
    path: PathBuf,
    reader: Box<dyn BufRead>,
    /// Bytes at the start of what `reader` holds that are the line at hand, with its end; 0 where
    /// the line stands in `buffer`, because it reaches past what `reader` holds.
    held: usize,
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
        Ok(Self { path: path.to_owned(), reader, held: 0, buffer: Vec::new(), number: 0 })
    }

    /// The next line that is not just white space with its number (from 1), or nothing at the end.
    pub(crate) fn next_filled(&mut self) -> Result<Option<(u64, &[u8])>> {
        while self.advance()? {
            let first = self.number == 1;
            if !content(self.line()?, first).trim_ascii_start().is_empty() {
                let number = self.number;
                return Ok(Some((number, content(self.line()?, first))));
            }
        }
        Ok(None)
    }

    fn advance(&mut self) -> Result<bool> {
        self.reader.consume(std::mem::take(&mut self.held));
        self.number += 1;
        let held = match self.reader.fill_buf() {
            Ok(bytes) => memchr::memchr(b'\n', bytes),
            Err(error) if error.kind() == ErrorKind::Interrupted => None,
            // Not left to the next attempt: after a wrong checksum gzip looks as if it had just ended.
            Err(source) => {
                return Err(StrainIoError::Io { action: "read", path: self.path.clone(), source });
            }
        };
        match held {
            Some(end) => {
                self.held = end + 1;
                Ok(true)
            }
            None => self.gather(),
        }
    }

    /// Copies a line that lies in two buffers of the reader, or is the last and has no end.
    fn gather(&mut self) -> Result<bool> {
        self.buffer.clear();
        let mut limited = (&mut *self.reader).take(LONGEST_LINE);
        let read = limited.read_until(b'\n', &mut self.buffer).map_err(|source| {
            StrainIoError::Io { action: "read", path: self.path.clone(), source }
        })?;
        if read as u64 == LONGEST_LINE && !self.buffer.ends_with(b"\n") {
            let (file, line) = (self.path.clone(), self.number);
            return Err(StrainIoError::LineTooLong { file, line, limit: LONGEST_LINE });
        }
        Ok(read > 0)
    }

    /// The line at hand with its end.
    fn line(&mut self) -> Result<&[u8]> {
        if self.held == 0 {
            return Ok(&self.buffer);
        }
        // It has been filled already, so that nothing is read here.
        let held = self.reader.fill_buf().map_err(|source| StrainIoError::Io {
            action: "read",
            path: self.path.clone(),
            source,
        })?;
        Ok(&held[..self.held.min(held.len())])
    }
}

/// A line without its end and, the `first`, without a BOM.
fn content(line: &[u8], first: bool) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let bom = if first { line.strip_prefix(b"\xef\xbb\xbf") } else { None };
    bom.unwrap_or(line)
}

/// Text of unknown encoding: UTF-8 where it is valid, GBK (which Chinese observatories use)
/// otherwise.
pub(crate) fn decode(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => encoding_rs::GBK.decode_without_bom_handling(bytes).0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::GzEncoder};
    use proptest::prelude::*;
    use std::io::Write;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]

        /// Lines that end within, at and beyond what the reader holds at once, which is 128 KiB.
        #[test]
        fn lines_are_those_of_the_file(
            lengths in prop::collection::vec(prop_oneof![0_usize..40, 60_000_usize..140_000], 1..12),
            ended in any::<bool>(), gzip in any::<bool>(),
        ) {
            let letter = |index: usize| char::from(b'a' + index as u8).to_string();
            let line = |(index, length): (usize, &usize)| letter(index).repeat(*length);
            let lines: Vec<String> = lengths.iter().enumerate().map(line).collect();
            let mut text = lines.join("\r\n");
            text.push_str(if ended { "\n" } else { "" });
            let mut content = text.into_bytes();
            if gzip {
                let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
                encoder.write_all(&content).unwrap();
                content = encoder.finish().unwrap();
            }
            let file = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(file.path(), content).unwrap();
            let mut found = Lines::open(file.path()).unwrap();
            let filled = lines.iter().zip(1..).filter(|(line, _)| !line.is_empty());
            for (line, number) in filled {
                prop_assert_eq!(found.next_filled().unwrap(), Some((number, line.as_bytes())));
            }
            prop_assert!(found.next_filled().unwrap().is_none());
            prop_assert!(found.next_filled().unwrap().is_none());
        }
    }
}
