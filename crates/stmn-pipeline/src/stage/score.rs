use serde::{Deserialize, Serialize};
use strain_io::{PrepareReport, QualityReport};

use super::decompose::ModesSummary;
use super::detect::{PRIMARY_SERIES, SeriesCounts, detect};
use super::quiet::quiet_days;
use super::spatial::spatial;
use super::train::{Trained, TrainedSummary};
use super::transfer::{Carried, table, transfer};
use crate::config::{EventConfig, MethodConfig};
use crate::network::Network;
use crate::remarks::CatalogueSource;
use crate::station::{Source, Station};
use crate::store::{StageKey, TABLE_ENDING};
use crate::{Context, Result, Span};

/// Every target's scored days: what the fits need, and what the report shows beside them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Scores {
    /// `stmn.scores/1`.
    pub schema: String,
    /// The seed.
    pub seed: u64,
    /// The settings.
    pub method: MethodConfig,
    /// The earthquake.
    pub event: EventConfig,
    /// The network's training.
    pub trained: TrainedSummary,
    /// Quality of the reference's recording.
    pub reference_quality: QualityReport,
    /// Where the reference's recording came from.
    pub reference_source: Source,
    /// Where the catalogue came from, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub catalogue_source: Option<CatalogueSource>,
    /// The targets, as configured.
    pub stations: Vec<StationScores>,
}

/// One target's scored days.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StationScores {
    /// The station.
    pub id: String,
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
    /// Geodesic distance to the epicentre, km.
    pub distance_km: f64,
    /// Where its recording came from.
    pub source: Source,
    /// What tide, pressure, drift and residual spread were learnt from.
    pub fit: Span,
    /// The scored days.
    pub scored: Span,
    /// Times in which something known disturbed the station.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub interference: Vec<Span>,
    /// Quality of the recording.
    pub quality: QualityReport,
    /// What cleaning did.
    pub prepare: PrepareReport,
    /// How the decomposition went.
    pub modes: ModesSummary,
    /// Daily counts; the first is the primary series.
    pub series: Vec<SeriesCounts>,
    /// Which of the counted days stand for normal times.
    pub quiet: Vec<bool>,
    /// The stages' tables, where a folder keeps them.
    pub tables: Tables,
}

/// File names of a station's tables in the folder of stages.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Tables {
    /// As recorded, in whole UTC days.
    pub recorded: String,
    /// Cleaned gauges, nanostrain.
    pub prepared: String,
    /// Kept modes, nanostrain.
    pub modes: String,
    /// What the network expected, in standard deviations of the reference.
    pub predicted: String,
    /// The same after the graph step.
    pub reconstruction: String,
}

impl StationScores {
    /// The primary series: all four gauges together.
    pub fn primary(&self) -> Option<&SeriesCounts> {
        self.series.iter().find(|series| series.name == PRIMARY_SERIES)
    }
}

/// Carries a trained network to every target and counts its anomalous days.
///
/// # Errors
///
/// The errors of the stages, naming the station.
pub fn score(
    network: &Network,
    trained: &Trained,
    method: &MethodConfig,
    context: &Context<'_>,
) -> Result<Scores> {
    let carried: Vec<Carried> = network
        .targets
        .iter()
        .map(|station| transfer(station, trained, method, context))
        .collect::<Result<_>>()?;
    let reconstructions =
        spatial(network, &carried, &trained.summary.normalization, &method.spatial, context)?;
    let network_key: Vec<&StageKey> = carried.iter().map(|station| &station.key).collect();
    let mut stations = Vec::new();
    for ((station, carried), reconstruction) in
        network.targets.iter().zip(&carried).zip(reconstructions)
    {
        let key = StageKey { stage: "reconstruction".to_owned(), ..carried.key.clone() }
            .with(&method.spatial)
            .with(&network.event)
            .with(&network_key);
        let (reconstruction, _) =
            context.store.table(&key, || table(&carried.features, reconstruction))?;
        let reconstruction = reconstruction.values().to_owned();
        let gauges = &method.prepare.gauges;
        let series = detect(station, carried, &reconstruction, trained, gauges, &method.detect)?;
        stations.push(station_scores(network, station, carried, &key, series, method, context)?);
    }
    let reference = &network.reference;
    Ok(Scores {
        schema: "stmn.scores/1".to_owned(),
        seed: context.seed,
        method: method.clone(),
        event: network.event.clone(),
        trained: trained.summary.clone(),
        reference_quality: strain_io::assess(&reference.recording, &method.quality)?,
        reference_source: reference.source.clone(),
        catalogue_source: network.catalogue_source.clone(),
        stations,
    })
}

fn station_scores(
    network: &Network,
    station: &Station,
    carried: &Carried,
    reconstruction: &StageKey,
    series: Vec<SeriesCounts>,
    method: &MethodConfig,
    context: &Context<'_>,
) -> Result<StationScores> {
    let event = &network.event;
    let counts = &series[0].counts;
    let quiet = quiet_days(
        station,
        event,
        network.catalogue.as_ref(),
        &method.quiet,
        counts.first_day(),
        counts.len(),
    );
    let recorded = StageKey::of("recorded", &station.id).with(&station.source.blake3);
    context.store.table(&recorded, || Ok(station.recording.clone()))?;
    let file = |key: &StageKey| {
        let path = context.store.path(key, TABLE_ENDING);
        path.and_then(|path| Some(path.file_name()?.to_str()?.to_owned())).unwrap_or_default()
    };
    let site = graph_spatial::Site::new(&station.id, station.latitude, station.longitude)?;
    let epicentre = graph_spatial::Site::new("epicentre", event.latitude, event.longitude)?;
    Ok(StationScores {
        id: station.id.clone(),
        latitude: station.latitude,
        longitude: station.longitude,
        distance_km: graph_spatial::distance_km(&site, &epicentre),
        source: station.source.clone(),
        fit: station.fit,
        scored: station.scored(),
        interference: station.interference.clone(),
        quality: strain_io::assess(&station.recording, &method.quality)?,
        prepare: carried.prepared.report.clone(),
        modes: carried.modes.summary.clone(),
        series,
        quiet,
        tables: Tables {
            recorded: file(&recorded),
            prepared: file(&carried.prepared.key),
            modes: file(&carried.modes.key),
            predicted: file(&carried.key),
            reconstruction: file(reconstruction),
        },
    })
}
