use std::path::Path;

use jiff::SignedDuration;
use ndarray::{Array2, ArrayView2, Axis, concatenate};
use proptest::prelude::*;

use super::*;
use crate::{Recording, Result, StrainIoError};

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// A file of `text` in a folder that is there as long as it is held.
fn file(text: &[u8]) -> (tempfile::TempDir, std::path::PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("X1.csv");
    std::fs::write(&path, text).unwrap();
    (dir, path)
}

fn pieces(text: &str, options: &CsvOptions, span: SignedDuration) -> Result<Vec<Recording>> {
    let (_dir, path) = file(text.as_bytes());
    read_csv_spans(path, options, span)?.collect()
}

fn bits(values: ArrayView2<'_, f64>) -> Array2<u64> {
    values.mapv(f64::to_bits)
}

/// That the pieces are the whole recording, and what is said beside it is the same, or that both
/// readers say the same error.
fn assert_as_whole(path: &Path, options: &CsvOptions, span: SignedDuration) {
    let spans = read_csv_spans(path, options, span);
    let (whole, spans) = match (read_csv(path, options), spans) {
        (Ok(whole), Ok(spans)) => (whole, spans),
        (Err(whole), Err(spans)) => return assert_eq!(format!("{whole:?}"), format!("{spans:?}")),
        (whole, spans) => panic!("{whole:?} but in spans {spans:?}"),
    };
    assert_eq!(spans.bad_rows(), whole.bad_rows);
    assert_eq!(spans.ignored_columns(), whole.ignored_columns);
    assert!(whole.rows.iter().all(|&rows| rows == spans.rows()));
    let whole = whole.recording;
    assert_eq!(spans.grid(), whole.grid());
    assert_eq!((spans.station(), spans.channels()), (whole.station(), whole.channels()));
    let pieces = spans.collect::<Result<Vec<_>>>().unwrap();
    let mut next = 0;
    for piece in &pieces {
        let grid = piece.grid();
        assert_eq!(whole.grid().index_of(grid.start()), Some(next));
        assert_eq!(
            (grid.interval(), piece.channels()),
            (whole.grid().interval(), whole.channels())
        );
        assert_eq!(piece.station(), whole.station());
        let period = |time: jiff::Timestamp| time.as_nanosecond().div_euclid(span.as_nanos());
        assert_eq!(period(grid.start()), period(grid.end()));
        next += grid.len();
    }
    assert_eq!(next, whole.grid().len());
    let values: Vec<_> = pieces.iter().map(Recording::values).collect();
    assert_eq!(bits(concatenate(Axis(0), &values).unwrap().view()), bits(whole.values()));
    let flags: Vec<_> = pieces.iter().map(Recording::provenance).collect();
    assert_eq!(concatenate(Axis(0), &flags).unwrap(), whole.provenance());
}

#[test]
fn pieces_begin_at_multiples_of_the_span() {
    let text = "time,s1\n2008-05-01 22:00,1\n2008-05-01 23:00,2\n2008-05-02 00:00,3\n\
                2008-05-02 01:00,\n2008-05-04 01:00,5\n";
    let found = pieces(text, &CsvOptions::default(), HOUR * 24).unwrap();
    let starts: Vec<_> = found.iter().map(|piece| piece.grid().start().to_string()).collect();
    let midnights =
        ["2008-05-02", "2008-05-03", "2008-05-04"].map(|day| format!("{day}T00:00:00Z"));
    assert_eq!(starts[0], "2008-05-01T22:00:00Z");
    assert_eq!(starts[1..], midnights);
    assert_eq!(found[0].channel("s1").unwrap().to_vec(), [1.0, 2.0]);
    assert_eq!(found[1].missing_count("s1").unwrap(), 23);
    // No row at all is a piece of missing samples.
    assert_eq!(found[2].missing_count("s1").unwrap(), 24);
    assert_eq!(found[3].channel("s1").unwrap()[1], 5.0);
    // Of a span shorter than the sampling interval every sample is a piece.
    let short = pieces(text, &CsvOptions::default(), SignedDuration::from_secs(1)).unwrap();
    assert!(short.len() == 52 && short.iter().all(|piece| piece.grid().len() == 1));
    let long = pieces(text, &CsvOptions::default(), SignedDuration::MAX).unwrap();
    assert_eq!((long.len(), long[0].grid().len()), (1, 52));
}

#[test]
fn errors_come_before_the_first_piece() {
    let rows = "2008-04-30 23:00,0\n2008-05-01 00:00,1\n2008-05-01 01:00,2\n2008-05-01 02:00,3\n";
    let text =
        format!("time,s1\n{rows}2008-05-01 02:30,4\n2008-05-01 03:00,4\n2008-05-01 04:00,x\n");
    let (_dir, path) = file(text.as_bytes());
    let StrainIoError::Row(row) = read_csv_spans(&path, &CsvOptions::default(), HOUR).unwrap_err()
    else {
        panic!()
    };
    assert_eq!((row.line, row.column.as_deref()), (8, Some("s1")));
    let skipping = CsvOptions::default().with_skip_bad_rows(true);
    let spans = read_csv_spans(&path, &skipping, HOUR).unwrap();
    let lines: Vec<_> = spans.bad_rows().iter().map(|row| row.line).collect();
    assert_eq!(lines, [8, 6]);
    assert_eq!(spans.collect::<Result<Vec<_>>>().unwrap().len(), 5);
    for span in [SignedDuration::ZERO, -HOUR] {
        let error = read_csv_spans(&path, &skipping, span).unwrap_err().to_string();
        assert!(error.starts_with("span = "), "{error}");
    }
}

#[test]
fn a_file_that_shrinks_meanwhile_is_an_error() {
    let start: jiff::Timestamp = "2008-05-01T00:00:00Z".parse().unwrap();
    let row = |hour: i64| format!("{},{hour}\n", start + HOUR * i32::try_from(hour).unwrap());
    let text: String =
        std::iter::once("time,s1\n".to_owned()).chain((0..20_000).map(row)).collect();
    let (_dir, path) = file(text.as_bytes());
    let mut spans = read_csv_spans(&path, &CsvOptions::default(), HOUR * 24 * 100).unwrap();
    assert!(spans.next().unwrap().is_ok());
    std::fs::write(&path, &text[..text.len() / 2]).unwrap();
    let error = spans.by_ref().find_map(Result::err).unwrap();
    assert!(error.to_string().contains("changed while it was read"), "{error}");
    assert!(spans.next().is_none());
}

fn spans() -> impl Strategy<Value = SignedDuration> {
    let hours = (1..200_i64).prop_map(SignedDuration::from_hours);
    prop_oneof![hours, (1..10_000_i64).prop_map(SignedDuration::from_mins)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn pieces_are_the_whole(
        recording in crate::strategies::recordings(), parts in 1_i32..9, gzip in any::<bool>(),
        span in spans(),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(if gzip { "X.csv.gz" } else { "X.csv" });
        write_csv(&recording, &path).unwrap();
        let grid = recording.grid();
        let share = grid.interval() * i32::try_from(grid.len()).unwrap() / parts;
        let span = if share.is_zero() { span } else { share };
        let options = CsvOptions::default().with_interval(grid.interval());
        assert_as_whole(&path, &options, span);
    }

    #[test]
    fn nearly_a_table_is_read_as_it_is_whole(
        text in "(time,a,b\n)?(20(08|09)-0[1-3]-[0-2][0-9] ?([01][0-9]:[03]0|[0-9:]{0,6})?,([0-9]{1,3}|[-0-9.\"eN]{0,5}),[0-9]{0,3}\r?\n\n?){0,12}",
        skip in any::<bool>(), sorted in any::<bool>(), span in spans(),
    ) {
        let mut lines: Vec<&str> = text.lines().collect();
        if sorted {
            lines.sort_by_key(|line| (!line.starts_with('t'), *line));
        }
        let (_dir, path) = file(lines.join("\n").as_bytes());
        assert_as_whole(&path, &CsvOptions::default().with_skip_bad_rows(skip), span);
    }

    #[test]
    fn any_bytes_are_read_as_they_are_whole(
        bytes in prop::collection::vec(any::<u8>(), 0..400), skip in any::<bool>(),
    ) {
        let (_dir, path) = file(&bytes);
        assert_as_whole(&path, &CsvOptions::default().with_skip_bad_rows(skip), HOUR);
    }
}
