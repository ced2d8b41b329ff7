//! One entry for recordings of whichever format.

mod detect;
mod format;
mod options;
mod read;
#[cfg(test)]
mod tests;

pub(crate) use detect::is_recording_line;
pub use detect::recognise;
pub use format::{Recognised, RecordingFormat};
pub use options::ReadOptions;
pub use read::{read_recording, read_recording_files};
