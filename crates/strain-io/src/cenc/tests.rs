use jiff::SignedDuration;
use proptest::prelude::*;

use super::*;
use crate::{ColumnSpec, Read, Result, RowProblem, StrainIoError, Unit};

fn read(files: &[(&str, &[u8])], options: &CencOptions) -> Result<Read> {
    let dir = tempfile::tempdir().unwrap();
    let paths: Vec<_> = files.iter().map(|(name, _)| dir.path().join(name)).collect();
    for (path, (_, content)) in paths.iter().zip(files) {
        std::fs::write(path, content).unwrap();
    }
    read_cenc_text(&paths, options)
}

#[test]
fn files_become_channels_of_one_grid() {
    let files: [(&str, &[u8]); 2] = [
        ("65015_7_2311.Dat", b"2009022000 1.5\r\n2009022001 999999.0\r\n2009022003 2.5\r\n"),
        ("65015_7_2312.Dat", b" 2009022001   7.0  \n 2009022002   8.0  \n 2009022005   9.0  \n"),
    ];
    let read = read(&files, &CencOptions::default().with_null("999999")).unwrap();
    let recording = &read.recording;
    assert_eq!(recording.station(), "65015");
    assert_eq!(recording.grid().len(), 6);
    assert_eq!(recording.grid().start(), "2009-02-19T16:00:00Z".parse().unwrap());
    assert_eq!(recording.missing_count("2311").unwrap(), 4);
    assert_eq!(recording.channel("2312").unwrap()[5], 9.0);
    assert_eq!(read.rows, [3, 3]);
}

#[test]
fn a_day_a_line() {
    let day = |first: u32| (first..first + 24).map(|v| format!(" {v}")).collect::<String>();
    let text = format!("20090220{}\n20090221{}\n", day(0), day(24));
    let got = read(&[("a.txt", text.as_bytes())], &CencOptions::default()).unwrap();
    assert_eq!(got.recording.grid().interval(), SignedDuration::from_hours(1));
    assert_eq!(got.recording.grid().len(), 48);
    assert_eq!(got.recording.values()[[47, 0]], 47.0);
    assert_eq!(got.rows, [2]);

    // Half a day must not pass for a day at half the rate.
    let short = format!("20090220{}\n20090221 1 2 3 4 5 6 7 8 9 10 11 12\n", day(0));
    let error = read(&[("a.txt", short.as_bytes())], &CencOptions::default()).unwrap_err();
    let StrainIoError::Row(row) = error else { panic!("{error}") };
    assert_eq!((row.line, row.reason), (2, RowProblem::FieldCount { expected: 25, got: 13 }));
}

#[test]
fn a_line_has_one_value_or_a_day_of_hours_or_minutes() {
    let line = |day: u32, values: usize| format!("200902{day}{}\n", " 1.5".repeat(values));
    for values in [1, 24, 1440] {
        let text = line(20, values) + &line(21, values);
        let got = read(&[("a.txt", text.as_bytes())], &CencOptions::default()).unwrap();
        assert_eq!(got.recording.grid().len(), 2 * values);
    }
    for values in [2, 3, 7, 12, 23, 25, 48, 96, 144, 288, 720, 1439, 1441, 2880, 86_400] {
        let text = line(20, values) + &line(21, values);
        let error = read(&[("a.txt", text.as_bytes())], &CencOptions::default()).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("line 1"), "{text}");
        assert!(text.contains("write one value a line, or 24 or 1440 of one day"), "{text}");
        let StrainIoError::Row(row) = error else { panic!("{error}") };
        assert_eq!((row.line, row.reason), (1, RowProblem::UnevenDay { values }));
    }
    // Passed over, such a line does not say how many values the others have.
    let text = line(20, 12) + &line(21, 24) + &line(22, 24) + &line(23, 12);
    let options = CencOptions::default().with_skip_bad_rows(true);
    let got = read(&[("a.txt", text.as_bytes())], &options).unwrap();
    assert_eq!((got.recording.grid().len(), got.rows), (48, vec![4]));
    let reasons: Vec<_> = got.bad_rows.into_iter().map(|row| (row.line, row.reason)).collect();
    let count = RowProblem::FieldCount { expected: 25, got: 13 };
    assert_eq!(reasons, [(1, RowProblem::UnevenDay { values: 12 }), (4, count)]);
}

#[test]
fn commas_keep_an_empty_value_in_its_place() {
    let text = b"2006110100,1\n2006110101,\n2006110102,NULL\n2006110103\n2006110104,5\n";
    let got = read(&[("a.txt", text)], &CencOptions::default()).unwrap();
    assert_eq!(got.recording.missing_count("a").unwrap(), 3);
    assert_eq!(got.recording.values()[[4, 0]], 5.0);
}

#[test]
fn bad_lines_are_located() {
    let cases: [(&[u8], RowProblem); 5] = [
        (b"2006110102 1,5e\n", RowProblem::NotATime),
        (b"2006110102 x\n", RowProblem::NotANumber),
        (b"20061101 02 1\n", RowProblem::FieldCount { expected: 2, got: 3 }),
        (b"2006110101 3\n", RowProblem::DuplicateTime),
        (b"\xb9\xc3\xd4\xdb\n", RowProblem::NotATime),
    ];
    for (line, reason) in cases {
        let text = [b"2006110100 1\n2006110101 2\n".as_slice(), line].concat();
        let error = read(&[("a.txt", &text)], &CencOptions::default()).unwrap_err();
        let StrainIoError::Row(row) = error else { panic!("{error}") };
        assert_eq!((row.line, row.reason), (3, reason), "{:?}", row.text);
        let skipping = CencOptions::default().with_skip_bad_rows(true);
        let got = read(&[("a.txt", &text)], &skipping).unwrap();
        assert_eq!((got.bad_rows.len(), got.rows[0]), (1, 3));
    }
}

#[test]
fn files_that_do_not_belong_together() {
    let hourly: &[u8] = b"2009022000 1\n2009022001 2\n";
    let daily: &[u8] = b"20090220 1\n20090221 2\n";
    let half: &[u8] = b"200902200030 1\n200902200130 2\n";
    let error = |b_name, b: &[u8]| {
        read(&[("65015_7_2311.Dat", hourly), (b_name, b)], &CencOptions::default()).unwrap_err()
    };
    assert!(matches!(error("65015_7_2312.Dat", daily), StrainIoError::Join { .. }));
    assert!(matches!(error("65015_7_2312.Dat", half), StrainIoError::Join { .. }));
    assert!(error("51010_7_2312.Dat", hourly).to_string().contains("one station"));
    assert!(matches!(error("65015_8_2311.Dat", hourly), StrainIoError::DuplicateChannel { .. }));
    let far: &[u8] = b"2209022000 1\n2209022001 2\n";
    let seconds: &[u8] = b"19000101000000 1\n19000101000001 2\n";
    let late: &[u8] = b"22000101000000 1\n22000101000001 2\n";
    assert!(read(&[("a", hourly), ("b", far)], &CencOptions::default().with_station("X")).is_ok());
    let sparse = read(&[("a", seconds), ("b", late)], &CencOptions::default().with_station("X"));
    assert!(matches!(sparse, Err(StrainIoError::TooSparse { .. })));
    let none = read_cenc_text::<&str>(&[], &CencOptions::default());
    assert!(matches!(none, Err(StrainIoError::NoChannels { .. })));
}

#[test]
fn columns_are_matched_by_file() {
    let text: &[u8] = b"2009022000 1\n2009022001 2\n";
    let spec =
        |source: &str| ColumnSpec::new(source).with_name("x").with_unit(Unit::Millimetre, 2.0);
    for source in ["65015_7_2311.Dat", "65015_7_2311", "2311"] {
        let options = CencOptions::default().with_column(spec(source));
        let got = read(&[("65015_7_2311.Dat", text)], &options).unwrap();
        assert_eq!(got.recording.channel("x").unwrap().to_vec(), [2.0, 4.0]);
    }
    let options = CencOptions::default().with_column(spec("2312"));
    let wrong = read(&[("65015_7_2311.Dat", text)], &options);
    assert!(matches!(wrong, Err(StrainIoError::Config { .. })));
    let files = [("65015_7_2311.Dat", text), ("65015_7_2312.Dat", text)];
    assert!(matches!(read(&files, &options), Err(StrainIoError::Format { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes_give_a_recording_or_an_error(
        bytes in prop::collection::vec(any::<u8>(), 0..300), skip in any::<bool>(),
    ) {
        let _ = read(&[("a", &bytes)], &CencOptions::default().with_skip_bad_rows(skip));
    }

    #[test]
    fn nearly_cenc_gives_a_recording_or_an_error(
        text in "(20[0-9]{2}0[1-9][0-2][0-9][0-2]?[0-9]?[ ,]{1,2}[-0-9.e]{0,6}( 1){0,3}\r?\n){0,8}",
        skip in any::<bool>(),
    ) {
        let _ = read(&[("a", text.as_bytes())], &CencOptions::default().with_skip_bad_rows(skip));
    }
}
