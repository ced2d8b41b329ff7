use super::*;
use crate::{Result, StrainIoError};

fn of(name: &str, content: &[u8]) -> Result<Recognised> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    std::fs::write(&path, content).unwrap();
    recognise(path)
}

#[test]
fn known_kinds() {
    use RecordingFormat::{Arrow, CencText, Csv, MiniSeed, Neu, Parquet, PboBottle, PboLevel2};
    let day = |values: usize| format!("20090220{}\n", " 1.5".repeat(values)).into_bytes();
    let (hours, minutes) = (day(24), day(1440));
    let cases: [(&str, &[u8], RecordingFormat); 25] = [
        ("a.csv", b"time,s1\n2008-05-01,1\n", Csv),
        ("a.tsv", b"time\ts1\n", Csv),
        ("a", b"2008-05-01;1;2\n", Csv),
        ("a", b"20080501,1,2\n", Csv),
        ("h1-51.DAT", b"2006110100,-12544.50\r\n", CencText),
        ("hpr.DAT", b" 2006110100   862.3500    \r\n", CencText),
        ("65015_7_2311.Dat", b"20090220 1 2 3\r\n", CencText),
        ("a", &hours, CencText),
        ("a", &minutes, CencText),
        ("a", b"20090220,\r\n", CencText),
        ("a", b"20090220\t1\t2\t3\n", Csv),
        ("a.bin", b"PAR1....", Parquet),
        ("a.feather", b"ARROW1\0\0....", Arrow),
        ("a", b"\xff\xff\xff\xff\x80\0\0\0\x10\0\0\0....", Arrow),
        ("Bott1.20", &[0x5d, 1, 0, 0, 40, 0, 0, 0], PboBottle),
        ("Bott1.20", &[1, 0x5d, 0, 0, 0, 0, 0, 40], PboBottle),
        ("a", b"000001D WNM  ....", MiniSeed),
        ("a", b"MS\x03.....", MiniSeed),
        ("a", b"#Reference position 103.39", Neu),
        ("a", b"DateTime(UTC) Eee+Enn(ms) Version\n", PboLevel2),
        ("a", b"2011-03-11T00:00:00 5 1 0 0 0 0 0 2011298000000\n", PboLevel2),
        ("a", b"gauge0 2010-01-01T00:00:00 1 55197 -12 0 g 0 0 0 g 2b 1 950\n", PboLevel2),
        // Tables with tabs remain tables.
        ("a", b"DateTime\ta\tb\tc\n", Csv),
        ("a", b"2011-03-11T00:00:00\t5\t1\t0\t0\t0\t0\t0\t2\n", Csv),
        ("a", b"DateTime,Eee+Enn,b\n", Csv),
    ];
    for (name, content, format) in cases {
        let recognised = of(name, content).unwrap();
        assert_eq!(recognised.format, format, "{name}");
        assert!(!recognised.because.is_empty());
    }
}

#[test]
fn other_kinds_are_named() {
    let cases: [(&[u8], &str); 10] = [
        (b"{\"time\": 1, \"s1\": 2}", "JSON"),
        (b"[{\"time\": 1, \"s1\": 2}]", "JSON"),
        // Markers without a message behind them.
        (b"\xff\xff\xff\xff\0\0\0\0", "binary"),
        (b"\xff\xff\xff\xff\x80\0\0\0\x80\0\0\0", "binary"),
        (b"<?xml version='1.0'?>", "catalogue"),
        (b"\x89HDF\r\n\0", "binary"),
        (b"Dear reader\n", "Dear reader"),
        // Tables without a header, between blanks; the last has 24 columns, but not of a day.
        (b"20090220 1 2 3\n", "no known format"),
        (b"20090220 1 2 3 4 5 6 7 8 9 10 11 12\n", "no known format"),
        (
            b"2009022000 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24\n",
            "no known",
        ),
    ];
    for (content, word) in cases {
        let error = of("a", content).unwrap_err().to_string();
        assert!(error.contains(word), "{error}");
    }
    assert!(matches!(of("a", b"\n \n"), Err(StrainIoError::NoRows { .. })));
}

#[test]
fn options_overrule_the_content() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.txt");
    std::fs::write(&path, "2006110100,1\n2006110101,2\n").unwrap();
    let start = |options: &ReadOptions| {
        read_recording(&path, options).unwrap().recording.grid().start().to_string()
    };
    let csv = ReadOptions::default().with_format(RecordingFormat::Csv);
    assert_eq!(start(&ReadOptions::default()), "2006-10-31T16:00:00Z");
    assert_eq!(start(&csv), "2006-11-01T00:00:00Z");
}

#[test]
fn pieces_are_read_together_and_strangers_refused() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, content: &str| {
        let path = dir.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    };
    let one = write("65015_7_2311.Dat", "2009022000 1\n2009022001 2\n");
    let two = write("65015_7_2312.Dat", "2009022000 3\n2009022001 4\n");
    let table = write("a.csv", "time,s1\n2009-02-20,1\n2009-02-21,2\n");
    let read = |paths: &[_]| read_recording_files(paths, &ReadOptions::default());
    let both = read(&[&one, &two]).unwrap();
    assert_eq!(both.recording.channels().len(), 2);
    assert_eq!(both.recognised.unwrap().format, RecordingFormat::CencText);
    let error = read(&[&one, &table]).unwrap_err().to_string();
    assert!(error.contains("one is Csv, the other CencText"), "{error}");
    let error = read(&[&table, &table]).unwrap_err().to_string();
    assert!(error.contains("read them one by one"), "{error}");
    let none = read_recording_files::<&str>(&[], &ReadOptions::default());
    assert!(matches!(none, Err(StrainIoError::NoChannels { .. })));
}

#[test]
fn bad_rows_are_skipped_in_whichever_format() {
    let dir = tempfile::tempdir().unwrap();
    let options = ReadOptions::default().with_skip_bad_rows(true);
    for (name, content) in [
        ("a.csv", "time,s1\n2009-02-20,1\nx,2\n2009-02-21,2\n"),
        ("a.dat", "2009022000 1\n2009022001 x\n2009022002 3\n"),
        ("a.neu", "#Reference position 1 2 3 A\n20120401 2012.25 1 2 3 1 1 1\nx\n"),
        ("a.txt", "DateTime(UTC) Eee(ms) b\n2011-03-11 1 2\nx\n2011-03-12 1 2\n"),
    ] {
        let path = dir.path().join(name);
        std::fs::write(&path, content).unwrap();
        assert!(read_recording(&path, &ReadOptions::default()).is_err(), "{name}");
        assert_eq!(read_recording(&path, &options).unwrap().bad_rows.len(), 1, "{name}");
    }
}
