//! The shipped example end to end: station 51010 before the Wenchuan earthquake.

#![allow(clippy::unwrap_used, reason = "a failed helper is a failed test")]

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde_json::Value;
use stmn_tests::{assert_same, leftovers, root, shared, succeeds, tree};

const CONFIG: &str = "examples/guza-wenchuan.toml";
const SERIES: [&str; 8] = ["station", "s1", "s2", "s3", "s4", "sa", "s13", "s24"];

/// The steps of the station's record: when, which gauge, nanostrain as the raw record has it.
const STEPS: [(&str, &str, f64); 6] = [
    ("2007-03-05T01:00:00Z", "s4", 170.0),
    ("2010-06-21T01:00:00Z", "s3", 851.0),
    ("2008-05-12T07:00:00Z", "s1", -88.9),
    ("2008-05-12T07:00:00Z", "s2", 125.4),
    ("2008-05-12T07:00:00Z", "s3", 37.2),
    ("2008-05-12T07:00:00Z", "s4", -225.2),
];

struct Run {
    out: PathBuf,
    document: Value,
    text: String,
}

/// The example, run once: its document, and the text of the same folder run again.
fn run() -> &'static Run {
    static RUN: OnceLock<Run> = OnceLock::new();
    RUN.get_or_init(|| {
        let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("guza");
        if out.exists() {
            std::fs::remove_dir_all(&out).unwrap();
        }
        let folder = out.to_str().unwrap().to_owned();
        let arguments = ["run", CONFIG, "--out", &folder];
        let document = succeeds(&root(), arguments.iter().chain(&["--json"])).json();
        let text = succeeds(&root(), arguments).stdout;
        Run { out, document, text }
    })
}

fn series() -> &'static [Value] {
    run().document["stations"][0]["series"].as_array().unwrap()
}

#[test]
fn every_series_is_fitted_and_judged_by_a_thousand_draws() {
    let document = &run().document;
    assert_eq!(document["schema"], "stmn.run/1");
    assert_eq!(document["stations"].as_array().unwrap().len(), 1);
    assert_eq!(document["stations"][0]["id"], "51010");
    let names: Vec<&str> = series().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, SERIES);
    for one in series() {
        let name = &one["name"];
        for key in ["a", "b", "c", "d", "r2"] {
            assert!(one["sigmoid"][key].is_number(), "{name}: sigmoid.{key}");
        }
        for key in ["slope", "intercept", "r2"] {
            assert!(one["line"][key].is_number(), "{name}: line.{key}");
        }
        let draws = one["null_windows"].as_u64().unwrap();
        assert!(draws >= 1000, "{name}: {draws} null draws");
        assert_eq!(one["statistic"]["name"], "matched_filter");
        for key in ["drawn_p_value", "ratio_p_value"] {
            let at_least = one[key].as_f64().unwrap() * (draws + 1) as f64;
            assert!(
                (at_least - at_least.round()).abs() < 1e-6,
                "{name}: {key} is a share of draws"
            );
            assert!((1.0..=(draws + 1) as f64).contains(&at_least.round()), "{name}: {key}");
        }
        // What a share is worth is never less than the share where that is below one half.
        let drawn = one["drawn_p_value"].as_f64().unwrap();
        assert!(one["p_value"].as_f64().unwrap() >= drawn.min(0.5), "{name}");
        assert!(one["ratio"].is_number() && one["delta_aicc"].is_number(), "{name}");
        assert_eq!(one["window"]["last_day"], "2008-05-11", "{name}: the day before the event's");
        assert_eq!(one["window"]["days"], 180, "{name}");
    }
}

#[test]
fn quiet_periods_are_quiet_and_do_not_overlap() {
    for one in series() {
        let periods = one["quiet_periods"].as_array().unwrap();
        assert!(!periods.is_empty(), "{}: no quiet period", one["name"]);
        let day = |period: &Value, key: &str| -> jiff::civil::Date {
            period["window"][key].as_str().unwrap().parse().unwrap()
        };
        let event: jiff::civil::Date = "2008-05-12".parse().unwrap();
        for pair in periods.windows(2) {
            assert!(day(&pair[0], "last_day") < day(&pair[1], "first_day"), "they overlap");
        }
        for period in periods {
            let [first, last] = ["first_day", "last_day"].map(|key| day(period, key));
            assert!(last < event || first > event, "the event is in {first} to {last}");
            for fit in ["sigmoid", "line"] {
                assert!(period[fit]["r2"].is_number(), "{fit} of {first}");
            }
            for key in ["ratio", "delta_aicc"] {
                assert!(period[key].is_number(), "{key} of {first}");
            }
            assert!(period["statistic"]["value"].is_number(), "statistic of {first}");
        }
    }
}

#[test]
fn the_verdict_follows_from_the_figures_and_comes_last() {
    let document = &run().document;
    let verdict = document["verdict"].as_str().unwrap();
    let p = document["stations"][0]["p_adjusted"].as_f64().unwrap();
    assert_eq!(document["anomaly"], p <= 0.05);
    assert!(verdict.starts_with(if p <= 0.05 { "Yes: " } else { "No: " }), "{verdict}");
    assert!(verdict.contains("the Wenchuan earthquake") && verdict.ends_with('.'), "{verdict}");
    assert_eq!(run().text.lines().last().unwrap(), verdict);
    let page = std::fs::read_to_string(run().out.join("report.html")).unwrap();
    assert!(page.contains(verdict));
}

fn starts(line: &str, name: &str) -> bool {
    line.split_whitespace().next() == Some(name)
}

#[test]
fn the_text_holds_every_series_with_its_figures_and_quiet_periods() {
    let text = &run().text;
    let decimals = |value: &Value, digits: usize| match value.as_f64() {
        Some(value) => format!("{value:.digits$}"),
        None => "–".to_owned(),
    };
    for one in series() {
        let figures = [
            decimals(&one["sigmoid"]["r2"], 4),
            decimals(&one["line"]["r2"], 4),
            decimals(&one["ratio"], 4),
            decimals(&one["delta_aicc"], 1),
            decimals(&one["inflection_days_before_event"], 1),
            decimals(&one["p_value"], 4),
            decimals(&one["ratio_p_value"], 4),
        ];
        let name = one["name"].as_str().unwrap();
        let in_a_line = text.lines().any(|line| {
            starts(line, name) && figures.iter().all(|figure| line.contains(figure.as_str()))
        });
        assert!(in_a_line, "{name} {figures:?} is expected in\n{text}");
        for period in one["quiet_periods"].as_array().unwrap() {
            let first = period["window"]["first_day"].as_str().unwrap();
            let figures = [
                decimals(&period["sigmoid"]["r2"], 4),
                decimals(&period["ratio"], 4),
                decimals(&period["inflection_days_before_end"], 1),
                decimals(&period["p_value"], 4),
                decimals(&period["ratio_p_value"], 4),
            ];
            let line = text.lines().any(|line| {
                let all = figures.iter().all(|figure| line.contains(figure.as_str()));
                starts(line, name) && line.contains(first) && all
            });
            assert!(line, "quiet period {first} of {name} is expected in\n{text}");
        }
    }
}

/// A step in the raw record and the same without tide and pressure differ by what these change in
/// an hour: the gauges' semidiurnal tides reach 13 nanostrain, which change by up to 7 in one.
#[test]
fn the_steps_of_the_record_are_found_and_reported() {
    let scores = std::fs::read(run().out.join("scores.json")).unwrap();
    let scores: Value = serde_json::from_slice(&scores).unwrap();
    let gauges = scores["stations"][0]["prepare"]["gauges"].as_array().unwrap();
    let page = std::fs::read_to_string(run().out.join("report.html")).unwrap();
    let reported = run().document["stations"][0]["steps"].as_array().unwrap();
    for (time, gauge, size) in STEPS {
        let of_gauge = gauges.iter().find(|one| one["name"] == gauge).unwrap();
        let steps = of_gauge["steps"].as_array().unwrap();
        let found = steps.iter().find(|step| step["time"] == time);
        let found = found.unwrap_or_else(|| panic!("no step at {time} of {gauge}: {steps:?}"));
        let nanostrain = found["size"].as_f64().unwrap();
        assert!((nanostrain - size).abs() < 7.0, "{gauge} at {time}: {nanostrain}, not {size}");

        let in_document = reported.iter().any(|step| {
            step["time"] == time && step["gauge"] == gauge && step["size"] == found["size"]
        });
        assert!(in_document, "the step at {time} of {gauge} is not in the document");
        let day = &time[..10];
        assert!(page.contains(&format!("{day} ")), "{day} is not on the page");
        let in_a_line = run()
            .text
            .lines()
            .any(|line| starts(line, gauge) && line.contains(&format!("{day} {nanostrain:.1}")));
        assert!(in_a_line, "the step at {time} of {gauge} is expected in\n{}", run().text);
    }
}

#[test]
fn the_folder_holds_configuration_provenance_stages_figures_and_page() {
    let files = tree(&run().out);
    for file in ["config.toml", "provenance.json", "scores.json", "result.json", "report.html"] {
        assert!(files.contains_key(file), "{file} is missing: {:?}", files.keys());
    }
    for figure in ["recordings", "modes", "expected", "counts", "cumulative", "null"] {
        let svg = &files[&format!("figures/51010-{figure}.svg")];
        assert!(svg.starts_with(b"<svg"), "{figure} is no drawing");
    }
    for stage in ["recorded", "prepare", "modes", "predicted", "reconstruction"] {
        let start = format!("stages/{stage}-51010-");
        let stored = |file: &&String| file.starts_with(&start) && file.ends_with(".parquet");
        assert_eq!(files.keys().filter(stored).count(), 1, "{start}*.parquet");
    }
    assert!(files.keys().any(|file| file.starts_with("stages/model-51010-")));
    assert_eq!(leftovers(&files), [""; 0]);

    let provenance: Value = serde_json::from_slice(&files["provenance.json"]).unwrap();
    assert_eq!(provenance["seed"], 1);
    assert!(provenance["versions"]["stmn"].is_string());
    for input in provenance["inputs"].as_array().unwrap() {
        assert_eq!(input["file"], "guza_51010_yry4_hourly.csv.gz");
        assert_eq!(input["rows"], serde_json::json!(vec![34_320; 5]));
        assert_eq!(input["blake3"].as_str().unwrap().len(), 16);
    }
    let page = String::from_utf8_lossy(&files["report.html"]);
    assert!(!page.contains("src=\"") && !page.contains("<link"), "the page needs no other file");
    assert_eq!(page.matches("<svg").count(), files.keys().filter(|f| f.ends_with(".svg")).count());
}

/// Every stage is kept under the hash of what it was made from: where the other folder's values are
/// the same to the last bit, nothing has to be done again.
#[test]
fn the_shared_record_gives_the_same_result() {
    let Some(data) = shared("data/guza") else { return };
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("guza-shared");
    if out.exists() {
        std::fs::remove_dir_all(&out).unwrap();
    }
    copy(&run().out.join("stages"), &out.join("stages"));
    let folder = out.to_str().unwrap();
    let arguments = ["run", CONFIG, "--data", data.to_str().unwrap(), "--out", folder];
    let again = succeeds(&root(), arguments);
    for stage in ["train on 51010", "decompose 51010", "predict 51010", "null distributions"] {
        let mut lines = again.stderr.lines().filter(|line| line.starts_with(stage)).peekable();
        assert!(lines.peek().is_some(), "{stage}: {}", again.stderr);
        assert!(lines.all(|line| line.contains("reused")), "{stage}: {}", again.stderr);
    }
    assert_same(&tree(&out), &tree(&run().out));
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}
