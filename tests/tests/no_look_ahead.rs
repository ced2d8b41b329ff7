//! No scored day has seen a later one: what is changed after a moment changes nothing before its
//! day, through cleaning, decomposition, prediction, graph step and counting.

#![allow(clippy::unwrap_used, reason = "a failed helper is a failed test")]

#[path = "no_look_ahead/drivers.rs"]
mod drivers;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use ndarray::s;
use proptest::prelude::*;
use stmn_pipeline::{
    BoundKind, Context, ModeFeatures, Network, ObjectiveKind, RunConfig, RunStore, Scores, Silent,
    Station, StationScores, load_config, score, train,
};
use stmn_tests::{SmallNetwork, tree};
use strain_io::{ParquetOptions, Recording, read_parquet};

/// Hours of the recordings: 180 days, of which 71 are learnt from.
const HOURS: usize = 180 * 24;
const LEARNT: usize = 71 * 24;

/// A network with the scores of its targets as they were recorded.
struct Known {
    config: RunConfig,
    network: Network,
    scored: Scored,
}

struct Scored {
    scores: Scores,
    /// What the stages made of each station, in order, by name.
    tables: Vec<Vec<(&'static str, Recording)>>,
    /// What was made of the reference, by file name.
    reference: BTreeMap<String, Vec<u8>>,
}

/// Trains on the reference and scores a network's targets in a folder of its own.
fn scored(config: &RunConfig, network: &Network) -> Scored {
    let folder = tempfile::tempdir().unwrap();
    let store = RunStore::open(folder.path()).unwrap();
    // The reference is the same in all networks here: it is decomposed and trained on once.
    if let Some(known) = KNOWN.get() {
        for (name, bytes) in &known.scored.reference {
            std::fs::write(folder.path().join(name), bytes).unwrap();
        }
    }
    let context = Context::new(&store, &Silent, config.seed);
    let trained = train(network.reference(), &config.method, &context).unwrap();
    let scores = score(network, &trained, &config.method, &context).unwrap();
    let table = |name: &str| {
        read_parquet(folder.path().join(name), &ParquetOptions::default()).unwrap().recording
    };
    let of_station = |station: &StationScores| {
        let tables = &station.tables;
        vec![
            ("prepared", table(&tables.prepared)),
            ("modes", table(&tables.modes)),
            ("predicted", table(&tables.predicted)),
            ("reconstruction", table(&tables.reconstruction)),
        ]
    };
    let tables = scores.stations.iter().map(of_station).collect();
    let mut reference = tree(folder.path());
    reference.retain(|name, _| name.contains("-REF-"));
    Scored { scores, tables, reference }
}

static KNOWN: OnceLock<Known> = OnceLock::new();

fn known() -> &'static Known {
    KNOWN.get_or_init(|| {
        let files = SmallNetwork::new();
        let config = load_config(files.path("small.toml")).unwrap();
        let network = Network::load(&config, &files.path("network")).unwrap();
        let scored = scored(&config, &network);
        Known { config, network, scored }
    })
}

/// What becomes of a recording from a moment on.
#[derive(Debug, Clone, Copy)]
enum Change {
    Step(f64),
    Scaled(f64),
    Noise(u64),
    Missing,
    CutOff,
}

impl Change {
    fn apply(self, recording: &Recording, from: usize) -> Recording {
        if let Change::CutOff = self {
            return recording.slice(0..from).unwrap();
        }
        let mut values = recording.values().to_owned();
        let mut flags = recording.provenance().to_owned();
        let mut state = match self {
            Change::Noise(seed) => seed,
            _ => 0,
        };
        for value in values.slice_mut(s![from.., ..]) {
            // Numbers that look random: a linear congruential generator (Knuth).
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            *value = match self {
                Change::Step(size) => *value + size,
                Change::Scaled(factor) => *value * factor,
                Change::Noise(_) => (state >> 40) as f64 / 1000.0,
                Change::Missing | Change::CutOff => f64::NAN,
            };
        }
        for (flag, value) in flags.iter_mut().zip(&values) {
            if value.is_nan() {
                *flag = strain_io::Provenance::MISSING;
            }
        }
        recording.with_values(values, flags).unwrap()
    }
}

/// The network with the chosen targets changed from a sample on.
fn changed(known: &Known, which: [bool; 2], change: Change, from: usize) -> Network {
    let stations = known.network.targets().iter().zip(&known.config.target).zip(which);
    let targets = stations.map(|((station, config), chosen)| {
        let recording = match chosen {
            true => change.apply(station.recording(), from),
            false => station.recording().clone(),
        };
        let place = [config.latitude, config.longitude];
        Station::new(station.id(), place, &recording, config.fit).unwrap()
    });
    let (event, reference) = (known.network.event().clone(), known.network.reference().clone());
    Network::new(event, reference, targets.collect()).unwrap()
}

/// Counts of the days before the day of a sample, per series.
fn counts_before(station: &StationScores, from: usize) -> Vec<(String, Vec<Option<f64>>)> {
    let days = (from - LEARNT) / 24;
    let series = station.series.iter();
    series.map(|s| (s.name.clone(), s.counts.as_slice()[..days].to_vec())).collect()
}

/// A stage's table up to the day of a sample, as bits.
fn rows_before(table: &Recording, from: usize) -> Vec<u64> {
    let rows = table.values().slice_move(s![..from / 24 * 24, ..]);
    rows.iter().map(|v| if v.is_nan() { u64::MAX } else { v.to_bits() }).collect()
}

fn changes() -> impl Strategy<Value = Change> {
    prop_oneof![
        (-1e4..1e4).prop_map(Change::Step),
        (-10.0..10.0).prop_map(Change::Scaled),
        any::<u64>().prop_map(Change::Noise),
        Just(Change::Missing),
        Just(Change::CutOff),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_days_before_a_change_do_not_see_it(
        change in changes(),
        from in LEARNT + 24..HOURS,
        which in prop::sample::select(vec![[true, false], [false, true], [true, true]]),
    ) {
        let known = known();
        let other = scored(&known.config, &changed(known, which, change, from));
        for (station, (before, after)) in known.scored.tables.iter().zip(&other.tables).enumerate() {
            for ((stage, before), (_, after)) in before.iter().zip(after) {
                let same = rows_before(before, from) == rows_before(after, from);
                prop_assert!(same, "{stage} of target {station} saw it");
            }
        }
        let pairs = known.scored.scores.stations.iter().zip(&other.scores.stations);
        for (before, after) in pairs {
            prop_assert_eq!(counts_before(before, from), counts_before(after, from));
            for (before, after) in before.series.iter().zip(&after.series) {
                prop_assert_eq!(&before.sigma, &after.sigma);
            }
        }
    }
}

/// The check sees what there is to see: the change itself, and a method that does look ahead.
#[test]
fn the_days_after_a_change_do_see_it() {
    let known = known();
    let from = LEARNT + 50 * 24;
    let network = changed(known, [true, false], Change::Noise(1), from);
    let other = scored(&known.config, &network);
    let whole = |scored: &Scored, station: usize| {
        let counts = &scored.scores.stations[station].series[0].counts;
        counts.as_slice().to_vec()
    };
    assert_ne!(whole(&known.scored, 0), whole(&other, 0), "the changed station");
    assert_ne!(whole(&known.scored, 1), whole(&other, 1), "its neighbour, through the graph");
}

#[test]
fn the_published_decomposition_does_look_ahead() {
    let known = known();
    let mut config = known.config.clone();
    config.method.decompose.mode = vmd::SegmentMode::Blend;
    let from = LEARNT + 50 * 24;
    let before = scored(&config, &known.network);
    let after = scored(&config, &changed(known, [true, true], Change::Noise(1), from));
    let counts = |scored: &Scored| counts_before(&scored.scores.stations[0], from);
    assert_ne!(counts(&before), counts(&after));
}

/// Layers of the graph step that are fitted, and modes that go in summed: both change what is
/// expected, and neither has seen a scored day.
#[test]
fn fitted_layers_and_summed_modes_have_seen_no_scored_day() {
    let known = known();
    let from = LEARNT + 50 * 24;
    let expected = |scored: &Scored| rows_before(&scored.tables[0][3].1, HOURS);
    let mut last = expected(&known.scored);
    let mut config = known.config.clone();
    let ridge = 0.1;
    let layers = graph_spatial::Layers::Trainable { ridge };
    config.method.spatial.graph = config.method.spatial.graph.with_layers(layers);
    for modes in [ModeFeatures::Separate, ModeFeatures::Summed] {
        config.method.model.modes = modes;
        let before = scored(&config, &known.network);
        let after = scored(&config, &changed(known, [true, true], Change::Noise(1), from));
        assert_ne!(expected(&before), last, "the setting does something");
        last = expected(&before);
        for (before, after) in before.scores.stations.iter().zip(&after.scores.stations) {
            assert_eq!(counts_before(before, from), counts_before(after, from));
        }
    }
}

/// Bounds of every kind are made of the days that were learnt from.
#[test]
fn bounds_have_seen_no_scored_day() {
    let known = known();
    let from = LEARNT + 24;
    let network = changed(known, [true, true], Change::Noise(1), from);
    let mut config = known.config.clone();
    for bounds in [BoundKind::TimeOfDay { parts: 4 }, BoundKind::Quantile { coverage: 0.8 }] {
        config.method.detect.bounds = bounds;
        let before = scored(&config, &known.network);
        let after = scored(&config, &network);
        for (before, after) in before.scores.stations.iter().zip(&after.scores.stations) {
            assert_eq!(counts_before(before, from), counts_before(after, from));
            for (before, after) in before.series.iter().zip(&after.series) {
                assert!(!before.bounds.is_empty());
                assert_eq!(before.bounds, after.bounds, "{} {bounds:?}", before.name);
                assert_ne!(before.counts, after.counts, "{} {bounds:?}", before.name);
            }
        }
    }
}

/// The default objective is what all tests above run with; here are the others.
#[test]
fn no_objective_sees_a_later_day() {
    let known = known();
    let from = LEARNT + 50 * 24;
    let mut config = known.config.clone();
    assert_eq!(config.method.model.objective, ObjectiveKind::Reconstruct);
    for objective in [ObjectiveKind::Masked, ObjectiveKind::Forecast] {
        config.method.model.objective = objective;
        let before = scored(&config, &known.network);
        let after = scored(&config, &changed(known, [true, true], Change::Noise(1), from));
        let expected = |scored: &Scored, to: usize| rows_before(&scored.tables[0][3].1, to);
        assert_ne!(expected(&before, HOURS), expected(&known.scored, HOURS), "{objective:?}");
        assert_ne!(expected(&before, HOURS), expected(&after, HOURS), "{objective:?}");
        assert_eq!(expected(&before, from), expected(&after, from), "{objective:?}");
        for (before, after) in before.scores.stations.iter().zip(&after.scores.stations) {
            assert_eq!(counts_before(before, from), counts_before(after, from));
        }
    }
}
