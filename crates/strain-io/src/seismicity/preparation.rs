use crate::Catalogue;

/// The radius of the zone in which an earthquake's preparation strains the crust by more than 1e-8:
/// 10^(0.43 M) km.
///
/// Dobrovolsky, I. P., Zubkov, S. I. and Miachkin, V. I. (1979), Estimation of the size of
/// earthquake preparation zones, *Pure Appl. Geophys.* 117, 1025–1044, doi:10.1007/BF00876083.
///
/// ```
/// use strain_io::dobrovolsky_radius_km;
///
/// assert!((dobrovolsky_radius_km(6.8) - 839.5).abs() < 0.05);
/// assert!((dobrovolsky_radius_km(6.0) - 380.2).abs() < 0.05);
/// ```
pub fn dobrovolsky_radius_km(magnitude: f64) -> f64 {
    10.0_f64.powf(0.43 * magnitude)
}

/// The events within whose [Dobrovolsky radius](dobrovolsky_radius_km) a point lies (degrees north
/// and east; geodesic distance).
pub fn preparing_at(catalogue: &Catalogue, latitude: f64, longitude: f64) -> Catalogue {
    catalogue.select(|event| {
        event.distance_km(latitude, longitude) <= dobrovolsky_radius_km(event.magnitude)
    })
}
