//! `stmn demo` with its default seed: what was planted is recovered, and where nothing was planted
//! nothing is found.

#![allow(clippy::unwrap_used, reason = "a failed helper is a failed test")]

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde_json::Value;
use stmn_tests::{Outcome, assert_same, leftovers, succeeds, tree};

const DEMO: [&str; 4] = ["demo", "--out", "demo", "--json"];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("demo-test")
}

/// The demo, run once.
fn demo() -> &'static Outcome {
    static DONE: OnceLock<Outcome> = OnceLock::new();
    DONE.get_or_init(|| {
        if folder().exists() {
            std::fs::remove_dir_all(folder()).unwrap();
        }
        std::fs::create_dir_all(folder()).unwrap();
        succeeds(&folder(), DEMO)
    })
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

#[test]
fn what_was_planted_is_recovered() {
    let document = demo().json();
    assert_eq!(document["planted"]["inflection_days_before_event"], 39.0);
    assert_eq!(document["planted"]["decay_exponent"], 0.255);

    let stations = document["stations"].as_array().unwrap();
    let by_distance =
        |a: &&Value, b: &&Value| number(&a["distance_km"]).total_cmp(&number(&b["distance_km"]));
    let nearest = stations.iter().min_by(by_distance).unwrap();
    let p = number(&nearest["p_adjusted"]);
    assert!(p < 0.01, "adjusted p at the nearest station: {p}");
    let alone = number(&nearest["series"][0]["inflection_days_before_event"]);
    let shared = number(&document["inflection"]["days_before_event"]);
    for inflection in [alone, shared] {
        assert!((inflection - 39.0).abs() <= 5.0, "inflection {inflection} days before the event");
    }
    let decay = &document["recovered"]["decay_interval"];
    let [low, high] = [number(&decay[0]), number(&decay[1])];
    assert!(low <= 0.255 && 0.255 <= high, "decay exponent {low} to {high}");

    let quiet = document["quiet_network"]["stations"].as_array().unwrap();
    assert_eq!(quiet.len(), stations.len());
    for station in quiet {
        let p = number(&station["p_adjusted"]);
        assert!(p > 0.05, "{} of the quiet network: adjusted p {p}", station["id"]);
    }
}

#[test]
fn the_document_says_what_it_promises_and_agrees_with_itself() {
    let outcome = demo();
    assert!(outcome.stdout.starts_with("{\n  \"schema\": \"stmn.demo/1\",\n"));
    let document = outcome.json();
    let published = [23.5, 94.7, 199.2, 309.1, 353.0];
    for stations in [&document["stations"], &document["quiet_network"]["stations"]] {
        let stations = stations.as_array().unwrap();
        assert_eq!(stations.len(), published.len());
        for (station, km) in stations.iter().zip(published) {
            assert!((number(&station["distance_km"]) - km).abs() < 1e-6, "{}", station["id"]);
            let series = station["series"].as_array().unwrap();
            assert_eq!(series.len(), 8, "{}", station["id"]);
            for one in series {
                let draws = one["null_windows"].as_u64().unwrap();
                assert!(draws >= 1000, "{draws} null draws");
            }
        }
    }
    assert_eq!(document["directory"], "demo");
    assert_eq!(document["report"], "demo/report.html");
    assert!(document["verdict"].as_str().unwrap().starts_with("Yes: "));
    assert!(document["quiet_network"]["verdict"].as_str().unwrap().starts_with("No: "));

    let recovered = &document["recovered"];
    let nearest = &document["stations"][0];
    assert_eq!(recovered["inflection"], document["inflection"]);
    assert_eq!(document["inflection"]["series"], 5);
    assert_eq!(recovered["nearest_station"], nearest["id"]);
    assert_eq!(recovered["p_adjusted"], nearest["p_adjusted"]);
    for key in ["inflection_days_before_event", "inflection_interval", "ratio", "delta_aicc"] {
        assert_eq!(recovered[key], nearest["series"][0][key], "{key}");
    }
    let [low, high] = [0, 1].map(|end| number(&recovered["decay_interval"][end]));
    let exponent = number(&recovered["decay_exponent"]);
    assert!(low <= exponent && exponent <= high, "{exponent} in {low} to {high}");
    assert_eq!(recovered["all_as_planted"], true);
}

#[test]
fn a_second_demo_reuses_the_first_and_changes_no_byte() {
    let first = demo();
    let before = tree(&folder());
    assert_eq!(leftovers(&before), [""; 0]);
    for file in ["report.html", "config.toml", "anomalous/result.json", "quiet/report.html"] {
        assert!(before.contains_key(&format!("demo/{file}")), "{file}: {:?}", before.keys());
    }
    let again = succeeds(&folder(), DEMO);
    assert_eq!(again.stdout, first.stdout);
    assert_same(&tree(&folder()), &before);
    for stage in ["train on REF", "decompose T1", "predict T5", "null distributions"] {
        let mut lines = again.stderr.lines().filter(|line| line.starts_with(stage)).peekable();
        assert!(lines.peek().is_some(), "{stage}: {}", again.stderr);
        assert!(lines.all(|line| line.contains("reused")), "{stage}: {}", again.stderr);
    }
}
