use std::ops::Range;

use ndarray::{Array1, Array2};
use serde::{Deserialize, Serialize};
use stmn_linalg::{LeastSquares, default_backend};

use super::calibrate_errors::Pulls;
use crate::{Provenance, Recording, Result, StrainIoError};

/// Relative in-situ calibration of four gauges.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Calibration {
    /// k1 to k4, by which the gauges are multiplied.
    pub factors: [f64; 4],
    /// Their standard errors, from how much each sample's misfit moves them and how long misfits last
    /// (Newey, W. K. and West, K. D. (1987), *Econometrica* 55, 703–708, over the cube root of the
    /// number of samples). What is not in them: noise in all four gauges pulls least squares by about
    /// its variance over that of what the gauges share, which counts where that share is a per cent.
    #[serde(default)]
    pub standard_errors: [f64; 4],
    /// The factors with each gauge in turn as unity, `[unity, gauge]`.
    pub by_unity: [[f64; 4]; 4],
    /// sqrt(Σ(k−1)²/4) / mean k: how far the gauges are from equal.
    pub alpha: f64,
    /// The samples that were used: all four gauges present.
    pub samples: usize,
}

impl Calibration {
    /// The recording with its gauges multiplied by their factors, each value flagged
    /// [`CALIBRATED`](Provenance::CALIBRATED).
    ///
    /// # Errors
    ///
    /// [`StrainIoError::NoChannel`] for a gauge that is not there.
    pub fn apply(&self, recording: &Recording, names: [&str; 4]) -> Result<Recording> {
        self.scale(recording, names, true)
    }

    /// Undoes [`apply`](Self::apply) by dividing by the factors, to rounding (two parts in 10¹⁶). The
    /// flag is cleared.
    ///
    /// # Errors
    ///
    /// As [`apply`](Self::apply), and [`StrainIoError::Config`] for a factor that takes no quotient.
    pub fn undo(&self, recording: &Recording, names: [&str; 4]) -> Result<Recording> {
        if let Some(factor) = self.factors.iter().find(|factor| !factor.is_normal()) {
            return Err(StrainIoError::Config {
                name: "factors",
                value: factor.to_string(),
                advice: "what such a factor was applied to is lost; give numbers other than 0",
            });
        }
        self.scale(recording, names, false)
    }

    fn scale(&self, recording: &Recording, names: [&str; 4], on: bool) -> Result<Recording> {
        let mut values = recording.values().to_owned();
        let mut flags = recording.provenance().to_owned();
        for (name, factor) in names.iter().zip(self.factors) {
            let column = recording.channel_index(name)?;
            let both = values.column_mut(column).into_iter().zip(flags.column_mut(column));
            for (value, set) in both.filter(|(value, _)| !(on && value.is_nan())) {
                *value = if on { *value * factor } else { *value / factor };
                set.set(Provenance::CALIBRATED, on);
            }
        }
        recording.with_values(values, flags)
    }
}

/// Finds the factors with which four gauges at 45° steps agree best:
/// k1·S1 + k3·S3 = k2·S2 + k4·S4 + C, by least squares with each gauge in turn as unity, averaged.
///
/// Uses the samples `range` at which all gauges have a value. What is common to the gauges decides:
/// give a recording with the tide still in it, but without steps and drift, which are not strain.
///
/// There is nothing to configure: the gauges' places fix the signs, every complete sample counts the
/// same, and which samples count is `range`. Twelve are the least from which three factors and a constant
/// are more than a solution of as many equations; how many there were is in
/// [`samples`](Calibration::samples).
///
/// After Qiu, Z., Tang, L., Zhang, B. and Guo, Y. (2013), *J. Geophys. Res. Solid Earth* 118,
/// 1609–1618, doi:10.1002/jgrb.50112.
///
/// # Errors
///
/// [`StrainIoError::NoChannel`] for a gauge that is not there, [`StrainIoError::Range`],
/// [`StrainIoError::FitTooShort`] for fewer than twelve complete samples, and
/// [`StrainIoError::LinearAlgebra`].
///
/// # Example
///
/// ```
/// use strain_io::{Channel, Recording, TimeGrid, calibrate, ndarray::Array2};
///
/// // A tide seen by gauges of unequal sensitivity.
/// let sensitivity = [1.0, 0.8, 1.1, 1.25];
/// let grid = TimeGrid::new(
///     "2008-05-01T00:00:00Z".parse()?, jiff::SignedDuration::from_hours(1), 500)?;
/// let values = Array2::from_shape_fn((500, 4), |(hour, gauge)| {
///     let t = hour as f64;
///     let (areal, g1, g2) = ((0.5 * t).sin(), (0.24 * t).sin(), (0.26 * t).cos());
///     let shear = [g1, g2, -g1, -g2][gauge];
///     (areal + shear) * sensitivity[gauge]
/// });
/// let channels = (0..4).map(|i| Channel::gauge(format!("s{}", i + 1), 45.0 * i as f64));
/// let recording = Recording::new("X", grid, channels.collect(), values)?;
/// let names = ["s1", "s2", "s3", "s4"];
/// let calibration = calibrate(&recording, names, 0..500)?;
/// let equal = calibration.factors[0] * sensitivity[0];
/// for gauge in 1..4 {
///     assert!((calibration.factors[gauge] * sensitivity[gauge] - equal).abs() < 1e-9);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn calibrate(
    recording: &Recording,
    names: [&str; 4],
    range: Range<usize>,
) -> Result<Calibration> {
    let gauges = recording.select(&names)?.slice(range)?;
    let values = gauges.values();
    let rows: Vec<[f64; 4]> = values
        .rows()
        .into_iter()
        .map(|row| std::array::from_fn(|gauge| row[gauge]))
        .filter(|row: &[f64; 4]| row.iter().all(|value| !value.is_nan()))
        .collect();
    const NEEDED: usize = 12;
    if rows.len() < NEEDED {
        return Err(StrainIoError::FitTooShort {
            channel: names.join(", "),
            start: gauges.grid().start(),
            end: gauges.grid().end(),
            usable: rows.len(),
            needed: NEEDED,
        });
    }
    calibrate_rows(&rows).map_err(|source| StrainIoError::LinearAlgebra {
        what: format!("the relative calibration of {}", names.join(", ")),
        source,
    })
}

/// The same of samples of four gauges, all of them complete.
pub(super) fn calibrate_rows(
    rows: &[[f64; 4]],
) -> std::result::Result<Calibration, stmn_linalg::LinalgError> {
    let mut pulls = Pulls::new(rows.len());
    let (by_unity, factors) = fit_factors(rows, Some(&mut pulls))?;
    Ok(Calibration {
        factors,
        standard_errors: pulls.standard_errors(),
        by_unity,
        alpha: alpha_of(factors),
        samples: rows.len(),
    })
}

/// α alone, without the memory that standard errors take.
pub(crate) fn calibration_alpha(
    rows: &[[f64; 4]],
) -> std::result::Result<f64, stmn_linalg::LinalgError> {
    fit_factors(rows, None).map(|(_, factors)| alpha_of(factors))
}

fn alpha_of(factors: [f64; 4]) -> f64 {
    let mean = factors.iter().sum::<f64>() / 4.0;
    let spread = factors.iter().map(|k| (k - 1.0).powi(2)).sum::<f64>() / 4.0;
    spread.sqrt() / mean
}

/// The factors with each gauge as unity, and their mean.
fn fit_factors(
    rows: &[[f64; 4]],
    mut pulls: Option<&mut Pulls>,
) -> std::result::Result<([[f64; 4]; 4], [f64; 4]), stmn_linalg::LinalgError> {
    let mut by_unity = [[1.0; 4]; 4];
    for (unity, factors) in by_unity.iter_mut().enumerate() {
        *factors = with_unity(rows, unity, pulls.as_deref_mut())?;
    }
    let factors = std::array::from_fn(|gauge| by_unity.iter().map(|k| k[gauge]).sum::<f64>() / 4.0);
    Ok((by_unity, factors))
}

/// Sign of a gauge in k1·S1 − k2·S2 + k3·S3 − k4·S4 = C.
const SIGNS: [f64; 4] = [1.0, -1.0, 1.0, -1.0];

fn with_unity(
    rows: &[[f64; 4]],
    unity: usize,
    pulls: Option<&mut Pulls>,
) -> std::result::Result<[f64; 4], stmn_linalg::LinalgError> {
    let others: Vec<usize> = (0..4).filter(|&gauge| gauge != unity).collect();
    // The constant is taken out with the means, which keeps large levels from costing digits.
    let count = rows.len() as f64;
    let means: [f64; 4] =
        std::array::from_fn(|gauge| rows.iter().map(|row| row[gauge]).sum::<f64>() / count);
    let term = |row: usize, gauge: usize| SIGNS[gauge] * (rows[row][gauge] - means[gauge]);
    let design = Array2::from_shape_fn((rows.len(), 3), |(row, column)| term(row, others[column]));
    let target = Array1::from_shape_fn(rows.len(), |row| -term(row, unity));
    let fit = default_backend().least_squares(design.view(), target.view())?;
    let LeastSquares { solution, inverse_normal, .. } = &fit;
    if let Some(pulls) = pulls {
        pulls.add(&others, design.view(), &(&target - &design.dot(solution)), inverse_normal);
    }
    let mut factors = [1.0; 4];
    for (column, &gauge) in others.iter().enumerate() {
        factors[gauge] = solution[column];
    }
    Ok(factors)
}
