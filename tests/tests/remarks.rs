//! What readers notice about the files of a run reaches whoever reads its result.

#![allow(clippy::unwrap_used, reason = "a failed helper is a failed test")]

use std::fs;

use serde_json::{Value, json};
use stmn_tests::{SmallNetwork, run_refused, says, succeeds};

/// Two rows of T1 that are none, a number in T2 that stands for a missing value in other files, and a
/// catalogue with an event that is none.
fn damaged() -> SmallNetwork {
    let network = SmallNetwork::new();
    network.edit("network/T1.csv", |lines| {
        lines[57] = lines[57].replacen(',', ",x", 1);
        lines.insert(1000, "yesterday,1,2,3,4,5".to_owned());
    });
    let events = "time,latitude,longitude,magnitude\n2022-04-01T00:00:00Z,29.6,102.1,4.5\n\
                  2022-04-02T00:00:00Z,29.6,east,4.5\n";
    fs::write(network.path("network/events.csv"), events).unwrap();
    network
}

/// The configuration with the catalogue, which passes over bad rows where it is asked to.
fn write_config(network: &SmallNetwork, skip: [bool; 2]) {
    let [recordings, catalogue] = skip;
    let config = network.config();
    let config = match recordings {
        true => config.replace(".read.csv]\n", ".read.csv]\nskip_bad_rows = true\n"),
        false => config,
    };
    let catalogue = format!("[catalogue]\npath = \"events.csv\"\nskip_bad_rows = {catalogue}\n");
    network.write_config("small.toml", &format!("{config}\n{catalogue}"));
}

#[test]
fn rows_of_a_run_are_passed_over_where_that_is_asked_for_and_named() {
    let network = damaged();
    write_config(&network, [false, true]);
    says(&run_refused(&network), &["T1.csv", "line 58", "column s1"]);
    write_config(&network, [true, false]);
    says(&run_refused(&network), &["events.csv", "line 3", "longitude"]);
    write_config(&network, [true, true]);
    let document = network.run("out", &[]);

    let remarks = document["remarks"].as_array().unwrap();
    let of: Vec<&Value> = remarks.iter().map(|remark| &remark["of"]).collect();
    assert_eq!(of, ["T1", "catalogue"]);
    let rows = |place: usize| -> Vec<&str> {
        let rows = remarks[place]["bad_rows"].as_array().unwrap();
        rows.iter().map(|row| row.as_str().unwrap()).collect()
    };
    let [number, time] = rows(0)[..] else { panic!("{remarks:?}") };
    assert!(number.starts_with("T1.csv, line 58, column s1: `x"), "{number}");
    assert!(time.starts_with("T1.csv, line 1001") && time.contains("not a time"), "{time}");
    let [event] = rows(1)[..] else { panic!("{remarks:?}") };
    assert!(event.starts_with("events.csv, line 3") && event.contains("`east`"), "{event}");

    let read = |name: &str| fs::read_to_string(network.path("out").join(name)).unwrap();
    let parsed = |name: &str| serde_json::from_str::<Value>(&read(name)).unwrap();
    assert_eq!(parsed("result.json")["remarks"], document["remarks"]);
    let catalogue = json!({ "file": "events.csv", "events": 1, "bad_rows": [event] });
    assert_eq!(parsed("scores.json")["catalogue_source"], catalogue);
    assert_eq!(parsed("provenance.json")["catalogue"], catalogue);
    let page = read("report.html");
    says(&page, &["T1: 2 lines could not be used", "line 58, column s1"]);
    says(&page, &["catalogue: 1 lines could not be used", "line 3"]);

    // The last step alone says the same, and so does text.
    let again = succeeds(network.folder(), ["analyze", "out", "--json"]).json();
    assert_eq!(again["remarks"], document["remarks"]);
    let text = succeeds(network.folder(), ["analyze", "out"]).stdout;
    let first = format!("\nT1: 2 rows could not be used, the first: {number}\n");
    let second = format!("catalogue: 1 rows could not be used, the first: {event}\n");
    says(&text, &[&first, &second]);
}

/// What a reader noticed is in the folder's scores and goes from there into document, text and page.
#[test]
fn notes_of_a_reader_are_in_document_text_and_page() {
    let network = SmallNetwork::new();
    let quiet = network.run("out", &[]);
    assert!(quiet.get("remarks").is_none(), "{quiet}");
    let path = network.path("out/scores.json");
    let mut scores: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    assert!(scores["reference_source"].get("notes").is_none());
    let note = |file: &str| format!("{file}: 99999 occurs 3 times, first in line 7, and was read");
    scores["reference_source"]["notes"] = json!([note("REF.dat")]);
    scores["stations"][1]["source"]["notes"] = json!([note("T2.dat")]);
    fs::write(&path, scores.to_string()).unwrap();

    let document = succeeds(network.folder(), ["analyze", "out", "--json"]).json();
    let remarks = json!([
        { "of": "REF", "bad_rows": [], "notes": [note("REF.dat")] },
        { "of": "T2", "bad_rows": [], "notes": [note("T2.dat")] },
    ]);
    assert_eq!(document["remarks"], remarks);
    let text = succeeds(network.folder(), ["analyze", "out"]).stdout;
    let lines = ["REF", "T2"].map(|id| format!("note: {id}: {}\n", note(&format!("{id}.dat"))));
    says(&text, &[&lines.concat()]);
    let page = fs::read_to_string(network.path("out/report.html")).unwrap();
    says(&page, &[&format!("REF: {}", note("REF.dat")), &format!("T2: {}", note("T2.dat"))]);
}
