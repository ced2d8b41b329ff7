use std::path::Path;

use arrow_ipc::{CompressionType, RecordBatch};

use super::damaged;
use crate::{Result, StrainIoError};

/// What a file may unpack to beside a thousand times its own length: gauges that stand still pack
/// well, but times go on.
const ROOM: u64 = 64 << 20;

/// What the batches of a file may still unpack to, bytes.
pub(super) struct Budget(u64);

impl Budget {
    pub(super) fn new(file_length: u64) -> Self {
        Self(file_length.saturating_mul(1000).saturating_add(ROOM))
    }

    /// Checks the buffers of a batch before the library trusts them: all within the body, no more of
    /// them than it has room for, and none that unpacks to more than the file can honestly hold.
    pub(super) fn admit(&mut self, path: &Path, batch: &RecordBatch, body: &[u8]) -> Result<()> {
        let codec = batch.compression().map(|compression| compression.codec());
        if let Some(codec) = codec.filter(|&codec| codec != CompressionType::LZ4_FRAME) {
            return Err(StrainIoError::Format {
                file: path.to_owned(),
                problem: format!("its buffers are packed with {codec:?}, not with LZ4"),
                advice: "write it with `compression=\"lz4\"` or without",
            });
        }
        let mut left = body.len();
        for buffer in batch.buffers().into_iter().flatten() {
            let bytes = slice(body, buffer.offset(), buffer.length());
            let bytes = bytes.filter(|bytes| bytes.len() <= left);
            let bytes = bytes.ok_or_else(|| damaged(path, "its buffers overlap or are cut"))?;
            left -= bytes.len();
            if codec.is_some() {
                self.unpack(path, bytes)?;
            }
        }
        Ok(())
    }

    fn unpack(&mut self, path: &Path, buffer: &[u8]) -> Result<()> {
        if buffer.is_empty() {
            return Ok(());
        }
        let Some(length) = buffer.first_chunk::<8>() else {
            return Err(damaged(path, "a packed buffer of it is cut"));
        };
        // −1 stands for a buffer that was better left as it is.
        let length = i64::from_le_bytes(*length).max(0).unsigned_abs();
        let left = self.0.checked_sub(length);
        self.0 =
            left.ok_or_else(|| damaged(path, "it claims to unpack to far more than it holds"))?;
        Ok(())
    }
}

fn slice(body: &[u8], offset: i64, length: i64) -> Option<&[u8]> {
    let start = usize::try_from(offset).ok()?;
    body.get(start..start.checked_add(usize::try_from(length).ok()?)?)
}
