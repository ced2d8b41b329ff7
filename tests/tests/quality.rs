//! `stmn quality`: what gauges are worth is what was planted in them, each station gets a page, and
//! the ranking says why.

#![allow(clippy::unwrap_used, reason = "a failed helper is a failed test")]

use std::fs;

use jiff::SignedDuration;
use serde_json::Value;
use stmn_tests::{SmallNetwork, refused, succeeds};
use strain_io::ndarray::Axis;
use strain_io::{
    Channel, LoveNumbers, Recording, ResponseConfig, TideSite, TimeGrid, Unit, fit_response,
    solid_tide,
};

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

/// α of gauges with these gains, from its definition: gauges are multiplied by what makes them equal.
fn alpha(gains: &Value) -> f64 {
    let gains: Vec<f64> = gains.as_array().unwrap().iter().map(|g| g.as_f64().unwrap()).collect();
    let factors = gains.iter().map(|gain| gains.iter().sum::<f64>() / 4.0 / gain);
    let square = factors.clone().map(|k| (k - 1.0).powi(2)).sum::<f64>() / 4.0;
    square.sqrt() / (factors.sum::<f64>() / 4.0)
}

fn m2_of(tides: &Value, gauge: usize) -> f64 {
    let m2 = tides.as_array().unwrap().iter().find(|line| line["name"] == "M2").unwrap();
    m2["amplitudes"][gauge].as_f64().unwrap()
}

/// Of the theoretical tide along a gauge of a synthetic station, over the half year of the network.
fn theoretical_m2(station: &Value, gauge: usize) -> f64 {
    let place = |name: &str| station[name].as_f64().unwrap();
    let site = TideSite::new(place("latitude"), place("longitude"));
    let start = "2022-03-10T00:00:00Z".parse().unwrap();
    let grid = TimeGrid::new(start, SignedDuration::from_hours(1), 180 * 24).unwrap();
    let tide = solid_tide(&site, &grid, &LoveNumbers::default()).unwrap();
    let values = tide.along(45.0 * gauge as f64).insert_axis(Axis(1));
    let channels = vec![Channel::new("theory", Unit::Nanostrain)];
    let theory = Recording::new("theory", grid, channels, values).unwrap();
    let all = 0..grid.len();
    let fit = fit_response(&theory, "theory", all, &ResponseConfig::default()).unwrap();
    fit.tide("M2").unwrap().amplitude
}

#[test]
fn gauges_are_worth_what_was_planted() {
    let network = network();
    let found = succeeds(network.folder(), PLACED.iter().chain(&["--json"])).json();
    let truth: Value =
        serde_json::from_slice(&fs::read(network.path("network/truth.json")).unwrap()).unwrap();
    for recording in found["recordings"].as_array().unwrap() {
        let planted = truth["stations"].as_array().unwrap();
        let station = planted.iter().find(|it| it["id"] == recording["station"]).unwrap();
        let planted = &station["truth"];
        let alpha = alpha(&planted["gauge_gains"]);
        let found = recording["calibration_alpha"].as_f64().unwrap();
        assert!((found - alpha).abs() < 0.02, "alpha {found}, planted {alpha}");
        assert_eq!(recording["not_assessed"], Value::Null);
        let gauges = recording["gauges"].as_array().unwrap();
        assert_eq!(gauges.len(), 4);
        let mut spread = 0.0;
        for (index, gauge) in gauges.iter().enumerate() {
            let coefficient = gauge["pressure"]["coefficient"].as_f64().unwrap();
            let expected = planted["pressure"]["coefficients"][index].as_f64().unwrap();
            assert!((coefficient / expected - 1.0).abs() < 0.1, "{coefficient} {expected}");
            let expected = m2_of(&planted["tides"], index) / theoretical_m2(station, index);
            let factor = gauge["m2_factor"].as_f64().unwrap();
            assert!((factor / expected - 1.0).abs() < 0.03, "{expected} in {gauge}");
            spread += gauge["m2_instability"].as_f64().unwrap().powi(2) / 4.0;
            assert_eq!(gauge["m2_windows"], 3);
            // Between white noise and a random walk, which are planted together.
            assert!((0.5..2.2).contains(&gauge["noise"]["index"].as_f64().unwrap()), "{gauge}");
            // Half a year of which hours are missing.
            let large = |step: &&Value| step["sizes"][index].as_f64().unwrap().abs() > 20.0;
            let steps = planted["steps"].as_array().unwrap().iter().filter(large).count() as f64;
            let found = gauge["steps_per_year"].as_f64().unwrap() * 180.0 / 365.25;
            assert!((found - steps).abs() < 0.05 * steps.max(1.0), "{steps} in {gauge}");
        }
        // None is planted. Three windows of one gauge are left to chance, so that the four are pooled.
        assert!(spread.sqrt() < 0.03, "{spread}");
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

#[test]
fn what_would_be_wrong_at_the_end_is_refused_at_the_start() {
    let network = network();
    // Two stations' files of one name would overwrite each other's page.
    fs::create_dir(network.path("other")).unwrap();
    fs::copy(network.path("network/REF.csv"), network.path("other/T1.csv")).unwrap();
    let two = ["quality", "network/T1.csv", "other/T1.csv"];
    let message = refused(network.folder(), two.iter().chain(&["--out", "pages"]));
    for said in ["network/T1.csv", "other/T1.csv", "pages/T1.csv.svg"] {
        assert!(message.contains(said), "{said} in {message}");
    }
    assert!(!network.path("pages").exists());
    succeeds(network.folder(), two);
    let missing = ["quality", "not-there.csv", "--min-magnitude", "nan"];
    let message = refused(network.folder(), missing);
    assert!(message.contains("magnitude = NaN"), "{message}");
}

#[test]
fn a_dead_gauge_is_named_and_the_others_assessed() {
    let network = network();
    let text = fs::read_to_string(network.path("network/T1.csv")).unwrap();
    let rows = text.lines().enumerate().map(|(index, line)| {
        let mut cells: Vec<&str> = line.split(',').collect();
        if index > 100 {
            cells[2] = "";
        }
        cells.join(",") + "\n"
    });
    fs::write(network.path("network/T1.csv"), rows.collect::<String>()).unwrap();
    let found = succeeds(network.folder(), ["quality", "network/T1.csv", "--json"]).json();
    let recording = &found["recordings"][0];
    assert_eq!(recording["not_assessed"], Value::Null);
    for gauge in recording["gauges"].as_array().unwrap() {
        let dead = gauge["name"] == "s2";
        assert_eq!(gauge["noise"].is_null(), dead, "{gauge}");
        assert_eq!(gauge["not_assessed"].is_string(), dead, "{gauge}");
    }
    let text = succeeds(network.folder(), ["quality", "network/T1.csv"]).stdout;
    assert!(text.contains("s2: channel s2: ") && text.contains("noise at 1/day"), "{text}");
}
