use proptest::prelude::*;

use super::*;
use crate::{Channel, Result, StrainIoError, Unit};

const SECOND: i64 = 1_000_000_000;

fn segment(channel: usize, start_s: f64, values: &[f64]) -> Segment {
    Segment {
        channel,
        start: (start_s * SECOND as f64) as i64,
        step: SECOND,
        values: values.to_vec(),
        file: "f".into(),
    }
}

fn joined(segments: Vec<Segment>, channels: usize, tolerance: f64) -> Result<Joined> {
    let channel = |index: usize| Channel::new(format!("c{index}"), Unit::Count);
    let channels: Vec<_> = (0..channels).map(channel).collect();
    lay(segments, &channels, tolerance)
}

fn kinds(joined: &Joined) -> Vec<SeamKind> {
    joined.seams.iter().map(|seam| seam.kind.clone()).collect()
}

#[test]
fn gaps_and_overlaps_are_reported() {
    let segments = vec![
        segment(0, 5.0, &[5.0, 6.0]),
        segment(0, 0.0, &[0.0, 1.0, 2.0]),
        segment(0, 2.0, &[2.0, 3.0]),
        segment(0, 6.0, &[66.0, 7.0]),
        segment(1, 1.0, &[10.0]),
    ];
    let joined = joined(segments, 2, 0.5).unwrap();
    assert_eq!(joined.grid.len(), 8);
    let column = joined.values.column(0).to_vec();
    assert_eq!(&column[..4], [0.0, 1.0, 2.0, 3.0]);
    assert!(column[4].is_nan());
    assert_eq!(&column[5..], [5.0, 6.0, 7.0]);
    assert_eq!(joined.values[[1, 1]], 10.0);
    assert_eq!(joined.rows, [9, 1]);
    let expected = [
        SeamKind::Overlap { samples: 1, differing: 0 },
        SeamKind::Gap { samples: 1 },
        SeamKind::Overlap { samples: 1, differing: 1 },
    ];
    assert_eq!(kinds(&joined), expected);
    assert_eq!(joined.seams[1].time.as_second(), 4);
}

#[test]
fn a_missing_sample_is_taken_from_the_later_piece() {
    let segments = vec![segment(0, 0.0, &[0.0, f64::NAN]), segment(0, 1.0, &[1.0])];
    let joined = joined(segments, 1, 0.5).unwrap();
    assert_eq!(joined.values.column(0).to_vec(), [0.0, 1.0]);
    assert_eq!(kinds(&joined), [SeamKind::Overlap { samples: 1, differing: 0 }]);
}

#[test]
fn pieces_beside_the_grid_are_moved_within_the_tolerance() {
    let pieces =
        || vec![segment(0, 0.0, &[0.0]), segment(0, 1.25, &[1.0]), segment(0, 1.9, &[2.0])];
    let laid = joined(pieces(), 1, 0.5).unwrap();
    assert_eq!(laid.values.column(0).to_vec(), [0.0, 1.0, 2.0]);
    assert_eq!(kinds(&laid), [SeamKind::Shift { seconds: -0.25 }]);
    let mut beside = pieces();
    beside[1].file = "g".into();
    let Err(error) = joined(beside, 1, 0.2) else { panic!() };
    let words = "g cannot be joined with f: c0 at 1970-01-01T00:00:01.25Z lies -0.250 of a step";
    assert!(error.to_string().starts_with(words), "{error}");
}

#[test]
fn what_cannot_be_laid() {
    assert!(matches!(joined(vec![], 1, 0.5), Err(StrainIoError::NoChannels { .. })));
    let far = vec![segment(0, 0.0, &[0.0]), segment(0, 9e9, &[0.0])];
    assert!(matches!(joined(far, 1, 0.5), Err(StrainIoError::TooSparse { .. })));
    // Missing samples of a piece do not make room for more.
    let empty = vec![segment(0, 0.0, &[f64::NAN; 100_000]), segment(0, 9e7, &[0.0])];
    assert!(matches!(joined(empty, 1, 0.5), Err(StrainIoError::TooSparse { .. })));
    let other = Segment { step: 2 * SECOND, ..segment(1, 0.0, &[0.0]) };
    let Err(error) = joined(vec![segment(0, 0.0, &[0.0]), other], 2, 0.5) else { panic!() };
    assert!(error.to_string().contains("c1 is sampled every 2 s and c0 every 1 s"), "{error}");

    let slower = Segment { step: 2 * SECOND, file: "g".into(), ..segment(0, 60.0, &[1.0]) };
    let Err(error) = joined(vec![segment(0, 0.0, &[0.0]), slower], 1, 0.5) else { panic!() };
    let words = "g cannot be joined with f: c0 is sampled every 1 s and from 1970-01-01T00:01:00Z on \
                 every 2 s; read the files of each rate by themselves";
    assert!(error.to_string().starts_with(words), "{error}");
}

proptest! {
    #[test]
    fn cutting_and_overlapping_changes_nothing(
        values in prop::collection::vec(-1e6..1e6_f64, 1..60),
        cuts in prop::collection::vec((0_usize..60, 0_usize..60), 0..12),
        jitter in prop::collection::vec(-0.4..0.4_f64, 12),
    ) {
        let len = values.len();
        let mut pieces = vec![segment(0, 0.0, &values)];
        for (&(a, b), &late) in cuts.iter().zip(&jitter) {
            let (from, to) = (a.min(b).min(len - 1), a.max(b).min(len));
            // Nothing may begin before the first sample: that would move the grid.
            let start = (from as f64 + late).max(0.0);
            pieces.push(segment(0, start, &values[from..to.max(from)]));
        }
        let joined = joined(pieces, 1, 0.5).unwrap();
        prop_assert!(joined.grid.len() >= len);
        prop_assert_eq!(joined.values.column(0).to_vec()[..len].to_vec(), values);
        for seam in &joined.seams {
            let doubled = matches!(seam.kind, SeamKind::Overlap { differing: 0, .. });
            prop_assert!(doubled || matches!(seam.kind, SeamKind::Shift { .. }), "{:?}", seam);
        }
    }

    #[test]
    fn any_start_and_step_is_a_grid_or_an_error(
        pieces in prop::collection::vec((any::<i64>(), 1_i64..i64::MAX, 0_usize..4), 0..5),
    ) {
        let segments = pieces.iter().map(|&(start, step, len)| Segment {
            channel: 0, start, step, values: vec![1.0; len], file: "f".into(),
        });
        let _ = joined(segments.collect(), 1, 0.5);
    }
}
