use jiff::SignedDuration;
use ndarray::Array2;
use proptest::prelude::*;

use super::*;
use crate::{
    Channel, ParquetOptions, Provenance, Read, Recording, Result, SeamKind, StrainIoError,
    TimeGrid, Unit, read_recording,
};

fn recording(start: &str, minutes: i64, len: usize) -> Recording {
    let interval = SignedDuration::from_mins(minutes);
    let grid = TimeGrid::new(start.parse().unwrap(), interval, len).unwrap();
    let channels = vec![Channel::gauge("s1", 51.0), Channel::new("pressure", Unit::Hectopascal)];
    let value = |(t, c): (usize, usize)| if t % 7 == 3 { f64::NAN } else { (t * (c + 1)) as f64 };
    let values = Array2::from_shape_fn((len, 2), value);
    let plain = Recording::new("51010", grid, channels, values.clone()).unwrap();
    let mut flags = plain.provenance().to_owned();
    flags[[len / 2, 0]] = Provenance::SPIKE;
    plain.with_values(values, flags).unwrap()
}

fn all(folder: &std::path::Path) -> Result<Read> {
    read_parquet_days(folder, "51010", None, &ParquetOptions::default())
}

fn assert_same(a: &Recording, b: &Recording) {
    assert_eq!((a.station(), a.grid(), a.channels()), (b.station(), b.grid(), b.channels()));
    assert_eq!(a.provenance(), b.provenance());
    assert!(a.values().iter().zip(b.values()).all(|(a, b)| a == b || (a.is_nan() && b.is_nan())));
}

#[test]
fn a_day_that_is_not_there_is_missing() {
    let before = recording("2008-05-11T12:00:00Z", 60, 60);
    let folder = tempfile::tempdir().unwrap();
    let files = write_parquet_days(&before, folder.path()).unwrap();
    assert_eq!(files.len(), 3);
    std::fs::remove_file(&files[1]).unwrap();
    let read = all(folder.path()).unwrap();
    assert_eq!(read.recording.grid(), before.grid());
    let gaps: Vec<_> = read.seams.iter().map(|seam| seam.kind.clone()).collect();
    assert_eq!(gaps, vec![SeamKind::Gap { samples: 24 }; 2]);
    assert!(read.recording.values().row(20).iter().all(|value| value.is_nan()));

    let span = "2008-05-12T00:00:00Z".parse().unwrap().."2008-05-13T00:00:00Z".parse().unwrap();
    let none = read_parquet_days(folder.path(), "51010", Some(span), &ParquetOptions::default());
    assert!(matches!(none, Err(StrainIoError::NoRows { .. })));

    // Of 2008-05-12 the first six hours: spans that begin in the gap after them, before it, and far
    // outside of all days.
    let within = |from: &str, to: &str| {
        let span = from.parse().unwrap()..to.parse().unwrap();
        read_parquet_days(folder.path(), "51010", Some(span), &ParquetOptions::default()).unwrap()
    };
    write_parquet_days(&before.slice(12..18).unwrap(), folder.path()).unwrap();
    for (from, to, gap) in [
        ("2008-05-12T10:00:00Z", "2008-05-13T02:00:00Z", ("2008-05-12T10:00:00Z", 14)),
        ("2008-05-12T03:00:00Z", "2008-05-13T01:00:00Z", ("2008-05-12T06:00:00Z", 18)),
        ("2008-05-01T00:00:00Z", "2008-06-01T00:00:00Z", ("2008-05-12T06:00:00Z", 18)),
    ] {
        let read = within(from, to);
        let listed: Vec<_> =
            read.seams.iter().map(|s| (s.time.to_string(), s.kind.clone())).collect();
        let gap = (gap.0.to_owned(), SeamKind::Gap { samples: gap.1 });
        assert_eq!(listed, vec![gap; 2], "{from} to {to}");
    }
    let ended = within("2008-05-11T00:00:00Z", "2008-05-13T00:00:00Z");
    assert_eq!(ended.recording.grid().end(), "2008-05-12T05:00:00Z".parse().unwrap());
    assert!(ended.seams.is_empty());
}

#[test]
fn the_entry_for_all_formats_takes_the_folder_of_one_station() {
    let before = recording("2008-05-11T12:00:00Z", 60, 60);
    let folder = tempfile::tempdir().unwrap();
    write_parquet_days(&before, folder.path()).unwrap();
    let read = read_recording(folder.path(), &crate::ReadOptions::default()).unwrap();
    assert_eq!(read.recognised.unwrap().format, crate::RecordingFormat::ParquetDays);
    assert_same(&read.recording, &before);

    std::fs::create_dir(folder.path().join("station=62003")).unwrap();
    let error = read_recording(folder.path(), &crate::ReadOptions::default()).unwrap_err();
    assert!(error.to_string().contains("51010, 62003"), "{error}");
    let parquet = ParquetOptions::default().with_station("51010");
    let named = crate::ReadOptions::default().with_parquet(parquet);
    assert_same(&read_recording(folder.path(), &named).unwrap().recording, &before);
}

#[test]
fn days_of_another_zone_do_not_overwrite_the_utc_day_that_they_share() {
    // Two days of UTC+8 are 16:00 to 16:00.
    let both = recording("2008-05-10T16:00:00Z", 60, 48);
    let folder = tempfile::tempdir().unwrap();
    for hours in [0..24, 24..48] {
        write_parquet_days(&both.slice(hours).unwrap(), folder.path()).unwrap();
    }
    assert_same(&all(folder.path()).unwrap().recording, &both);

    // The earlier day again, with other values: its hours are replaced, those after it stay.
    let earlier = both.slice(0..24).unwrap();
    let (values, flags) = (earlier.values().mapv(|v| v + 1.0), earlier.provenance().to_owned());
    write_parquet_days(&earlier.with_values(values, flags).unwrap(), folder.path()).unwrap();
    let read = all(folder.path()).unwrap().recording;
    assert_eq!(read.grid(), both.grid());
    let pressure = read.channel("pressure").unwrap();
    assert_eq!((pressure[22], pressure[23], pressure[25]), (45.0, 47.0, 50.0));

    // A part of a day that is there, and one with a gap to what is there.
    write_parquet_days(&both.slice(10..12).unwrap(), folder.path()).unwrap();
    assert_eq!(all(folder.path()).unwrap().recording.grid(), both.grid());
    let apart = tempfile::tempdir().unwrap();
    for hours in [11..13, 15..17] {
        write_parquet_days(&both.slice(hours).unwrap(), apart.path()).unwrap();
    }
    let read = all(apart.path()).unwrap().recording;
    assert_eq!((read.grid().len(), read.missing_count("pressure").unwrap()), (6, 2));
}

#[test]
fn a_day_with_other_hours_of_another_kind_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let before = recording("2008-05-11T00:00:00Z", 60, 12);
    write_parquet_days(&before, folder.path()).unwrap();
    let later = recording("2008-05-11T12:00:00Z", 30, 48);
    for other in [later, before.select(&["s1"]).unwrap().slice(3..5).unwrap()] {
        let error = write_parquet_days(&other, folder.path()).unwrap_err().to_string();
        assert!(error.contains("2008-05-11") && error.contains("holds other hours"), "{error}");
        let read = all(folder.path()).unwrap();
        assert_same(&read.recording, &before);
    }
    // All that is there is of the span: it is replaced, whatever it was.
    let finer = recording("2008-05-11T00:00:00Z", 30, 24);
    write_parquet_days(&finer, folder.path()).unwrap();
    assert_same(&all(folder.path()).unwrap().recording, &finer);
}

#[test]
fn days_that_do_not_belong_together() {
    let folder = tempfile::tempdir().unwrap();
    write_parquet_days(&recording("2008-05-11T00:00:00Z", 60, 24), folder.path()).unwrap();
    let second = recording("2008-05-12T00:00:00Z", 30, 48);
    write_parquet_days(&second, folder.path()).unwrap();
    let error = all(folder.path()).unwrap_err();
    assert!(matches!(error, StrainIoError::Join { .. }), "{error}");
    // The same day in two files overlaps.
    let files = write_parquet_days(&recording("2008-05-12T00:00:00Z", 60, 24), folder.path());
    let file = files.unwrap().remove(0);
    std::fs::copy(&file, file.with_file_name("part-1.parquet")).unwrap();
    assert!(matches!(all(folder.path()), Err(StrainIoError::Join { .. })));
    std::fs::create_dir(folder.path().join("station=51010/day=yesterday")).unwrap();
    assert!(matches!(all(folder.path()), Err(StrainIoError::Format { .. })));
    for station in ["", "..", "a/b", "a=b"] {
        let read = read_parquet_days(folder.path(), station, None, &ParquetOptions::default());
        assert!(matches!(read, Err(StrainIoError::Config { .. })), "{station}");
    }
    let empty = tempfile::tempdir().unwrap();
    assert!(matches!(all(empty.path()), Err(StrainIoError::Io { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn what_is_written_is_read(hour in 0_u32..24, minutes in prop::sample::select(vec![7_i64, 60, 1440]), len in 1_usize..200) {
        let before = recording(&format!("2008-02-27T{hour:02}:30:00Z"), minutes, len);
        let folder = tempfile::tempdir().unwrap();
        write_parquet_days(&before, folder.path()).unwrap();
        let read = all(folder.path()).unwrap();
        assert_same(&read.recording, &before);
        prop_assert!(read.seams.is_empty());
    }
}
