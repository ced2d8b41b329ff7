use graph_spatial::{GraphStep, Layers, Site};
use ndarray::{Array2, Array3, s};
use strain_io::TimeGrid;

use super::features::Normalization;
use super::transfer::Carried;
use crate::config::SpatialConfig;
use crate::network::Network;
use crate::station::Station;
use crate::{Context, PipelineError, Result};

/// Every target's prediction after the graph step, `[time, feature]` each on its own grid.
///
/// Stations are laid on the time line that covers all of them; where one has no value, the others'
/// weights are renormalised by the step itself. Nothing is mixed across time. Trainable layers are
/// fitted to what was recorded before the first day that any station is scored on.
pub(crate) fn spatial(
    network: &Network,
    carried: &[Carried],
    normalization: &Normalization,
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
        let predicted = line.lay(carried, |station| station.predicted.clone());
        let step = match config.graph.layers {
            Layers::Trainable { .. } => {
                let recorded = line
                    .lay(carried, |station| normalization.apply(station.features.values.view()));
                let before = s![.., ..line.first_scored(network), ..];
                step.fit(predicted.slice(before), recorded.slice(before))?
            }
            _ => step,
        };
        let enhanced = step.apply(predicted.view())?;
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

    /// One array of all stations, `[station, time, feature]`, NaN where a station has nothing.
    fn lay(&self, carried: &[Carried], values: impl Fn(&Carried) -> Array2<f64>) -> Array3<f64> {
        let features = carried.first().map_or(0, |station| station.features.names.len());
        let mut laid = Array3::from_elem((carried.len(), self.len, features), f64::NAN);
        for (index, station) in carried.iter().enumerate() {
            let rows = self.rows(&station.features.grid);
            laid.slice_mut(s![index, rows, ..]).assign(&values(station));
        }
        laid
    }

    /// The sample at which the first of the stations begins to be scored.
    fn first_scored(&self, network: &Network) -> usize {
        let starts = network.targets.iter().map(|s| s.scored().from.as_nanosecond());
        let samples = (starts.min().unwrap_or(self.start) - self.start) / self.interval;
        usize::try_from(samples).unwrap_or(0).min(self.len)
    }

    fn rows(&self, grid: &TimeGrid) -> std::ops::Range<usize> {
        let offset = (grid.start().as_nanosecond() - self.start) / self.interval;
        let first = usize::try_from(offset).unwrap_or(0);
        first..first + grid.len()
    }
}
