//! Laws of the scored days on networks drawn from the generator's own strategy: no look-ahead, the
//! same bytes from the same seed, and no gap taken for a quiet day.

#![allow(clippy::unwrap_used, reason = "a failed helper is a failed test")]

use std::collections::BTreeMap;

use jiff::SignedDuration;
use ndarray::{Array2, ArrayView1, s};
use proptest::prelude::*;
use stmn_pipeline::{
    Context, EventConfig, MethodConfig, Network, RunStore, Scores, Silent, Span, Station,
    StationScores, Trained, score, train,
};
use strain_io::strategies::synth_configs;
use strain_io::{
    ParquetOptions, Recording, SynthConfig, SynthFaults, SyntheticNetwork, SyntheticStation,
    read_parquet,
};

/// Days of the targets' recordings and those that are learnt from.
const DAYS: u32 = 54;
const FIT_DAYS: u32 = 36;

/// Settings with which a network is trained and scored in a second.
const METHOD: &str = "
[decompose]
modes = 3
keep = [2, 3]
window_hours = 72
guard_hours = 12
guard_order = 8
max_iterations = 60

[model]
window_hours = 72

[model.size]
d_model = 4
d_ff = 4
e_layers = 1
top_k = 1

[model.train]
epochs = 1
batch = 16
";

fn method() -> MethodConfig {
    toml::from_str(METHOD).unwrap()
}

/// Hourly networks that are long enough to be learnt from, whose transients come at the end.
fn networks() -> impl Strategy<Value = (SynthConfig, u64)> {
    (synth_configs(), any::<u64>()).prop_map(|(synth, seed)| {
        let faults = &synth.faults;
        let [gaps, spikes, steps] =
            [faults.gaps_per_year, faults.spikes_per_year, faults.steps_per_year].map(|n| n / 10.0);
        let faults = SynthFaults::default()
            .with_gaps(gaps, 5.0)
            .with_spikes(spikes, 80.0)
            .with_steps(steps, 120.0);
        let config = synth
            .with_interval_s(3600)
            .with_reference_days(50)
            .with_target_days(DAYS)
            .with_inflection_days_before(4.0)
            .with_steepness_per_day(1.0)
            .with_events_at_nearest(40.0)
            .with_faults(faults);
        (config, seed)
    })
}

/// A network whose reference is complete, so that there is enough to learn from: one gap in the days
/// of validation may leave no window there, which the method refuses.
fn synthetic(config: &SynthConfig, seed: u64, anomalous: bool) -> SyntheticNetwork {
    let config = config.clone().with_anomalous(anomalous);
    let mut network = strain_io::network(&config, seed).unwrap();
    let complete = config.faults.clone().with_gaps(0.0, 5.0);
    network.reference = strain_io::network(&config.with_faults(complete), seed).unwrap().reference;
    network
}

/// A synthetic network as the method is given it, its targets' values changed.
fn given(made: &SyntheticNetwork, change: impl Fn(&mut Array2<f64>)) -> Network {
    let [latitude, longitude] = made.epicentre;
    let event = EventConfig::new(made.event_time, latitude, longitude, made.magnitude);
    let station = |station: &SyntheticStation, change: &dyn Fn(&mut Array2<f64>)| {
        let recording = &station.recording;
        let mut values = recording.values().to_owned();
        change(&mut values);
        let recording = recording.with_values(values, recording.provenance().to_owned()).unwrap();
        let start = recording.grid().start();
        let fit = Span::new(start, start + SignedDuration::from_hours(24 * i64::from(FIT_DAYS)));
        let place = [station.latitude, station.longitude];
        Station::new(&station.id, place, &recording, fit.unwrap()).unwrap()
    };
    let targets = made.targets.iter().map(|target| station(target, &change));
    Network::new(event, station(&made.reference, &|_| ()), targets.collect()).unwrap()
}

/// A network's scores and what the stages wrote, by file name.
struct Scored {
    scores: Scores,
    files: BTreeMap<String, Vec<u8>>,
    tables: Vec<Vec<Recording>>,
}

fn scored(network: &Network, trained: &Trained, seed: u64) -> Scored {
    let folder = tempfile::tempdir().unwrap();
    let store = RunStore::open(folder.path()).unwrap();
    let context = Context::new(&store, &Silent, seed);
    let scores = score(network, trained, &method(), &context).unwrap();
    let table = |name: &String| {
        read_parquet(folder.path().join(name), &ParquetOptions::default()).unwrap().recording
    };
    let of = |station: &StationScores| {
        let tables = &station.tables;
        [&tables.prepared, &tables.modes, &tables.reconstruction].map(table).to_vec()
    };
    let tables = scores.stations.iter().map(of).collect();
    let files = std::fs::read_dir(folder.path()).unwrap().map(|entry| {
        let entry = entry.unwrap();
        (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap())
    });
    let files = files.collect();
    Scored { scores, files, tables }
}

fn learnt(network: &Network, seed: u64) -> Trained {
    let store = RunStore::in_memory();
    train(network.reference(), &method(), &Context::new(&store, &Silent, seed)).unwrap()
}

/// The days that are learnt from out of one recording, those that are scored out of the other: a
/// target's own spread of residuals, too, takes whole windows.
fn sound_until_scored(sound: &Recording, gappy: &Recording) -> Recording {
    let mut values = gappy.values().to_owned();
    let learnt = s![..FIT_DAYS as usize * 24, ..];
    values.slice_mut(learnt).assign(&sound.values().slice(learnt));
    gappy.with_values(values, gappy.provenance().to_owned()).unwrap()
}

/// Samples in a row that hold a value, at most.
fn longest_run(values: ArrayView1<'_, f64>) -> usize {
    let runs = values.iter().scan(0, |run, value| {
        *run = if value.is_nan() { 0 } else { *run + 1 };
        Some(*run)
    });
    runs.max().unwrap_or(0)
}

/// Prepared values, modes, what was expected, and counts of the days before the one of a sample.
fn before(scored: &Scored, sample: usize) -> Vec<Vec<u64>> {
    let bits = |value: f64| if value.is_nan() { u64::MAX } else { value.to_bits() };
    let mut all = Vec::new();
    for (station, tables) in scored.scores.stations.iter().zip(&scored.tables) {
        for table in tables {
            let rows = table.values().slice_move(s![..sample / 24 * 24, ..]);
            all.push(rows.iter().map(|value| bits(*value)).collect());
        }
        let days = sample / 24 - FIT_DAYS as usize;
        for series in &station.series {
            let counts = &series.counts.as_slice()[..days];
            all.push(counts.iter().map(|count| count.map_or(u64::MAX, f64::to_bits)).collect());
        }
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 3, failure_persistence: None, ..ProptestConfig::default()
    })]

    /// Neither what is done to later samples nor transients that come later.
    #[test]
    fn no_scored_day_sees_a_later_one(
        (config, seed) in networks(),
        from in FIT_DAYS as usize * 24 + 30..DAYS as usize * 24,
        kind in 0..3_usize,
        size in 10.0..1e4_f64,
    ) {
        let made = synthetic(&config, seed, true);
        let network = given(&made, |_| ());
        let trained = learnt(&network, seed);
        let known = scored(&network, &trained, seed);
        let other = given(&made, |values| {
            values.slice_mut(s![from.., ..]).mapv_inplace(|value| match kind {
                0 => value + size,
                1 => value * -size,
                _ => f64::NAN,
            });
        });
        let other = scored(&other, &trained, seed);
        prop_assert_eq!(before(&known, from), before(&other, from));

        let transients = made.targets.iter().flat_map(|target| &target.truth.transients);
        // The envelope is cut five standard deviations before the centre.
        let first = transients.map(|t| t.centre_hours - 1.25 * t.duration_hours);
        let first = first.fold(24.0 * f64::from(DAYS), f64::min);
        prop_assume!(first >= 24.0 * f64::from(FIT_DAYS));
        let quiet = given(&synthetic(&config, seed, false), |_| ());
        let quiet = scored(&quiet, &trained, seed);
        prop_assert_eq!(before(&known, first as usize), before(&quiet, first as usize));
    }

    #[test]
    fn the_same_seed_gives_the_same_bytes((config, seed) in networks()) {
        let run = || {
            let network = given(&synthetic(&config, seed, true), |_| ());
            scored(&network, &learnt(&network, seed), seed)
        };
        let (one, two) = (run(), run());
        prop_assert!(one.files.len() >= 4 * one.scores.stations.len());
        prop_assert_eq!(&one.files, &two.files);
        prop_assert_eq!(&one.scores, &two.scores);
    }

    /// A day that was mostly lost has no count, whatever the gaps: no zero that a null distribution
    /// would take for a quiet day.
    #[test]
    fn gaps_are_never_counted_as_quiet(
        (config, seed) in networks(),
        lost in FIT_DAYS as usize + 1..DAYS as usize,
        gaps_per_year in 0.0..100.0_f64,
    ) {
        let made = synthetic(&config, seed, true);
        let trained = learnt(&given(&made, |_| ()), seed);
        let faults = config.faults.clone().with_gaps(gaps_per_year, 20.0);
        let mut gappy = synthetic(&config.with_faults(faults), seed, true);
        for (target, sound) in gappy.targets.iter_mut().zip(&made.targets) {
            target.recording = sound_until_scored(&sound.recording, &target.recording);
        }
        let network = given(&gappy, |values| {
            values.slice_mut(s![lost * 24..(lost + 1) * 24, ..]).fill(f64::NAN);
        });
        let scored = scored(&network, &trained, seed);
        let least = method().detect.min_coverage * 24.0;
        for (station, scores) in network.targets().iter().zip(&scored.scores.stations) {
            let values = station.recording().values();
            let longest = longest_run(values.slice(s![FIT_DAYS as usize * 24.., 0]));
            for series in &scores.series {
                let counts = series.counts.as_slice();
                prop_assert_eq!(counts.len(), (DAYS - FIT_DAYS) as usize);
                for (index, count) in counts.iter().enumerate() {
                    let first = (FIT_DAYS as usize + index) * 24;
                    let day = values.slice(s![first..first + 24, 0]);
                    let recorded = day.iter().filter(|value| !value.is_nan()).count();
                    let observed = recorded > 0 && recorded as f64 >= least;
                    prop_assert!(observed || count.is_none(), "{} {index}", series.name);
                }
                prop_assert!(counts[lost - FIT_DAYS as usize].is_none());
                // Windows of three days of modes, which have a window of three days before them,
                // and whole days.
                let counted = counts.iter().any(Option::is_some);
                prop_assert!(counted || longest < 8 * 24, "{} {longest}", series.name);
            }
        }
    }
}
