use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;
use stmn::pipeline::{DemoConfig, RunDirectory, Silent, run_demo};
use stmn_tests::{SmallNetwork, succeeds};

use crate::pages::page;

/// The keys that the chapter lists for a document, and whether each is always there.
fn listed(schema: &str) -> Vec<(String, bool)> {
    let page = page("docs/src/reference/documents.md");
    let heading = format!("## `{schema}`");
    let rows = page.prose().into_iter().skip_while(|line| *line != heading).skip(1);
    let mut keys = Vec::new();
    for row in rows.take_while(|line| !line.starts_with("## ")) {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        if let [_, names, meaning, ..] = cells.as_slice() {
            let always = !meaning.starts_with("(opt.)");
            let names = names.split('`').skip(1).step_by(2);
            keys.extend(names.map(|name| (name.to_owned(), always)));
        }
    }
    assert!(!keys.is_empty(), "{schema} is not listed");
    keys
}

/// Paths to everything in a document that is neither an object nor a list of objects.
fn leaves(value: &Value, path: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(keys) => {
            for (key, value) in keys {
                let dot = if path.is_empty() { "" } else { "." };
                leaves(value, &format!("{path}{dot}{key}"), found);
            }
        }
        Value::Array(several) if several.first().is_some_and(Value::is_object) => {
            several.iter().for_each(|value| leaves(value, &format!("{path}[]"), found));
        }
        Value::Array(several) if several.is_empty() => {
            found.insert(format!("{path}[]"));
        }
        _ => {
            found.insert(path.to_owned());
        }
    }
}

/// Whether a listed key is a path or lies above it.
fn covers(key: &str, path: &str) -> bool {
    let rest = path.strip_prefix(key);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

fn check(document: &Value, schema: &str) {
    check_keys(document, schema, &listed(schema));
    assert_eq!(document["schema"], schema);
}

fn check_keys(document: &Value, name: &str, listed: &[(String, bool)]) {
    let mut found = BTreeSet::new();
    leaves(document, "", &mut found);
    for path in &found {
        assert!(listed.iter().any(|(key, _)| covers(key, path)), "{name}: {path} is not listed");
    }
    for (key, _) in listed.iter().filter(|(_, always)| *always) {
        assert!(found.iter().any(|path| covers(key, path)), "{name}: there is no {key}");
    }
}

/// A series of a run has the keys of a fit.
fn check_series(document: &Value) {
    let mut listed = listed("stmn.fit/1");
    listed.retain(|(key, _)| key != "schema");
    listed.extend(["name", "p_adjusted_all"].map(|key| (key.to_owned(), true)));
    for series in document["stations"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|s| &s["series"].as_array().unwrap()[..])
    {
        check_keys(series, "series", &listed);
    }
}

#[test]
fn documents_of_single_steps_have_the_listed_keys() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| -> Value {
        succeeds(folder.path(), arguments.iter().chain(&["--json"])).json()
    };
    check(&run(&["synth", "--out", "network", "--days", "60"]), "stmn.synth/1");
    let truth = std::fs::read_to_string(folder.path().join("network/truth.json")).unwrap();
    check(&serde_json::from_str(&truth).unwrap(), "strain-io.synth/1");
    let place = ["--stations", "network/stations.csv", "--out", "pages"];
    check(&run(&[&["quality", "network/T1.csv"], &place[..]].concat()), "stmn.quality/1");
    check(&run(&["convert", "network/T1.csv", "--out", "T1.parquet"]), "stmn.convert/1");
    check(&run(&["inspect", "network/T1.csv", "network/truth.json"]), "stmn.inspect/1");

    let counts: String =
        (0..620).map(|i| format!("{},{}\n", day(i), (i * 7919 % 13) % 8)).collect();
    std::fs::write(folder.path().join("counts.csv"), format!("date,count\n{counts}")).unwrap();
    let fit = ["fit", "counts.csv", "--event-time", "2022-09-05T00:00:00Z", "--draws", "99"];
    check(&run(&fit), "stmn.fit/1");

    std::fs::write(folder.path().join("alarms.csv"), "start,end\n2022-02-01,2022-02-03\n").unwrap();
    let events = "time,latitude,longitude,magnitude\n2022-02-10T03:00:00Z,29.6,102.1,5.1\n";
    std::fs::write(folder.path().join("events.csv"), events).unwrap();
    let evaluate = ["evaluate", "alarms.csv", "--catalogue", "events.csv"];
    let span = ["--from", "2022-01-01", "--to", "2022-12-31"];
    check(&run(&[&evaluate[..], &span].concat()), "stmn.evaluate/1");

    let modes = ["decompose", "counts.csv", "--column", "count", "--modes", "2", "--alpha", "500"];
    check(&run(&[&modes[..], &["--out", "a.csv"]].concat()), "stmn.decompose/1");
    let windows = ["--window", "60", "--step", "10", "--causal", "--out", "b.csv"];
    let segmented = run(&[&modes[..], &windows].concat());
    assert!(!segmented["windows"].as_array().unwrap().is_empty());
    check(&segmented, "stmn.decompose/1");
}

fn day(i: i64) -> jiff::civil::Date {
    jiff::civil::date(2021, 1, 1).checked_add(jiff::Span::new().days(i)).unwrap()
}

#[test]
fn documents_of_forecasts_have_the_listed_keys() {
    let folder = tempfile::tempdir().unwrap();
    let wave = |row: i64| (row as f64 * 0.7).sin();
    let rows: String = (0..200).map(|row| format!("{},{}\n", day(row), wave(row))).collect();
    std::fs::write(folder.path().join("days.csv"), format!("day,x\n{rows}")).unwrap();
    let size = "seq_len = 12\nd_model = 4\nd_ff = 4\ne_layers = 1\ntop_k = 1\nnum_kernels = 1\n\
                train_epochs = 1\ndata_path = \"days.csv\"\n";
    let tasks = [
        ("long_term_forecast", "pred_len = 4\n"),
        ("short_term_forecast", "pred_len = 4\n"),
        ("imputation", ""),
        ("anomaly_detection", ""),
    ];
    for (task, more) in tasks {
        let config = format!("task_name = \"{task}\"\n{size}{more}");
        std::fs::write(folder.path().join(format!("{task}.toml")), config).unwrap();
        let run = |arguments: &[&str]| -> Value {
            let all = ["forecast"].iter().chain(arguments).chain(&["--json"]);
            succeeds(folder.path(), all).json()
        };
        check(&run(&["train", &format!("{task}.toml")]), "stmn.forecast-train/1");
        check(&run(&["test", task]), "stmn.forecast-test/1");
        check(&run(&["predict", task]), "stmn.forecast-predict/1");
    }
}

#[test]
fn documents_of_a_run_have_the_listed_keys() {
    let network = SmallNetwork::new();
    let run = |arguments: &[&str]| -> Value {
        succeeds(network.folder(), arguments.iter().chain(&["--json"])).json()
    };
    check(&run(&["train", "small.toml", "--out", "out"]), "stmn.train/1");
    let checkpoint = ["--checkpoint", "out/model.safetensors"];
    let transfer = ["transfer", "small.toml", "--out", "out"];
    check(&run(&[&transfer[..], &checkpoint].concat()), "stmn.scores/1");
    let result = run(&["analyze", "out"]);
    check(&result, "stmn.run/1");
    check_series(&result);
    let text = std::fs::read(network.path("out/provenance.json")).unwrap();
    check(&serde_json::from_slice(&text).unwrap(), "stmn.provenance/1");
    files_of_a_run_are_listed(&network.path("out"));
}

/// Everything that the run directory holds is in its chapter.
fn files_of_a_run_are_listed(folder: &Path) {
    let chapter = page("docs/src/reference/run-directory.md");
    let spans = chapter.code_spans();
    for entry in std::fs::read_dir(folder).unwrap() {
        let mut name = entry.as_ref().unwrap().file_name().into_string().unwrap();
        if entry.unwrap().path().is_dir() {
            name.push('/');
        }
        assert!(spans.contains(&name), "{name} is not in the chapter");
    }
}

#[test]
fn the_demos_document_has_the_listed_keys() {
    let mut config = DemoConfig::default();
    config.synth.distances_km = vec![23.5, 94.7];
    (config.synth.reference_days, config.synth.target_days) = (90, 140);
    config.fit_days = 60;
    config.method.decompose.modes = 3;
    config.method.decompose.keep = vec![3];
    config.method.model.train.epochs = 1;
    config.method.analysis.window_days = 40;
    config.method.analysis.min_quiet_days = 30;
    config.method.analysis.null_draws = 99;
    let folder = tempfile::tempdir().unwrap();
    let directory = RunDirectory::open(folder.path()).unwrap();
    let document = run_demo(&config, 1, &directory, &Silent).unwrap();
    let document = serde_json::to_value(&document).unwrap();
    check(&document, "stmn.demo/1");
    check_series(&document);
    check_series(&document["quiet_network"]);
}
