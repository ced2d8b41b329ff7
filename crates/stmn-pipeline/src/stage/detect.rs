use ndarray::{Array1, Array2, s};
use serde::{Deserialize, Serialize};
use sigmoid_stats::{Bounds, DailyCounts, SigmaRule, StatsError, Thresholds, daily_counts};

use super::train::Trained;
use super::transfer::Carried;
use crate::config::DetectConfig;
use crate::station::{Station, utc_day};
use crate::{PipelineError, Result, Span};

/// The series of a station that is tested: all four gauges together, chosen before any was looked
/// at, so that no correction over series is needed for it.
pub const PRIMARY_SERIES: &str = "station";

/// Daily counts of one series of a station.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SeriesCounts {
    /// `station` (all gauges), `s1` … `s4` (one gauge), `sa`, `s13`, `s24` (substitutions).
    pub name: String,
    /// σe of each mode of the series, nanostrain; for `station` those of the four gauges in turn.
    pub sigma: Vec<f64>,
    /// Lowest and highest residual inside, `[mode][part of the UTC day]`, nanostrain; empty with the
    /// published bounds, which are ±Zα·σe.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bounds: Vec<Vec<[f64; 2]>>,
    /// Samples outside their bounds per scored UTC day, summed over the modes.
    pub counts: DailyCounts,
}

/// One residual series, `[time]` per mode.
struct Residual {
    modes: Vec<Array1<f64>>,
    reference_sigma: Vec<f64>,
}

/// Counts the anomalous samples of every series of a station.
pub(crate) fn detect(
    station: &Station,
    carried: &Carried,
    reconstruction: &Array2<f64>,
    trained: &Trained,
    gauges: &[String],
    config: &DetectConfig,
) -> Result<Vec<SeriesCounts>> {
    let mut residual = residual(carried, reconstruction, trained);
    for span in &station.interference {
        let rows = span.means(carried.modes.recording.grid(), &carried.features.grid);
        residual.slice_mut(s![rows, ..]).fill(f64::NAN);
    }
    let kept = carried.features.names.len() / 4;
    let sigma = &trained.summary.validation_sigma;
    let gauge = |g: usize| Residual {
        modes: (0..kept).map(|m| residual.column(g * kept + m).to_owned()).collect(),
        reference_sigma: sigma[g * kept..(g + 1) * kept].to_vec(),
    };
    let mut named: Vec<(String, Residual)> = Vec::new();
    for (g, name) in gauges.iter().enumerate() {
        named.push((name.clone(), gauge(g)));
    }
    for (name, weights) in SUBSTITUTIONS {
        named.push((name.to_owned(), combine(&residual, sigma, kept, weights)));
    }
    let mut series = Vec::new();
    let mut all = Marked::default();
    for (index, (name, residual)) in named.iter().enumerate() {
        let marked = mark(station, carried, name, residual, config)?;
        if index < 4 {
            all.marks.extend(marked.marks.clone());
            all.sigma.extend(marked.sigma.clone());
            all.bounds.extend(marked.bounds.clone());
        }
        series.push(count(station, carried, name, marked, config)?);
    }
    series.insert(0, count(station, carried, PRIMARY_SERIES, all, config)?);
    Ok(series)
}

/// Sa = (S1+S2+S3+S4)/2, S13 = S1−S3, S24 = S2−S4.
const SUBSTITUTIONS: [(&str, [f64; 4]); 3] =
    [("sa", [0.5, 0.5, 0.5, 0.5]), ("s13", [1.0, 0.0, -1.0, 0.0]), ("s24", [0.0, 1.0, 0.0, -1.0])];

/// What was recorded less what the network expected, nanostrain; NaN where either is missing or the
/// sample was filled.
pub(crate) fn residual(
    carried: &Carried,
    reconstruction: &Array2<f64>,
    trained: &Trained,
) -> Array2<f64> {
    let features = &carried.features;
    let expected = trained.summary.normalization.invert(reconstruction.view());
    let mut residual = &features.values - &expected;
    residual.zip_mut_with(&features.observed, |value, observed| {
        if !observed {
            *value = f64::NAN;
        }
    });
    residual
}

fn combine(residual: &Array2<f64>, sigma: &[f64], kept: usize, weights: [f64; 4]) -> Residual {
    let mut modes = Vec::new();
    let mut reference_sigma = Vec::new();
    for mode in 0..kept {
        let mut sum = Array1::<f64>::zeros(residual.nrows());
        let mut variance = 0.0;
        for (gauge, weight) in weights.iter().enumerate().filter(|(_, w)| **w != 0.0) {
            sum.scaled_add(*weight, &residual.column(gauge * kept + mode));
            variance += (weight * sigma[gauge * kept + mode]).powi(2);
        }
        modes.push(sum);
        reference_sigma.push(variance.sqrt());
    }
    Residual { modes, reference_sigma }
}

/// Each mode of a series: its marks over all time, its σe and, unless they are ±Zα·σe, its bounds.
#[derive(Default)]
struct Marked {
    marks: Vec<Vec<Option<bool>>>,
    sigma: Vec<f64>,
    bounds: Vec<Vec<[f64; 2]>>,
}

fn mark(
    station: &Station,
    carried: &Carried,
    series: &str,
    residual: &Residual,
    config: &DetectConfig,
) -> Result<Marked> {
    let wrap = |source| no_bounds(station, series, source);
    let background = station.fit.samples(&carried.features.grid);
    let mut marked = Marked::default();
    for (mode, reference_sigma) in residual.modes.iter().zip(&residual.reference_sigma) {
        let quiet = mode.slice(s![background.clone()]);
        let thresholds = match config.sigma {
            SigmaRule::ReferenceValidation => Thresholds::new(*reference_sigma, config.z_alpha),
            rule => Thresholds::estimate(rule, quiet, config.z_alpha),
        };
        let thresholds = thresholds.and_then(|t| t.with_min_run(config.min_run)).map_err(wrap)?;
        marked.sigma.push(thresholds.sigma());
        let Some(rule) = config.rule() else {
            marked.marks.push(thresholds.exceedances(mode.view()));
            continue;
        };
        // The grid starts at 00:00 UTC.
        let (per_day, parts) = (carried.features.samples_per_day, config.parts());
        let bounds = Bounds::estimate(rule, quiet, per_day, background.start % per_day)
            .and_then(|bounds| bounds.with_min_run(config.min_run))
            .map_err(wrap)?;
        marked.marks.push(bounds.marks(mode.view(), 0));
        let first_of = |part: usize| (part * per_day).div_ceil(parts);
        marked.bounds.push((0..parts).map(|part| bounds.offsets(first_of(part))).collect());
    }
    Ok(marked)
}

/// Why a series has no bounds and, where nothing or too little is there to make them of, what to do.
fn no_bounds(station: &Station, series: &str, source: StatsError) -> PipelineError {
    let (station_id, Span { from, to }) = (station.id.clone(), station.fit);
    let StatsError::TooFew { what: "residuals", needed, got } = source else {
        return PipelineError::Series { station: station_id, series: series.to_owned(), source };
    };
    PipelineError::TooLittle {
        station: station_id,
        what: "the span to learn from,",
        from,
        to,
        problem: format!(
            "holds {got} residuals of series {series}, of which its bounds need {needed}: only a day \
             that ends a complete window has any"
        ),
        advice: "take a longer `fit` with few gaps (a decomposition window comes before the first \
                 window), or with `bounds = \"sigma\"` the reference's spread, \
                 `sigma = \"reference_validation\"`",
    }
}

fn count(
    station: &Station,
    carried: &Carried,
    series: &str,
    Marked { marks, sigma, bounds }: Marked,
    config: &DetectConfig,
) -> Result<SeriesCounts> {
    let grid = &carried.features.grid;
    let per_day = carried.features.samples_per_day;
    let scored = station.scored().samples(grid);
    let start = scored.start.next_multiple_of(per_day);
    let days = scored.end.saturating_sub(start) / per_day;
    if days == 0 {
        let span = station.scored();
        return Err(PipelineError::TooLittle {
            station: station.id.clone(),
            what: "the scored span",
            from: span.from,
            to: span.to,
            problem: "holds no whole day of the recording".to_owned(),
            advice: "leave part of the recording after `fit`",
        });
    }
    // All modes of a sample stand side by side, so that a day holds modes × samples of it.
    let interleaved: Vec<Option<bool>> = (start..start + days * per_day)
        .flat_map(|sample| marks.iter().map(move |mode| mode[sample]))
        .collect();
    let first_day = utc_day(grid.time(start));
    let samples = per_day * marks.len();
    let counts =
        daily_counts(&interleaved, samples, first_day, config.min_coverage).map_err(|source| {
            PipelineError::Series { station: station.id.clone(), series: series.to_owned(), source }
        })?;
    Ok(SeriesCounts { name: series.to_owned(), sigma, bounds, counts })
}
