//! `stmn evaluate`: alarms and a catalogue in, R-value, Molchan, ROC and one page out; choices made
//! after freezing are called so.

#![allow(clippy::unwrap_used, reason = "a failed helper is a failed test")]

use std::fs;

use serde_json::Value;
use stmn_tests::{refused, succeeds};

const ALARMS: &str = "start,end,level\n2022-02-01,2022-02-03,2\n2022-06-10T20:00:00Z,2022-06-20T01:00:00Z,1\n2022-11-01,2022-11-01,3\n";
const EVENTS: &str = "time,latitude,longitude,magnitude\n\
    2022-02-10T03:00:00Z,29.6,102.1,5.1\n2022-06-20T23:59:59Z,29.0,102.0,4.9\n\
    2022-08-01T00:00:00Z,29.2,102.3,6.0\n2022-11-11T12:00:00Z,10.0,20.0,7.0\n\
    2021-11-11T12:00:00Z,29.2,102.3,7.0\n";
const SPAN: [&str; 4] = ["--from", "2022-01-01", "--to", "2022-12-31"];

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("alarms.csv"), ALARMS).unwrap();
    fs::write(folder.path().join("events.csv"), EVENTS).unwrap();
    folder
}

const FILES: [&str; 4] = ["evaluate", "alarms.csv", "--catalogue", "events.csv"];

#[test]
fn hits_alarm_time_and_page_are_as_counted_by_hand() {
    let folder = folder();
    let arguments =
        [&FILES[..], &SPAN, &["--period", "10", "--out", "page.svg", "--json"]].concat();
    let found: Value = succeeds(folder.path(), &arguments).json();
    assert_eq!(found["schema"], "stmn.evaluate/1");
    // 1–11 February, 10–20 June, 1–11 November; the events of 10 February, 20 June and
    // 11 November lie inside, that of August does not, that of 2021 is outside the span.
    assert_eq!(found["alarmed_days"], 33);
    assert_eq!((&found["r_value"]["hits"], &found["r_value"]["events"]), (&3.into(), &4.into()));
    let fraction = 33.0 / 365.0;
    let r = found["r_value"]["r"].as_f64().unwrap();
    assert!((r - (0.75 - fraction)).abs() < 1e-12);
    // P(3 or 4 of 4) by guessing.
    let p = 4.0 * f64::powi(fraction, 3) * (1.0 - fraction) + f64::powi(fraction, 4);
    assert!((found["r_value"]["p_value"].as_f64().unwrap() - p).abs() < 1e-12);
    assert_eq!(found["r_value"]["significant"], true);
    // Three levels and the days without alarm.
    assert_eq!(found["molchan"]["points"].as_array().unwrap().len(), 4);
    assert_eq!(found["molchan"]["points"][0]["miss_rate"], 0.75);
    assert!(found["roc"]["auc"].as_f64().unwrap() > 0.7);
    assert_eq!(found["protocol_state"], "not_frozen");
    let svg = fs::read_to_string(folder.path().join("page.svg")).unwrap();
    assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
    for said in ["3 of 4 events hit", "Molchan", "ROC of days"] {
        assert!(svg.contains(said), "{said}");
    }
}

#[test]
fn earthquakes_are_chosen_by_magnitude_and_distance() {
    let folder = folder();
    let near = ["--near", "29.6,102.0", "--radius", "300", "--min-magnitude", "5", "--json"];
    let arguments = [&FILES[..], &SPAN, &near].concat();
    let found: Value = succeeds(folder.path(), &arguments).json();
    assert_eq!((&found["r_value"]["hits"], &found["r_value"]["events"]), (&1.into(), &2.into()));
    let alone = [&FILES[..], &SPAN, &["--radius", "300"]].concat();
    assert!(refused(folder.path(), &alone).contains("--near"));
    let turned = [&FILES[..], &SPAN, &["--near", "102.0,29.6", "--radius", "300"]].concat();
    assert!(refused(folder.path(), &turned).contains("latitude in -90..=90"));
    let none = [&FILES[..], &SPAN, &["--min-magnitude", "7.5"]].concat();
    let said = refused(folder.path(), &none);
    assert!(said.contains("of 5 in the catalogue 0 have the magnitude"), "{said}");
}

#[test]
fn an_earthquake_that_stands_twice_counts_once() {
    let folder = folder();
    let arguments = [&FILES[..], &SPAN, &["--period", "10", "--json"]].concat();
    let once: Value = succeeds(folder.path(), &arguments).json();
    assert_eq!(once["repeated"], 0);
    let hit = "2022-02-10T03:00:00Z,29.6,102.1,";
    // The second with another agency's magnitude.
    let more = format!("{EVENTS}{hit}5.1\n{hit}5.4\n");
    fs::write(folder.path().join("events.csv"), more).unwrap();
    let twice: Value = succeeds(folder.path(), &arguments).json();
    assert_eq!(twice["repeated"], 2);
    assert_eq!(twice["r_value"], once["r_value"]);
    assert_eq!(twice["molchan"], once["molchan"]);
}

#[test]
fn a_frozen_protocol_tells_later_choices() {
    let folder = folder();
    let freeze = [&["evaluate", "--freeze", "p.json", "--period", "10"][..], &SPAN].concat();
    succeeds(folder.path(), &freeze);
    let with = |more: &[&str]| -> Value {
        let arguments = [&FILES[..], &["--protocol", "p.json", "--json"], more].concat();
        succeeds(folder.path(), &arguments).json()
    };
    let hash = with(&[])["protocol_state"]["frozen"]["hash"].as_str().unwrap().to_owned();
    let file = fs::read_to_string(folder.path().join("p.json")).unwrap();
    assert!(hash.len() == 64 && file.contains(&hash));
    let later = with(&["--period", "60"]);
    assert_eq!(later["protocol_state"]["chosen_later"]["changed"][0], "period_days");
    let later = with(&["--near", "29.6,102.0", "--radius", "300"]);
    let changed = &later["protocol_state"]["chosen_later"]["changed"];
    assert_eq!((&changed[0], &changed[1]), (&"near".into(), &"max_distance_km".into()));
    fs::write(folder.path().join("p.json"), file.replace("10,", "60,")).unwrap();
    let edited = [&FILES[..], &["--protocol", "p.json"]].concat();
    assert!(refused(folder.path(), &edited).contains("was edited"));
}

#[test]
fn a_place_is_frozen_with_the_rest() {
    let folder = folder();
    let place = ["--near", "29.6,102.0", "--radius", "300"];
    let freeze = [&["evaluate", "--freeze", "p.json"][..], &SPAN, &place].concat();
    succeeds(folder.path(), &freeze);
    let with = |more: &[&str]| -> Value {
        let arguments = [&FILES[..], &["--protocol", "p.json", "--json"], more].concat();
        succeeds(folder.path(), &arguments).json()
    };
    let frozen = with(&[]);
    assert!(frozen["protocol_state"]["frozen"]["hash"].is_string(), "{frozen}");
    // That of 11 November is far away.
    assert_eq!(frozen["r_value"]["events"], 3);
    let elsewhere = with(&["--near", "10.0,20.0"]);
    assert_eq!(elsewhere["protocol_state"]["chosen_later"]["changed"][0], "near");
    let freeze = ["evaluate", "--freeze", "q.json", "--near", "1,2", "--from", "2022-01-01"];
    let refuse = |more: &[&str]| refused(folder.path(), [&freeze[..], more].concat());
    let said = refuse(&["--to", "2022-12-31", "--radius", "inf"]);
    assert!(said.contains("max_distance_km") && said.contains("positive and finite"), "{said}");
    let said = refuse(&["--to", "2021-12-31", "--radius", "300"]);
    assert!(said.contains("last_day"), "{said}");
    assert!(!folder.path().join("q.json").exists());
}

#[test]
fn bad_alarms_are_named() {
    let folder = folder();
    let refuse = |alarms: &str| {
        fs::write(folder.path().join("alarms.csv"), alarms).unwrap();
        refused(folder.path(), [&FILES[..], &SPAN].concat())
    };
    assert!(refuse("start,end\n2022-02-03,2022-02-01\n").contains("before it starts"));
    assert!(refuse("start,end\nsoon,2022-02-01\n").contains("soon"));
    assert!(refuse("start,end,strength\n2022-02-03,2022-02-04,1\n").contains("strength"));
    assert!(refuse("start,end,level\n2022-02-03,2022-02-04,-1\n").contains("level"));
}
