use ndarray::{Array2, s};
use strain_io::{Channel, Recording, TimeGrid, Unit};
use timesnet::{Progress, TimesNet, WindowedSeries, predict_last};

use super::decompose::{Modes, decompose};
use super::features::{Features, features};
use super::prepare::{Prepared, prepare};
use super::train::{Trained, windowed};
use crate::config::{MethodConfig, ModelConfig};
use crate::station::Station;
use crate::store::StageKey;
use crate::{Context, PipelineError, Result, Span};

/// Windows in one pass of the network.
const BATCH: usize = 64;

/// A target station as the unchanged network sees it.
#[derive(Debug, Clone)]
pub(crate) struct Carried {
    pub(crate) key: StageKey,
    pub(crate) prepared: Prepared,
    pub(crate) modes: Modes,
    pub(crate) features: Features,
    /// `[time, feature]`, in units of the reference's standard deviations, NaN where no window
    /// ends.
    pub(crate) predicted: Array2<f64>,
}

/// Cleans and decomposes a target and lets the network predict each of its days.
pub(crate) fn transfer(
    station: &Station,
    trained: &Trained,
    method: &MethodConfig,
    context: &Context<'_>,
) -> Result<Carried> {
    let prepared = prepare(station, method, context)?;
    let modes = decompose(station, &prepared, &method.decompose, context)?;
    let features = features(&modes, &method.model)?;
    check_features(trained, &features)?;
    let key = StageKey { stage: "predicted".to_owned(), ..modes.key.clone() }
        .with(&trained.key.hash)
        .with(&method.model);
    let grid = features.grid;
    let everything = Span { from: grid.start(), to: grid.end() + grid.interval() };
    let normalized = trained.summary.normalization.apply(features.values.view());
    let what = "the recording";
    let windows = windowed(&features, &normalized, method.model.window(), &everything, what)?;
    let name = format!("predict {}", station.id);
    let predicted = context.stage(&name, windows.starts().len() as u64, || {
        context.store.table(&key, || {
            let mut progress = |progress: Progress| context.observer.reach(progress.done as u64);
            let model = &trained.model;
            let values = predict_days(model, &features, &windows, &method.model, &mut progress)?;
            table(&features, values)
        })
    })?;
    let predicted = predicted.values().to_owned();
    Ok(Carried { key, prepared, modes, features, predicted })
}

fn check_features(trained: &Trained, features: &Features) -> Result<()> {
    let wanted = &trained.summary.normalization.features;
    if wanted.len() == features.names.len() {
        return Ok(());
    }
    Err(PipelineError::Checkpoint {
        path: trained.key.hash.clone().into(),
        problem: format!("it was trained on {wanted:?}, the station has {:?}", features.names),
    })
}

/// The newest day of each window, in place: `[time, feature]`, NaN where no window ends.
pub(super) fn predict_days(
    model: &TimesNet,
    features: &Features,
    windows: &WindowedSeries,
    config: &ModelConfig,
    progress: &mut dyn FnMut(Progress),
) -> Result<Array2<f64>> {
    let day = features.samples_per_day;
    let newest = predict_last(model, &config.objective(), windows, day, BATCH, progress)?;
    let mut predicted = Array2::from_elem(features.values.raw_dim(), f64::NAN);
    for (index, start) in windows.starts().iter().enumerate() {
        let end = start + config.window();
        predicted
            .slice_mut(s![end - day..end, ..])
            .assign(&newest.slice(s![index, .., ..]).mapv(f64::from));
    }
    Ok(predicted)
}

/// Features' values as a recording, so that they can be stored.
pub(super) fn table(features: &Features, values: Array2<f64>) -> Result<Recording> {
    named_table(&features.station, features.grid, &features.names, values)
}

pub(super) fn named_table(
    station: &str,
    grid: TimeGrid,
    names: &[String],
    values: Array2<f64>,
) -> Result<Recording> {
    let unit = || Unit::Other("standard deviations of the reference".to_owned());
    let channels = names.iter().map(|name| Channel::new(name, unit())).collect();
    Ok(Recording::new(station, grid, channels, values)?)
}
