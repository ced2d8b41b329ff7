//! `stmn quality`: what gauges are worth is what was planted in them, each station gets a page, and
//! the ranking says why.

#![allow(clippy::unwrap_used, reason = "a failed helper is a failed test")]

use std::fs;

use serde_json::Value;
use stmn_tests::{SmallNetwork, refused, succeeds};

/// Of T1 (29.755° N, 102.232° E) two near and one within 200 km while it recorded, one too small;
/// the first and the last, far off, make the catalogue span the recordings.
const EVENTS: &str = "time,latitude,longitude,magnitude\n\
    2022-01-01T00:00:00Z,10.0,20.0,5.0\n2022-04-01T00:00:00Z,29.8,102.2,3.0\n\
    2022-05-01T00:00:00Z,29.7,102.4,3.6\n2022-05-02T00:00:00Z,29.8,102.2,2.9\n\
    2022-06-01T00:00:00Z,30.8,102.2,4.0\n2022-12-31T00:00:00Z,10.0,20.0,5.0\n";

fn network() -> SmallNetwork {
    let network = SmallNetwork::new();
    fs::write(network.path("events.csv"), EVENTS).unwrap();
    network
}

const PLACED: [&str; 7] = [
    "quality",
    "network/T1.csv",
    "network/REF.csv",
    "--stations",
    "network/stations.csv",
    "--catalogue",
    "events.csv",
];

#[test]
fn gauges_are_worth_what_was_planted() {
    let network = network();
    let found = succeeds(network.folder(), PLACED.iter().chain(&["--json"])).json();
    let truth: Value =
        serde_json::from_slice(&fs::read(network.path("network/truth.json")).unwrap()).unwrap();
    for recording in found["recordings"].as_array().unwrap() {
        let planted = truth["stations"].as_array().unwrap();
        let planted = planted.iter().find(|it| it["id"] == recording["station"]).unwrap();
        let planted = &planted["truth"];
        assert_eq!(recording["not_assessed"], Value::Null);
        let gauges = recording["gauges"].as_array().unwrap();
        assert_eq!(gauges.len(), 4);
        for (gauge, expected) in
            gauges.iter().zip(planted["pressure"]["coefficients"].as_array().unwrap())
        {
            let coefficient = gauge["pressure"]["coefficient"].as_f64().unwrap();
            let expected = expected.as_f64().unwrap();
            assert!((coefficient / expected - 1.0).abs() < 0.1, "{coefficient} {expected}");
            // The place changes the tide by up to a fifth, and a gauge's gain by as much again.
            let factor = gauge["m2_factor"].as_f64().unwrap();
            assert!((0.6..1.5).contains(&factor), "{gauge}");
            assert!(gauge["m2_instability"].as_f64().unwrap() < 0.1, "{gauge}");
            assert!((0.0..3.0).contains(&gauge["noise"]["index"].as_f64().unwrap()), "{gauge}");
        }
        assert_eq!(recording["windows"].as_array().unwrap().len(), 6);
    }
    let earthquakes = |index: usize| {
        let found = &found["recordings"][index]["earthquakes"];
        [&found["near"], &found["wide"]].map(|number| number.as_u64().unwrap())
    };
    assert_eq!((earthquakes(0), earthquakes(1)), ([2, 3], [0, 0]));

    let ranks = found["references"].as_array().unwrap();
    assert_eq!((&ranks[0]["station"], &ranks[1]["station"]), (&"REF".into(), &"T1".into()));
    let reasons = ranks[1]["reasons"].to_string();
    assert!(reasons.contains("2 earthquakes of M >= 3 within 50 km"), "{reasons}");
    let larger = [&PLACED[..], &["--min-magnitude", "3.5", "--json"]].concat();
    let larger = succeeds(network.folder(), &larger).json();
    assert_eq!(larger["recordings"][0]["earthquakes"]["near"], 1);
}

#[test]
fn every_station_gets_a_table_and_a_page() {
    let network = network();
    let arguments = [&PLACED[..], &["--out", "pages/all"]].concat();
    let text = succeeds(network.folder(), &arguments).stdout;
    for said in [
        "noise at 1/day",
        "M2 spread",
        "in 6 windows of 30 days",
        "earthquakes of M >= 3: 2 within 50 km, 3 within 200 km",
        "page: pages/all/T1.csv.svg",
        "2 earthquakes of M >= 3 within 50 km while it recorded",
        "REF: may serve as a reference",
    ] {
        assert!(text.contains(said), "{said} in {text}");
    }
    for name in ["T1", "REF"] {
        let svg = fs::read_to_string(network.path(&format!("pages/all/{name}.csv.svg"))).unwrap();
        assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
        assert!(svg.contains(&format!("{name}: 2022-03-10")) && !svg.contains("NaN"));
    }
}

#[test]
fn what_cannot_be_assessed_is_said() {
    let network = network();
    let rows: String = (0..12).map(|h| format!("2020-01-01T{h:02}:00:00Z,{h},1,2,3\n")).collect();
    fs::write(network.path("short.csv"), format!("time,s1,s2,s3,s4\n{rows}")).unwrap();
    fs::write(network.path("three.csv"), format!("time,s1,s2,s3,other\n{rows}")).unwrap();
    let arguments = ["quality", "short.csv", "three.csv", "--out", "pages", "--json"];
    let found = succeeds(network.folder(), arguments).json();
    for (recording, why) in
        found["recordings"].as_array().unwrap().iter().zip(["s1", "four gauges"])
    {
        let said = recording["not_assessed"].as_str().unwrap();
        assert!(said.contains(why), "{said}");
        assert_eq!(recording["gauges"].as_array().unwrap().len(), 0);
        assert_eq!(recording.get("page"), None);
    }
    let message = refused(network.folder(), ["quality", "network/T1.csv", "--pressure", "baro"]);
    assert!(message.contains("baro"), "{message}");
    let far = [&["quality", "short.csv"][..], &PLACED[3..5]].concat();
    let message = refused(network.folder(), &far);
    assert!(message.contains("short") && message.contains("stations.csv"), "{message}");
}
