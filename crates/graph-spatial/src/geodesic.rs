use std::sync::LazyLock;

use geographiclib_rs::{Geodesic, InverseGeodesic};
use ndarray::Array2;

use crate::Site;

static WGS84: LazyLock<Geodesic> = LazyLock::new(Geodesic::wgs84);

/// Length of the shortest path between two sites on the WGS84 ellipsoid.
///
/// # Units
///
/// Kilometres. Accurate to about 15 nm (Karney 2013), symmetric, zero only for one place.
///
/// ```
/// use graph_spatial::{Site, distance_km};
///
/// let jfk = Site::new("JFK", 40.6, -73.8)?;
/// let lhr = Site::new("LHR", 51.6, -0.5)?;
/// assert!((distance_km(&jfk, &lhr) - 5551.7594).abs() < 1e-4);
/// # Ok::<(), graph_spatial::SpatialError>(())
/// ```
///
/// # References
///
/// Karney, C. F. F. (2013), Algorithms for geodesics, J. Geodesy 87, 43–55,
/// doi:10.1007/s00190-012-0578-z.
pub fn distance_km(a: &Site, b: &Site) -> f64 {
    let metres: f64 = WGS84.inverse(a.latitude, a.longitude, b.latitude, b.longitude);
    metres / 1000.0
}

/// Direction in which the shortest path from `from` to `to` leaves `from`.
///
/// # Units
///
/// Degrees clockwise from north, in 0..360. Of two sites at one place it is 0 or 180, and means
/// nothing.
///
/// ```
/// use graph_spatial::{Site, azimuth_degrees};
///
/// let equator = Site::new("a", 0.0, 10.0)?;
/// let east = Site::new("b", 0.0, 11.0)?;
/// assert_eq!(azimuth_degrees(&equator, &east), 90.0);
/// assert_eq!(azimuth_degrees(&east, &equator), 270.0);
/// # Ok::<(), graph_spatial::SpatialError>(())
/// ```
pub fn azimuth_degrees(from: &Site, to: &Site) -> f64 {
    let (forward, _backward, _arc): (f64, f64, f64) =
        WGS84.inverse(from.latitude, from.longitude, to.latitude, to.longitude);
    // `rem_euclid` of a tiny negative number rounds up to 360 itself.
    let positive = forward.rem_euclid(360.0);
    if positive >= 360.0 { 0.0 } else { positive }
}

/// Distances between all pairs, `[station, station]`, kilometres; symmetric, zero diagonal.
///
/// Costs n(n-1)/2 geodesics of about a microsecond.
///
/// ```
/// use graph_spatial::{Site, distance_matrix_km};
///
/// let sites = [Site::new("a", 0.0, 0.0)?, Site::new("b", 0.0, 1.0)?];
/// let distances = distance_matrix_km(&sites);
/// assert!((distances[[0, 1]] - 111.3195).abs() < 1e-4); // one degree of the equator
/// # Ok::<(), graph_spatial::SpatialError>(())
/// ```
pub fn distance_matrix_km(sites: &[Site]) -> Array2<f64> {
    let mut distances = Array2::zeros((sites.len(), sites.len()));
    for (i, a) in sites.iter().enumerate() {
        for (j, b) in sites.iter().enumerate().skip(i + 1) {
            let d = distance_km(a, b);
            distances[[i, j]] = d;
            distances[[j, i]] = d;
        }
    }
    distances
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::strategies;

    fn site(latitude: f64, longitude: f64) -> Site {
        Site::new("s", latitude, longitude).unwrap()
    }

    /// Degrees from degrees, minutes and seconds.
    fn dms(sign: f64, d: f64, m: f64, s: f64) -> f64 {
        sign * (d + m / 60.0 + s / 3600.0)
    }

    /// Published geodesics: the two of GeographicLib's manual, Vincenty's Flinders Peak to
    /// Buninyong, a line of Karney's GeodTest set, and half a meridian (the quarter is
    /// 10,001.965729 km).
    #[test]
    fn published_geodesics() {
        let flinders = site(dms(-1.0, 37.0, 57.0, 3.72030), dms(1.0, 144.0, 25.0, 29.52440));
        let buninyong = site(dms(-1.0, 37.0, 39.0, 10.15610), dms(1.0, 143.0, 55.0, 35.38390));
        let cases = [
            (site(40.6, -73.8), site(51.6, -0.5), 5_551.759_4, 1e-6),
            (site(-41.32, 174.81), site(40.96, -5.50), 19_959.679_267, 1e-6),
            (flinders.clone(), buninyong.clone(), 54.972_271, 1e-6),
            (site(35.60777, -139.44815), site(-11.17491, -69.95921), 8_935.244_560_481_83, 1e-9),
            (site(0.0, 30.0), site(90.0, 0.0), 10_001.965_729, 1e-6),
        ];
        for (a, b, kilometres, tolerance) in cases {
            let got = distance_km(&a, &b);
            assert!((got - kilometres).abs() < tolerance, "{a:?} {b:?}: {got}, not {kilometres}");
        }
        let azimuth = azimuth_degrees(&flinders, &buninyong);
        assert!((azimuth - dms(1.0, 306.0, 52.0, 5.37)).abs() < 0.01 / 3600.0, "{azimuth}");
        let back = azimuth_degrees(&buninyong, &flinders);
        assert!((back - dms(1.0, 127.0, 10.0, 25.07)).abs() < 0.01 / 3600.0, "{back}");
    }

    /// From the public coordinates, Guza (51010) is about 59 km from the Luding epicentre and
    /// about 150 km from the Wenchuan epicentre.
    #[test]
    fn guza_to_its_two_earthquakes() {
        let guza = site(30.11722, 102.1728);
        let luding = distance_km(&guza, &site(29.59, 102.08));
        let wenchuan = distance_km(&guza, &site(30.95, 103.40));
        assert!((luding - 59.0).abs() < 0.5, "{luding}");
        assert!((wenchuan - 150.0).abs() < 0.5, "{wenchuan}");
    }

    proptest! {
        /// Great circles of the sphere of mean radius are within 0.57 % (Karney 2013, section 1).
        #[test]
        fn near_the_sphere(a in strategies::sites(), b in strategies::sites()) {
            let radians = |s: &Site| (s.latitude.to_radians(), s.longitude.to_radians());
            let ((p, l), (q, m)) = (radians(&a), radians(&b));
            let h = ((q - p) / 2.0).sin().powi(2) + p.cos() * q.cos() * ((m - l) / 2.0).sin().powi(2);
            let sphere = 2.0 * 6371.0088 * h.sqrt().min(1.0).asin();
            prop_assert!((distance_km(&a, &b) - sphere).abs() <= 0.0057 * sphere + 1e-3);
        }

        #[test]
        fn a_metric(sites in strategies::networks(3..=3)) {
            let d = distance_matrix_km(&sites);
            // The far side of the Earth is at most half a meridian away.
            prop_assert!(d.iter().all(|&x| (0.0..=20_003.932).contains(&x)));
            prop_assert!((distance_km(&sites[1], &sites[0]) - d[[0, 1]]).abs() < 1e-9);
            prop_assert!(d[[0, 1]] <= d[[0, 2]] + d[[2, 1]] + 1e-9);
        }

        #[test]
        fn azimuths_are_compass_bearings(sites in strategies::networks(2..=2)) {
            let azimuth = azimuth_degrees(&sites[0], &sites[1]);
            prop_assert!((0.0..360.0).contains(&azimuth));
        }
    }
}
