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

/// 48 hours of four gauges as the station's file.
fn write_hours(folder: &Path, station: &str) {
    let row = |h: i32| {
        let (day, hour) = (11 + h / 24, h % 24);
        format!("2008-05-{day}T{hour:02}:00:00Z,{h},{},{},{}\n", h % 7, h % 5, h % 11)
    };
    let rows: String = (0..48).map(row).collect();
    fs::write(folder.join(format!("{station}.csv")), format!("time,s1,s2,s3,s4\n{rows}")).unwrap();
}

/// The network's own list, in which two gravimeters have latitude and longitude exchanged.
#[test]
fn a_list_of_stations_with_bad_rows_can_be_used() {
    let Some(stations) = shared("data/stations/cenc_deformation_stations_all.csv") else { return };
    let folder = tempfile::tempdir().unwrap();
    write_hours(folder.path(), "51010");
    let quality = ["quality", "51010.csv", "--stations", stations.to_str().unwrap()];
    let error = refused(folder.path(), quality);
    says(&error, &["cenc_deformation_stations_all.csv", "line 1183", "column lat", "103.32"]);
    let skipping = [&quality[..], &["--skip-bad-rows"]].concat();
    let found = succeeds(folder.path(), skipping.iter().chain(&["--json"])).json();
    let rows = found["bad_rows"].as_array().unwrap();
    let text = |row: usize| (rows[row]["text"].as_str(), rows[row]["column"].as_str());
    assert_eq!(rows.len(), 2, "{rows:?}");
    assert_eq!(rows[0]["line"], 1183);
    assert_eq!(rows[0]["file"], stations.to_str().unwrap());
    assert_eq!((text(0), text(1)), ((Some("103.32"), Some("lat")), (Some("101.55"), Some("lat"))));
    assert!(rows[1]["reason"]["out_of_range"].is_object(), "{}", rows[1]);
    assert_eq!(found["recordings"][0]["bad_rows"], 0);
    let text = succeeds(folder.path(), skipping).stdout;
    says(&text, &["2 rows could not be used, the first:", "line 1183"]);
}

/// Recording, list and catalogue: what is passed over in any of them is listed by file and line.
#[test]
fn bad_rows_of_every_file_are_listed() {
    let folder = tempfile::tempdir().unwrap();
    write_hours(folder.path(), "B084");
    let add = |name: &str, line: &str| {
        let text = fs::read_to_string(folder.path().join(name)).unwrap_or_default();
        fs::write(folder.path().join(name), text + line).unwrap();
    };
    add("B084.csv", "2008-05-13T00:00:00Z,1,2,x,4\n");
    add(
        "stations.txt",
        "#Network|Station|Latitude|Longitude|Elevation|SiteName|StartTime|EndTime\n",
    );
    add("stations.txt", "PB|B083|x|-116.4564|1271.0|Pinyon|2006-07-01T00:00:00|\n");
    add("stations.txt", "PB|B084|33.6116|-116.4564|1271.0|Pinyon|2006-07-01T00:00:00|\n");
    add("events.csv", "time,latitude,longitude,magnitude\n2008-05-11T03:19:53,33.7,-116.5,5.1\n");
    add("events.csv", "2008-05-11T03:19:53,33.7,-116.5,\n");
    let files = ["quality", "B084.csv", "--stations", "stations.txt", "--catalogue", "events.csv"];
    says(&refused(folder.path(), files), &["stations.txt", "line 2"]);
    let found = succeeds(folder.path(), files.iter().chain(&["--skip-bad-rows", "--json"])).json();
    let place = |row: &serde_json::Value| {
        (row["file"].as_str().unwrap().to_owned(), row["line"].as_u64().unwrap())
    };
    let places: Vec<_> = found["bad_rows"].as_array().unwrap().iter().map(place).collect();
    let expected = [("stations.txt", 2), ("events.csv", 3), ("B084.csv", 50)];
    assert_eq!(places, expected.map(|(file, line)| (file.to_owned(), line)));
    assert_eq!(found["recordings"][0]["bad_rows"], 1);
    assert_eq!(found["references"][0]["events_near"], 1);

    fs::write(folder.path().join("alarms.csv"), "start,end\n2008-05-10,2008-05-12\n").unwrap();
    let evaluate = ["evaluate", "alarms.csv", "--catalogue", "events.csv"];
    let span = ["--from", "2008-04-01", "--to", "2009-04-01"];
    let evaluate = [&evaluate[..], &span].concat();
    says(&refused(folder.path(), &evaluate), &["events.csv", "line 3"]);
    let found =
        succeeds(folder.path(), evaluate.iter().chain(&["--skip-bad-rows", "--json"])).json();
    assert_eq!(
        (&found["bad_rows"][0]["line"], &found["r_value"]["events"]),
        (&3.into(), &1.into())
    );
}

/// Two years of one gauge, the first below words in GBK and with a number that may be a null.
#[test]
fn years_of_a_gauge_become_one_channel_with_notes() {
    let folder = tempfile::tempdir().unwrap();
    let first = [b"\xca\xfd\xd6\xb5\n".as_slice(), b"2009123122-1.5\n2009123123 99999\n"].concat();
    fs::write(folder.path().join("51010_5_2321_2009.txt"), first).unwrap();
    fs::write(folder.path().join("51010_5_2321_2010.txt"), "2010010101 4\n2010010102 5\n").unwrap();
    let years = ["51010_5_2321_2010.txt", "51010_5_2321_2009.txt"];
    let convert = |out: &'static str| ["convert", "--out", out].into_iter().chain(years);
    let found = succeeds(folder.path(), convert("a.csv").chain(["--json"])).json();
    assert_eq!((&found["samples"], &found["channels"]), (&5.into(), &serde_json::json!(["2321"])));
    assert_eq!(found["seams"][0]["kind"]["gap"]["samples"], 1);
    let notes = found["notes"].as_array().unwrap();
    let kinds: Vec<_> = notes.iter().map(|note| note["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["header", "unnamed_null"]);
    assert_eq!(notes[0]["lines"], serde_json::json!([1]));
    assert_eq!((&notes[1]["number"], &notes[1]["line"]), (&99_999.0.into(), &3.into()));
    let said = ["note: 51010_5_2321_2009.txt: 99999 occurs 1 times, first in line 3", "header"];
    says(&succeeds(folder.path(), convert("a.csv")).stdout, &said);
    says(&succeeds(folder.path(), ["quality", years[1]]).stdout, &said);
    let found = succeeds(folder.path(), ["quality", years[1], "--json"]).json();
    assert_eq!(found["notes"], serde_json::json!(notes));
    fs::write(folder.path().join("read.toml"), "[cenc]\nnulls = [\"\", \"99999\"]\n").unwrap();
    let named = convert("b.csv").chain(["--read", "read.toml", "--json"]);
    assert_eq!(succeeds(folder.path(), named).json()["notes"].as_array().unwrap().len(), 1);
}

#[test]
fn tabs_are_written_where_the_name_asks_for_them() {
    let folder = tempfile::tempdir().unwrap();
    write_hours(folder.path(), "51010");
    let convert = |from: &str, out: &str| {
        succeeds(folder.path(), ["convert", from, "--out", out, "--json"]).json()
    };
    convert("51010.csv", "a.csv");
    convert("51010.csv", "a.tsv");
    convert("51010.csv", "b.tsv.gz");
    let read = |name: &str| fs::read(folder.path().join(name)).unwrap();
    let text = |name: &str| String::from_utf8(read(name)).unwrap();
    let start = "time\ts1\ts2\ts3\ts4\n2008-05-11T00:00:00Z\t0\t0\t0\t0\n";
    assert!(text("a.tsv").starts_with(start), "{}", text("a.tsv"));
    assert_eq!(text("a.tsv").replace('\t', ","), text("a.csv"));
    assert!(read("b.tsv.gz").starts_with(&[0x1f, 0x8b]));
    let back = convert("b.tsv.gz", "b.csv");
    assert_eq!((&back["recognised"]["format"], &back["samples"]), (&"csv".into(), &48.into()));
    assert_eq!(text("b.csv"), text("a.csv"));
    says(&refused(folder.path(), ["convert", "51010.csv", "--out", "a.txt"]), &["a.txt", ".tsv"]);
}

#[test]
fn arrow_gives_back_what_it_was_given() {
    let folder = tempfile::tempdir().unwrap();
    write_hours(folder.path(), "51010");
    let convert =
        |from: &str, out: &str| succeeds(folder.path(), ["convert", from, "--out", out, "--json"]);
    convert("51010.csv", "a.csv");
    for name in ["51010.arrow", "51010.feather"] {
        convert("51010.csv", name);
        let found = convert(name, "b.csv").json();
        assert_eq!(found["recognised"]["format"], "arrow");
        assert_eq!((&found["samples"], &found["station"]), (&48.into(), &"51010".into()));
        let read = |name: &str| fs::read(folder.path().join(name)).unwrap();
        assert_eq!(read("a.csv"), read("b.csv"));
    }
}
