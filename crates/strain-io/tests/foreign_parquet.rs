//! Parquet of another writer (`data/make_parquet.py`), whose contents are known from that script.

#![allow(clippy::unwrap_used, reason = "a test may stop")]
#![cfg(feature = "parquet")]

use std::path::PathBuf;

use jiff::SignedDuration;
use jiff::tz::Offset;
use strain_io::{ColumnSpec, ParquetOptions, Read, RowProblem, StrainIoError, Unit, read_parquet};

fn path(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "data", name].iter().collect()
}

fn values(read: &Read, name: &str) -> Vec<Option<f64>> {
    let values = read.recording.channel(name).unwrap();
    values.iter().map(|value| (!value.is_nan()).then_some(*value)).collect()
}

#[test]
fn timestamps_in_utc_nulls_and_small_numbers() {
    let options = ParquetOptions::default().with_null("99999");
    let read = read_parquet(path("utc_ms.parquet"), &options).unwrap();
    let grid = read.recording.grid();
    assert_eq!(grid.start(), "2008-05-12T06:00:00Z".parse().unwrap());
    assert_eq!((grid.len(), grid.interval()), (5, SignedDuration::from_hours(1)));
    assert_eq!(read.ignored_columns, ["note"]);
    assert_eq!(values(&read, "s1"), [Some(1.5), None, None, None, Some(4.5)]);
    assert_eq!(values(&read, "s2"), [Some(1.0), Some(2.0), None, None, Some(4.0)]);
    assert_eq!(values(&read, "s3"), [Some(0.5), Some(1.5), Some(2.5), None, None]);
    assert_eq!(values(&read, "count"), [Some(1.0), Some(2.0), Some(3.0), None, Some(4.0)]);
    assert_eq!(read.rows, [4; 4]);
    assert_eq!(read.recording.station(), "utc_ms");
}

#[test]
fn local_timestamps_and_text_take_the_zone() {
    let options = ParquetOptions::default().with_zone(Offset::constant(8));
    for name in ["local_ns.parquet", "text.parquet"] {
        let read = read_parquet(path(name), &options).unwrap();
        assert_eq!(read.recording.grid().start(), "2008-05-11T22:00:00Z".parse().unwrap());
        assert_eq!(values(&read, "v"), [Some(1.0), Some(2.0), Some(3.0), None, Some(4.0)]);
    }
}

#[test]
fn chosen_columns_and_wrong_ones() {
    let with = |column: ColumnSpec| {
        read_parquet(path("utc_ms.parquet"), &ParquetOptions::default().with_column(column))
    };
    let read = with(ColumnSpec::new("3").with_name("x").with_unit(Unit::Nanostrain, 0.1)).unwrap();
    assert_eq!(values(&read, "x")[0], Some(0.15000000000000002));
    assert!(read.ignored_columns.is_empty());
    let error = with(ColumnSpec::new("s9")).unwrap_err().to_string();
    assert!(error.contains("`s9`") && error.contains("note, when, s1"), "{error}");
    let error = with(ColumnSpec::new("note")).unwrap_err().to_string();
    assert!(error.contains("`note` does not hold plain numbers"), "{error}");
    let as_time = ParquetOptions::default().with_time_column("note");
    let error = read_parquet(path("utc_ms.parquet"), &as_time).unwrap_err();
    let StrainIoError::Row(row) = error else { panic!("{error}") };
    assert_eq!((row.line, row.reason, row.text.as_str()), (1, RowProblem::NotATime, "a"));
}

#[test]
fn what_is_no_parquet() {
    let script = read_parquet(path("make_parquet.py"), &ParquetOptions::default()).unwrap_err();
    assert!(matches!(script, StrainIoError::Parquet { .. }), "{script}");
    assert!(std::error::Error::source(&script).is_some());
    let none = read_parquet(path("none.parquet"), &ParquetOptions::default()).unwrap_err();
    assert!(matches!(none, StrainIoError::Io { action: "open", .. }), "{none}");
}
