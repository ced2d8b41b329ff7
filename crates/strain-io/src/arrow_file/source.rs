use std::fs::File;
use std::io::{BufReader, Read as _, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_buffer::{Buffer, MutableBuffer};
use arrow_ipc::convert::try_fb_to_schema;
use arrow_ipc::reader::read_footer_length;
use arrow_ipc::{Block, MessageHeader};
use arrow_schema::SchemaRef;

use super::message::{footer, message};
use super::{CONTINUATION, MAGIC, damaged, failed};
use crate::{Result, StrainIoError};

/// The schema and the messages of a file or a stream.
pub(super) struct Source {
    path: PathBuf,
    file: BufReader<File>,
    /// Bytes from here that messages may be in.
    left: u64,
    pub(super) length: u64,
    pub(super) schema: SchemaRef,
    messages: Messages,
}

enum Messages {
    /// Where the footer says.
    Listed(std::vec::IntoIter<Block>),
    /// One behind the other.
    Streamed,
}

/// A message as it stands in the file, and the buffers that it speaks of.
pub(super) struct Framed {
    pub(super) head: Vec<u8>,
    pub(super) body: Buffer,
}

impl Source {
    pub(super) fn open(path: &Path) -> Result<Self> {
        let io = |action| move |source| StrainIoError::Io { action, path: path.to_owned(), source };
        let mut file = File::open(path).map_err(io("open"))?;
        let length = file.metadata().map_err(io("open"))?.len();
        let mut magic = [0; 6];
        let is_file = file.read_exact(&mut magic).is_ok() && magic == *MAGIC;
        file.rewind().map_err(io("read"))?;
        let file = BufReader::new(file);
        let mut source = Self {
            path: path.to_owned(),
            file,
            left: length,
            length,
            schema: Arc::new(arrow_schema::Schema::empty()),
            messages: Messages::Streamed,
        };
        if is_file {
            source.read_footer()?;
        } else {
            source.read_schema()?;
        }
        Ok(source)
    }

    fn read_footer(&mut self) -> Result<()> {
        let path = self.path.clone();
        let cut = || damaged(&path, "it does not end as an Arrow file does");
        let end = self.length.checked_sub(10).ok_or_else(cut)?;
        let mut tail = [0; 10];
        self.seek(end)?;
        self.file.read_exact(&mut tail).map_err(|source| self.unreadable(source))?;
        let length = read_footer_length(tail).map_err(failed(&path))? as u64;
        let start = end.checked_sub(length).ok_or_else(cut)?;
        self.seek(start)?;
        let bytes = self.take(length)?;
        let footer = footer(&path, &bytes)?;
        let schema = footer.schema().ok_or_else(|| damaged(&path, "it has no schema"))?;
        self.schema = read_schema(&path, schema)?;
        let blocks = footer.recordBatches().into_iter().flatten().copied();
        self.messages = Messages::Listed(blocks.collect::<Vec<_>>().into_iter());
        // Honest messages do not overlap: together they fit before the footer.
        self.left = start;
        Ok(())
    }

    fn read_schema(&mut self) -> Result<()> {
        let path = self.path.clone();
        let framed = self.streamed()?.ok_or_else(|| damaged(&path, "it has no schema"))?;
        let schema = message(&path, &framed.head)?.header_as_schema();
        let schema = schema.ok_or_else(|| damaged(&path, "it does not begin with a schema"))?;
        self.schema = read_schema(&path, schema)?;
        Ok(())
    }

    /// The next message that is a batch of rows.
    pub(super) fn next_batch(&mut self) -> Result<Option<Framed>> {
        loop {
            let framed = match &mut self.messages {
                Messages::Listed(blocks) => match blocks.next() {
                    Some(block) => Some(self.listed(&block)?),
                    None => None,
                },
                Messages::Streamed => self.streamed()?,
            };
            let Some(framed) = framed else { return Ok(None) };
            // Dictionaries are passed over: no column that is read has any.
            if message(&self.path, &framed.head)?.header_type() == MessageHeader::RecordBatch {
                return Ok(Some(framed));
            }
        }
    }

    fn listed(&mut self, block: &Block) -> Result<Framed> {
        let length = |length: i64| u64::try_from(length).ok();
        let place = (|| {
            let (head, body) =
                (length(block.metaDataLength().into())?, length(block.bodyLength())?);
            let offset = length(block.offset())?;
            let end = offset.checked_add(head)?.checked_add(body)?;
            (end <= self.length).then_some((offset, head, body))
        })();
        let (offset, head, body) =
            place.ok_or_else(|| damaged(&self.path, "its footer names a place outside of it"))?;
        self.seek(offset)?;
        let head = self.take(head)?;
        Ok(Framed { head, body: self.body(body)? })
    }

    /// The message that follows, unless the stream ends.
    fn streamed(&mut self) -> Result<Option<Framed>> {
        if self.left == 0 {
            return Ok(None);
        }
        let prefix = self.take(self.left.min(8))?;
        let length = prefix.last_chunk::<4>().filter(|_| prefix.len() == 8);
        let length = length.map_or(0, |length| i32::from_le_bytes(*length));
        if !prefix.starts_with(&CONTINUATION) {
            return Err(damaged(&self.path, "a message does not begin as one of a stream does"));
        }
        if length == 0 {
            return Ok(None);
        }
        let length = u64::try_from(length)
            .map_err(|_| damaged(&self.path, "a message of it has a negative length"))?;
        let mut head = prefix;
        head.append(&mut self.take(length)?);
        let body = message(&self.path, &head)?.bodyLength();
        let body = u64::try_from(body)
            .map_err(|_| damaged(&self.path, "a message of it has a negative length"))?;
        Ok(Some(Framed { head, body: self.body(body)? }))
    }

    fn seek(&mut self, to: u64) -> Result<()> {
        self.file.seek(SeekFrom::Start(to)).map(drop).map_err(|source| self.unreadable(source))
    }

    /// Whether so many bytes may be there, before memory is asked for.
    fn claim(&mut self, length: u64) -> Result<usize> {
        let left = self.left.checked_sub(length);
        self.left = left.ok_or_else(|| damaged(&self.path, "it is cut, or claims to be longer"))?;
        usize::try_from(length).map_err(|_| damaged(&self.path, "it is longer than the memory"))
    }

    fn take(&mut self, length: u64) -> Result<Vec<u8>> {
        let mut bytes = vec![0; self.claim(length)?];
        self.file.read_exact(&mut bytes).map_err(|source| self.unreadable(source))?;
        Ok(bytes)
    }

    /// As the library wants it: aligned for any type.
    fn body(&mut self, length: u64) -> Result<Buffer> {
        let mut bytes = MutableBuffer::from_len_zeroed(self.claim(length)?);
        self.file.read_exact(&mut bytes).map_err(|source| self.unreadable(source))?;
        Ok(bytes.into())
    }

    fn unreadable(&self, source: std::io::Error) -> StrainIoError {
        StrainIoError::Io { action: "read", path: self.path.clone(), source }
    }
}

fn read_schema(path: &Path, schema: arrow_ipc::Schema<'_>) -> Result<SchemaRef> {
    if !schema.endianness().equals_to_target_endianness() {
        return Err(StrainIoError::Format {
            file: path.to_owned(),
            problem: "its numbers are big-endian".to_owned(),
            advice: "write it on a little-endian machine",
        });
    }
    Ok(Arc::new(try_fb_to_schema(schema).map_err(failed(path))?))
}
