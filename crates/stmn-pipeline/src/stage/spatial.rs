use graph_spatial::{GraphStep, Site};
use ndarray::{Array2, Array3, s};
use strain_io::TimeGrid;

use super::transfer::Carried;
use crate::config::SpatialConfig;
use crate::network::{Network, Station};
use crate::{Context, PipelineError, Result};

/// Every target's prediction after the graph step, `[time, feature]` each on its own grid.
///
/// Stations are laid on the time line that covers all of them; where one has no value, the others'
/// weights are renormalised by the step itself. Nothing is mixed across time.
pub(crate) fn spatial(
    network: &Network,
    carried: &[Carried],
    config: &SpatialConfig,
    context: &Context<'_>,
) -> Result<Vec<Array2<f64>>> {
    if !config.enabled {
        return Ok(carried.iter().map(|station| station.predicted.clone()).collect());
    }
    let sites: Vec<Site> = network.targets.iter().map(site).collect::<Result<_>>()?;
    let event = &network.event;
    let epicentre = Site::new("epicentre", event.latitude, event.longitude)?;
    let step = GraphStep::new(&sites, Some(&epicentre), &config.graph)?;
    context.stage("graph step", 1, || {
        let line = TimeLine::covering(network, carried)?;
        let mut features =
            Array3::from_elem((carried.len(), line.len, carried[0].features.names.len()), f64::NAN);
        for (index, station) in carried.iter().enumerate() {
            let rows = line.rows(&station.features.grid);
            features.slice_mut(s![index, rows, ..]).assign(&station.predicted);
        }
        let enhanced = step.apply(features.view())?;
        let mut out = Vec::new();
        for (index, station) in carried.iter().enumerate() {
            let rows = line.rows(&station.features.grid);
            let mut values = enhanced.slice(s![index, rows, ..]).to_owned();
            // A station is judged only where it has a prediction of its own.
            values.zip_mut_with(&station.predicted, |value, own| {
                if own.is_nan() {
                    *value = f64::NAN;
                }
            });
            out.push(values);
        }
        Ok((out, false))
    })
}

fn site(station: &Station) -> Result<Site> {
    Ok(Site::new(&station.id, station.latitude, station.longitude)?)
}

struct TimeLine {
    start: i128,
    interval: i128,
    len: usize,
}

impl TimeLine {
    fn covering(network: &Network, carried: &[Carried]) -> Result<Self> {
        let grids = || carried.iter().map(|station| &station.features.grid);
        let start = grids().map(|g| g.start().as_nanosecond()).min().unwrap_or(0);
        let end = grids().map(|g| g.end().as_nanosecond()).max().unwrap_or(0);
        let interval = carried.first().map_or(1, |s| s.features.grid.interval().as_nanos());
        for (station, carried) in network.targets.iter().zip(carried) {
            if carried.features.grid.interval().as_nanos() != interval {
                return Err(PipelineError::Interval {
                    station: station.id.clone(),
                    interval_s: carried.features.grid.interval_seconds(),
                    network_minutes: usize::try_from(interval / 60_000_000_000).unwrap_or(0),
                });
            }
        }
        let len = usize::try_from((end - start) / interval + 1).unwrap_or(0);
        Ok(Self { start, interval, len })
    }

    fn rows(&self, grid: &TimeGrid) -> std::ops::Range<usize> {
        let offset = (grid.start().as_nanosecond() - self.start) / self.interval;
        let first = usize::try_from(offset).unwrap_or(0);
        first..first + grid.len()
    }
}
