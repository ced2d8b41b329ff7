use super::{PROVENANCE, TIME};
use crate::{Provenance, Recording, Result, StrainIoError};

/// Of each channel whether it has a flag that its values do not tell.
pub(crate) fn flagged(recording: &Recording) -> Vec<bool> {
    (0..recording.channels().len())
        .map(|column| {
            let plain =
                |flags: &Provenance| matches!(*flags, Provenance::OBSERVED | Provenance::MISSING);
            !recording.provenance().column(column).iter().all(plain)
        })
        .collect()
}

/// The column that holds a channel's flags.
pub(crate) fn flags_name(channel: &str) -> String {
    format!("{channel}{PROVENANCE}")
}

/// Whether no channel is called as a column that the format needs.
pub(crate) fn check_names(recording: &Recording, flagged: &[bool]) -> Result<()> {
    let names: Vec<&str> = recording.channels().iter().map(|c| c.name.as_str()).collect();
    let with_flags = names.iter().zip(flagged).filter(|(_, flagged)| **flagged);
    let mut reserved: Vec<String> = with_flags.map(|(name, _)| flags_name(name)).collect();
    reserved.push(TIME.to_owned());
    match names.iter().find(|name| reserved.iter().any(|taken| taken == *name)) {
        None => Ok(()),
        Some(name) => Err(StrainIoError::DuplicateChannel {
            station: recording.station().to_owned(),
            name: (*name).to_owned(),
        }),
    }
}
