//! Files as observatories export them, through the command: many files of one recording, rows that
//! cannot be used, folders of days.

#![allow(clippy::unwrap_used, reason = "a failed helper is a failed test")]

use std::fs;
use std::path::Path;

use stmn_tests::{refused, says, shared, succeeds};

/// Three hours of one gauge a file, of which `bad` is a line that cannot be used.
fn write_gauges(folder: &Path, bad: &str) {
    for item in 2321..=2324 {
        let text = format!("2008051200 {item}\n{bad}2008051201 2\n2008051203 4\n");
        fs::write(folder.join(format!("51010_5_{item}.txt")), text).unwrap();
    }
}

const GAUGES: [&str; 4] =
    ["51010_5_2321.txt", "51010_5_2322.txt", "51010_5_2323.txt", "51010_5_2324.txt"];

#[test]
fn many_files_are_one_recording() {
    let folder = tempfile::tempdir().unwrap();
    write_gauges(folder.path(), "");
    let arguments = ["convert", "--out", "guza.csv", "--json"].into_iter().chain(GAUGES);
    let found = succeeds(folder.path(), arguments).json();
    assert_eq!(found["samples"], 4);
    assert_eq!(found["channels"], serde_json::json!(["2321", "2322", "2323", "2324"]));
    assert_eq!(found["recognised"]["format"], "cenc_text");
    let written = fs::read_to_string(folder.path().join("guza.csv")).unwrap();
    assert!(written.contains("2321"), "{written}");
    let two = ["convert", "guza.csv", "51010_5_2321.txt", "--out", "x.csv"];
    says(&refused(folder.path(), two), &["51010_5_2321.txt", "guza.csv"]);
}

#[test]
fn bad_rows_end_the_reading_unless_they_are_to_be_skipped() {
    let folder = tempfile::tempdir().unwrap();
    write_gauges(folder.path(), "2008051200x 1\n");
    let convert = |out: &'static str| ["convert", "--out", out].into_iter().chain(GAUGES);
    let error = refused(folder.path(), convert("a.csv"));
    says(&error, &["51010_5_2321.txt", "line 2", "2008051200x"]);
    assert!(!folder.path().join("a.csv").exists());
    let skipping = convert("a.csv").chain(["--skip-bad-rows", "--json"]);
    let found = succeeds(folder.path(), skipping).json();
    let rows = found["bad_rows"].as_array().unwrap();
    assert_eq!(rows.len(), 4);
    assert_eq!((&rows[3]["line"], &rows[3]["reason"]), (&2.into(), &"not_a_time".into()));
    let quality = ["quality", GAUGES[0], "--skip-bad-rows", "--json"];
    let found = succeeds(folder.path(), quality).json();
    assert_eq!(found["recordings"][0]["bad_rows"], 1);
    assert_eq!(found["recordings"][0]["channels"][0]["rows"], 4);
}

#[test]
fn a_folder_gets_one_file_a_day_and_is_read_as_one_recording() {
    let folder = tempfile::tempdir().unwrap();
    let text: String =
        (0..50).map(|h| format!("2008-05-{:02}T{:02}:00Z,{h}\n", 11 + h / 24, h % 24)).collect();
    fs::write(folder.path().join("51010.csv"), format!("time,s1\n{text}")).unwrap();
    succeeds(folder.path(), ["convert", "51010.csv", "--out", "archive/"]);
    for day in 11..=13 {
        let file = format!("archive/station=51010/day=2008-05-{day}/part-0.parquet");
        assert!(folder.path().join(&file).is_file(), "{file}");
    }
    let found = succeeds(folder.path(), ["convert", "archive", "--out", "b.csv", "--json"]).json();
    assert_eq!((&found["samples"], &found["station"]), (&50.into(), &"51010".into()));
    let original = ["convert", "51010.csv", "--out", "a.csv"];
    succeeds(folder.path(), original);
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    assert_eq!(read("a.csv"), read("b.csv"));
}

#[test]
fn bottles_and_gnss_days_are_converted() {
    let Some(pbo) = shared("data/pbo") else { return };
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("read.toml"), "[bottles]\nstation = \"B000\"\n").unwrap();
    let bottles = [pbo.join("Bott1.20"), pbo.join("Bott2.20")];
    let bottles = bottles.iter().map(|path| path.to_str().unwrap());
    let arguments = ["convert", "--read", "read.toml", "--out", "b.parquet", "--json"];
    let found = succeeds(folder.path(), arguments.into_iter().chain(bottles)).json();
    assert_eq!((&found["samples"], &found["station"]), (&2400.into(), &"B000".into()));
    assert_eq!(found["seams"], serde_json::json!([]));

    let Some(gnss) = shared("data/gnss") else { return };
    let site = gnss.join("LS10_raw.neu");
    let found = succeeds(folder.path(), ["quality", site.to_str().unwrap(), "--json"]).json();
    let north = &found["recordings"][0]["channels"][0];
    assert_eq!((&north["name"], &north["missing"]), (&"n".into(), &6.into()));
}

#[test]
fn reference_stations_are_ranked_with_fdsn_lists() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    let text: String = (0..48)
        .map(|h| {
            format!(
                "2008-05-{:02}T{:02}:00Z,{h},{},{},{}\n",
                11 + h / 24,
                h % 24,
                h % 7,
                h % 5,
                h % 11
            )
        })
        .collect();
    write("B084.csv", &format!("time,s1,s2,s3,s4\n{text}"));
    write(
        "stations.txt",
        "#Network|Station|Latitude|Longitude|Elevation|SiteName|StartTime|EndTime\nPB|B084|33.6116|-116.4564|1271.0|Pinyon|2006-07-01T00:00:00|\n",
    );
    write(
        "events.txt",
        "#EventID|Time|Latitude|Longitude|Depth/km|Author|Catalog|Contributor|ContributorID|MagType|Magnitude|MagAuthor|EventLocationName\na|2008-05-11T03:19:53|33.7|-116.5|8.0|ci|ci|ci|a|mw|5.1|ci|near\n",
    );
    let arguments = [
        "quality",
        "B084.csv",
        "--stations",
        "stations.txt",
        "--catalogue",
        "events.txt",
        "--json",
    ];
    let found = succeeds(folder.path(), arguments).json();
    let reference = &found["references"][0];
    assert_eq!((&reference["station"], &reference["suitable"]), (&"B084".into(), &false.into()));
    assert_eq!(reference["events_near"], 1, "{reference}");
}
