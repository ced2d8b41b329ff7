use std::path::Path;

use arrow_ipc::{Footer, Message, root_as_footer_with_opts, root_as_message_with_opts};
use flatbuffers::VerifierOptions;

use super::{CONTINUATION, damaged, failed};
use crate::Result;

/// The message that `bytes`, which may begin with its marker and length, hold.
pub(super) fn message<'a>(path: &Path, bytes: &'a [u8]) -> Result<Message<'a>> {
    // Files from before 0.15 have the length alone.
    let prefix = if bytes.starts_with(&CONTINUATION) { 8 } else { 4 };
    let bytes = bytes.get(prefix..).ok_or_else(|| damaged(path, "a message of it is cut"))?;
    root_as_message_with_opts(&limits(bytes), bytes).map_err(failed(path))
}

pub(super) fn footer<'a>(path: &Path, bytes: &'a [u8]) -> Result<Footer<'a>> {
    root_as_footer_with_opts(&limits(bytes), bytes).map_err(failed(path))
}

/// Parts of a message can be named many times, so that a short one unfolds to any size; of an honest
/// one only tables' short lists of fields are.
fn limits(bytes: &[u8]) -> VerifierOptions {
    VerifierOptions {
        max_tables: bytes.len() / 4,
        max_apparent_size: bytes.len().saturating_mul(8),
        ..VerifierOptions::default()
    }
}
