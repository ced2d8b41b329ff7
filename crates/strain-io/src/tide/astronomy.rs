/// Mean longitudes of Moon and Sun, degrees, not reduced to a circle.
///
/// Linear in time, as tidal analysis programs use them (R. Ray's ASTROL, in E. S. Egbert and
/// S. Y. Erofeeva, OTPS); good to 0.01° within decades of 2000.
#[derive(Debug, Clone, Copy)]
pub(super) struct Longitudes {
    /// Mean solar time at Greenwich from midnight, 15° an hour.
    pub(super) solar_time: f64,
    /// Moon, s.
    pub(super) moon: f64,
    /// Sun, h.
    pub(super) sun: f64,
    /// Lunar perigee, p.
    pub(super) perigee: f64,
    /// Ascending node of the Moon's orbit, N.
    pub(super) node: f64,
    /// Solar perigee, p1.
    pub(super) perihelion: f64,
}

impl Longitudes {
    /// At `day`, days since 2000-01-01T00:00:00Z.
    pub(super) fn at(day: f64) -> Self {
        // 51544.4993 is the modified Julian day (51544 at 2000-01-01 00:00) of the constants.
        let t = day - 0.4993;
        Self {
            solar_time: 360.0 * day,
            moon: 218.3164 + 13.176_396_48 * t,
            sun: 280.4661 + 0.985_647_36 * t,
            perigee: 83.3535 + 0.111_403_53 * t,
            node: 125.0445 - 0.052_953_77 * t,
            perihelion: 282.9384 + 0.000_047_1 * t,
        }
    }
}
