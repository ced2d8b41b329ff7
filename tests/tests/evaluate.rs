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

/// The same alarms and earthquakes in a year that nobody has seen.
const LATER: [&str; 4] = ["--from", "2200-01-01", "--to", "2200-12-31"];

fn later_folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [("alarms.csv", ALARMS), ("events.csv", EVENTS)] {
        fs::write(folder.path().join(name), text.replace("2022-", "2200-")).unwrap();
    }
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
    let unfrozen = "2022-01-01 to 2022-12-31; no protocol was frozen beforehand";
    for said in ["3 of 4 events hit", "Molchan", "ROC of days", unfrozen] {
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
    let folder = later_folder();
    let freeze = [&["evaluate", "--freeze", "p.json", "--period", "10"][..], &LATER].concat();
    succeeds(folder.path(), &freeze);
    let with = |more: &[&str]| -> Value {
        let arguments = [&FILES[..], &["--protocol", "p.json", "--json"], more].concat();
        succeeds(folder.path(), &arguments).json()
    };
    let hash = with(&["--out", "page.svg"])["protocol_state"]["frozen"]["hash"].clone();
    let hash = hash.as_str().unwrap().to_owned();
    let svg = fs::read_to_string(folder.path().join("page.svg")).unwrap();
    let said = format!("2200-01-01 to 2200-12-31; protocol {} frozen before", &hash[..12]);
    assert!(svg.contains(&said), "{said}");
    let file = fs::read_to_string(folder.path().join("p.json")).unwrap();
    assert!(hash.len() == 64 && file.contains(&hash));
    let later = with(&["--period", "60"]);
    assert_eq!(later["protocol_state"]["chosen_later"]["changed"][0], "period_days");
    let later = with(&["--near", "29.6,102.0", "--radius", "300"]);
    let changed = &later["protocol_state"]["chosen_later"]["changed"];
    assert_eq!((&changed[0], &changed[1]), (&"near".into(), &"max_distance_km".into()));
    let later = with(&["--decluster", "gardner-knopoff"]);
    assert_eq!(later["protocol_state"]["chosen_later"]["changed"][0], "decluster");
    fs::write(folder.path().join("p.json"), file.replace("10,", "60,")).unwrap();
    // Found before any other file is looked for.
    let edited =
        ["evaluate", "no-alarms.csv", "--catalogue", "no-events.csv", "--protocol", "p.json"];
    let said = refused(folder.path(), edited);
    assert!(said.contains("p.json") && said.contains("was edited"), "{said}");
}

#[test]
fn what_is_frozen_stays_so_and_must_be_what_was_published() {
    let folder = later_folder();
    let file = folder.path().join("p.json");
    let freeze = |period: &str| {
        [&["evaluate", "--freeze", "p.json", "--period", period][..], &LATER]
            .concat()
            .iter()
            .map(|word| (*word).to_owned())
            .collect::<Vec<_>>()
    };
    let hash = succeeds(folder.path(), freeze("10")).stdout.lines().next().unwrap().to_owned();
    let before = fs::read_to_string(&file).unwrap();
    let said = refused(folder.path(), freeze("60"));
    assert!(said.contains("p.json is there already"), "{said}");
    assert_eq!(fs::read_to_string(&file).unwrap(), before);

    let expect = |hash| [&FILES[..], &["--protocol", "p.json", "--expect-hash", hash]].concat();
    succeeds(folder.path(), expect(&hash));
    let other = "0".repeat(64);
    let said = refused(folder.path(), expect(&other));
    assert!(said.contains("p.json") && said.contains(&hash) && said.contains(&other), "{said}");

    let without: String = before.lines().filter(|line| !line.contains("frozen_at")).collect();
    fs::write(&file, without).unwrap();
    let said = refused(folder.path(), expect(&hash));
    assert!(said.contains("p.json") && said.contains("freeze the choices anew"), "{said}");
}

#[test]
fn what_was_frozen_behind_the_span_was_not_frozen_beforehand() {
    let folder = folder();
    succeeds(folder.path(), [&["evaluate", "--freeze", "p.json"][..], &SPAN].concat());
    let arguments = [&FILES[..], &["--protocol", "p.json"]].concat();
    let found: Value = succeeds(folder.path(), [&arguments[..], &["--json"]].concat()).json();
    let state = &found["protocol_state"]["frozen_late"];
    assert_eq!(state["span_over"], true);
    assert!(state["hash"].is_string() && state["frozen_at"].is_string(), "{state}");
    let text = succeeds(folder.path(), [&arguments[..], &["--out", "page.svg"]].concat()).stdout;
    assert!(text.contains("note: frozen") && text.contains("the test span was over"), "{text}");
    let svg = fs::read_to_string(folder.path().join("page.svg")).unwrap();
    assert!(svg.contains("frozen only after its end"));
}

#[test]
fn a_place_is_frozen_with_the_rest() {
    let folder = later_folder();
    let place = ["--near", "29.6,102.0", "--radius", "300"];
    let freeze = [&["evaluate", "--freeze", "p.json"][..], &LATER, &place].concat();
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
    let header = "start,end,level\n2022-02-03,2022-02-04,1\n\n\n";
    for (alarms, wanted) in [
        ("".to_owned(), "alarms.csv:1: the file is empty"),
        ("foo,bar\n".to_owned(), "alarms.csv:1: there is no column `start`: the file has foo, bar"),
        ("start;end\n".to_owned(), "put commas between"),
        (format!("{header}2022-02-03,soon,1\n"), "alarms.csv:5: column end: `soon`"),
        (format!("{header}2022-02-03,2022-02-04,high\n"), "alarms.csv:5: column level: `high`"),
        (format!("{header}2022-02-03,2022-02-04,1.6e308\n"), "column level: `1.6e308`"),
        (format!("{header}2022-02-03,2022-02-04\n"), "alarms.csv:5: the row has 2 fields"),
        (format!("{header}2022-02-03,2022-02-01,1\n"), "alarms.csv:5: the alarm ends 2022-02-01"),
    ] {
        let said = refuse(&alarms);
        assert!(said.contains(wanted), "{said}");
    }
    // An alarm that would not count is looked at too.
    let backwards = "start,end,level\n2022-02-03,2022-02-01,0.5\n";
    fs::write(folder.path().join("alarms.csv"), backwards).unwrap();
    let arguments = [&FILES[..], &SPAN, &["--threshold", "1"]].concat();
    assert!(refused(folder.path(), &arguments).contains("alarms.csv:2: the alarm ends"));
    fs::write(folder.path().join("alarms.csv"), [0x1f, 0x8b, 8, 0]).unwrap();
    assert!(refused(folder.path(), &arguments).contains("unpack it first"));
}

/// What is printed and the document, of these alarms and earthquakes in 2022 with more options.
fn evaluated(alarms: &str, events: &str, more: &[&str]) -> (String, Value) {
    let folder = folder();
    fs::write(folder.path().join("alarms.csv"), alarms).unwrap();
    let header = "time,latitude,longitude,magnitude\n";
    fs::write(folder.path().join("events.csv"), format!("{header}{events}")).unwrap();
    fs::write(folder.path().join("read.toml"), "[csv]\nzone = \"+08:00\"\n").unwrap();
    let arguments = [&FILES[..], &SPAN, &["--period", "10"], more].concat();
    let text = succeeds(folder.path(), &arguments).stdout;
    (text, succeeds(folder.path(), [&arguments[..], &["--json"]].concat()).json())
}

const EVENT: &str = "2022-03-05T00:00:00Z,30,100,5.0\n";

#[test]
fn no_alarm_is_an_answer_and_other_columns_are_named() {
    let (text, found) = evaluated("start,end\n", EVENT, &[]);
    assert!(text.contains("note: the file of alarms has a header and no alarm"), "{text}");
    assert_eq!((&found["r_value"]["hits"], &found["alarms"]), (&0.into(), &0.into()));
    let alarms = "\u{feff}Station,Start,End\n51010,2022-03-01,2022-03-01\n";
    let (text, found) = evaluated(alarms, EVENT, &[]);
    assert!(text.contains("not used: Station"), "{text}");
    assert_eq!(found["alarm_file"]["other_columns"][0], "Station");
    assert_eq!(found["r_value"]["hits"], 1);
}

#[test]
fn what_does_not_count_is_counted() {
    let alarms = "start,end,level\n2022-03-01,2022-03-01,2\n2021-12-01,2021-12-21,2\n\
                  2021-12-22,2021-12-22,2\n2023-01-01,2023-01-01,2\n2022-05-01,2022-05-01,1\n";
    let events = format!(
        "{EVENT}2022-03-06T00:00:00Z,30,100,4.0\n2022-03-06T00:00:00Z,10,100,5\n\
                          2021-03-06T00:00:00Z,30,100,5\n"
    );
    let more = ["--threshold", "2", "--min-magnitude", "5", "--near", "30,100", "--radius", "50"];
    let (text, found) = evaluated(alarms, &events, &more);
    let file = &found["alarm_file"];
    assert_eq!((&file["alarms"], &file["below_threshold"]), (&5.into(), &1.into()));
    // That of 22 December reaches into the span.
    assert_eq!(file["outside_span"], 2);
    assert!(text.contains("of 5 alarms 1 are below the threshold and 2 more"), "{text}");
    let catalogue = &found["catalogue"];
    for (key, number) in
        [("events", 4), ("below_magnitude", 1), ("too_far", 1), ("outside_span", 1)]
    {
        assert_eq!(catalogue[key], number, "{key}: {catalogue}");
    }
    let (text, _) = evaluated(alarms, EVENT, &["--threshold", "5"]);
    assert!(text.contains("of 5 alarms 5 are below the threshold"), "{text}");
}

#[test]
fn of_repeated_rows_the_largest_magnitude_counts_in_either_order() {
    let rows = ["2022-03-05T00:00:00Z,30,100,5.4\n", "2022-03-05T00:00:00Z,30,100,4.9\n"];
    for events in [rows.concat(), [rows[1], rows[0]].concat()] {
        let (_, found) = evaluated("start,end\n", &events, &["--min-magnitude", "5"]);
        assert_eq!((&found["repeated"], &found["r_value"]["events"]), (&1.into(), &1.into()));
    }
}

#[test]
fn times_without_a_zone_are_noted_and_can_be_given_one() {
    let alarms = "start,end\n2022-02-18,2022-02-18\n";
    let events = "2022-03-01 02:00:00,30,100,5.0\n";
    let (text, found) = evaluated(alarms, events, &[]);
    assert!(text.contains("note: 1 times of the catalogue name no zone"), "{text}");
    assert_eq!(
        (&found["catalogue"]["zone_assumed"], &found["r_value"]["hits"]),
        (&1.into(), &0.into())
    );
    // Two in the morning of the first of March in Beijing is the last day of the alarm in UTC.
    let (text, found) = evaluated(alarms, events, &["--catalogue-read", "read.toml"]);
    assert!(!text.contains("name no zone"), "{text}");
    assert_eq!(found["r_value"]["hits"], 1);
    let (text, _) = evaluated(alarms, EVENT, &[]);
    assert!(!text.contains("name no zone"), "{text}");
}

#[test]
fn aftershocks_are_noted_and_left_out_where_asked() {
    let alarms = "start,end\n2022-03-01,2022-03-01\n";
    let events = "2022-03-05T00:00:00Z,30,100,6.0\n2022-03-05T03:00:00Z,30.01,100,5.0\n\
                  2022-03-07T00:00:00Z,30,100.01,4.9\n2022-09-01T00:00:00Z,-40,10,5.0\n";
    let (text, found) = evaluated(alarms, events, &[]);
    assert_eq!(found["sharing"], serde_json::json!({"a_day": 2, "an_alarm": 3}));
    assert!(
        text.contains("3 earthquakes share an alarm") && text.contains("--decluster"),
        "{text}"
    );
    assert_eq!(found["r_value"]["events"], 4);
    let (_, found) = evaluated(alarms, events, &["--decluster", "gardner-knopoff"]);
    assert_eq!(
        (&found["r_value"]["events"], &found["catalogue"]["aftershocks"]),
        (&2.into(), &2.into())
    );
    assert_eq!(found["sharing"], serde_json::json!({"a_day": 0, "an_alarm": 0}));
    assert_eq!(found["protocol"]["decluster"], "gardner_knopoff");
    let folder = folder();
    let few = [&FILES[..], &SPAN, &["--decluster", "nearest-neighbour"]].concat();
    assert!(refused(folder.path(), &few).contains("--decluster gardner-knopoff"));
}

#[test]
fn an_earthquake_on_every_day_leaves_nothing_to_tell() {
    let folder = folder();
    let span = ["--from", "2022-02-10", "--to", "2022-02-10"];
    let said = refused(folder.path(), [&FILES[..], &span].concat());
    assert!(said.contains("raise --min-magnitude"), "{said}");
}

#[test]
fn the_page_takes_no_inputs_place() {
    let folder = folder();
    let out = [&FILES[..], &SPAN, &["--out", "./events.csv"]].concat();
    assert!(refused(folder.path(), &out).contains("would overwrite events.csv"));
    assert_eq!(fs::read_to_string(folder.path().join("events.csv")).unwrap(), EVENTS);
}
