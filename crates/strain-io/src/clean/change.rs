use serde::{Deserialize, Serialize};

use crate::{Provenance, Recording, Result};

/// One sample that a cleaning step changed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Change {
    /// The sample.
    pub index: usize,
    /// Its value before; none where it was missing.
    pub before: Option<f64>,
    /// Its flags before.
    pub flags: Provenance,
}

/// A recording after a cleaning step of one channel, with what was there before.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Cleaned {
    /// The recording, what was changed flagged.
    pub recording: Recording,
    /// The channel.
    pub channel: String,
    /// The changed samples, ascending.
    pub changes: Vec<Change>,
}

impl Cleaned {
    /// Sets samples of a channel, with a flag for each, and notes what was there.
    pub(super) fn new(
        recording: &Recording,
        channel: &str,
        set: impl IntoIterator<Item = (usize, f64)>,
        flag: Provenance,
    ) -> Result<Self> {
        let column = recording.channel_index(channel)?;
        let mut values = recording.values().to_owned();
        let mut flags = recording.provenance().to_owned();
        let mut changes = Vec::new();
        for (index, value) in set {
            let before = values[[index, column]];
            changes.push(Change {
                index,
                before: (!before.is_nan()).then_some(before),
                flags: flags[[index, column]],
            });
            values[[index, column]] = value;
            flags[[index, column]].insert(flag);
        }
        let recording = recording.with_values(values, flags)?;
        Ok(Self { recording, channel: channel.to_owned(), changes })
    }

    /// The recording as it was before the step, to the last bit.
    ///
    /// # Errors
    ///
    /// None, but for a channel that has been renamed since.
    pub fn undo(&self) -> Result<Recording> {
        let column = self.recording.channel_index(&self.channel)?;
        let mut values = self.recording.values().to_owned();
        let mut flags = self.recording.provenance().to_owned();
        for change in &self.changes {
            values[[change.index, column]] = change.before.unwrap_or(f64::NAN);
            flags[[change.index, column]] = change.flags;
        }
        self.recording.with_values(values, flags)
    }
}
