use jiff::Timestamp;
use rayon::prelude::*;

use super::config::SynthConfig;
use super::geometry::place;
use super::pressure::Weather;
use super::rate::{Rate, expected_at};
use super::record::Record;
use super::station::Plan;
use super::station_parts::StationParts;
use super::streams::Streams;
use super::truth::{NetworkTruth, StationTruth};
use crate::{Event, Recording, Result};

/// A reference station far from an epicentre, targets around it, and what was planted in them.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SyntheticNetwork {
    /// The settings it was made with.
    pub config: SynthConfig,
    /// The seed it was made from.
    pub seed: u64,
    /// Latitude and longitude of the epicentre, degrees.
    pub epicentre: [f64; 2],
    /// Origin time of the event.
    pub event_time: Timestamp,
    /// Magnitude of the event.
    pub magnitude: f64,
    /// The reference station, `REF`.
    pub reference: SyntheticStation,
    /// The targets, `T1` and on, in the order of the configured distances.
    pub targets: Vec<SyntheticStation>,
    /// What was planted.
    pub truth: NetworkTruth,
}

impl SyntheticNetwork {
    /// The event.
    pub fn event(&self) -> Event {
        Event::new(self.event_time, self.epicentre[0], self.epicentre[1], self.magnitude)
    }

    /// The reference and then the targets.
    pub fn stations(&self) -> impl Iterator<Item = &SyntheticStation> {
        std::iter::once(&self.reference).chain(&self.targets)
    }
}

/// One station of a synthetic network.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SyntheticStation {
    /// Station code.
    pub id: String,
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
    /// Geodesic distance to the epicentre, computed from the coordinates.
    pub distance_km: f64,
    /// Four gauges `s1` to `s4` at azimuths 0°, 45°, 90° and 135°, nanostrain, and `pressure`, hPa.
    pub recording: Recording,
    /// What it is made of.
    pub truth: StationTruth,
}

/// Makes a network of borehole strainmeters whose truth is known.
///
/// Each gauge at azimuth θ records the extension e(θ) = (areal + γ1 cos 2θ + γ2 sin 2θ)/2 of a
/// strain tensor, times its own gain, and some noise of its own:
///
/// - **Tide**: the body tide of a spherical Earth for the eight largest constituents, from the
///   potential at the station (amplitudes of Cartwright & Tayler 1971, Love numbers of the IERS
///   Conventions 2010), areal and shear parts changed by up to a fifth by the place; modulated with
///   the Moon's node over 18.6 years ([`SynthTide`](crate::SynthTide)). No ocean load.
/// - **Air pressure**: seasons, weather that near stations share, air tides; −0.4 to −1.5 nanostrain
///   per hPa ([`SynthPressure`](crate::SynthPressure)).
/// - **Drift** of the borehole: linear and exponential ([`SynthDrift`](crate::SynthDrift)).
/// - **Noise**: white, flicker and random walk ([`SynthNoise`](crate::SynthNoise)).
/// - **Faults**: gaps, spikes, steps ([`SynthFaults`](crate::SynthFaults)).
/// - **Background**: ordinary transients at a low constant rate, at every station.
/// - **Anomaly** (targets of an anomalous network): wave packets of 4–16 h period within 6–24 h, of
///   random polarisation and about five times the local noise of that band, with Poisson numbers
///   whose rate follows the derivative of the sigmoid 1/(1 + e^(−b(t−c))), c days before the event,
///   and whose expectation decays with distance as r^−p.
///
/// All of this is defined in continuous time: another sampling interval gives other noise, but the
/// same tides, weather, faults and transients. Every part of every station has a random stream of
/// its own: one more target, or no anomaly, changes nothing else, and the number of threads changes
/// nothing at all. (Bits may differ between processors, whose Fourier transforms round differently.)
///
/// # Errors
///
/// [`StrainIoError::Config`](crate::StrainIoError::Config) for a setting that makes no sense.
///
/// # Example
///
/// ```
/// use strain_io::{SynthConfig, network};
///
/// let config = SynthConfig::default().with_reference_days(60).with_target_days(90);
/// let network = network(&config, 7)?;
/// let nearest = &network.targets[0];
/// assert!((nearest.distance_km - 23.5).abs() < 1e-6);
/// assert_eq!(nearest.recording.values().dim(), (90 * 24, 5));
/// assert_eq!(network.truth.expected_transients[0], 150.0);
/// let transient = &nearest.truth.transients[0];
/// assert!((4.0..=16.0).contains(&transient.period_hours));
/// # Ok::<(), strain_io::StrainIoError>(())
/// ```
pub fn network(config: &SynthConfig, seed: u64) -> Result<SyntheticNetwork> {
    let stations = build_all(config, seed, |plan, id| plan.build(id))?;
    Ok(assemble(config, seed, stations))
}

/// The same network, and for each station, the reference first, what its recording is made of as
/// series: eight times the memory of the gauges.
///
/// # Errors
///
/// Those of [`network`].
///
/// # Example
///
/// ```
/// use strain_io::{Ingredient, SynthConfig, network_with_parts};
///
/// let config = SynthConfig::default().with_reference_days(2).with_target_days(60);
/// let (network, parts) = network_with_parts(&config, 7)?;
/// let (recording, parts) = (&network.targets[0].recording, &parts[1]);
/// let sum = parts.sum();
/// for ((sample, gauge), value) in sum.indexed_iter() {
///     let recorded = recording.values()[[sample, gauge]];
///     assert!(recorded.is_nan() || (recorded - value).abs() < 1e-9);
/// }
/// let tide = parts.series(Ingredient::Tide);
/// assert_eq!(tide.dim(), (60 * 24, 4));
/// # Ok::<(), strain_io::StrainIoError>(())
/// ```
pub fn network_with_parts(
    config: &SynthConfig,
    seed: u64,
) -> Result<(SyntheticNetwork, Vec<StationParts>)> {
    let stations = build_all(config, seed, |plan, id| plan.build_with_parts(id))?;
    let (stations, parts) = stations.into_iter().unzip();
    Ok((assemble(config, seed, stations), parts))
}

/// The reference and then the targets, as `build` makes them of their plans.
fn build_all<T: Send>(
    config: &SynthConfig,
    seed: u64,
    build: impl Fn(&Plan<'_>, String) -> Result<T> + Sync,
) -> Result<Vec<T>> {
    config.validate()?;
    let region = Streams::of_region(seed);
    let longest = config.reference_days.max(config.target_days);
    let weather = Weather::new(config.epicentre[0], config.pressure.synoptic, longest, region);
    let targets = config.distances_km.iter().map(|&distance| (distance, config.target_days));
    let wanted: Vec<(f64, u32)> =
        std::iter::once((config.reference_distance_km, config.reference_days))
            .chain(targets)
            .collect();
    wanted
        .into_par_iter()
        .enumerate()
        .map(|(index, (distance, days))| {
            let streams = Streams::of_station(seed, index);
            let record = Record::new(config, days)?;
            let site = place(config.epicentre, distance, streams);
            let rate = (index > 0).then(|| Rate::new(config, &record, distance));
            let id = if index == 0 { "REF".to_owned() } else { format!("T{index}") };
            build(&Plan { config, weather: &weather, record, site, streams, rate }, id)
        })
        .collect()
}

fn assemble(
    config: &SynthConfig,
    seed: u64,
    mut stations: Vec<SyntheticStation>,
) -> SyntheticNetwork {
    let reference = stations.remove(0);
    let truth = NetworkTruth {
        anomalous: config.anomalous,
        inflection_days_before: config.inflection_days_before,
        steepness_per_day: config.steepness_per_day,
        decay_exponent: config.decay_exponent,
        expected_transients: config.distances_km.iter().map(|&r| expected_at(config, r)).collect(),
    };
    SyntheticNetwork {
        config: config.clone(),
        seed,
        epicentre: config.epicentre,
        event_time: config.event_time,
        magnitude: config.magnitude,
        reference,
        targets: stations,
        truth,
    }
}
