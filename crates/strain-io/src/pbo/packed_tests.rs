use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::{Read, ReadOptions, RecordingFormat, StrainIoError, read_recording_files};

const FIRST: &str = "DateTime(UTC) Eee+Enn(ms) BaroPressure(mbar) Version
2011-03-11T03:53:19 -37.5 999999 2011298000000
2011-03-11T03:53:20 -37.25 820.5 2011298000000
";
const SECOND: &str = "DateTime(UTC) Eee+Enn(ms) BaroPressure(mbar) Version
2011-03-11T03:53:21 -37 820.75 2011298000000
";
/// One line of a file cannot tell the interval.
const THIRD: &str = "2011-03-11T03:53:22 -36.75 821 2011298000000\n";

fn packed(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn read(files: &[(&str, &[u8])]) -> crate::Result<Read> {
    let dir = tempfile::tempdir().unwrap();
    let paths: Vec<_> = files.iter().map(|(name, _)| dir.path().join(name)).collect();
    for (path, (_, content)) in paths.iter().zip(files) {
        std::fs::write(path, content).unwrap();
    }
    read_recording_files(&paths, &ReadOptions::default())
}

#[test]
fn level2_text_may_be_packed() {
    let second = packed(&format!("{SECOND}{THIRD}"));
    let files = [("B084.2011a.txt.gz", packed(FIRST)), ("B084.2011b.txt.gz", second)];
    let files = files.each_ref().map(|(name, content)| (*name, content.as_slice()));
    let got = read(&files).unwrap();
    assert_eq!(got.recognised.unwrap().format, RecordingFormat::PboLevel2);
    let recording = &got.recording;
    assert_eq!((recording.station(), recording.grid().len()), ("B084", 4));
    // Microstrain in the file.
    let strain = recording.channel("Eee+Enn").unwrap().to_vec();
    assert_eq!(strain, [-37_500.0, -37_250.0, -37_000.0, -36_750.0]);
    let pressure = recording.channel("BaroPressure").unwrap();
    assert!(pressure[0].is_nan());
    assert_eq!(pressure.to_vec()[1..], [820.5, 820.75, 821.0]);
    assert!(got.seams.is_empty());
}

#[test]
fn a_bad_line_of_packed_text_has_its_number() {
    let bad = packed(&format!("{FIRST}2011-03-11T03:53:21 x 1 2\n"));
    let StrainIoError::Row(row) = read(&[("B084.txt.gz", &bad)]).unwrap_err() else { panic!() };
    assert_eq!((row.line, row.text.as_str()), (4, "x"));
}
