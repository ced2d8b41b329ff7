//! What every subcommand prints with `--json`: one document and nothing else, its schema first, the
//! promised keys, every number as precise as the library has it, `null` for what is no number.

#![allow(clippy::unwrap_used, reason = "a failed helper is a failed test")]

use std::fmt::Write as _;
use std::fs;

use serde_json::Value;
use stmn_tests::{EVENT, SmallNetwork, assert_same, succeeds, tree};

const EVENT_TIME: &str = EVENT.0;

/// Runs a command with `--json` and checks what all documents have in common.
fn document(network: &SmallNetwork, schema: &str, arguments: &[&str]) -> Value {
    let outcome = succeeds(network.folder(), arguments.iter().chain(&["--json"]));
    let start = format!("{{\n  \"schema\": \"{schema}\",\n");
    assert!(outcome.stdout.starts_with(&start), "{start} is expected first: {}", outcome.stdout);
    assert!(outcome.stdout.ends_with("}\n"), "{}", outcome.stdout);
    for word in ["NaN", "nan,", "inf,", "Infinity"] {
        assert!(!outcome.stdout.contains(word), "{word} in {}", outcome.stdout);
    }
    // A reader that stops at the end of the first document finds nothing after it.
    outcome.json()
}

fn keys(value: &Value, expected: &[&str]) {
    for key in expected {
        assert!(value.get(key).is_some(), "{key} is missing in {value}");
    }
}

/// The keys of what a library returns are there with the same values to the last bit.
fn holds(found: &Value, library: &Value) {
    for (key, value) in library.as_object().unwrap() {
        assert_eq!(&found[key], value, "{key}");
    }
}

#[test]
fn quality() {
    let network = SmallNetwork::new();
    let found =
        document(&network, "stmn.quality/1", &["quality", "network/T1.csv", "network/T2.csv"]);
    let recordings = found["recordings"].as_array().unwrap();
    assert_eq!(recordings.len(), 2);
    for (recording, name) in recordings.iter().zip(["T1", "T2"]) {
        keys(recording, &["station", "start", "end", "interval_s", "channels", "self_consistency"]);
        for channel in recording["channels"].as_array().unwrap() {
            keys(channel, &["name", "rows", "samples", "missing", "continuity"]);
        }
        let sums = ["correlation", "slope", "difference_correlation", "difference_slope"];
        keys(&recording["self_consistency"], &sums);
        keys(recording, &["calibration_alpha", "gauges", "earthquakes", "windows", "not_assessed"]);
        for gauge in recording["gauges"].as_array().unwrap() {
            let keys_of_gauges =
                ["name", "noise", "steps_per_year", "pressure", "m2_factor", "m2_instability"];
            keys(gauge, &keys_of_gauges);
            keys(gauge, &["m2_windows", "not_assessed"]);
        }
        let path = network.path(&format!("network/{name}.csv"));
        let read = strain_io::read_csv(&path, &strain_io::CsvOptions::default()).unwrap();
        let report = strain_io::assess_read(&read, &strain_io::QualityConfig::default()).unwrap();
        holds(recording, &serde_json::to_value(&report).unwrap());
    }
}

/// A gauge that never moves agrees with nothing: no number, so `null`.
#[test]
fn what_is_no_number_is_null() {
    let network = SmallNetwork::new();
    let rows: String = (0..48).fold(String::new(), |mut rows, hour| {
        let (day, hour) = (1 + hour / 24, hour % 24);
        let _ = writeln!(rows, "2020-01-{day:02}T{hour:02}:00:00Z,1,1,1,1");
        rows
    });
    fs::write(network.path("still.csv"), format!("time,s1,s2,s3,s4\n{rows}")).unwrap();
    let found = document(&network, "stmn.quality/1", &["quality", "still.csv"]);
    assert_eq!(found["recordings"][0]["self_consistency"]["correlation"], Value::Null);
    assert_eq!(found["recordings"][0]["self_consistency"]["difference_slope"], Value::Null);
}

/// Daily counts of 500 days up to the event, the last 60 of them more and more, three unobserved.
fn counts(network: &SmallNetwork) {
    let last: jiff::civil::Date = EVENT_TIME[..10].parse().unwrap();
    let mut text = "date,count\n".to_owned();
    for before in (1..=500_i64).rev() {
        let day = last.checked_sub(jiff::Span::new().days(before)).unwrap();
        let more = (60 - before).max(0) / 3;
        match before {
            17 | 203 | 411 => writeln!(text, "{day},").unwrap(),
            _ => writeln!(text, "{day},{}", (before * before * 7919) % 11 + more).unwrap(),
        }
    }
    fs::write(network.path("counts.csv"), text).unwrap();
}

#[test]
fn fit() {
    let network = SmallNetwork::new();
    counts(&network);
    let arguments = ["fit", "counts.csv", "--event-time", EVENT_TIME, "--window", "90"];
    let arguments = [&arguments[..], &["--seed", "3", "--draws", "1000"]].concat();
    let found = document(&network, "stmn.fit/1", &arguments);
    keys(
        &found,
        &[
            "sigmoid",
            "line",
            "ratio",
            "delta_aicc",
            "inflection_days_before_event",
            "inflection_interval",
            "statistic",
            "p_value",
            "ratio_p_value",
            "null_windows",
        ],
    );
    keys(&found["sigmoid"], &["a", "b", "c", "d", "r2"]);
    keys(&found["line"], &["slope", "intercept", "r2"]);
    keys(&found["statistic"], &["name", "value"]);
    assert_eq!(found["null_windows"], 1000);

    let counts = stmn_pipeline::read_counts_csv(network.path("counts.csv")).unwrap();
    let config =
        sigmoid_stats::AnalysisConfig::default().with_window_days(90).with_null_draws(1000);
    let event = EVENT_TIME.parse().unwrap();
    let analysis = sigmoid_stats::analyze(&counts, event, None, &config, 3).unwrap();
    holds(&found, &serde_json::to_value(&analysis).unwrap());
    // What was planted is no noise.
    assert!(found["p_value"].as_f64().unwrap() < 0.01, "{}", found["p_value"]);
    let inflection = found["inflection_days_before_event"].as_f64().unwrap();
    assert!((0.0..60.0).contains(&inflection), "{inflection}");
}

#[test]
fn decompose() {
    let network = SmallNetwork::new();
    network.write_waves("waves.csv");
    let whole = [
        "decompose",
        "waves.csv",
        "--column",
        "x",
        "--modes",
        "3",
        "--alpha",
        "500",
        "--solver",
        "reference",
        "--max-iterations",
        "20",
    ];
    let keys_of_it = ["center_frequencies", "iterations", "converged", "stopped", "seconds"];
    let arguments = [&whole[..], &["--out", "modes.csv"]].concat();
    let found = document(&network, "stmn.decompose/1", &arguments);
    keys(&found, &keys_of_it);

    let options = strain_io::CsvOptions::default();
    let waves = strain_io::read_csv(network.path("waves.csv"), &options).unwrap().recording;
    let signal = waves.values().column(0).to_vec();
    let config =
        vmd::VmdConfig::new(3, 500.0).with_solver(vmd::Solver::Reference).with_max_iterations(20);
    let expected = vmd::decompose(&signal, &config).unwrap();
    let frequencies: Vec<f64> =
        serde_json::from_value(found["center_frequencies"].clone()).unwrap();
    assert_eq!(frequencies, expected.center_frequencies);
    assert_eq!(found["iterations"], expected.iterations);

    // CSV and Parquet hold the modes with their times, to the last bit.
    document(&network, "stmn.decompose/1", &[&whole[..], &["--out", "modes.parquet"]].concat());
    let csv = strain_io::read_csv(network.path("modes.csv"), &options).unwrap().recording;
    let parquet = strain_io::read_parquet(
        network.path("modes.parquet"),
        &strain_io::ParquetOptions::default(),
    );
    for modes in [csv, parquet.unwrap().recording] {
        assert_eq!(modes.grid().start(), waves.grid().start());
        let names: Vec<&str> = modes.channels().iter().map(|c| c.name.as_str()).collect();
        assert_eq!(names, ["imf1", "imf2", "imf3"]);
        assert_eq!(modes.values(), expected.modes.t());
    }

    let segments = ["--window", "240", "--step", "24", "--causal", "--out", "svmd.csv"];
    let found = document(&network, "stmn.decompose/1", &[&whole[..], &segments].concat());
    keys(&found, &keys_of_it);
    // The first window's newest step is the first that is kept.
    let kept = serde_json::json!([240 - 24, 180 * 24]);
    assert_eq!(found["covered"], kept);
    let windows = found["windows"].as_array().unwrap();
    assert_eq!(windows.len(), (180 * 24 - 240) / 24 + 1);
    keys(&windows[0], &["start", "center_frequencies", "iterations", "converged", "stopped"]);
}

#[test]
fn synth_and_convert() {
    let network = SmallNetwork::new();
    let arguments = ["synth", "--out", "again", "--seed", "5", "--days", "180"];
    let found = document(&network, "stmn.synth/1", &arguments);
    keys(&found, &["seed", "directory", "stations", "event_time"]);
    assert_eq!(found["event_time"], EVENT_TIME);
    assert_eq!(found["stations"], serde_json::json!(["REF", "T1", "T2", "T3", "T4", "T5"]));
    assert_same(&tree(&network.path("again")), &tree(&network.path("network")));

    let read = |path: &str| {
        let path = network.path(path);
        strain_io::read_recording(&path, &strain_io::ReadOptions::default()).unwrap().recording
    };
    let original = read("network/T1.csv");
    for out in ["T1.parquet", "T1.csv.gz", "T1.csv", "T1.tsv"] {
        let found =
            document(&network, "stmn.convert/1", &["convert", "network/T1.csv", "--out", out]);
        keys(&found, &["station", "samples", "channels", "recognised", "seams", "bad_rows", "out"]);
        assert_eq!(found["samples"], 180 * 24);
        let converted = read(out);
        assert_eq!(converted.grid(), original.grid());
        for (a, b) in converted.values().iter().zip(original.values()) {
            assert!(a == b || (a.is_nan() && b.is_nan()), "{out}: {a} against {b}");
        }
    }
}

/// The three steps and the whole; what `run` finds is checked where `run` is tested.
#[test]
fn run_train_transfer_and_analyze() {
    let network = SmallNetwork::new();
    let found = document(&network, "stmn.run/1", &["run", "small.toml", "--out", "out"]);
    keys(&found, &["stations", "decay", "anomaly", "verdict", "directory", "report"]);
    let station = &found["stations"][0];
    keys(station, &["id", "distance_km", "within_radius", "p_adjusted", "steps", "series"]);

    let trained = document(&network, "stmn.train/1", &["train", "small.toml", "--out", "out"]);
    let about = [
        "reference",
        "span",
        "seed",
        "normalization",
        "report",
        "validation_sigma",
        "validation_loss_of_the_mean",
    ];
    keys(&trained, &about);
    let checkpoint = trained["checkpoint"].as_str().unwrap();
    let arguments = ["transfer", "small.toml", "--out", "out", "--checkpoint", checkpoint];
    let scores = document(&network, "stmn.scores/1", &arguments);
    keys(&scores["stations"][0], &["id", "distance_km", "series", "quiet", "prepare", "quality"]);
    let counts = &scores["stations"][0]["series"][0]["counts"];
    let stored = fs::read(network.path("out/scores.json")).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&stored).unwrap(), scores);
    assert!(!counts.is_null());

    let analysed = document(&network, "stmn.run/1", &["analyze", "out"]);
    assert_eq!(analysed, found);
}
