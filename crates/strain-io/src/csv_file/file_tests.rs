//! Files that are damaged or in another encoding.

use std::error::Error;
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::{ColumnSpec, CsvOptions, read_csv};
use crate::{ReadOptions, RecordingFormat, Result, StrainIoError, read_recording};

fn with_file<T>(content: &[u8], read: impl FnOnce(&std::path::Path) -> T) -> T {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("51010.csv");
    std::fs::write(&path, content).unwrap();
    read(&path)
}

/// 时间, 应变 and 气压 in GBK.
const HEADER: [&[u8]; 3] = [b"\xca\xb1\xbc\xe4", b"\xd3\xa6\xb1\xe4", b"\xc6\xf8\xd1\xb9"];

#[test]
fn a_header_in_gbk_names_the_columns() {
    for delimiter in [",", "\t", ";"] {
        let rows = "2008-05-01 00:00,1.5,850\n2008-05-01 01:00,,851\n2008-05-01 02:00,2,852\n";
        let rows = rows.replace(',', delimiter);
        let content =
            [HEADER.join(delimiter.as_bytes()).as_slice(), b"\r\n", rows.as_bytes()].concat();
        assert!(std::str::from_utf8(&content).is_err());
        let read = with_file(&content, |path| read_recording(path, &ReadOptions::default()));
        let read = read.unwrap();
        assert_eq!(read.recognised.unwrap().format, RecordingFormat::Csv);
        let names: Vec<_> = read.recording.channels().iter().map(|c| c.name.as_str()).collect();
        assert_eq!(names, ["应变", "气压"]);
        assert_eq!((read.rows, read.bad_rows.len()), (vec![3, 3], 0));
        assert_eq!(read.recording.channel("气压").unwrap().to_vec(), [850.0, 851.0, 852.0]);
        assert_eq!(read.recording.missing_count("应变").unwrap(), 1);
        // A configuration, which is UTF-8, names them too.
        let options = CsvOptions::default()
            .with_time_column("时间")
            .with_column(ColumnSpec::new("应变").with_name("s1"));
        let read = with_file(&content, |path| read_csv(path, &options)).unwrap();
        assert_eq!(read.recording.channel("s1").unwrap()[2], 2.0);
    }
}

/// Hours of some months, packed.
fn packed() -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    for row in 0..4000 {
        let (month, day, hour) = (1 + row / 672, 1 + row / 24 % 28, row % 24);
        let value = row * 7919 % 1009;
        writeln!(encoder, "2000-{month:02}-{day:02} {hour:02}:00,{value}").unwrap();
    }
    encoder.finish().unwrap()
}

/// What the error of reading `content` is caused by.
fn cause<T: std::fmt::Debug>(result: Result<T>) -> String {
    let error = result.unwrap_err();
    let StrainIoError::Io { action: "read", path, .. } = &error else { panic!("{error}") };
    assert!(path.ends_with("51010.csv"));
    error.source().unwrap().to_string()
}

#[test]
fn a_gzip_that_breaks_off_is_located_by_its_byte() {
    let whole = packed();
    for end in [whole.len() / 2, whole.len() - 1] {
        let cut = &whole[..end];
        let error = cause(with_file(cut, |path| read_csv(path, &CsvOptions::default())));
        assert_eq!(error, format!("its gzip breaks off at byte {end}; fetch the file again"));
    }
}

/// The checksum stands behind all lines, so that each of them has been read by then.
#[test]
fn a_wrong_checksum_is_not_passed_over() {
    let mut whole = packed();
    let options = CsvOptions::default();
    assert!(with_file(&whole, |path| read_csv(path, &options)).is_ok());
    let sum = whole.len() - 8;
    whole[sum] ^= 1;
    let error = cause(with_file(&whole, |path| read_csv(path, &options)));
    assert!(error.contains(&format!("at byte {}", whole.len())), "{error}");
}
