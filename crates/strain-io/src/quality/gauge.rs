use ndarray::{Array1, Array2, Axis};
use serde::{Deserialize, Serialize};

use super::spectrum::{NoiseSpectrum, PowerLaw, SpectrumConfig, spectrum_of};
use crate::clean::{OffsetConfig, offsets_in, shifts};
use crate::response::{Driver, LagCoefficient, TidalDesign, TidalWindow, fit_response_with};
use crate::tide::TidalSet;
use crate::{Channel, Recording, Result, SolidTide, StrainIoError, Unit};

/// Days of a window in which tidal factors are taken.
const TIDAL_WINDOW_DAYS: f64 = 60.0;
/// The share that a segment of the noise spectrum may lack where none is complete.
const BRIDGED: f64 = 0.05;

/// What one gauge is judged by, tide and pressure taken out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GaugeQuality {
    /// The channel.
    pub name: String,
    /// Noise, lasting offsets taken out; of segments that may lack a twentieth where none is complete.
    pub noise: Option<PowerLaw>,
    /// Lasting offsets in a year of samples that are there.
    pub steps_per_year: Option<f64>,
    /// The response to air pressure, nanostrain per hPa.
    pub pressure: Option<LagCoefficient>,
    /// The factor of M2 against the theoretical tide along the gauge: its mean over windows of 60 days,
    /// weighted by their errors.
    pub m2_factor: Option<f64>,
    /// How much that factor varies from window to window, over its mean: the standard deviation that
    /// is left once the factors' own errors are taken off, 0 where they explain it all.
    pub m2_instability: Option<f64>,
    /// The windows that have one.
    pub m2_windows: usize,
    /// Why the gauge has no figures, or why they hold its response to pressure.
    pub not_assessed: Option<String>,
}

/// A gauge with what its figures come from.
pub(super) struct Assessed {
    pub(super) quality: GaugeQuality,
    pub(super) spectrum: Option<NoiseSpectrum>,
    /// Its fitted tide of a day and less, hourly means; none where it has no figures.
    pub(super) tide: Option<Array1<f64>>,
}

/// What the gauges of a recording are assessed with and share.
pub(super) struct Bench<'a> {
    recording: &'a Recording,
    drivers: Vec<Driver>,
    tides: TidalDesign,
    windows: Vec<TidalWindow>,
}

impl<'a> Bench<'a> {
    pub(super) fn new(recording: &'a Recording, pressure: Option<&str>) -> Result<Self> {
        let (grid, set) = (recording.grid(), TidalSet::Resolved);
        let window = (TIDAL_WINDOW_DAYS * 86_400.0 / grid.interval_seconds()).round().max(1.0);
        let window = window as usize;
        let starts = (0..grid.len() / window).map(|index| index * window);
        let windows = starts.map(|start| TidalWindow::new(set, recording, start..start + window));
        Ok(Self {
            recording,
            drivers: pressure.map(Driver::new).into_iter().collect(),
            tides: TidalDesign::new(set, grid, 0..grid.len())?,
            windows: windows.collect::<Result<_>>()?,
        })
    }

    /// One gauge, which may lack what a fit needs; where the barometer does, without pressure.
    pub(super) fn assess(&self, name: &str, theory: Option<(&SolidTide, f64)>) -> Result<Assessed> {
        let first = match self.with(name, theory, &self.drivers) {
            Err(error) if is_of_the_record(&error) => error,
            done => return done,
        };
        if !self.drivers.is_empty() {
            match self.with(name, theory, &[]) {
                Err(error) if is_of_the_record(&error) => {}
                done => {
                    let mut found = done?;
                    let why = format!("pressure is not taken out: {first}");
                    found.quality.not_assessed = Some(why);
                    return Ok(found);
                }
            }
        }
        Ok(Assessed::none(name, &first))
    }

    fn with(
        &self,
        name: &str,
        theory: Option<(&SolidTide, f64)>,
        drivers: &[Driver],
    ) -> Result<Assessed> {
        let (recording, grid) = (self.recording, self.recording.grid());
        let all = 0..grid.len();
        let fit = fit_response_with(recording, name, all, Some(&self.tides), drivers)?;
        let mut rest = recording.channel(name)?.to_vec();
        rest.iter_mut().zip(fit.predict(recording)?).for_each(|(value, part)| *value -= part);
        let offsets = offsets_in(&rest, grid, &OffsetConfig::default())?;
        rest.iter_mut().zip(shifts(&offsets, grid.len())).for_each(|(value, by)| *value -= by);
        let known = rest.iter().filter(|value| !value.is_nan()).count();
        let years = known as f64 * grid.interval_seconds() / (365.25 * 86_400.0);
        let spectrum = spectrum_of(&rest, grid, name, &SpectrumConfig::default());
        let bridged = SpectrumConfig::default().with_max_missing(BRIDGED);
        let spectrum = spectrum.or_else(|_| spectrum_of(&rest, grid, name, &bridged)).ok();
        drop(rest);
        let m2 = match theory {
            Some(theory) => Spread::of(&self.m2_factors(name, theory, drivers)?),
            None => Spread::default(),
        };
        let quality = GaugeQuality {
            name: name.to_owned(),
            noise: spectrum.as_ref().map(|spectrum| spectrum.power_law),
            steps_per_year: (known > 0).then_some(offsets.len() as f64 / years),
            pressure: fit.drivers.first().and_then(|driver| driver.lags.first()).copied(),
            m2_factor: m2.mean,
            m2_instability: m2.relative,
            m2_windows: m2.count,
            not_assessed: None,
        };
        Ok(Assessed { quality, spectrum, tide: Some(self.tides.fast_tide(&fit)) })
    }

    /// The factors of M2 and their standard errors, window by window, against the tide along an azimuth.
    fn m2_factors(
        &self,
        name: &str,
        (tide, azimuth): (&SolidTide, f64),
        drivers: &[Driver],
    ) -> Result<Vec<(f64, f64)>> {
        const THEORY: &str = "theoretical tide along the gauge";
        let recording = self.recording;
        let values: Array2<f64> = tide.along(azimuth).insert_axis(Axis(1));
        let channel = vec![Channel::new(THEORY, Unit::Nanostrain)];
        let theory = Recording::new(recording.station(), *recording.grid(), channel, values)?;
        let mut found = Vec::new();
        for window in &self.windows {
            let factors = window.factors((recording, name), (&theory, THEORY), drivers)?;
            let m2 = factors.iter().flatten().find(|factor| factor.name == "M2");
            found.extend(m2.map(|factor| (factor.factor, factor.factor_error)));
        }
        Ok(found)
    }
}

/// Whether an error says that the record cannot bear the fit; others are mistakes of the request.
fn is_of_the_record(error: &StrainIoError) -> bool {
    matches!(error, StrainIoError::FitTooShort { .. } | StrainIoError::LinearAlgebra { .. })
}

impl Assessed {
    /// A gauge without figures.
    pub(super) fn none(name: &str, why: &StrainIoError) -> Self {
        let quality = GaugeQuality {
            name: name.to_owned(),
            noise: None,
            steps_per_year: None,
            pressure: None,
            m2_factor: None,
            m2_instability: None,
            m2_windows: 0,
            not_assessed: Some(why.to_string()),
        };
        Self { quality, spectrum: None, tide: None }
    }
}

/// How values vary beyond their own standard errors.
#[derive(Debug, Default, PartialEq)]
struct Spread {
    /// Weighted by the errors.
    mean: Option<f64>,
    /// Standard deviation over the mean; of one value there is none.
    relative: Option<f64>,
    count: usize,
}

impl Spread {
    /// Of values with their standard errors: the variance that is left once the errors' own is taken off,
    /// which is (Q − (n − 1)) / (Σw − Σw²/Σw) for weights w = 1/error² and Q = Σ w (value − mean)²
    /// (DerSimonian, R. and Laird, N. (1986), Meta-analysis in clinical trials, *Control. Clin. Trials*
    /// 7, 177–188), and the variance less the mean square of the errors where they are equal.
    fn of(values: &[(f64, f64)]) -> Self {
        // Nothing is known to more digits than these.
        let weight = |&(value, error): &(f64, f64)| 1.0 / error.max(1e-9 * value.abs()).powi(2);
        let (mut sum, mut squares, mut weighted) = (0.0, 0.0, 0.0);
        for pair in values {
            sum += weight(pair);
            squares += weight(pair).powi(2);
            weighted += weight(pair) * pair.0;
        }
        let mean = weighted / sum;
        let q: f64 = values.iter().map(|pair| weight(pair) * (pair.0 - mean).powi(2)).sum();
        let variance = (q - (values.len() as f64 - 1.0)) / (sum - squares / sum);
        let relative = variance.max(0.0).sqrt() / mean;
        Self {
            mean: Some(mean).filter(|mean| mean.is_finite()),
            relative: (values.len() > 1 && relative.is_finite()).then_some(relative),
            count: values.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    #[test]
    fn a_spread_is_that_of_the_truth_and_not_of_its_estimation() {
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        let mut normal = || -> f64 { StandardNormal.sample(&mut rng) };
        for (truth, error) in [(0.05, 0.02), (0.05, 0.1), (0.0, 0.1)] {
            // Windows with gaps know less.
            let values: Vec<(f64, f64)> = (0..20_000)
                .map(|i| {
                    let own = error * [0.8, 1.0, 3.0][i % 3];
                    (2.0 * (1.0 + truth * normal()) + own * normal(), own)
                })
                .collect();
            let found = Spread::of(&values);
            let relative = found.relative.unwrap();
            assert!((found.mean.unwrap() - 2.0).abs() < 0.01);
            assert!((relative - truth).abs() < if truth > 0.0 { 0.002 } else { 0.01 }, "{found:?}");
            assert_eq!(found.count, 20_000);
        }
        // Of equal errors it is the variance less theirs.
        let equal = Spread::of(&[(0.9, 0.05), (1.1, 0.05), (1.0, 0.05)]).relative.unwrap();
        assert!((equal - (0.01_f64 - 0.0025).sqrt()).abs() < 1e-12, "{equal}");
        let one = Spread { mean: Some(1.5), relative: None, count: 1 };
        assert_eq!(Spread::of(&[(1.5, 0.1)]), one);
        assert_eq!(Spread::of(&[]), Spread::default());
        assert_eq!(Spread::of(&[(1.0, 0.5), (1.1, 0.5)]).relative, Some(0.0));
    }
}
