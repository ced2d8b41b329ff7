use arrow_array::{ArrayRef, Float32Array, Int64Array, RecordBatch, StringViewArray};
use arrow_ipc::writer::StreamWriter;
use jiff::SignedDuration;
use ndarray::{Array2, array};
use proptest::prelude::*;
use std::path::Path;
use std::sync::Arc;

use super::*;
use crate::{Channel, ParquetOptions, Provenance, Read, Recording, Result, TimeGrid, Unit};

fn read(path: &Path) -> Result<Read> {
    read_arrow(path, &ParquetOptions::default())
}

fn round_trip(recording: &Recording) -> Result<Read> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("other.arrow");
    write_arrow(recording, &path)?;
    read(&path)
}

fn read_bytes(bytes: &[u8]) -> Result<Read> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("51010.arrow");
    std::fs::write(&path, bytes).unwrap();
    read(&path)
}

fn bytes_of(recording: &Recording) -> Vec<u8> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.arrow");
    write_arrow(recording, &path).unwrap();
    std::fs::read(&path).unwrap()
}

fn recording(interval: SignedDuration, channels: &[&str], values: Array2<f64>) -> Recording {
    let start = "2008-05-01T00:00:00Z".parse().unwrap();
    let grid = TimeGrid::new(start, interval, values.nrows()).unwrap();
    let channels = channels.iter().map(|name| Channel::new(*name, Unit::Count)).collect();
    Recording::new("51010", grid, channels, values).unwrap()
}

fn assert_same(a: &Recording, b: &Recording) {
    assert_eq!((a.station(), a.grid(), a.channels()), (b.station(), b.grid(), b.channels()));
    assert_eq!(a.provenance(), b.provenance());
    for (a, b) in a.values().iter().zip(b.values()) {
        assert!(a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan()), "{a} {b}");
    }
}

/// The body of an Arrow file is a stream: the same messages without the magic and the footer.
fn as_stream(file: &[u8]) -> Vec<u8> {
    let tail = file.len() - 10;
    let footer = i32::from_le_bytes(*file[tail..].first_chunk().unwrap());
    let start = file.windows(4).position(|bytes| bytes == CONTINUATION).unwrap();
    file[start..tail - footer as usize].to_vec()
}

#[test]
fn leading_and_trailing_gaps_and_single_samples_survive() {
    let nan = f64::NAN;
    let hour = SignedDuration::from_hours(1);
    for values in [array![[nan], [1.0], [nan]], array![[7.0]], array![[nan]], array![[-0.0]]] {
        let before = recording(hour, &["a.b"], values);
        assert_same(&round_trip(&before).unwrap().recording, &before);
    }
}

#[test]
fn several_batches_in_a_file_and_in_a_stream() {
    let minute = SignedDuration::from_mins(1);
    let values = Array2::from_shape_fn((600_000, 2), |(t, c)| (t * (c + 1)) as f64 / 10.0);
    let before = recording(minute, &["a", "b"], values);
    let file = bytes_of(&before);
    assert_same(&read_bytes(&file).unwrap().recording, &before);
    assert_same(&read_bytes(&as_stream(&file)).unwrap().recording, &before);
}

#[test]
fn names_that_the_format_needs_are_refused() {
    let hour = SignedDuration::from_hours(1);
    let time = recording(hour, &["time"], array![[1.0]]);
    assert!(matches!(round_trip(&time), Err(StrainIoError::DuplicateChannel { .. })));
    let plain = recording(hour, &["a", "a.provenance"], array![[1.0, 2.0]]);
    let flags = array![[Provenance::FILLED, Provenance::OBSERVED]];
    let flagged = plain.with_values(plain.values().to_owned(), flags).unwrap();
    assert!(matches!(round_trip(&flagged), Err(StrainIoError::DuplicateChannel { .. })));
}

#[test]
fn the_same_recording_gives_the_same_bytes() {
    let names = ["a", "b", "c", "d"];
    let hour = SignedDuration::from_hours(1);
    let before = recording(hour, &names, array![[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]]);
    assert_eq!(bytes_of(&before), bytes_of(&before));
}

/// A stream of another writer: times as text, no metadata.
fn foreign(time: &str, columns: usize) -> Vec<u8> {
    let times = StringViewArray::from(vec![time, "2008-05-01T01:00:00Z"]);
    let mut all = vec![("when".to_owned(), Arc::new(times) as ArrayRef)];
    for column in 0..columns {
        let values = Arc::new(Float32Array::from(vec![Some(0.5), None])) as ArrayRef;
        all.push((format!("s{column}"), values));
    }
    all.push(("n".to_owned(), Arc::new(Int64Array::from(vec![7, 8])) as ArrayRef));
    let batch = RecordBatch::try_from_iter(all).unwrap();
    let mut bytes = Vec::new();
    let mut writer = StreamWriter::try_new(&mut bytes, &batch.schema()).unwrap();
    writer.write(&batch).unwrap();
    writer.finish().unwrap();
    bytes
}

#[test]
fn a_stream_of_another_writer() {
    let read = read_bytes(&foreign("2008-05-01T00:00:00Z", 1)).unwrap();
    assert_eq!(read.recording.station(), "51010");
    assert_eq!(read.recording.grid().interval(), SignedDuration::from_hours(1));
    let s0 = read.recording.channel("s0").unwrap();
    assert!(s0[0] == 0.5 && s0[1].is_nan());
    assert_eq!(read.recording.channel("n").unwrap().to_vec(), [7.0, 8.0]);
    // A bad time is a bad row, and shown no longer than is of use.
    let long = "2008-05-01T00:00:00Z".repeat(1000);
    let error = read_bytes(&foreign(&long, 1)).unwrap_err();
    assert!(matches!(error, StrainIoError::Row(_)), "{error}");
}

#[test]
fn what_is_cut_or_claims_too_much_is_an_error() {
    let before = recording(SignedDuration::from_hours(1), &["a"], array![[1.0], [2.0]]);
    let file = bytes_of(&before);
    let stream = as_stream(&file);
    for end in [6, 8, 12, file.len() / 2, file.len() - 1] {
        assert!(read_bytes(&file[..end]).is_err(), "{end}");
    }
    assert!(read_bytes(&stream[..stream.len() / 2]).is_err());
    // A first message of two gigabytes, in a file of some hundred bytes.
    let mut huge = stream.clone();
    huge[4..8].copy_from_slice(&0x7fff_fff8_i32.to_le_bytes());
    let error = read_bytes(&huge).unwrap_err().to_string();
    assert!(error.contains("cut, or claims to be longer"), "{error}");
    // A footer that says it is longer than the file.
    let mut footer = file.clone();
    let tail = footer.len() - 10;
    footer[tail..tail + 4].copy_from_slice(&i32::MAX.to_le_bytes());
    let error = read_bytes(&footer).unwrap_err().to_string();
    assert!(error.contains("does not end as an Arrow file does"), "{error}");
}

#[test]
fn a_buffer_that_claims_to_unpack_to_gigabytes_is_refused() {
    let hour = SignedDuration::from_hours(1);
    let before = recording(hour, &["a"], Array2::from_elem((4096, 1), 1.0));
    let mut file = bytes_of(&before);
    let unpacked = (4096_i64 * 8).to_le_bytes();
    let claims: Vec<usize> =
        (0..file.len() - 8).filter(|&at| file[at..at + 8] == unpacked).collect();
    assert_eq!(claims.len(), 2, "one of times and one of values");
    file[claims[1]..claims[1] + 8].copy_from_slice(&(1_i64 << 40).to_le_bytes());
    let error = read_bytes(&file).unwrap_err().to_string();
    assert!(error.contains("claims to unpack to far more"), "{error}");
}

#[test]
fn buffers_outside_of_the_body_are_refused() {
    let before = recording(SignedDuration::from_hours(1), &["a"], array![[1.0], [2.0]]);
    let mut budget = guard::Budget::new(0);
    let file = bytes_of(&before);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.arrow");
    std::fs::write(&path, &file).unwrap();
    let mut source = source::Source::open(&path).unwrap();
    let framed = source.next_batch().unwrap().unwrap();
    assert!(source.next_batch().unwrap().is_none());
    // Half of its body: its buffers lie outside.
    let message = message::message(&path, &framed.head).unwrap();
    let batch = message.header_as_record_batch().unwrap();
    assert!(budget.admit(&path, &batch, &framed.body).is_ok());
    let half = &framed.body[..framed.body.len() / 2];
    let error = budget.admit(&path, &batch, half).unwrap_err().to_string();
    assert!(error.contains("overlap or are cut"), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn written_and_read_back_with_every_flag(before in crate::strategies::recordings()) {
        let file = bytes_of(&before);
        assert_same(&read_bytes(&file).unwrap().recording, &before);
        assert_same(&read_bytes(&as_stream(&file)).unwrap().recording, &before);
    }

    #[test]
    fn a_damaged_file_gives_a_recording_or_an_error(
        before in crate::strategies::recordings(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in prop::option::of(any::<prop::sample::Index>()),
        stream in any::<bool>(),
    ) {
        let file = bytes_of(&before);
        let mut bytes = if stream { as_stream(&file) } else { file };
        for (index, byte) in &damage {
            let index = index.index(bytes.len());
            bytes[index] = *byte;
        }
        bytes.truncate(cut.map_or(usize::MAX, |cut| cut.index(bytes.len())));
        if let Ok(read) = read_bytes(&bytes) {
            prop_assert!(read.recording.grid().len() > 0);
        }
    }
}
