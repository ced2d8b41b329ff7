use std::path::PathBuf;

use jiff::SignedDuration;
use jiff::tz::Offset;
use proptest::prelude::*;

use super::*;
use crate::{
    Channel, Provenance, Read, Recording, Result, RowProblem, StrainIoError, TimeFormat, Unit,
};

/// Reads `text` as a file called `X1.csv`.
fn read_bytes(text: &[u8], options: &CsvOptions) -> Result<Read> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("X1.csv");
    std::fs::write(&path, text).unwrap();
    read_csv(path, options)
}

fn read(text: &str) -> Result<Read> {
    read_bytes(text.as_bytes(), &CsvOptions::default())
}

fn names(read: &Read) -> Vec<&str> {
    read.recording.channels().iter().map(|channel| channel.name.as_str()).collect()
}

/// The row that ended the reading.
fn bad_row(text: &str) -> crate::BadRow {
    match read(text) {
        Err(StrainIoError::Row(row)) => row,
        other => panic!("expected a bad row, got {other:?}"),
    }
}

#[test]
fn delimiter_header_and_bom() {
    let rows = "2008-05-01 00:00,1,a\n2008-05-01 01:00,2,b\n2008-05-01 02:00,,c\n";
    for delimiter in [",", "\t", ";"] {
        for bom in ["", "\u{feff}"] {
            for end in ["\n", "\r\n", "\n\n"] {
                let text = format!("{bom}time,s1,note\n{rows}");
                let text = text.replace(',', delimiter).replace('\n', end);
                let read = read(&text).unwrap();
                assert_eq!(names(&read), ["s1"], "{text:?}");
                assert_eq!(read.ignored_columns, ["note"]);
                assert_eq!(read.rows, [3]);
                assert_eq!(read.recording.station(), "X1");
                assert_eq!(read.recording.missing_count("s1").unwrap(), 1);
            }
        }
    }
}

#[test]
fn without_a_header_columns_have_numbers() {
    let text = "2006110100,-12544.50\r\n2006110101,-12644.10\r\n";
    assert_eq!(names(&read(text).unwrap()), ["2"]);
    let options = CsvOptions::default().with_zone(Offset::constant(8)).with_column(
        ColumnSpec::new("2").with_name("s1").with_unit(Unit::Nanostrain, 0.5).with_azimuth(51.0),
    );
    let read = read_bytes(text.as_bytes(), &options).unwrap();
    assert_eq!(read.recording.channels()[0], Channel::gauge("s1", 51.0));
    assert_eq!(read.recording.values()[[1, 0]], -6322.05);
    assert_eq!(read.recording.grid().start(), "2006-10-31T16:00:00Z".parse().unwrap());
}

#[test]
fn unix_seconds_in_any_column() {
    let text = "v,t\n5,1482621960\n6,1482622020\n";
    let options =
        CsvOptions::default().with_time_column("t").with_time_format(TimeFormat::UnixSeconds);
    let read = read_bytes(text.as_bytes(), &options).unwrap();
    assert_eq!(names(&read), ["v"]);
    assert_eq!(read.recording.grid().interval(), SignedDuration::from_mins(1));
}

#[test]
fn every_bad_row_is_located() {
    let head = "time,s1,s2\n2008-05-01 00:00,1,2\n2008-05-01 01:00,1,2\n\n";
    let cases = [
        ("2008-05-01 02:00,1,x", Some("s2"), RowProblem::NotANumber, "x"),
        ("2008-05-01 02:00,inf,2", Some("s1"), RowProblem::NotFinite, "inf"),
        ("2008-05-32 02:00,1,2", Some("time"), RowProblem::NotATime, "2008-05-32 02:00"),
        ("2008-05-01 01:00,1,2", Some("time"), RowProblem::DuplicateTime, "2008-05-01 01:00"),
        (
            "2008-05-01 00:00,1,2",
            Some("time"),
            RowProblem::OutOfOrder { previous: "2008-05-01T01:00:00Z".to_owned() },
            "2008-05-01 00:00",
        ),
        (
            "2008-05-01 02:00,1",
            None,
            RowProblem::FieldCount { expected: 3, got: 2 },
            "2008-05-01 02:00,1",
        ),
        (
            "2008-05-01 02:00,1,2,3",
            None,
            RowProblem::FieldCount { expected: 3, got: 4 },
            "2008-05-01 02:00,1,2,3",
        ),
        (
            "2008-05-01 02:00,1,2\n2008-05-01 02:30,1,2",
            None,
            RowProblem::OffGrid { interval_s: 3600.0 },
            "2008-05-01T02:30:00Z",
        ),
    ];
    for (tail, column, reason, text) in cases {
        let row = bad_row(&format!("{head}{tail}\n"));
        let line = if matches!(reason, RowProblem::OffGrid { .. }) { 6 } else { 5 };
        assert_eq!((row.line, row.column.as_deref()), (line, column), "{tail}");
        assert_eq!((&row.reason, row.text.as_str()), (&reason, text), "{tail}");
        assert!(row.file.ends_with("X1.csv"));

        let skipping = CsvOptions::default().with_skip_bad_rows(true);
        let skipped = format!("{head}{tail}\n2008-05-01 03:00,7,8\n2008-05-01 04:00,7,8\n");
        let read = read_bytes(skipped.as_bytes(), &skipping).unwrap();
        assert_eq!(read.bad_rows.len(), 1, "{tail}");
        assert_eq!(read.bad_rows[0].line, line);
        assert_eq!(read.recording.grid().len(), 5);
        assert_eq!(read.recording.values()[[3, 1]], 8.0);
    }
}

#[test]
fn trailing_delimiters_are_no_column() {
    let text = "time,s1,\n2008-05-01,1,\n2008-05-02,2\n2008-05-03,3,,\n";
    assert_eq!(names(&read(text).unwrap()), ["s1"]);
}

#[test]
fn wrong_columns_list_the_right_ones() {
    let text = "time,s1,s1\n2008-05-01,1,2\n2008-05-02,1,2\n";
    let with = |name: &str| {
        let options = CsvOptions::default().with_column(ColumnSpec::new(name));
        read_bytes(text.as_bytes(), &options).unwrap_err().to_string()
    };
    assert!(with("s9").ends_with("line 1: there is no column `s9`; the columns are time, s1, s1"));
    assert!(with("s1").contains("two columns `s1`"));
    assert!(with("0").contains("no column `0`"));
    assert!(matches!(read(text), Err(StrainIoError::DuplicateChannel { .. })));
    assert!(matches!(read("time,note\n2008-05-01,x\n"), Err(StrainIoError::NoNumbers { .. })));
}

#[test]
fn nothing_to_read() {
    assert!(matches!(read(""), Err(StrainIoError::NoRows { .. })));
    assert!(matches!(read("time,s1\n"), Err(StrainIoError::NoRows { .. })));
    assert!(matches!(read("time,s1\n2008-05-01,1\n"), Err(StrainIoError::NoInterval { .. })));
    let error = read_csv("no/such/file.csv", &CsvOptions::default()).unwrap_err();
    assert_eq!(error.to_string(), "cannot open no/such/file.csv");
    assert!(std::error::Error::source(&error).is_some());
}

#[test]
fn a_line_without_end_is_refused() {
    let error = read_bytes(&vec![b'1'; 3 << 20], &CsvOptions::default()).unwrap_err();
    assert!(matches!(error, StrainIoError::LineTooLong { line: 1, .. }), "{error}");
}

#[test]
fn a_damaged_gzip_is_an_error() {
    let error = read_bytes(b"\x1f\x8b\x08\0\0\0\0\0\0\x03nothing", &CsvOptions::default());
    assert!(matches!(error, Err(StrainIoError::Io { action: "read", .. })), "{error:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn written_and_read_back_bit_for_bit(
        recording in crate::strategies::recordings(), gzip in any::<bool>(),
        delimiter in prop_oneof![Just(','), Just('\t'), Just(';')],
    ) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(if gzip { "X.csv.gz" } else { "X.csv" });
        let written = CsvWriteOptions::default().with_delimiter(delimiter);
        write_csv_with(&recording, &path, &written).unwrap();
        // CSV does not hold the interval, which one or two samples with a gap do not tell.
        let options = CsvOptions::default().with_interval(recording.grid().interval());
        let again = read_csv(&path, &options).unwrap().recording;
        prop_assert_eq!(again.grid(), recording.grid());
        for (new, old) in again.values().iter().zip(recording.values()) {
            prop_assert!(new.to_bits() == old.to_bits() || (new.is_nan() && old.is_nan()));
        }
        let missing = |r: &Recording| r.provenance().mapv(|p| p.contains(Provenance::MISSING));
        prop_assert_eq!(missing(&again), missing(&recording));
    }

    #[test]
    fn any_bytes_give_a_recording_or_an_error(
        bytes in prop::collection::vec(any::<u8>(), 0..400), skip in any::<bool>(),
    ) {
        let _ = read_bytes(&bytes, &CsvOptions::default().with_skip_bad_rows(skip));
    }

    #[test]
    fn nearly_a_table_gives_a_recording_or_an_error(
        text in "(time,a,b\n)?(20[0-9]{2}-0[1-9]-[0-2][0-9] ?[0-9:]{0,6},[-0-9.\"eN]{0,5},[0-9]{0,3}\r?\n){0,8}",
        skip in any::<bool>(),
    ) {
        if let Ok(read) = read_bytes(text.as_bytes(), &CsvOptions::default().with_skip_bad_rows(skip)) {
            let kept = read.rows[0] - read.bad_rows.len();
            prop_assert!(kept <= read.recording.grid().len());
            prop_assert!(skip || read.bad_rows.is_empty());
        }
    }
}

#[test]
fn the_folder_of_a_file_does_not_matter_to_its_station() {
    let path = PathBuf::from("a.b/51010.hourly.csv.gz");
    assert_eq!(super::read::station_or_stem("", &path), "51010");
}

#[test]
fn a_file_is_written_with_any_delimiter_that_can_be_read() {
    let start = "2008-05-01T00:00:00Z".parse().unwrap();
    let grid = crate::TimeGrid::new(start, SignedDuration::from_hours(1), 2).unwrap();
    // A name with the delimiter and a quote in it is quoted.
    let channels = vec![Channel::new("a\t\"b\"", Unit::Count), Channel::new("c,d", Unit::Count)];
    let values = ndarray::array![[1.5, f64::NAN], [f64::NAN, -2e-300]];
    let recording = Recording::new("X", grid, channels, values).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("X.tsv");
    let written = |delimiter| CsvWriteOptions::default().with_delimiter(delimiter);
    write_csv_with(&recording, &path, &written('\t')).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    assert_eq!(
        text,
        "time\t\"a\t\"\"b\"\"\"\tc,d\n2008-05-01T00:00:00Z\t1.5\t\n2008-05-01T01:00:00Z\t\t-2e-300\n"
    );
    let again = read_csv(&path, &CsvOptions::default().with_delimiter('\t')).unwrap();
    assert_eq!(names(&again), ["a\t\"b\"", "c,d"]);
    assert_eq!(again.recording.values()[[1, 1]], -2e-300);
    for delimiter in ['.', '"', '7', '，', '\n', 'e'] {
        let refused = write_csv_with(&recording, &path, &written(delimiter));
        assert!(matches!(refused, Err(StrainIoError::Config { .. })), "{delimiter}");
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    assert!(toml::from_str::<CsvWriteOptions>("delimiter = \"\\t\"").unwrap() == written('\t'));
}
