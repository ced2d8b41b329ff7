use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::SignedDuration;
use ndarray::Array2;
use proptest::prelude::*;

use super::*;
use crate::{Channel, Provenance, Recording, Result, StrainIoError, TimeGrid};

fn recording(start: &str, minutes: i64, len: usize, level: f64) -> Recording {
    let interval = SignedDuration::from_mins(minutes);
    let grid = TimeGrid::new(start.parse().unwrap(), interval, len).unwrap();
    let value = |(t, _): (usize, usize)| if t % 7 == 3 { f64::NAN } else { t as f64 + level };
    let values = Array2::from_shape_fn((len, 2), value);
    let channels = vec![Channel::gauge("s1", 51.0), Channel::gauge("s2", 96.0)];
    let plain = Recording::new("51010", grid, channels, values.clone()).unwrap();
    let mut flags = plain.provenance().to_owned();
    flags[[len / 2, 0]] = Provenance::SPIKE;
    plain.with_values(values, flags).unwrap()
}

/// All files below a folder with their bytes.
fn content(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for station in std::fs::read_dir(folder).unwrap() {
        for day in std::fs::read_dir(station.unwrap().path()).unwrap() {
            for file in std::fs::read_dir(day.unwrap().path()).unwrap() {
                let path = file.unwrap().path();
                let name = path.strip_prefix(folder).unwrap().to_owned();
                found.insert(name, std::fs::read(path).unwrap());
            }
        }
    }
    found
}

fn write_in_pieces(whole: &Recording, cuts: &[usize], folder: &Path) -> Result<()> {
    let mut days = ParquetDays::new(folder, whole.station(), whole.channels(), whole.grid())?;
    let mut start = 0;
    for end in cuts.iter().copied().chain([whole.grid().len()]) {
        days.write(&whole.slice(start..end)?)?;
        start = end;
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Midnight is among the cuts, and a sample just after it that no piece but the whole covers.
    #[test]
    fn pieces_give_the_files_of_the_whole(
        hour in 0_u32..24, minutes in prop::sample::select(vec![50_i64, 60, 7 * 60]),
        cuts in prop::collection::btree_set(1_usize..60, 0..4), there in any::<bool>(),
    ) {
        let whole = recording(&format!("2008-02-27T{hour:02}:30:00Z"), minutes, 60, 0.0);
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        for folder in [&one, &other] {
            if there {
                let before = recording("2008-02-28T00:00:00Z", 30, 48, 500.0);
                write_parquet_days(&before, folder.path()).unwrap();
            }
        }
        // On the last or the first day the two may not go together; then nothing is written.
        let written = write_parquet_days(&whole, one.path());
        let day = whole.grid().index_at_or_after("2008-02-28T00:00:00Z".parse().unwrap());
        let midnights = [day].into_iter().filter(|&day| there && day > 0);
        let cuts: Vec<usize> = if there { midnights.collect() } else { cuts.into_iter().collect() };
        let pieces = write_in_pieces(&whole, &cuts, other.path());
        prop_assert_eq!(written.is_ok(), pieces.is_ok());
        prop_assert_eq!(content(one.path()), content(other.path()));
    }
}

#[test]
fn a_last_day_that_cannot_take_it_is_refused_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let there = recording("2008-05-13T00:00:00Z", 30, 48, 0.0);
    write_parquet_days(&there, folder.path()).unwrap();
    let before = content(folder.path());
    let whole = recording("2008-05-11T00:00:00Z", 60, 60, 0.0);
    let error = write_in_pieces(&whole, &[24, 48], folder.path()).unwrap_err();
    assert!(matches!(error, StrainIoError::Format { .. }), "{error}");
    assert_eq!(content(folder.path()), before);
}
