//! What files are, and lists of stations whose columns are told.

#![allow(clippy::unwrap_used, reason = "a failed helper is a failed test")]

use std::fs;

use stmn_tests::{refused, says, stmn, succeeds};

/// Four gauges, hour by hour.
fn two_days() -> String {
    let row = |h: i32| {
        let (day, hour) = (11 + h / 24, h % 24);
        format!("2008-05-{day}T{hour:02}:00:00Z,{h},{},{},{}\n", h % 7, h % 5, h % 11)
    };
    format!("time,s1,s2,s3,s4\n{}", (0..48).map(row).collect::<String>())
}

#[test]
fn any_file_is_inspected() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("51010.csv", &two_days());
    write("events.csv", "time,latitude,longitude,mag\n2008-05-12T06:28:04Z,31,103.4,8\n");
    write("list.csv", "station,lat,lon\n51010,30.1,102.2\n");
    write("letter.txt", "Dear reader\n");
    let files = ["51010.csv", "events.csv", "list.csv", "letter.txt"];
    let found = succeeds(folder.path(), ["inspect", "--json"].into_iter().chain(files)).json();
    let kinds: Vec<_> = found["files"].as_array().unwrap().iter().map(|f| &f["kind"]).collect();
    assert_eq!(kinds, ["recording", "catalogue", "stations", "unknown"]);
    assert_eq!(found["files"][1]["format"], "csv");
    let said = succeeds(folder.path(), ["inspect"].into_iter().chain(files)).stdout;
    says(&said, &["51010.csv: recording, csv: its first line has commas\n"]);
    says(&said, &["list.csv: list of stations, csv: its header names a station and a place\n"]);
    says(&said, &["letter.txt: of no known kind: its first line, `Dear reader`"]);
    says(&refused(folder.path(), ["inspect", "none.csv"]), &["cannot open none.csv"]);
}

#[test]
fn a_file_that_is_not_there_does_not_hide_the_others() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("51010.csv"), two_days()).unwrap();
    let done = stmn(folder.path(), ["inspect", "none.csv", "51010.csv"]);
    assert_eq!(done.code, Some(1));
    says(&done.stdout, &["none.csv: not read: No such file", "51010.csv: recording, csv"]);
    says(&done.stderr, &["cannot open none.csv"]);
}

#[test]
fn a_list_of_stations_with_other_columns_is_read_as_told() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("51010.csv", &two_days());
    write("list.csv", "kod,B,L,g1,g2,g3,g4\n51010,30.1,102.2,51,96,141,6\n");
    write(
        "read.toml",
        "[csv]\nstation = \"kod\"\nlatitude = \"B\"\nlongitude = \"L\"\n\
         gauge_azimuths = [\"g1\", \"g2\", \"g3\", \"g4\"]\n",
    );
    let quality = ["quality", "51010.csv", "--stations", "list.csv"];
    says(&refused(folder.path(), quality), &["list.csv", "no column `station_code`"]);
    let told = quality.into_iter().chain(["--stations-read", "read.toml"]);
    succeeds(folder.path(), told);
    write("read.toml", "[csv]\nkode = \"kod\"\n");
    let wrong = quality.into_iter().chain(["--stations-read", "read.toml"]);
    says(&refused(folder.path(), wrong), &["read.toml"]);
}
