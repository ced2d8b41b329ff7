use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::SynthConfig;
use super::network::{SyntheticNetwork, SyntheticStation};
use super::tensor::AZIMUTHS;
use super::truth::{NetworkTruth, StationTruth};
use crate::{Result, StrainIoError, write_atomically, write_csv};

/// How the recordings of a network are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum NetworkFormat {
    /// `ID.csv`, as [`write_csv`] writes it.
    #[default]
    Csv,
    /// `ID.csv.gz`.
    CsvGz,
    /// `ID.parquet`, which keeps units and directions.
    #[cfg(feature = "parquet")]
    Parquet,
}

impl NetworkFormat {
    fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::CsvGz => "csv.gz",
            #[cfg(feature = "parquet")]
            Self::Parquet => "parquet",
        }
    }
}

/// Writes a network into a folder, which is made if need be, and returns the files in the order
/// they were written.
///
/// - one recording a station, `REF` and `T1` on, in `format`;
/// - `stations.csv`, which [`read_stations_csv`](crate::read_stations_csv) reads, with the distance
///   to the epicentre in a further column;
/// - `event.json`, an [`Event`](crate::Event);
/// - `truth.json`: `schema` (`strain-io.synth/1`), `seed`, `config`, `truth` ([`NetworkTruth`]) and
///   for each of `stations` its `id`, `latitude`, `longitude`, `distance_km` and `truth`
///   ([`StationTruth`]). It is written last: a folder that has it is complete.
///
/// Each file appears whole or not at all, and the same network gives the same bytes.
///
/// # Errors
///
/// [`StrainIoError::Io`] naming the file or folder that cannot be written.
///
/// # Example
///
/// ```
/// use strain_io::{NetworkFormat, SynthConfig, network, write_network};
///
/// let config = SynthConfig::default()
///     .with_reference_days(20)
///     .with_target_days(60)
///     .with_distances_km([23.5]);
/// let dir = tempfile::tempdir()?;
/// let files = write_network(dir.path(), &network(&config, 1)?, NetworkFormat::Csv)?;
/// let names: Vec<_> = files.iter().map(|f| f.file_name().unwrap().to_str().unwrap()).collect();
/// assert_eq!(names, ["REF.csv", "T1.csv", "stations.csv", "event.json", "truth.json"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write_network(
    dir: impl AsRef<Path>,
    network: &SyntheticNetwork,
    format: NetworkFormat,
) -> Result<Vec<PathBuf>> {
    let dir = dir.as_ref();
    fs::create_dir_all(dir).map_err(|source| StrainIoError::Io {
        action: "create the folder",
        path: dir.to_owned(),
        source,
    })?;
    let mut files = Vec::new();
    for station in network.stations() {
        let path = dir.join(format!("{}.{}", station.id, format.extension()));
        match format {
            NetworkFormat::Csv | NetworkFormat::CsvGz => write_csv(&station.recording, &path)?,
            #[cfg(feature = "parquet")]
            NetworkFormat::Parquet => crate::write_parquet(&station.recording, &path)?,
        }
        files.push(path);
    }
    let stations = dir.join("stations.csv");
    write_atomically(&stations, |file| write_stations(file, network))?;
    let event = dir.join("event.json");
    write_json(&event, &network.event())?;
    let truth = dir.join("truth.json");
    write_json(&truth, &TruthFile::of(network))?;
    files.extend([stations, event, truth]);
    Ok(files)
}

/// The layout of `truth.json`.
#[derive(Serialize)]
struct TruthFile<'a> {
    schema: &'static str,
    seed: u64,
    config: &'a SynthConfig,
    truth: &'a NetworkTruth,
    stations: Vec<StationEntry<'a>>,
}

#[derive(Serialize)]
struct StationEntry<'a> {
    id: &'a str,
    latitude: f64,
    longitude: f64,
    distance_km: f64,
    truth: &'a StationTruth,
}

impl<'a> TruthFile<'a> {
    fn of(network: &'a SyntheticNetwork) -> Self {
        let entry = |station: &'a SyntheticStation| StationEntry {
            id: &station.id,
            latitude: station.latitude,
            longitude: station.longitude,
            distance_km: station.distance_km,
            truth: &station.truth,
        };
        Self {
            schema: "strain-io.synth/1",
            seed: network.seed,
            config: &network.config,
            truth: &network.truth,
            stations: network.stations().map(entry).collect(),
        }
    }
}

fn write_json(path: &Path, value: &impl Serialize) -> Result<()> {
    write_atomically(path, |file| {
        serde_json::to_writer_pretty(&mut *file, value).map_err(io::Error::from)?;
        writeln!(file)
    })
}

fn write_stations(file: &mut impl Write, network: &SyntheticNetwork) -> io::Result<()> {
    writeln!(
        file,
        "station_code,point_code,station_name,item_code,item_name,lat,lon,elev_m,azimuth_deg,\
         distance_km"
    )?;
    for (index, station) in network.stations().enumerate() {
        let role = if index == 0 { "synthetic reference" } else { "synthetic target" };
        let SyntheticStation { id, latitude, longitude, distance_km, .. } = station;
        for (gauge, azimuth) in AZIMUTHS.iter().enumerate() {
            writeln!(
                file,
                "{id},1,{role},{},gauge {},{latitude},{longitude},,{azimuth},{distance_km}",
                2321 + gauge,
                gauge + 1
            )?;
        }
    }
    Ok(())
}
