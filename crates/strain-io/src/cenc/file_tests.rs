//! Files as observatories write them: years of one item, fixed width, words above the values, a day
//! a line, nulls that nobody named.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::SignedDuration;
use proptest::prelude::*;

use super::*;
use crate::{
    ColumnSpec, Read, ReadNote, ReadOptions, RecordingFormat, Result, RowProblem, SeamKind,
    StrainIoError, read_recording, read_recording_files,
};

fn with_files<T>(files: &[(&str, &[u8])], read: impl FnOnce(&[std::path::PathBuf]) -> T) -> T {
    let dir = tempfile::tempdir().unwrap();
    let paths: Vec<_> = files.iter().map(|(name, _)| dir.path().join(name)).collect();
    for (path, (_, content)) in paths.iter().zip(files) {
        std::fs::write(path, content).unwrap();
    }
    read(&paths)
}

fn read(files: &[(&str, &[u8])], options: &CencOptions) -> Result<Read> {
    with_files(files, |paths| read_cenc_text(paths, options))
}

fn read_one(content: &[u8]) -> Result<Read> {
    read(&[("51010_5_2321.txt", content)], &CencOptions::default())
}

fn column(read: &Read, channel: usize) -> Vec<f64> {
    read.recording.values().column(channel).to_vec()
}

const Y2009: (&str, &[u8]) = ("51010_5_2321_2009.txt", b"2009123122 1\n2009123123 2\n");
const Y2010: (&str, &[u8]) = ("51010_5_2321_2010.txt", b"2010010100 3\n2010010101 4\n");

#[test]
fn years_of_one_item_are_one_channel() {
    for files in [[Y2009, Y2010], [Y2010, Y2009]] {
        let got = read(&files, &CencOptions::default()).unwrap();
        assert_eq!(got.recording.station(), "51010");
        let names: Vec<_> = got.recording.channels().iter().map(|c| c.name.as_str()).collect();
        assert_eq!(names, ["2321"]);
        assert_eq!(column(&got, 0), [1.0, 2.0, 3.0, 4.0]);
        assert_eq!((got.rows, got.seams, got.files.len()), (vec![4], vec![], 2));
    }
    // Also where the format is left to be told, and beside another item.
    let other: (&str, &[u8]) = ("51010_5_2322_2009.txt", b"2009123123 7\n2010010100 8\n");
    let all = with_files(&[Y2010, other, Y2009], |paths| {
        read_recording_files(paths, &ReadOptions::default()).unwrap()
    });
    assert_eq!(all.recording.channels().len(), 2);
    assert_eq!(column(&all, 0), [1.0, 2.0, 3.0, 4.0]);
    assert_eq!(column(&all, 1)[1..3], [7.0, 8.0]);
    assert_eq!(all.rows, [4, 2]);
    assert_eq!(all.recording.missing_count("2322").unwrap(), 2);
}

#[test]
fn gaps_and_overlaps_of_years_are_reported() {
    let late: (&str, &[u8]) = ("51010_5_2321_2010.txt", b"2010010102 5\n2010010103 6\n");
    let got = read(&[Y2009, late], &CencOptions::default()).unwrap();
    assert_eq!(got.recording.missing_count("2321").unwrap(), 2);
    assert_eq!(got.seams.len(), 1);
    assert_eq!(got.seams[0].kind, SeamKind::Gap { samples: 2 });
    // Beijing's midnight.
    assert_eq!(got.seams[0].time, "2009-12-31T16:00:00Z".parse().unwrap());
    let twice: (&str, &[u8]) =
        ("51010_5_2321_2010.txt", b"2009123122 1\n2009123123 9\n2010010100 3\n");
    let later: (&str, &[u8]) = ("51010_5_2321.txt", b"2009123121 0\n2009123122 1\n2009123123 2\n");
    let got = read(&[twice, later], &CencOptions::default()).unwrap();
    assert_eq!(column(&got, 0), [0.0, 1.0, 2.0, 3.0]);
    assert_eq!(got.seams[0].kind, SeamKind::Overlap { samples: 2, differing: 1 });
    assert_eq!(got.seams[0].channel, "2321");
}

#[test]
fn files_that_are_not_of_one_channel() {
    let error = |files: &[(&str, &[u8])], options: &CencOptions| read(files, options).unwrap_err();
    let none = CencOptions::default();
    // Another point, and another station under one code, are other instruments.
    let point = ("51010_6_2321_2010.txt", Y2010.1);
    assert!(matches!(error(&[Y2009, point], &none), StrainIoError::DuplicateChannel { .. }));
    let station = ("51011_5_2321_2010.txt", Y2010.1);
    let named = none.clone().with_station("51010");
    assert!(matches!(error(&[Y2009, station], &named), StrainIoError::DuplicateChannel { .. }));
    // Names that say nothing say nothing of the station, point and item.
    let spec = |source: &str| ColumnSpec::new(source).with_name("x");
    let files = [("a2009.txt", Y2009.1), ("a2010.txt", Y2010.1)];
    let both = named.with_column(spec("a2009")).with_column(spec("a2010"));
    assert!(matches!(error(&files, &both), StrainIoError::DuplicateChannel { .. }));
    let daily: (&str, &[u8]) = ("51010_5_2321_2010.txt", b"20100101 1\n20100102 2\n");
    assert!(matches!(error(&[Y2009, daily], &none), StrainIoError::Join { .. }));
}

#[test]
fn a_column_is_of_all_files_of_its_item() {
    let options = CencOptions::default().with_column(
        ColumnSpec::new("2321").with_name("s1").with_unit(crate::Unit::Nanostrain, 0.5),
    );
    let got = read(&[Y2009, Y2010], &options).unwrap();
    assert_eq!(got.recording.channel("s1").unwrap().to_vec(), [0.5, 1.0, 1.5, 2.0]);
    // Named one by one they may be kept apart.
    let apart = CencOptions::default()
        .with_column(ColumnSpec::new("51010_5_2321_2009").with_name("old"))
        .with_column(ColumnSpec::new("51010_5_2321_2010").with_name("new"));
    assert_eq!(read(&[Y2009, Y2010], &apart).unwrap().recording.channels().len(), 2);
}

#[test]
fn what_stands_behind_the_item_in_a_name_does_not_matter() {
    for name in [
        "51010_5_2321.txt",
        "51010_5_2321_2009.txt",
        "51010_5_2321_2009_01.Dat",
        "51010_5_2321.2009.txt.gz",
        "51010_5_2321",
    ] {
        let got = CencFileName::of(name).unwrap();
        assert_eq!((&*got.station, &*got.point, &*got.item), ("51010", "5", "2321"), "{name}");
    }
    for name in ["51010_5_232.txt", "51010_52321.txt", "5101_5_2321.txt", "51010-5-2321.txt"] {
        assert!(CencFileName::of(name).is_none(), "{name}");
    }
}

#[test]
fn a_signed_value_may_stand_behind_the_time() {
    let text = b"2009022000-12345.67\n2009022001+2.5\n2009022002 3\n  2009022003-1e3  \n";
    let got = read_one(text).unwrap();
    assert_eq!(column(&got, 0), [-12_345.67, 2.5, 3.0, -1000.0]);
    for line in ["20090220-1\n20090221-2\n", "200902200000-1\n200902200001-2\n"] {
        assert_eq!(column(&read_one(line.as_bytes()).unwrap(), 0), [-1.0, -2.0], "{line}");
    }
    let hours = |sign: &str| format!("20090220{sign}0.5{}\n", " 1".repeat(23));
    let got = read_one((hours("-") + &hours(" ").replace("20090220", "20090221")).as_bytes());
    let got = column(&got.unwrap(), 0);
    assert_eq!((got.len(), got[0], got[24]), (48, -0.5, 0.5));
    for (name, text) in [("a", "2009022000-1.5\n2009022001-2\n"), ("b", &hours("-"))] {
        let found = with_files(&[(name, text.as_bytes())], |paths| {
            read_recording(&paths[0], &ReadOptions::default()).unwrap()
        });
        assert_eq!(found.recognised.unwrap().format, RecordingFormat::CencText, "{text}");
    }
}

#[test]
fn a_value_behind_the_time_is_refused_where_it_could_begin_elsewhere() {
    let good = "2009022000 1\n2009022001 2\n";
    for (line, reason) in [
        // Without a sign, with more digits than a time has.
        ("200902200212345.67", RowProblem::NotATime),
        ("200902200212345", RowProblem::NotATime),
        // Nine digits are no time; a comma says where the fields are.
        ("200902200-1", RowProblem::NotATime),
        ("2009022002-1,2", RowProblem::NotATime),
        // The hour after a hyphen, not two values.
        ("20090220-02 1.5", RowProblem::NotATime),
        ("2009-02-20 1.5", RowProblem::NotATime),
        ("2009023002-1.5", RowProblem::NotATime),
        ("2009022002-1-2", RowProblem::NotANumber),
        ("2009022002-", RowProblem::NotANumber),
    ] {
        let error = read_one(format!("{good}{line}\n").as_bytes()).unwrap_err();
        let StrainIoError::Row(row) = error else { panic!("{line}: {error}") };
        assert_eq!((row.line, row.reason), (3, reason), "{line}");
    }
}

/// 观测时间 and 数值, in GBK.
const GBK: [&[u8]; 2] = [b"\xb9\xdb\xb2\xe2\xca\xb1\xbc\xe4", b"\xca\xfd\xd6\xb5"];

#[test]
fn words_above_the_values_are_passed_over_and_noted() {
    let rows: &[u8] = b"2009022000 1\n2009022001 2\n";
    let text = [GBK[0], b"\r\n\r\n  ", GBK[1], b"\r\n", rows].concat();
    assert!(std::str::from_utf8(&text).is_err());
    let utf8 = ["观测时间\n\n数值\n".as_bytes(), rows].concat();
    for text in [text, utf8] {
        let got = read_one(&text).unwrap();
        assert_eq!((column(&got, 0), got.rows), (vec![1.0, 2.0], vec![2]));
        let [note @ ReadNote::Header { file, lines }] = got.notes.as_slice() else { panic!() };
        assert!(file.ends_with("51010_5_2321.txt"));
        assert_eq!(lines, &[1, 3]);
        assert!(note.to_string().ends_with("2 lines of a header were passed over: 1, 3"), "{note}");
        for name in ["51010_5_2321.txt", "h1-51.DAT"] {
            let read = with_files(&[(name, &text)], |paths| {
                read_recording(&paths[0], &ReadOptions::default()).unwrap()
            });
            let recognised = read.recognised.unwrap();
            assert_eq!(recognised.format, RecordingFormat::CencText);
            assert!(recognised.because.contains("below a header, in line 4"), "{recognised:?}");
        }
    }
    // Once there was data, and in other letters, such a line is what it was: a bad one.
    for (text, line) in [
        ([rows, GBK[0], b"\n"].concat(), 3),
        ([b"time value\n".as_slice(), rows].concat(), 1),
        ([b"51010 \xb9\xdb\n".as_slice(), rows].concat(), 1),
    ] {
        let StrainIoError::Row(row) = read_one(&text).unwrap_err() else { panic!() };
        assert_eq!((row.line, row.reason), (line, RowProblem::NotATime));
    }
    // A whole text in Chinese is no header.
    let novel = [GBK[0], b"\n"].concat().repeat(101);
    assert!(matches!(read_one(&novel), Err(StrainIoError::Row(row)) if row.line == 101));
}

#[test]
fn the_usual_nulls_are_values_of_which_the_reader_speaks() {
    let text = b"2009022000 999999\n2009022001 99999.0\n2009022002 -99999\n2009022003 99999\n";
    let got = read_one(text).unwrap();
    assert_eq!(column(&got, 0), [999_999.0, 99_999.0, -99_999.0, 99_999.0]);
    let found = got.notes.iter().map(|note| match note {
        ReadNote::UnnamedNull { number, count, line, .. } => (*number, *count, *line),
        other => panic!("{other}"),
    });
    assert_eq!(found.collect::<Vec<_>>(), [(99_999.0, 2, 2), (999_999.0, 1, 1)]);
    let said = got.notes[0].to_string();
    assert!(said.contains("51010_5_2321.txt: 99999 occurs 2 times, first in line 2"), "{said}");
    let json = serde_json::to_value(&got.notes[0]).unwrap();
    assert_eq!((&json["kind"], &json["count"]), (&"unnamed_null".into(), &2.into()));

    // The number is that of the file, whatever factor it has; named, there is nothing to say.
    let scaled = CencOptions::default()
        .with_column(ColumnSpec::new("2321").with_unit(crate::Unit::Nanostrain, 0.1));
    let files: [(&str, &[u8]); 1] = [("51010_5_2321.txt", text)];
    assert_eq!(read(&files, &scaled).unwrap().notes.len(), 2);
    let named = CencOptions::default().with_null("99999").with_null("999999");
    let got = read(&files, &named).unwrap();
    assert_eq!((got.notes, got.recording.missing_count("2321").unwrap()), (vec![], 3));
}

/// A day a line, and the file packed: the 1,440 values of two days.
#[test]
fn a_day_of_minutes_a_line_packed() {
    let value = |minute: u32| f64::from(minute) * 0.25 - 300.0;
    let day = |day: u32| {
        let values = (0..1440).map(|minute| format!(" {}", value(day * 1440 + minute)));
        format!("200902{:02}{}\r\n", 20 + day, values.collect::<String>())
    };
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all((day(0) + &day(1)).as_bytes()).unwrap();
    let packed = encoder.finish().unwrap();
    let got = with_files(&[("65015_7_2311_2009.txt.gz", &packed)], |paths| {
        read_recording(&paths[0], &ReadOptions::default()).unwrap()
    });
    assert_eq!(got.recognised.unwrap().format, RecordingFormat::CencText);
    let recording = &got.recording;
    assert_eq!((recording.station(), &*recording.channels()[0].name), ("65015", "2311"));
    assert_eq!(recording.grid().interval(), SignedDuration::from_mins(1));
    assert_eq!(recording.grid().start(), "2009-02-19T16:00:00Z".parse().unwrap());
    let expected: Vec<f64> = (0..2880).map(value).collect();
    assert_eq!(recording.values().column(0).to_vec(), expected);
    assert_eq!(got.rows, [2]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// A recording is the same whether it lies in one file or in several, and whether or not a blank
    /// stands before its values.
    #[test]
    fn cut_into_files_nothing_changes(
        values in prop::collection::vec(-9999.0..-0.5_f64, 6..40), cut in 2_usize..38, blank in any::<bool>(),
    ) {
        let cut = cut.min(values.len() - 2);
        let line = |(hour, value): (usize, &f64), blank: bool| {
            let blank = if blank { " " } else { "" };
            format!("200902{:02}{:02}{blank}{value}\n", 20 + hour / 24, hour % 24)
        };
        let lines: Vec<_> = values.iter().enumerate().map(|row| line(row, true)).collect();
        let again: Vec<_> = values.iter().enumerate().map(|row| line(row, blank)).collect();
        let whole = read_one(lines.concat().as_bytes()).unwrap();
        prop_assert_eq!(column(&whole, 0), values);
        let (a, b) = (again[..cut].concat(), again[cut..].concat());
        let files = [("51010_5_2321_b.txt", b.as_bytes()), ("51010_5_2321_a.txt", a.as_bytes())];
        let parts = read(&files, &CencOptions::default()).unwrap();
        prop_assert_eq!(parts.recording.values(), whole.recording.values());
        prop_assert_eq!(parts.recording.grid(), whole.recording.grid());
        prop_assert!(parts.seams.is_empty());
    }

    #[test]
    fn nearly_fixed_width_gives_a_recording_or_an_error(
        text in "(\\PC{0,4}\n)?(20[0-9]{2}0[1-9][0-2][0-9][0-2]?[0-9]?[ +-]{0,2}[-0-9.e]{0,6}( 1){0,3}\r?\n){0,8}",
        skip in any::<bool>(),
    ) {
        let options = CencOptions::default().with_skip_bad_rows(skip);
        let _ = read(&[("51010_5_2321.txt", text.as_bytes())], &options);
        let _ = with_files(&[("a", text.as_bytes())], |paths| {
            read_recording(&paths[0], &ReadOptions::default())
        });
    }
}
