use std::io::{BufRead, Read};
use std::path::{Path, PathBuf};

use super::byte_order::{steim_to_big_endian, to_big_endian};
use super::header2::{self, Header2};
use crate::bad_row::{BadRow, RowProblem};
use crate::text::open;
use crate::{Result, StrainIoError};

/// Bytes that are looked at for a record's own account of its length: a header and blockettes.
const HEAD: usize = 4096 + 8;
const FIXED3: usize = 40;
/// The longest record of version 3 that is read, as in the reference library.
const LONGEST3: usize = 10 * 1024 * 1024;

/// Whether a file begins with a record of miniSEED 2 or 3.
pub(crate) fn is_miniseed(head: &[u8]) -> bool {
    let numbered = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b' ' | 0);
    let version2 = head.len() > 8
        && head[..6].iter().all(numbered)
        && matches!(head[6], b'D' | b'R' | b'Q' | b'M')
        && matches!(head[7], b' ' | 0);
    version2 || head.starts_with(b"MS\x03")
}

/// One whole record.
pub(super) struct Frame {
    /// Where it begins in the file.
    pub(super) offset: u64,
    pub(super) bytes: Vec<u8>,
    /// What the decoder leaves out of a record of version 2.
    pub(super) header2: Option<Header2>,
}

/// The records of a file, one at a time.
pub(super) struct Frames {
    path: PathBuf,
    reader: Box<dyn BufRead>,
    buffer: Vec<u8>,
    offset: u64,
    /// After a header that cannot be understood nobody knows where the next record begins.
    lost: bool,
}

impl Frames {
    pub(super) fn open(path: &Path) -> Result<Self> {
        let reader = open(path)?;
        Ok(Self { path: path.to_owned(), reader, buffer: Vec::new(), offset: 0, lost: false })
    }

    /// The next record or what is wrong with it; nothing at the end, which comes early where a
    /// record does not say how long it is.
    pub(super) fn next(&mut self) -> Result<Option<Result<Frame, BadRow>>> {
        if self.lost || self.fill(1)?.is_empty() {
            return Ok(None);
        }
        let offset = self.offset;
        let problem = match self.length()? {
            Ok((length, header2)) => {
                let got = self.fill(length)?.len();
                if got == length {
                    let mut bytes: Vec<u8> = self.buffer.drain(..length).collect();
                    if let Some(header) = &header2 {
                        steim_to_big_endian(&mut bytes, header);
                    }
                    self.offset += length as u64;
                    return Ok(Some(Ok(Frame { offset, bytes, header2 })));
                }
                RowProblem::Truncated { expected: length as u64, got: got as u64 }
            }
            Err(problem) => problem,
        };
        self.lost = true;
        Ok(Some(Err(BadRow::at_byte(&self.path, offset, problem, "record"))))
    }

    /// How long the record at hand is.
    fn length(&mut self) -> Result<Result<(usize, Option<Header2>), RowProblem>> {
        let head = self.fill(HEAD)?;
        if head.starts_with(b"MS\x03") {
            return Ok(length3(head).map(|length| (length, None)));
        }
        if !is_miniseed(head) {
            let problem = "it begins neither as a record of version 2 nor of version 3".to_owned();
            return Ok(Err(RowProblem::Undecodable { problem }));
        }
        to_big_endian(&mut self.buffer);
        let header = header2::parse(&self.buffer[..self.buffer.len().min(HEAD)]);
        Ok(header.map(|header| (header.length, Some(header))))
    }

    /// Up to `wanted` bytes from the start of the record.
    fn fill(&mut self, wanted: usize) -> Result<&[u8]> {
        let lacking = wanted.saturating_sub(self.buffer.len());
        let read = self.reader.by_ref().take(lacking as u64).read_to_end(&mut self.buffer);
        read.map_err(|source| StrainIoError::Io {
            action: "read",
            path: self.path.clone(),
            source,
        })?;
        Ok(&self.buffer[..wanted.min(self.buffer.len())])
    }
}

/// Bytes of a record of version 3, and that its samples fit into them.
///
/// FDSN (2023), *miniSEED 3*, fixed section.
fn length3(head: &[u8]) -> Result<usize, RowProblem> {
    if head.len() < FIXED3 {
        return Err(RowProblem::Truncated { expected: FIXED3 as u64, got: head.len() as u64 });
    }
    let word = |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
    let (samples, data) = (word(24) as usize, word(36) as usize);
    let extra = usize::from(u16::from_le_bytes([head[34], head[35]]));
    let length = FIXED3 + usize::from(head[33]) + extra + data;
    let problem = match () {
        () if length > LONGEST3 => format!("a record of {length} bytes, {LONGEST3} are possible"),
        // Seven samples in four bytes is the most that any compression reaches.
        () if samples > 2 * data => format!("{samples} samples in {data} bytes"),
        () => return Ok(length),
    };
    Err(RowProblem::Undecodable { problem })
}
