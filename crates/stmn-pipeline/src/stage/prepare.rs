use serde::{Deserialize, Serialize};
use strain_io::{CoseismicContext, PrepareReport, Recording};

use crate::config::MethodConfig;
use crate::station::Station;
use crate::store::StageKey;
use crate::{Context, PipelineError, Result};

/// A cleaned recording: four gauges, nanostrain.
#[derive(Debug, Clone)]
pub(crate) struct Prepared {
    pub(crate) key: StageKey,
    pub(crate) recording: Recording,
    pub(crate) report: PrepareReport,
}

#[derive(Serialize, Deserialize)]
struct Report(PrepareReport);

/// Cleans a station's gauges; what is fitted is fitted on the station's own span `fit`.
pub(crate) fn prepare(
    station: &Station,
    method: &MethodConfig,
    context: &Context<'_>,
) -> Result<Prepared> {
    let config = station.prepare.as_ref().unwrap_or(&method.prepare);
    // Of no say in the key where they change nothing.
    let earthquakes = station.earthquakes.as_deref().filter(|_| config.steps.keep_coseismic);
    let mut key = StageKey::of("prepare", &station.id)
        .with(&station.source.blake3)
        .with(config)
        .with(&station.fit);
    if let Some(earthquakes) = earthquakes {
        key = key.with(earthquakes);
    }
    let fit = station.fit.samples(station.recording.grid());
    let site = (station.latitude, station.longitude);
    let mut fresh = None;
    let prepare = || {
        let recording = &station.recording;
        let prepared = match earthquakes {
            Some(earthquakes) => {
                let around = CoseismicContext::new(earthquakes, site);
                strain_io::prepare_with_catalogue(recording, config, fit.clone(), &around)
            }
            None => strain_io::prepare(recording, config, fit.clone()),
        };
        prepared.map_err(|source| PipelineError::Prepare { station: station.id.clone(), source })
    };
    let (recording, _) = context.store.table(&key, || {
        let prepared = prepare()?;
        fresh = Some(prepared.report);
        Ok(prepared.recording)
    })?;
    let (report, _) = context.store.document(&key, || match fresh {
        Some(report) => Ok(Report(report)),
        // The run was stopped between the table and its report.
        None => Ok(Report(prepare()?.report)),
    })?;
    check_gauges(station, &recording)?;
    Ok(Prepared { key, recording, report: report.0 })
}

fn check_gauges(station: &Station, recording: &Recording) -> Result<()> {
    for channel in recording.channels() {
        if recording.missing_count(&channel.name)? == recording.grid().len() {
            return Err(PipelineError::TooLittle {
                station: station.id.clone(),
                what: "the recording",
                from: recording.grid().start(),
                to: recording.grid().end(),
                problem: format!("has no value of gauge {}", channel.name),
                advice: "all four gauges are needed",
            });
        }
    }
    Ok(())
}
