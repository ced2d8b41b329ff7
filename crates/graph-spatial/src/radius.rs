use crate::{Site, distance_km};

/// Radius of the zone in which an earthquake of this magnitude may be prepared: 10^(0.43 M).
///
/// # Units
///
/// Kilometres.
///
/// ```
/// use graph_spatial::dobrovolsky_radius_km;
///
/// assert!((dobrovolsky_radius_km(6.8) - 839.5).abs() < 0.05);
/// assert!((dobrovolsky_radius_km(6.0) - 380.2).abs() < 0.05);
/// ```
///
/// # References
///
/// Dobrovolsky, I. P., Zubkov, S. I., Miachkin, V. I. (1979), Estimation of the size of earthquake
/// preparation zones, Pure Appl. Geophys. 117, 1025–1044, doi:10.1007/BF00876083.
pub fn dobrovolsky_radius_km(magnitude: f64) -> f64 {
    10f64.powf(0.43 * magnitude)
}

/// Whether a station lies within the preparation zone of an event.
///
/// ```
/// use graph_spatial::{Site, within_dobrovolsky};
///
/// let changning = Site::new("Changning", 28.34, 104.90)?;
/// let near = Site::new("near", 29.0, 105.0)?;
/// let far = Site::new("far", 28.34, 109.0)?;
/// assert!(within_dobrovolsky(&near, &changning, 6.0));
/// assert!(!within_dobrovolsky(&far, &changning, 6.0));
/// # Ok::<(), graph_spatial::SpatialError>(())
/// ```
pub fn within_dobrovolsky(station: &Site, epicentre: &Site, magnitude: f64) -> bool {
    distance_km(station, epicentre) <= dobrovolsky_radius_km(magnitude)
}
