use ndarray::{Array1, Array2};
use stmn_linalg::default_backend;

use super::matrix::GaugeMatrix;
use crate::response::{Harmonic, ResponseFit};
use crate::{Result, StrainIoError};

/// The theoretical tide of a site, analysed as the gauges were.
#[derive(Debug, Clone, Copy)]
pub struct TheoryFits<'a> {
    /// Of e_EE + e_NN.
    pub areal: &'a ResponseFit,
    /// Of γ1 = e_EE − e_NN.
    pub gamma1: &'a ResponseFit,
    /// Of γ2 = 2e_EN.
    pub gamma2: &'a ResponseFit,
}

/// Calibrates gauges by tides: the matrix with which the theoretical tide shows in them, by least
/// squares on amplitude and phase of the named constituents (M2 and O1 are usual; S2, K1 and P1 hold
/// the Sun's heat), weighted with the gauges' standard errors.
///
/// Nothing is assumed of the gauges' direction or coupling. What the ocean adds to the tide must be
/// in the theory, or its share in the gauges is taken for theirs.
///
/// Hodgkinson, K., Langbein, J., Henderson, B., Mencin, D. and Borsa, A. (2013), Tidal calibration of
/// plate boundary observatory borehole strainmeters, *J. Geophys. Res. Solid Earth* 118, 447–458,
/// doi:10.1029/2012JB009651.
///
/// # Errors
///
/// [`StrainIoError::Config`] for fewer than two gauges or two constituents, or one that is not fitted
/// everywhere; [`StrainIoError::LinearAlgebra`].
pub fn tidal_calibration(
    gauges: &[ResponseFit],
    theory: TheoryFits<'_>,
    constituents: &[&str],
) -> Result<GaugeMatrix> {
    if constituents.len() < 2 {
        return Err(StrainIoError::Config {
            name: "constituents",
            value: format!("{constituents:?}"),
            advice: "three numbers a gauge need at least two constituents, such as M2 and O1",
        });
    }
    let (mut rows, mut errors) = (Vec::new(), Vec::new());
    for gauge in gauges {
        let mut design = Array2::zeros((2 * constituents.len(), 3));
        let mut target = Array1::zeros(2 * constituents.len());
        for (index, name) in constituents.iter().enumerate() {
            let seen = fitted(gauge, name)?;
            // A tide without noise has no error; then all weigh alike.
            let weight = if seen.amplitude_error > 0.0 { 1.0 / seen.amplitude_error } else { 1.0 };
            let (re, im) = parts(seen);
            (target[2 * index], target[2 * index + 1]) = (weight * re, weight * im);
            for (column, fit) in
                [theory.areal, theory.gamma1, theory.gamma2].into_iter().enumerate()
            {
                let (re, im) = parts(fitted(fit, name)?);
                design[[2 * index, column]] = weight * re;
                design[[2 * index + 1, column]] = weight * im;
            }
        }
        let fit =
            default_backend().least_squares(design.view(), target.view()).map_err(|source| {
                let what = format!("the tidal calibration of channel {}", gauge.channel);
                StrainIoError::LinearAlgebra { what, source }
            })?;
        rows.push([fit.solution[0], fit.solution[1], fit.solution[2]]);
        // In units of the weights, the observations' errors are one.
        errors.push([0, 1, 2].map(|i| fit.inverse_normal[[i, i]].max(0.0).sqrt()));
    }
    let mut matrix = GaugeMatrix::from_rows(rows)?;
    matrix.errors = errors;
    Ok(matrix)
}

fn fitted<'a>(fit: &'a ResponseFit, name: &str) -> Result<&'a Harmonic> {
    let tide = fit.tide(name).filter(|tide| tide.inferred_from.is_none());
    tide.ok_or_else(|| StrainIoError::Config {
        name: "constituents",
        value: format!("{name}, which was not fitted in channel {}", fit.channel),
        advice: "name constituents that the span tells apart",
    })
}

fn parts(tide: &Harmonic) -> (f64, f64) {
    let (sin, cos) = tide.phase_degrees.to_radians().sin_cos();
    (tide.amplitude * cos, tide.amplitude * sin)
}
