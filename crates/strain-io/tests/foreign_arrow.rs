//! Arrow of another writer (`data/make_arrow.py`), whose contents are known from that script.

#![allow(clippy::unwrap_used, reason = "a test may stop")]
#![cfg(feature = "arrow")]

use std::path::PathBuf;

use jiff::SignedDuration;
use jiff::tz::Offset;
use strain_io::{
    ColumnSpec, ParquetOptions, Read, ReadOptions, RecordingFormat, StrainIoError, read_arrow,
    read_recording,
};

fn path(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "data", name].iter().collect()
}

fn values(read: &Read, name: &str) -> Vec<Option<f64>> {
    let values = read.recording.channel(name).unwrap();
    values.iter().map(|value| (!value.is_nan()).then_some(*value)).collect()
}

#[test]
fn packed_batches_with_nulls_dictionaries_and_nested_columns() {
    let options = ParquetOptions::default().with_null("99999");
    let read = read_arrow(path("utc_lz4.feather"), &options).unwrap();
    let grid = read.recording.grid();
    assert_eq!(grid.start(), "2008-05-12T06:00:00Z".parse().unwrap());
    assert_eq!((grid.len(), grid.interval()), (5, SignedDuration::from_hours(1)));
    assert_eq!(read.ignored_columns, ["note", "kind", "pair"]);
    assert_eq!(values(&read, "s1"), [Some(1.5), None, None, None, Some(4.5)]);
    assert_eq!(values(&read, "s2"), [Some(1.0), Some(2.0), None, None, Some(4.0)]);
    assert_eq!(values(&read, "s3"), [Some(0.5), Some(1.5), Some(2.5), None, None]);
    assert_eq!(values(&read, "count"), [Some(1.0), Some(2.0), Some(3.0), None, Some(4.0)]);
    assert_eq!(read.rows, [4; 4]);
    assert_eq!(read.recording.station(), "utc_lz4");
}

#[test]
fn local_timestamps_in_a_stream_and_text_in_a_file_take_the_zone() {
    let arrow = ParquetOptions::default().with_zone(Offset::constant(8));
    let options = ReadOptions::default().with_arrow(arrow);
    for (name, because) in [("local_ns.arrows", "stream"), ("text.arrow", "ARROW1")] {
        let read = read_recording(path(name), &options).unwrap();
        assert_eq!(read.recording.grid().start(), "2008-05-11T22:00:00Z".parse().unwrap());
        assert_eq!(values(&read, "v"), [Some(1.0), Some(2.0), Some(3.0), None, Some(4.0)]);
        let recognised = read.recognised.unwrap();
        assert_eq!(recognised.format, RecordingFormat::Arrow);
        assert!(recognised.because.contains(because), "{}", recognised.because);
    }
}

#[test]
fn what_is_not_read_is_an_error_that_says_why() {
    let error = |name: &str, options: ParquetOptions| read_arrow(path(name), &options).unwrap_err();
    let plain = ParquetOptions::default;
    let zstd = error("zstd.feather", plain());
    assert!(matches!(zstd, StrainIoError::Format { .. }), "{zstd}");
    assert!(zstd.to_string().contains("packed with ZSTD, not with LZ4"), "{zstd}");
    for column in ["note", "kind", "pair"] {
        let error = error("utc_lz4.feather", plain().with_column(ColumnSpec::new(column)));
        assert!(error.to_string().contains("does not hold plain numbers"), "{error}");
    }
    let time = error("utc_lz4.feather", plain().with_time_column("kind")).to_string();
    assert!(time.contains("the column of times is of a type that cannot hold any"), "{time}");
    let script = error("make_arrow.py", plain());
    assert!(matches!(script, StrainIoError::Format { .. }), "{script}");
    let none = error("none.arrow", plain());
    assert!(matches!(none, StrainIoError::Io { action: "open", .. }), "{none}");
}
