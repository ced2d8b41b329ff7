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

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use strain_io::ndarray::Array2;
    use strain_io::{Catalogue, Channel, Event, PrepareConfig, StepConfig, TimeGrid};

    use super::*;
    use crate::config::EventConfig;
    use crate::{Network, RunStore, Silent, Span};

    /// The first sample after the earthquake.
    const SHAKEN: usize = 41 * 24 + 7;

    fn station() -> Station {
        let start = "2008-04-01T00:00:00Z".parse().unwrap();
        let grid = TimeGrid::new(start, SignedDuration::from_hours(1), 60 * 24).unwrap();
        let values = Array2::from_shape_fn((grid.len(), 4), |(hour, _)| {
            ((hour * hour) as f64).sin() + if hour >= SHAKEN { -89.0 } else { 0.0 }
        });
        let channels = (0..4).map(|i| Channel::gauge(format!("s{}", i + 1), 45.0 * f64::from(i)));
        let recording = Recording::new("51010", grid, channels.collect(), values).unwrap();
        let fit = Span { from: start, to: grid.time(30 * 24) };
        Station::new("51010", [30.12, 102.17], &recording, fit).unwrap()
    }

    /// What the reference of a network is prepared to, with one more earthquake far away.
    fn prepared(keep: bool, minute: i64) -> Prepared {
        let shaken = station().recording.grid().time(SHAKEN);
        let time = shaken - SignedDuration::from_mins(32);
        let event = EventConfig::new(time, 30.95, 103.4, 8.0);
        let later = time + SignedDuration::from_mins(minute);
        let catalogue = Catalogue::new(vec![Event::new(later, -20.0, -70.0, 6.0)]);
        let network = Network::new(event, station(), vec![station()]).unwrap();
        let network = network.with_catalogue(catalogue);
        let steps = StepConfig::default().with_keep_coseismic(keep);
        let prepare = PrepareConfig::default().without_pressure().with_steps(steps);
        let method = MethodConfig { prepare, ..MethodConfig::default() };
        let store = RunStore::in_memory();
        super::prepare(network.reference(), &method, &Context::new(&store, &Silent, 1)).unwrap()
    }

    #[test]
    fn the_event_s_own_step_is_kept_where_that_is_asked_for() {
        let steps = |of: &Prepared| of.report.gauges.iter().map(|it| it.steps.len()).sum::<usize>();
        let kept = prepared(true, 500);
        assert_eq!(steps(&kept), 0);
        for gauge in &kept.report.gauges {
            let step = &gauge.kept_steps[0];
            assert_eq!(step.time, kept.recording.grid().time(SHAKEN));
            assert_eq!(step.coseismic.map(|it| it.event), Some(0));
        }
        let gone = prepared(false, 500);
        assert_eq!(steps(&gone), 4);
        // Earthquakes are of the key where they have a say, and only there.
        assert_ne!(prepared(true, 501).key, kept.key);
        assert_eq!(prepared(false, 501).key, gone.key);
    }
}
