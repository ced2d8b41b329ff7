use sofars::eph::{epv00, moon98};
use sofars::erst::era00;
use sofars::pnp::c2i00b;
use sofars::ts::dat;

/// Seconds between computed positions; in between they are interpolated. A cubic through six hours
/// to either side leaves less than 1e-7 of the Moon's distance.
const NODE_SECONDS: i64 = 10_800;
/// 1970-01-01T00:00Z as a Julian date.
const UNIX_EPOCH: f64 = 2_440_587.5;
const DAY: f64 = 86_400.0;
/// Terrestrial time less atomic time, seconds.
const TT_TAI: f64 = 32.184;
/// Atomic time less UTC before it was defined by leap seconds; a second is half an arc second of
/// the Moon's way, so one value serves.
const TAI_UTC_EARLY: f64 = 10.0;
/// Metres.
const ASTRONOMICAL_UNIT: f64 = 149_597_870_700.0;

/// Moon and Sun at one instant, metres, in axes that turn with the Earth: x to Greenwich, z to the
/// north pole.
pub(super) struct Bodies {
    pub(super) moon: [f64; 3],
    pub(super) sun: [f64; 3],
}

/// Geocentric positions of Moon and Sun over a span of time.
///
/// The Moon is Meeus' (1998) abridgement of ELP 2000-82 and the Sun VSOP2000, both as in the IAU's
/// SOFA (`iauMoon98`, `iauEpv00`); the former is stated to be good to 10″ and 20 km. They are referred
/// to the true equator by the IAU 2000B precession and nutation and turned by the Earth
/// rotation angle, with UT1 taken as UTC (below 0.004°).
pub(super) struct Ephemeris {
    /// Number of the first node, in node intervals since 1970.
    first: i64,
    /// Moon and Sun, each x, y, z in metres on the true equator, x to the celestial origin.
    nodes: Vec<[f64; 6]>,
}

impl Ephemeris {
    /// For instants from `start` to `end`, seconds since 1970; nothing where the Sun's series, made
    /// for 1900 to 2100, does not reach.
    pub(super) fn new(start: f64, end: f64) -> Option<Self> {
        let number = |seconds: f64| (seconds / NODE_SECONDS as f64).floor() as i64;
        let (first, last) = (number(start) - 1, number(end) + 2);
        // A century of nodes is 300,000: where the ends are within the series, so is the rest.
        (node(first).is_some() && node(last).is_some()).then_some(())?;
        Some(Self { first, nodes: (first..=last).map(node).collect::<Option<_>>()? })
    }

    /// The bodies at an instant of the span.
    pub(super) fn at(&self, seconds: f64) -> Bodies {
        let place = seconds / NODE_SECONDS as f64;
        let base = place.floor();
        let weights = lagrange(place - base);
        // The node before the one at or before the instant; the span has one to spare.
        let from = (base as i64 - 1 - self.first) as usize;
        let mut inertial = [0.0; 6];
        for (node, weight) in self.nodes[from..from + 4].iter().zip(weights) {
            inertial.iter_mut().zip(node).for_each(|(sum, value)| *sum += weight * value);
        }
        let (sin, cos) = era00(UNIX_EPOCH, seconds / DAY).sin_cos();
        let turn = |v: &[f64]| [cos * v[0] + sin * v[1], cos * v[1] - sin * v[0], v[2]];
        Bodies { moon: turn(&inertial[..3]), sun: turn(&inertial[3..]) }
    }
}

/// Weights of four equidistant values (at −1, 0, 1, 2) for the place `t` in 0..1.
fn lagrange(t: f64) -> [f64; 4] {
    let (a, b, c, d) = (t + 1.0, t, t - 1.0, t - 2.0);
    [-b * c * d / 6.0, a * c * d / 2.0, -a * b * d / 2.0, a * b * c / 6.0]
}

fn node(number: i64) -> Option<[f64; 6]> {
    let seconds = (number * NODE_SECONDS) as f64;
    let days = (seconds + tai_utc(seconds) + TT_TAI) / DAY;
    let matrix = c2i00b(UNIX_EPOCH, days);
    let moon = moon98(UNIX_EPOCH, days)[0];
    let (earth, _) = epv00(UNIX_EPOCH, days)?;
    let mut turned = [0.0; 6];
    for row in 0..3 {
        for column in 0..3 {
            turned[row] += matrix[row][column] * moon[column] * ASTRONOMICAL_UNIT;
            turned[row + 3] -= matrix[row][column] * earth[0][column] * ASTRONOMICAL_UNIT;
        }
    }
    Some(turned)
}

fn tai_utc(seconds: f64) -> f64 {
    let date = jiff::Timestamp::from_second(seconds as i64)
        .map(|time| jiff::tz::Offset::UTC.to_datetime(time).date());
    let known = date
        .ok()
        .filter(|date| date.year() >= 1972)
        .and_then(|date| dat(date.year().into(), date.month().into(), date.day().into(), 0.0).ok());
    known.unwrap_or(TAI_UTC_EARLY)
}
