use serde::{Deserialize, Serialize};

use crate::{CatalogueFormat, RecordingFormat, StationFormat};

/// What a file holds, in which format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "format")]
#[non_exhaustive]
pub enum FileKind {
    /// A recording, with [`read_recording`](crate::read_recording).
    Recording(RecordingFormat),
    /// A catalogue of earthquakes, with [`read_catalogue`](crate::read_catalogue).
    Catalogue(CatalogueFormat),
    /// A list of stations, with [`read_stations`](crate::read_stations).
    Stations(StationFormat),
    /// The network's table of PBO strainmeters, with [`read_gtsm_sites`](crate::read_gtsm_sites).
    Strainmeters,
}

/// What a file is, and how that was known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Identified {
    /// What it holds.
    #[serde(flatten)]
    pub kind: FileKind,
    /// What told: `its root is FDSNStationXML`.
    pub because: String,
}
