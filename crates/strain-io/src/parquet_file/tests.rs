use jiff::SignedDuration;
use ndarray::{Array2, array};
use proptest::prelude::*;

use super::*;
use crate::{Channel, ParquetOptions, Provenance, Read, Recording, Result, TimeGrid, Unit};

fn round_trip(recording: &Recording) -> Result<Read> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("other.parquet");
    write_parquet(recording, &path)?;
    read_parquet(&path, &ParquetOptions::default())
}

fn recording(interval: SignedDuration, channels: &[&str], values: Array2<f64>) -> Recording {
    let start = "2008-05-01T00:00:00Z".parse().unwrap();
    let grid = TimeGrid::new(start, interval, values.nrows()).unwrap();
    let channels = channels.iter().map(|name| Channel::new(*name, Unit::Count)).collect();
    Recording::new("51010", grid, channels, values).unwrap()
}

/// Found by fuzzing: a page's header claims a list that goes on past the end of the file, a dictionary
/// more values than it has bytes.
#[test]
fn what_a_damaged_file_claims_costs_neither_time_nor_memory() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("damaged.parquet");
    let endless = include_bytes!("../../tests/data/endless.parquet").as_slice();
    let dictionary = include_bytes!("../../tests/data/dictionary.parquet").as_slice();
    for (bytes, said) in [(endless, ""), (dictionary, "dictionary of")] {
        std::fs::write(&path, bytes).unwrap();
        let error = read_parquet(&path, &ParquetOptions::default()).unwrap_err();
        let source = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
        assert!(error.to_string().contains("damaged.parquet"), "{error}");
        assert!(error.to_string().contains(said) || source.contains(said), "{error}: {source}");
        assert!(read_cells(&path).is_err());
    }
}

fn assert_same(a: &Recording, b: &Recording) {
    assert_eq!((a.station(), a.grid(), a.channels()), (b.station(), b.grid(), b.channels()));
    assert_eq!(a.provenance(), b.provenance());
    for (a, b) in a.values().iter().zip(b.values()) {
        assert!(a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan()), "{a} {b}");
    }
}

#[test]
fn leading_and_trailing_gaps_and_single_samples_survive() {
    let nan = f64::NAN;
    let hour = SignedDuration::from_hours(1);
    for values in [array![[nan], [1.0], [nan]], array![[7.0]], array![[nan]]] {
        let before = recording(hour, &["a.b"], values);
        assert_same(&round_trip(&before).unwrap().recording, &before);
    }
}

#[test]
fn several_row_groups() {
    let minute = SignedDuration::from_mins(1);
    let values = Array2::from_shape_fn((600_000, 2), |(t, c)| (t * (c + 1)) as f64 / 10.0);
    let before = recording(minute, &["a", "b"], values);
    assert_same(&round_trip(&before).unwrap().recording, &before);
}

#[test]
fn names_that_the_format_needs_are_refused() {
    let hour = SignedDuration::from_hours(1);
    let time = recording(hour, &["time"], array![[1.0]]);
    assert!(matches!(round_trip(&time), Err(crate::StrainIoError::DuplicateChannel { .. })));
    let plain = recording(hour, &["a", "a.provenance"], array![[1.0, 2.0]]);
    let flags = array![[Provenance::FILLED, Provenance::OBSERVED]];
    let flagged = plain.with_values(plain.values().to_owned(), flags).unwrap();
    assert!(matches!(round_trip(&flagged), Err(crate::StrainIoError::DuplicateChannel { .. })));
}

#[test]
fn the_same_recording_gives_the_same_bytes() {
    let before = recording(SignedDuration::from_hours(1), &["a"], array![[1.0], [2.0]]);
    let dir = tempfile::tempdir().unwrap();
    let bytes = ["x.parquet", "y.parquet"].map(|name| {
        write_parquet(&before, dir.path().join(name)).unwrap();
        std::fs::read(dir.path().join(name)).unwrap()
    });
    assert_eq!(bytes[0], bytes[1]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn written_and_read_back_with_every_flag(before in crate::strategies::recordings()) {
        assert_same(&round_trip(&before).unwrap().recording, &before);
    }

    #[test]
    fn a_damaged_file_gives_a_recording_or_an_error(
        before in crate::strategies::recordings(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.parquet");
        write_parquet(&before, &path).unwrap();
        let mut bytes = std::fs::read(&path).unwrap();
        for (index, byte) in &damage {
            let index = index.index(bytes.len());
            bytes[index] = *byte;
        }
        bytes.truncate(cut.map_or(usize::MAX, |cut| cut.index(bytes.len())));
        std::fs::write(&path, &bytes).unwrap();
        let _ = read_parquet(&path, &ParquetOptions::default().with_skip_bad_rows(true));
    }
}
