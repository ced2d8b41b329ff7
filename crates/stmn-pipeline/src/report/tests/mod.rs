mod fixture;
mod xml;

use std::collections::BTreeMap;

use fixture::Fixture;

use super::{write_demo_page, write_report};
use crate::demo::{DemoDocument, Planted, QuietNetwork, Recovered};
use crate::{RunDirectory, Silent};

fn written(directory: &RunDirectory) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let figures = std::fs::read_dir(directory.root().join("figures"));
    let figures = figures.into_iter().flatten().map(|entry| entry.unwrap().path());
    for path in figures.chain([directory.report()]) {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        files.insert(name, std::fs::read_to_string(path).unwrap());
    }
    files
}

/// Whether a page asks for anything that is not in it.
fn asks_for_other_files(page: &str) -> bool {
    ["src=", "<link", "<script", "url(", "@import", "href=\"http", "href='http"]
        .iter()
        .any(|ask| page.contains(ask))
}

#[test]
fn a_run_ends_with_a_page_that_needs_nothing_else() {
    let run = Fixture::new();
    write_report(&run.directory, &run.scores, &run.result, &Silent).unwrap();
    let files = written(&run.directory);
    let page = &files["report.html"];
    xml::check_html(page);
    assert!(!asks_for_other_files(page));
    assert!(page.len() < 1_200_000, "{} bytes for two stations", page.len());
    let verdict = page.find("class=\"verdict").unwrap();
    let first_table = page.find("<table").unwrap();
    assert!(verdict < first_table);
    let opening: String = run.result.verdict.chars().take(40).collect();
    assert!(page[verdict..first_table].contains(&opening.replace('"', "&quot;")), "{opening}");
    for text in [
        "A&lt;&amp;&gt;/1",
        "Ratio ≥ 1 holds",
        "Exploratory series",
        "What a small p does not show",
        "Which days a score has seen",
        "fedcba9876543210",
        "min_window_coverage",
        "line 7, column s1",
        "<p class=\"note\">B: 99999 occurs 3 times &lt;here&gt;</p>",
        "Inflection that the stations share",
    ] {
        assert!(page.contains(text), "no `{text}` in the page");
    }
    // Each gauge of two stations: the total, and the coefficient of each lag.
    let lags: Vec<&str> = page.split("<br>pressure: ").skip(1).collect();
    assert_eq!(lags.len(), 8);
    for lags in lags.iter().filter_map(|rest| rest.split("</td>").next()) {
        assert!(lags.starts_with("0 h ") && lags.contains(", 2 h "), "{lags}");
        assert_eq!(lags.matches('±').count(), 2, "{lags}");
    }
    for hidden in ["A<&>", "/somewhere", run.folder.path().to_str().unwrap(), "NaN", "null<"] {
        assert!(!page.contains(hidden), "`{hidden}` in the page");
    }

    // The same again, into the same folder and over the same files.
    write_report(&run.directory, &run.scores, &run.result, &Silent).unwrap();
    assert_eq!(written(&run.directory), files);
}

#[cfg(feature = "plots")]
#[test]
fn every_figure_is_a_document_of_its_own_and_stands_in_the_page() {
    let run = Fixture::new();
    write_report(&run.directory, &run.scores, &run.result, &Silent).unwrap();
    let files = written(&run.directory);
    let of_station = ["recordings", "modes", "expected", "counts", "cumulative", "null"];
    let mut names: Vec<String> = ["A~3c~26~3e~2f1", "B"]
        .iter()
        .flat_map(|id| of_station.map(|figure| format!("{id}-{figure}.svg")))
        .chain(["network-decay.svg".to_owned()])
        .collect();
    names.sort();
    let found: Vec<&String> = files.keys().filter(|name| name.ends_with(".svg")).collect();
    assert_eq!(found, names.iter().collect::<Vec<_>>());
    for name in names {
        let figure = &files[&name];
        xml::check(figure);
        assert!(figure.contains("role=\"img\" aria-label=\""), "{name}");
        assert!(figure.contains("<title>") && !figure.contains(" id="), "{name}");
        assert!(!figure.contains("NaN"), "{name}");
        assert!(files["report.html"].contains(figure), "{name} is not in the page");
    }
}

#[cfg(feature = "plots")]
#[test]
fn figures_whose_tables_are_gone_are_left_out_and_the_page_says_so() {
    let run = Fixture::new();
    for entry in std::fs::read_dir(run.folder.path().join("stages")).unwrap() {
        std::fs::remove_file(entry.unwrap().path()).unwrap();
    }
    write_report(&run.directory, &run.scores, &run.result, &Silent).unwrap();
    let page = &written(&run.directory)["report.html"];
    assert!(page.contains("No figure of the recordings"));
    assert!(!page.contains("No figure of the daily counts"));
    xml::check_html(page);
}

#[test]
fn a_demo_ends_with_what_was_planted_beside_what_was_found() {
    let run = Fixture::new();
    let planted = Planted {
        inflection_days_before_event: 39.0,
        decay_exponent: 0.255,
        transients: vec![150, 107],
    };
    let document = DemoDocument {
        schema: "stmn.demo/1",
        seed: 11,
        recovered: Recovered::of(&run.result, &run.result, &planted),
        planted,
        result: run.result.clone(),
        quiet_network: QuietNetwork {
            stations: run.result.stations.clone(),
            inflection: run.result.inflection.clone(),
            verdict: "No: nothing built up.".to_owned(),
        },
        directory: run.folder.path().display().to_string(),
        report: run.directory.report().display().to_string(),
    };
    write_demo_page(&run.directory, &document).unwrap();
    let page = &written(&run.directory)["report.html"];
    xml::check_html(page);
    assert!(!asks_for_other_files(page));
    for text in ["39.0", "0.255", "anomalous/report.html", "quiet/report.html", "No: nothing"] {
        assert!(page.contains(text), "no `{text}` in the page");
    }
    assert!(!page.contains(run.folder.path().to_str().unwrap()));
}
