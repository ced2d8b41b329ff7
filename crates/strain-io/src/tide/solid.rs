use ndarray::{Array1, Array2, ArrayView2};

use super::ephemeris::Ephemeris;
use super::love::LoveNumbers;
use super::site::{Position, TideSite};
use crate::{Result, StrainIoError, TimeGrid};

/// Gravitational parameters of the Moon (IERS Conventions 2010, table 1.1, through the ratio of
/// masses) and of the Sun, m³/s².
const GM_MOON: f64 = 4.902_800e12;
const GM_SUN: f64 = 1.327_124_42e20;

/// The horizontal strain of the solid Earth's tide at a site.
#[derive(Debug, Clone, PartialEq)]
pub struct SolidTide {
    /// `[time, component]`: north, east, and north-east (tensor shear), nanostrain.
    strain: Array2<f64>,
}

impl SolidTide {
    /// e_NN, e_EE and e_NE (half the engineering shear), `[time, component]`, nanostrain.
    pub fn tensor(&self) -> ArrayView2<'_, f64> {
        self.strain.view()
    }

    /// Areal strain e_NN + e_EE, `[time]`, nanostrain.
    pub fn areal(&self) -> Array1<f64> {
        &self.strain.column(0) + &self.strain.column(1)
    }

    /// Linear strain along a direction in degrees east of north, `[time]`, nanostrain: what a gauge
    /// of unit response would see.
    pub fn along(&self, azimuth_degrees: f64) -> Array1<f64> {
        let (sin, cos) = azimuth_degrees.to_radians().sin_cos();
        self.strain.dot(&Array1::from(vec![cos * cos, sin * sin, 2.0 * sin * cos]))
    }
}

/// The solid Earth's tide at a site, from the tidal potential of Moon and Sun, degrees two and three.
///
/// A body at the zenith angle z with the potential W = (GM/D) Σ (r/D)ⁿ Pₙ(cos z) raises the surface
/// by hₙWₙ/g and shifts it along the great circle to the body by (lₙ/g) ∂Wₙ/∂z. The strain along
/// that circle is (hₙWₙ + lₙ ∂²Wₙ/∂z²)/(gr), across it (hₙWₙ + lₙ cot z ∂Wₙ/∂z)/(gr), and there is
/// no shear between the two (Melchior, P. (1983), *The Tides of the Planet Earth*, 2nd ed.;
/// Agnew, D. C. (2015), Earth tides, *Treatise on Geophysics* 3, 151–178,
/// doi:10.1016/B978-0-444-53802-4.00058-0). Positions are those of the IAU's SOFA.
///
/// The Earth is a sphere that yields at once: no ocean load, topography, cavity or core resonance,
/// which change a real tide by up to tens of per cent. The permanent tide is left in. From a span of
/// samples to a longer one a value does not change.
///
/// # Units
///
/// Nanostrain, positive in extension.
///
/// # Errors
///
/// [`StrainIoError::Config`] for a place or Love numbers that cannot be, [`StrainIoError::Grid`]
/// where a sample lies outside of 1900 to 2100, for which the ephemeris of the Sun is made.
///
/// # Example
///
/// ```
/// use jiff::SignedDuration;
/// use strain_io::{LoveNumbers, TideSite, TimeGrid, solid_tide};
///
/// let grid = TimeGrid::new("2008-05-01T00:00:00Z".parse()?, SignedDuration::from_hours(1), 720)?;
/// let guza = TideSite::new(30.117, 102.173).with_elevation_m(1445.0);
/// let tide = solid_tide(&guza, &grid, &LoveNumbers::default())?;
/// let (areal, gauge) = (tide.areal(), tide.along(51.0));
/// let largest = areal.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
/// assert!((40.0..90.0).contains(&largest));
/// // Two gauges at right angles see the areal strain.
/// assert!((gauge[100] + tide.along(141.0)[100] - areal[100]).abs() < 1e-9);
///
/// let old = TimeGrid::new("1834-01-01T00:00:00Z".parse()?, SignedDuration::from_hours(1), 2)?;
/// let error = solid_tide(&guza, &old, &LoveNumbers::default()).unwrap_err();
/// assert!(error.to_string().contains("1900 to 2100"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn solid_tide(site: &TideSite, grid: &TimeGrid, love: &LoveNumbers) -> Result<SolidTide> {
    site.validate()?;
    love.validate()?;
    let seconds = |index: usize| grid.time(index).as_nanosecond() as f64 / 1e9;
    let last = seconds(grid.len() - 1);
    let ephemeris = Ephemeris::new(seconds(0), last).ok_or_else(|| StrainIoError::Grid {
        problem: format!(
            "samples from {} to {} are not within 1900 to 2100",
            grid.start(),
            grid.end()
        ),
        advice: "the positions of Moon and Sun are not known outside; cut the grid",
    })?;
    let position = site.position();
    let mut strain = Array2::zeros((grid.len(), 3));
    for (index, mut row) in strain.rows_mut().into_iter().enumerate() {
        let bodies = ephemeris.at(seconds(index));
        for (body, gm) in [(bodies.moon, GM_MOON), (bodies.sun, GM_SUN)] {
            let part = strain_of(&position, love, body, gm);
            row.iter_mut().zip(part).for_each(|(sum, value)| *sum += value);
        }
    }
    Ok(SolidTide { strain })
}

/// e_NN, e_EE and e_NE, nanostrain, that a body (metres, axes of the Earth) makes.
fn strain_of(position: &Position, love: &LoveNumbers, body: [f64; 3], gm: f64) -> [f64; 3] {
    let distance = body.iter().map(|part| part * part).sum::<f64>().sqrt();
    let unit = body.map(|part| part / distance);
    let ((sin_lat, cos_lat), (sin_lon, cos_lon)) =
        (position.latitude, position.longitude.sin_cos());
    // Towards the body, in the axes of the site: up, north, east.
    let outward = cos_lon * unit[0] + sin_lon * unit[1];
    let up = cos_lat * outward + sin_lat * unit[2];
    let north = cos_lat * unit[2] - sin_lat * outward;
    let east = cos_lon * unit[1] - sin_lon * unit[0];

    // Pₙ, Pₙ′ and Pₙ″ of the cosine of the zenith angle. ∂W/∂z is −sin z P′, so cot z ∂W/∂z is
    // −cos z P′ and ∂²W/∂z² exceeds it by sin² z P″, which turns with the body's azimuth.
    let legendre = [
        (1.5 * up * up - 0.5, 3.0 * up, 3.0),
        ((2.5 * up * up - 1.5) * up, 7.5 * up * up - 1.5, 15.0 * up),
    ];
    let mut strain = [0.0; 3];
    let mut scale = 1e9 * gm / (distance * position.gravity * position.radius);
    scale *= position.radius / distance;
    for ((p, first, second), (h, l)) in legendre.into_iter().zip(love.h.into_iter().zip(love.l)) {
        scale *= position.radius / distance;
        let even = h * p - l * up * first;
        strain[0] += scale * (even + l * second * north * north);
        strain[1] += scale * (even + l * second * east * east);
        strain[2] += scale * l * second * north * east;
    }
    strain
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;
    use proptest::prelude::*;

    /// Strain in spherical coordinates from the displacement that the stated potential makes, all
    /// derivatives numerical.
    fn strain_by_differences(position: &Position, love: &LoveNumbers, body: [f64; 3]) -> [f64; 3] {
        let distance = body.iter().map(|part| part * part).sum::<f64>().sqrt();
        let potential = |degree: usize, theta: f64, lambda: f64| {
            let (sin, cos) = theta.sin_cos();
            let place = [sin * lambda.cos(), sin * lambda.sin(), cos];
            let c = place.iter().zip(body).map(|(a, b)| a * b / distance).sum::<f64>();
            let legendre = [(3.0 * c * c - 1.0) / 2.0, (5.0 * c.powi(3) - 3.0 * c) / 2.0][degree];
            let ratio = (position.radius / distance).powi(degree as i32 + 2);
            1e9 * GM_MOON / distance * ratio * legendre / position.gravity / position.radius
        };
        let d = 1e-3;
        let slope = |f: &dyn Fn(f64) -> f64, x: f64| {
            (f(x - 2.0 * d) - 8.0 * f(x - d) + 8.0 * f(x + d) - f(x + 2.0 * d)) / (12.0 * d)
        };
        let sum = |share: [f64; 2], f: &dyn Fn(usize) -> f64| share[0] * f(0) + share[1] * f(1);
        let up = |t: f64, p: f64| sum(love.h, &|n| potential(n, t, p));
        let south = |t: f64, p: f64| sum(love.l, &|n| slope(&|t| potential(n, t, p), t));
        let east = |t: f64, p: f64| sum(love.l, &|n| slope(&|p| potential(n, t, p), p)) / t.sin();
        let (theta, lambda) = (position.latitude.1.atan2(position.latitude.0), position.longitude);
        let e_nn = slope(&|t| south(t, lambda), theta) + up(theta, lambda);
        let e_ee = slope(&|p| east(theta, p), lambda) / theta.sin()
            + south(theta, lambda) / theta.tan()
            + up(theta, lambda);
        let e_te = (slope(&|p| south(theta, p), lambda) / theta.sin()
            + slope(&|t| east(t, lambda), theta)
            - east(theta, lambda) / theta.tan())
            / 2.0;
        [e_nn, e_ee, -e_te]
    }

    proptest! {
        #[test]
        fn strain_is_the_derivative_of_displacement(
            latitude in -80.0..80.0_f64, longitude in -180.0..180.0_f64,
            direction in prop::array::uniform3(-1.0..1.0_f64),
        ) {
            prop_assume!(direction.iter().map(|part| part * part).sum::<f64>() > 0.01);
            let length = direction.iter().map(|part| part * part).sum::<f64>().sqrt();
            let body = direction.map(|part| part / length * 3.8e8);
            let position = TideSite::new(latitude, longitude).position();
            // Degree 3 as large as degree 2, that an error in it shows.
            let love = LoveNumbers::new([0.6, -1.9], [0.08, 1.7]);
            let ours = strain_of(&position, &love, body, GM_MOON);
            let wanted = strain_by_differences(&position, &love, body);
            for (ours, wanted) in ours.into_iter().zip(wanted) {
                prop_assert!((ours - wanted).abs() < 1e-5, "{ours} {wanted}");
            }
        }

        #[test]
        fn a_sample_has_one_value_in_every_grid(hours in 0_i64..20_000, start in 0_usize..50) {
            let time = "1995-03-01T00:00:00Z".parse::<jiff::Timestamp>().unwrap()
                + SignedDuration::from_hours(hours);
            let grid = TimeGrid::new(time, SignedDuration::from_mins(17), 60).unwrap();
            let site = TideSite::new(-40.0, 12.0);
            let whole = solid_tide(&site, &grid, &LoveNumbers::IERS_2010).unwrap();
            let part = grid.slice(start..60).unwrap();
            let part = solid_tide(&site, &part, &LoveNumbers::IERS_2010).unwrap();
            prop_assert_eq!(whole.areal().to_vec()[start..].to_vec(), part.areal().to_vec());
        }
    }

    #[test]
    fn places_and_times_that_cannot_be_are_named() {
        let grid = |start: &str| {
            TimeGrid::new(start.parse().unwrap(), SignedDuration::from_hours(1), 3).unwrap()
        };
        let good = grid("2000-01-01T00:00:00Z");
        let love = LoveNumbers::default();
        for site in [
            TideSite::new(91.0, 0.0),
            TideSite::new(0.0, f64::NAN),
            TideSite::new(0.0, 0.0).with_elevation_m(1e6),
        ] {
            assert!(matches!(solid_tide(&site, &good, &love), Err(StrainIoError::Config { .. })));
        }
        let infinite = LoveNumbers::new([f64::INFINITY, 0.0], [0.0; 2]);
        let site = TideSite::new(0.0, 0.0);
        assert!(matches!(solid_tide(&site, &good, &infinite), Err(StrainIoError::Config { .. })));
        for start in ["1899-06-01T00:00:00Z", "2100-06-01T00:00:00Z", "-009999-01-03T00:00:00Z"] {
            let error = solid_tide(&site, &grid(start), &love);
            assert!(matches!(error, Err(StrainIoError::Grid { .. })), "{start}");
        }
    }
}
