//! `stmn run` and its three steps one by one, on a synthetic network.

#![allow(clippy::unwrap_used, reason = "a failed helper is a failed test")]

use serde_json::Value;
use stmn_tests::{SmallNetwork, leftovers, refused, stmn, succeeds, tree};

/// The keys of design §4, `stations[].series[]`.
const OF_A_FIT: [&str; 12] = [
    "sigmoid",
    "line",
    "ratio",
    "delta_aicc",
    "inflection_days_before_event",
    "inflection_interval",
    "statistic",
    "p_value",
    "drawn_p_value",
    "ratio_p_value",
    "null_windows",
    "name",
];

const SERIES: [&str; 8] = ["station", "s1", "s2", "s3", "s4", "sa", "s13", "s24"];

#[test]
fn a_run_leaves_what_was_promised() {
    let network = SmallNetwork::new();
    let document = network.run("out", &[]);
    check_document(&document);

    let files = tree(&network.path("out"));
    for file in ["config.toml", "provenance.json", "scores.json", "result.json", "report.html"] {
        assert!(files.contains_key(file), "{file} is missing: {:?}", files.keys());
    }
    assert!(files.keys().any(|file| file.starts_with("figures/") && file.ends_with(".svg")));
    for stage in ["recorded", "prepare", "modes", "predicted", "reconstruction"] {
        for station in ["T1", "T2"] {
            let start = format!("stages/{stage}-{station}-");
            let stored = |file: &&String| file.starts_with(&start) && file.ends_with(".parquet");
            assert_eq!(files.keys().filter(stored).count(), 1, "{start}*.parquet");
        }
    }
    assert_eq!(leftovers(&files), [""; 0]);

    check_result_file(&document, &files["result.json"]);
    check_provenance(&files["provenance.json"]);
    let page = String::from_utf8_lossy(&files["report.html"]);
    assert!(!page.contains("src=\"") && !page.contains("<link"), "the page needs no other file");
    assert!(page.contains(document["verdict"].as_str().unwrap()), "the page tells the verdict");

    check_text(&network, &document);
}

fn check_document(document: &Value) {
    assert_eq!(document["schema"], "stmn.run/1");
    assert_eq!(document["directory"], "out");
    assert_eq!(document["report"], "out/report.html");
    assert!(document["verdict"].as_str().unwrap().ends_with('.'));
    let stations = document["stations"].as_array().unwrap();
    let planted = [("T1", 23.5), ("T2", 94.7)];
    assert_eq!(stations.len(), planted.len());
    let mut p_values = Vec::new();
    for (station, (id, km)) in stations.iter().zip(planted) {
        assert_eq!(station["id"], id);
        // The synthetic stations stand at exact geodesic distances.
        assert!((number(station, "distance_km") - km).abs() < 1e-9);
        let series = station["series"].as_array().unwrap();
        let names: Vec<&str> = series.iter().map(|s| s["name"].as_str().unwrap()).collect();
        assert_eq!(names, SERIES);
        series.iter().for_each(check_series);
        p_values.push((number(&series[0], "p_value"), number(station, "p_adjusted")));
    }
    // Holm over two: the smaller p counts twice, the larger is at least that.
    p_values.sort_by(|a, b| a.0.total_cmp(&b.0));
    let smaller = (2.0 * p_values[0].0).min(1.0);
    assert_eq!(p_values[0].1, smaller);
    assert_eq!(p_values[1].1, smaller.max(p_values[1].0));
}

fn check_series(series: &Value) {
    let name = &series["name"];
    for key in OF_A_FIT {
        assert!(series.get(key).is_some(), "{name} has no {key}");
    }
    for key in ["a", "b", "c", "d", "r2"] {
        assert!(series["sigmoid"][key].is_number(), "{name}: sigmoid.{key}");
    }
    for key in ["slope", "intercept", "r2"] {
        assert!(series["line"][key].is_number(), "{name}: line.{key}");
    }
    let ratio = number(&series["sigmoid"], "r2") / number(&series["line"], "r2");
    assert!((number(series, "ratio") - ratio).abs() <= 1e-12 * ratio, "{name}: ratio");
    assert_eq!(series["statistic"]["name"], "matched_filter");
    assert!(series["statistic"]["value"].is_number());
    assert_eq!(series["null_windows"], 99);
    // (1 + draws at least as large) / (1 + draws): never 0, a multiple of a hundredth.
    for key in ["drawn_p_value", "ratio_p_value"] {
        let hundredths = number(series, key) * 100.0;
        assert!((1.0..=100.0).contains(&hundredths.round()), "{name}: {key}");
        assert!((hundredths - hundredths.round()).abs() < 1e-9, "{name}: {key}");
    }
    // The filter's p is that share where days are independent; where the counts remember, a share below
    // one half is worth no less than itself.
    let (p, drawn) = (number(series, "p_value"), number(series, "drawn_p_value"));
    assert!(drawn.min(0.5) <= p && p <= 1.0, "{name}: {drawn} {p}");
    let inflection = &series["inflection_days_before_event"];
    assert!(inflection.is_number() || inflection.is_null());
    if let Some(interval) = series["inflection_interval"].as_array() {
        let [low, high] = [interval[0].as_f64().unwrap(), interval[1].as_f64().unwrap()];
        let middle = inflection.as_f64().unwrap();
        assert!(low <= middle && middle <= high, "{name}: {middle} in {low} to {high}");
    }
}

fn number(value: &Value, key: &str) -> f64 {
    value[key].as_f64().unwrap_or_else(|| panic!("{key} is no number in {value}"))
}

/// `result.json` is the document without schema and paths.
fn check_result_file(document: &Value, bytes: &[u8]) {
    let mut document = document.clone();
    let keys = document.as_object_mut().unwrap();
    for key in ["schema", "directory", "report"] {
        keys.remove(key);
    }
    assert_eq!(serde_json::from_slice::<Value>(bytes).unwrap(), document);
}

fn check_provenance(bytes: &[u8]) {
    let provenance: Value = serde_json::from_slice(bytes).unwrap();
    assert_eq!(provenance["seed"], 11);
    assert!(provenance["versions"]["stmn"].is_string());
    let inputs = provenance["inputs"].as_array().unwrap();
    let stations: Vec<&str> = inputs.iter().map(|i| i["station"].as_str().unwrap()).collect();
    assert_eq!(stations, ["REF", "T1", "T2"]);
    for input in inputs {
        assert_eq!(input["blake3"].as_str().unwrap().len(), 16, "{input}");
        assert!(input["file"].as_str().unwrap().ends_with(".csv"), "{input}");
    }
    assert!(provenance["stages"].as_array().unwrap().len() >= 16);
}

/// Started again it reuses everything, and the text tells the same as the document.
fn check_text(network: &SmallNetwork, document: &Value) {
    let text = succeeds(network.folder(), ["run", "small.toml", "--out", "out"]);
    assert!(text.stdout.contains(document["verdict"].as_str().unwrap()), "{}", text.stdout);
    assert!(text.stdout.contains("out/report.html"), "{}", text.stdout);
    for (id, km) in [("T1", "23.5"), ("T2", "94.7")] {
        let line = text.stdout.lines().find(|line| line.starts_with(id)).unwrap();
        assert!(line.contains(km), "{line}");
    }
    for stage in ["train on REF", "decompose T1", "null distributions"] {
        let line = text.stderr.lines().find(|line| line.starts_with(stage)).unwrap();
        assert!(line.contains("reused"), "{line}");
    }
}

#[test]
fn a_changed_setting_reruns_what_depends_on_it_and_no_more() {
    let network = SmallNetwork::new();
    network.run("out", &[]);
    let changed = network.config().replace("null_draws = 99", "null_draws = 119");
    network.write_config("small.toml", &changed);
    let again = succeeds(network.folder(), ["run", "small.toml", "--out", "out"]);
    let how = |stage: &str| {
        let line = again.stderr.lines().find(|line| line.starts_with(stage)).unwrap();
        line.contains("reused")
    };
    assert!(how("decompose REF") && how("train on REF") && how("predict T2"), "{}", again.stderr);
    assert!(!how("null distributions"), "{}", again.stderr);
}

#[test]
fn the_three_steps_one_by_one_give_the_same_result() {
    let network = SmallNetwork::new();
    let whole = network.run("whole", &[]);
    let folder = network.folder();

    let trained = succeeds(folder, ["train", "small.toml", "--out", "steps", "--json"]).json();
    assert_eq!(trained["schema"], "stmn.train/1");
    assert_eq!(trained["reference"], "REF");
    let checkpoint = trained["checkpoint"].as_str().unwrap();
    assert!(network.path(checkpoint).is_file());

    let arguments = ["transfer", "small.toml", "--out", "steps", "--checkpoint", checkpoint];
    let scores = succeeds(folder, arguments.iter().chain(&["--json"])).json();
    assert_eq!(scores["schema"], "stmn.scores/1");
    let analysed = succeeds(folder, ["analyze", "steps", "--json"]).json();
    assert_eq!(analysed["stations"], whole["stations"]);
    assert_eq!(analysed["verdict"], whole["verdict"]);

    let [whole, steps] = ["whole", "steps"].map(|out| tree(&network.path(out)));
    for file in ["result.json", "scores.json", "config.toml", "report.html"] {
        assert!(whole[file] == steps[file], "{file} differs");
    }

    // The checkpoint alone is enough, in a folder that has never seen the reference.
    let arguments = ["transfer", "small.toml", "--out", "elsewhere", "--checkpoint", checkpoint];
    succeeds(folder, arguments);
    succeeds(folder, ["analyze", "elsewhere"]);
    assert!(tree(&network.path("elsewhere"))["result.json"] == whole["result.json"]);
}

#[test]
fn recordings_can_lie_in_another_folder() {
    let network = SmallNetwork::new();
    let moved = tempfile::tempdir().unwrap();
    for station in ["REF", "T1", "T2"] {
        let file = format!("{station}.csv");
        let from = network.path("network").join(&file);
        std::fs::rename(from, moved.path().join(&file)).unwrap();
    }
    let message = refused(network.folder(), ["train", "small.toml", "--out", "out"]);
    assert!(message.contains("REF.csv"), "{message}");
    let data = moved.path().to_str().unwrap();
    succeeds(network.folder(), ["train", "small.toml", "--out", "out", "--data", data]);
}

#[test]
fn analyze_asks_for_scored_days() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("empty")).unwrap();
    let message = refused(folder.path(), ["analyze", "empty"]);
    assert!(message.contains("empty") && message.contains("stmn transfer"), "{message}");
    let message = refused(folder.path(), ["analyze", "nowhere"]);
    assert!(message.contains("nowhere"), "{message}");
    assert!(!folder.path().join("nowhere").exists(), "a refused command makes no folder");
}

#[test]
fn every_subcommand_shows_an_example() {
    let folder = tempfile::tempdir().unwrap();
    for subcommand in [
        "demo",
        "run",
        "quality",
        "decompose",
        "train",
        "transfer",
        "analyze",
        "fit",
        "synth",
        "convert",
    ] {
        let help = stmn(folder.path(), [subcommand, "--help"]);
        assert_eq!(help.code, Some(0), "{help:?}");
        assert!(help.stdout.contains(&format!("Example:\n  stmn {subcommand} ")), "{help:?}");
    }
}
