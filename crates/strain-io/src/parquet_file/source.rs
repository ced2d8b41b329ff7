use std::fs::File;
use std::io::{BufReader, Error, ErrorKind, Read, Result, Seek, SeekFrom};

use bytes::Bytes;
use parquet::file::reader::{ChunkReader, Length};

/// A file of which to read past the end is an error.
///
/// The library passes over parts of a page's header that it does not know by copying so many bytes to
/// nowhere, and does not look whether there were any: a header of a few bytes that claims a list of two
/// thousand million numbers would keep it reading at the end of the file for an hour.
pub(super) struct Source(pub(super) File);

/// One reader of it, which is asked for bytes only where some are needed.
pub(super) struct Needed(File);

impl Read for Needed {
    fn read(&mut self, into: &mut [u8]) -> Result<usize> {
        match self.0.read(into)? {
            0 if !into.is_empty() => {
                Err(Error::new(ErrorKind::UnexpectedEof, "the file ends in the middle of a page"))
            }
            some => Ok(some),
        }
    }
}

impl Length for Source {
    fn len(&self) -> u64 {
        Length::len(&self.0)
    }
}

impl ChunkReader for Source {
    type T = BufReader<Needed>;

    fn get_read(&self, start: u64) -> parquet::errors::Result<Self::T> {
        let mut file = self.0.try_clone()?;
        file.seek(SeekFrom::Start(start))?;
        Ok(BufReader::new(Needed(file)))
    }

    fn get_bytes(&self, start: u64, length: usize) -> parquet::errors::Result<Bytes> {
        self.0.get_bytes(start, length)
    }
}
