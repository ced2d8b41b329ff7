use serde::{Deserialize, Serialize};
use sigmoid_stats::CommonInflection;
use strain_io::{SynthConfig, SyntheticNetwork, SyntheticStation};

use crate::config::{EventConfig, MethodConfig, Span};
use crate::network::Network;
use crate::report::write_demo_page;
use crate::run::run_in;
use crate::run_directory::RunDirectory;
use crate::stage::analyze::{NetworkResult, StationResult};
use crate::station::Station;
use crate::{Observer, Result};

/// The embedded default: a synthetic network whose truth is known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct DemoConfig {
    /// The network.
    pub synth: SynthConfig,
    /// Days at the start of every recording that tide, drift, residual spread and, at the
    /// reference, the network are learnt from.
    pub fit_days: u32,
    /// The method.
    pub method: MethodConfig,
}

impl Default for DemoConfig {
    fn default() -> Self {
        Self { synth: SynthConfig::default(), fit_days: 365, method: MethodConfig::default() }
    }
}

/// The document of `stmn demo --json`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct DemoDocument {
    /// `stmn.demo/1`.
    pub schema: &'static str,
    /// The seed of network and method.
    pub seed: u64,
    /// What was put into the network.
    pub planted: Planted,
    /// What the method found of it.
    pub recovered: Recovered,
    /// What was found in the network with the anomaly.
    #[serde(flatten)]
    pub result: NetworkResult,
    /// The same network without one.
    pub quiet_network: QuietNetwork,
    /// The run's folder.
    pub directory: String,
    /// The page to look at.
    pub report: String,
}

/// What was put into the network.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Planted {
    /// Days from the inflection of the daily rate to the event.
    pub inflection_days_before_event: f64,
    /// b of r^(−b), the decay of the number of transients with distance.
    pub decay_exponent: f64,
    /// Transients put in, per station.
    pub transients: Vec<usize>,
}

/// What the method found of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Recovered {
    /// The inflection that the stations share.
    pub inflection: Option<CommonInflection>,
    /// The station nearest to the epicentre, which the next values are of.
    pub nearest_station: String,
    /// Its p, adjusted over the stations (Holm).
    pub p_adjusted: f64,
    /// Its inflection, if the likelihood has one.
    pub inflection_days_before_event: Option<f64>,
    /// Confidence interval of it.
    pub inflection_interval: Option<[f64; 2]>,
    /// Decay exponent over all stations.
    pub decay_exponent: Option<f64>,
    /// Confidence interval of it.
    pub decay_interval: Option<[f64; 2]>,
    /// The nearest station's Ratio.
    pub ratio: f64,
    /// Its ΔAICc.
    pub delta_aicc: f64,
    /// Anomaly found at p < 0.01, shared inflection within five days, planted exponent inside the
    /// interval, and nothing found in the quiet network.
    pub all_as_planted: bool,
}

/// The matched network without an anomaly.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct QuietNetwork {
    /// Its stations.
    pub stations: Vec<StationResult>,
    /// The inflection that its stations share, if the likelihood has one: what such a date is worth
    /// where nothing is.
    pub inflection: Option<CommonInflection>,
    /// What was concluded.
    pub verdict: String,
}

/// A synthetic network as the method is given it; `anomalous` decides whether transients are in it.
///
/// # Errors
///
/// Those of [`SynthConfig`].
pub fn demo_network(config: &DemoConfig, seed: u64, anomalous: bool) -> Result<(Network, Planted)> {
    let synthetic = strain_io::network(&config.synth.clone().with_anomalous(anomalous), seed)?;
    let event = EventConfig::new(
        synthetic.event_time,
        synthetic.epicentre[0],
        synthetic.epicentre[1],
        synthetic.magnitude,
    )
    .with_name("the synthetic event");
    let reference = station(&synthetic.reference, config.fit_days)?;
    let targets =
        synthetic.targets.iter().map(|s| station(s, config.fit_days)).collect::<Result<_>>()?;
    Ok((Network::new(event, reference, targets)?, planted(&synthetic)))
}

fn station(synthetic: &SyntheticStation, fit_days: u32) -> Result<Station> {
    let from = synthetic.recording.grid().start();
    let to = from + jiff::SignedDuration::from_hours(24 * i64::from(fit_days));
    let place = [synthetic.latitude, synthetic.longitude];
    Station::new(&synthetic.id, place, &synthetic.recording, Span::new(from, to)?)
}

fn planted(synthetic: &SyntheticNetwork) -> Planted {
    Planted {
        inflection_days_before_event: synthetic.truth.inflection_days_before,
        decay_exponent: synthetic.truth.decay_exponent,
        transients: synthetic.targets.iter().map(|s| s.truth.transients.len()).collect(),
    }
}

/// Runs the whole method on a synthetic network with an anomaly and on the same network without.
///
/// What both share, the reference station and its training, is done once.
///
/// # Errors
///
/// The errors of the stages and of writing.
pub fn run_demo(
    config: &DemoConfig,
    seed: u64,
    directory: &RunDirectory,
    observer: &dyn Observer,
) -> Result<DemoDocument> {
    config.method.validate()?;
    directory.write_config(config)?;
    let stages = directory.root().join("stages");
    let (network, planted) = demo_network(config, seed, true)?;
    let anomalous = RunDirectory::sharing(directory.root().join("anomalous"), &stages)?;
    let found = run_in(&network, &config.method, &anomalous, seed, observer)?.result;
    let (network, _) = demo_network(config, seed, false)?;
    let quiet = RunDirectory::sharing(directory.root().join("quiet"), &stages)?;
    let nothing = run_in(&network, &config.method, &quiet, seed, observer)?.result;
    let document = DemoDocument {
        schema: "stmn.demo/1",
        seed,
        recovered: Recovered::of(&found, &nothing, &planted),
        planted,
        result: found,
        quiet_network: QuietNetwork {
            stations: nothing.stations,
            inflection: nothing.inflection,
            verdict: nothing.verdict,
        },
        directory: directory.root().display().to_string(),
        report: directory.report().display().to_string(),
    };
    write_demo_page(directory, &document)?;
    Ok(document)
}

impl Recovered {
    /// What was found in a network, beside what was found in the same network without an anomaly.
    pub fn of(found: &NetworkResult, quiet: &NetworkResult, planted: &Planted) -> Self {
        let by_distance =
            |a: &&StationResult, b: &&StationResult| a.distance_km.total_cmp(&b.distance_km);
        let nearest = found.stations.iter().min_by(by_distance);
        let primary = nearest.and_then(StationResult::primary).map(|series| &series.analysis);
        let p_adjusted = nearest.map_or(1.0, |station| station.p_adjusted);
        let decay = found.decay.as_ref();
        let off = |common: &CommonInflection| {
            (common.days_before_event - planted.inflection_days_before_event).abs()
        };
        let dated = found.inflection.as_ref().is_some_and(|common| off(common) <= 5.0);
        let decayed = decay.is_some_and(|fit| {
            let [low, high] = fit.exponent_interval;
            (low..=high).contains(&planted.decay_exponent)
        });
        Self {
            inflection: found.inflection.clone(),
            nearest_station: nearest.map(|station| station.id.clone()).unwrap_or_default(),
            p_adjusted,
            inflection_days_before_event: primary
                .and_then(|analysis| analysis.inflection_days_before_event),
            inflection_interval: primary.and_then(|analysis| analysis.inflection_interval),
            decay_exponent: decay.map(|fit| fit.exponent),
            decay_interval: decay.map(|fit| fit.exponent_interval),
            ratio: primary.map_or(f64::NAN, |analysis| analysis.ratio),
            delta_aicc: primary.map_or(f64::NAN, |analysis| analysis.delta_aicc),
            all_as_planted: p_adjusted < 0.01 && dated && decayed && !quiet.anomaly,
        }
    }
}
