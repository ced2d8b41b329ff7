//! Recordings in Arrow's IPC formats: files (Feather 2) and streams.
//!
//! The library reads what is well formed. What a file claims of its own lengths is checked here before
//! memory is asked for: a damaged file must be an error.

mod columns;
mod fields;
mod guard;
mod message;
mod read;
mod source;
#[cfg(test)]
mod tests;
mod write;

pub use read::read_arrow;
pub use write::write_arrow;

use std::path::Path;

use crate::StrainIoError;

/// What an Arrow file begins and ends with.
const MAGIC: &[u8; 6] = b"ARROW1";

/// What every message begins with.
const CONTINUATION: [u8; 4] = [0xff; 4];

/// Wraps an error of the Arrow libraries, whose types are not part of our interface.
fn failed<E>(path: &Path) -> impl Fn(E) -> StrainIoError + '_
where
    E: std::error::Error + Send + Sync + 'static,
{
    |source| StrainIoError::Arrow { file: path.to_owned(), source: Box::new(source) }
}

/// An error for a file that contradicts itself.
fn damaged(path: &Path, problem: impl Into<String>) -> StrainIoError {
    StrainIoError::Format {
        file: path.to_owned(),
        problem: problem.into(),
        advice: "the file is damaged; write it again",
    }
}
