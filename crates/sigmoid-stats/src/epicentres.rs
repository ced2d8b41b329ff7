use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::error::{Result, StatsError, check_at_least, check_finite, check_length};
use crate::null::{EmpiricalP, empirical_p};

/// p of a decay with distance from an epicentre among random epicentres: how often do stations
/// seem to decay from a place where nothing happened?
///
/// Statistic: minus the correlation of the excess with the logarithm of the distance. Epicentres
/// are drawn evenly from the circle of `radius_km` about the network's middle. `stations` and
/// `epicentre` are kilometres on a plane.
///
/// ```
/// let stations = [[0.0, 0.0], [50.0, 0.0], [0.0, 90.0], [200.0, 0.0], [0.0, 300.0], [90.0, 90.0]];
/// let excess = [90.0, 60.0, 48.0, 22.0, 10.0, 40.0];
/// let p = sigmoid_stats::shifted_epicentres(&stations, &excess, [5.0, 5.0], 400.0, 999, 1)?;
/// assert!(p.p_value < 0.1);
/// # Ok::<(), sigmoid_stats::StatsError>(())
/// ```
///
/// # Errors
/// Fewer than four stations, unequal lengths, values that are not finite, an excess that does not
/// vary, a radius that is not positive, fewer than 99 draws; an epicentre outside the circle, which is none of
/// those that it is compared with ([`StatsError::EpicentreOutside`]).
pub fn shifted_epicentres(
    stations: &[[f64; 2]],
    excess: &[f64],
    epicentre: [f64; 2],
    radius_km: f64,
    draws: usize,
    seed: u64,
) -> Result<EmpiricalP> {
    check_at_least("stations", stations.len(), 4)?;
    check_length("excess", excess.len(), stations.len(), "station")?;
    check_finite("station", &stations.concat())?;
    check_finite("excess", excess)?;
    check_finite("epicentre", &epicentre)?;
    if !(radius_km > 0.0 && radius_km.is_finite()) {
        return Err(StatsError::setting("radius_km", radius_km, "positive and finite"));
    }
    if draws < 99 {
        return Err(StatsError::setting("draws", draws, "99 or more"));
    }
    let n = stations.len() as f64;
    let middle = [0, 1].map(|k| stations.iter().map(|s| s[k]).sum::<f64>() / n);
    let distance_km = (epicentre[0] - middle[0]).hypot(epicentre[1] - middle[1]);
    if distance_km > radius_km {
        return Err(StatsError::EpicentreOutside { distance_km, radius_km });
    }
    let mean = excess.iter().sum::<f64>() / n;
    if excess.iter().all(|e| *e == excess[0]) {
        return Err(StatsError::NoVariation { what: "the excess", value: excess[0] });
    }
    let decay = |place: [f64; 2]| {
        let x: Vec<f64> = stations
            .iter()
            .map(|s| (s[0] - place[0]).hypot(s[1] - place[1]).max(1e-3).ln())
            .collect();
        let x_mean = x.iter().sum::<f64>() / n;
        let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
        for (x, y) in x.iter().zip(excess) {
            xx += (x - x_mean).powi(2);
            xy += (x - x_mean) * (y - mean);
            yy += (y - mean).powi(2);
        }
        if xx > 0.0 { -xy / (xx * yy).sqrt() } else { 0.0 }
    };
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let drawn: Vec<f64> = (0..draws)
        .map(|_| {
            let r = radius_km * rng.random::<f64>().sqrt();
            let angle = std::f64::consts::TAU * rng.random::<f64>();
            decay([middle[0] + r * angle.cos(), middle[1] + r * angle.sin()])
        })
        .collect();
    Ok(empirical_p(decay(epicentre), &drawn))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_epicentres_are_even_for_excess_without_a_place() {
        let mut rng = ChaCha8Rng::seed_from_u64(4);
        let mut place = || [0, 1].map(|_| 200.0 * rng.random::<f64>());
        let stations: Vec<[f64; 2]> = (0..12).map(|_| place()).collect();
        let mut small = 0;
        for seed in 0..200u64 {
            let mut rng = ChaCha8Rng::seed_from_u64(1000 + seed);
            let excess: Vec<f64> = (0..12).map(|_| rng.random()).collect();
            let p = shifted_epicentres(&stations, &excess, [100.0, 100.0], 200.0, 99, seed);
            small += usize::from(p.unwrap().p_value <= 0.1);
        }
        // Binomial(200, 0.1) exceeds 36 with probability 2e-4. The middle is no random place, so
        // that the lower side is left open.
        assert!(small <= 36, "{small}");
        assert!(shifted_epicentres(&stations[..3], &[0.0; 3], [0.0; 2], 1.0, 99, 0).is_err());
    }

    #[test]
    fn an_epicentre_outside_the_circle_is_refused() {
        let stations = [[-50.0, 0.0], [50.0, 0.0], [0.0, 80.0], [0.0, -80.0]];
        let p = |x| shifted_epicentres(&stations, &[1.0, 2.0, 3.0, 4.0], [x, 0.0], 100.0, 99, 1);
        assert!(p(99.9).is_ok());
        for x in [100.1, 5000.0] {
            let refused = p(x).unwrap_err();
            assert!(matches!(refused, StatsError::EpicentreOutside { .. }), "{refused}");
        }
    }
}
