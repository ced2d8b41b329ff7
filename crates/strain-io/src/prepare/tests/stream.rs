//! A record that comes in pieces is prepared as it is whole.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::causality::{causal_configs, faulty_recordings};
use super::*;
use crate::{Catalogue, CoseismicContext, Event, PreparedPiece, Result, StrainIoError};

const SITE: (f64, f64) = (30.12, 102.17);

/// A great earthquake beneath the station ten minutes before every third sample.
fn catalogue(record: &Recording) -> Catalogue {
    let times = (0..record.grid().len()).step_by(3).map(|index| record.grid().time(index));
    let before = SignedDuration::from_mins(10);
    Catalogue::new(times.map(|time| Event::new(time - before, SITE.0, SITE.1, 8.0)).collect())
}

/// Fitted on the pieces that reach to the end of the fit span, then pushed piece by piece.
fn in_pieces(
    record: &Recording,
    config: &PrepareConfig,
    fit: std::ops::Range<usize>,
    cuts: &BTreeSet<usize>,
    around: Option<&CoseismicContext<'_>>,
) -> Result<(Vec<PreparedPiece>, PrepareReport)> {
    let mut ends = cuts.iter().copied().filter(|&cut| cut >= fit.end).chain([record.grid().len()]);
    let mut start = ends.next().unwrap_or_default();
    let head = record.slice(0..start)?;
    let (mut stream, first) = PrepareStream::start_undoable(&head, config, fit.clone(), around)?;
    let mut pieces = vec![first];
    for end in ends {
        pieces.push(stream.push_undoable(&record.slice(start..end)?)?);
        start = end;
    }
    Ok((pieces, stream.finish()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Cuts within gaps, jumps and days, a sample after the fit span and later; renewals between.
    #[test]
    fn pieces_are_prepared_as_the_whole(
        record in faulty_recordings(),
        config in causal_configs(),
        cuts in prop::collection::btree_set(720..1079_usize, 0..12),
        excluded in prop::option::of((0..1000_usize, 1..60_usize)),
        known in prop::option::of(1..1080_usize),
        keep in prop::option::of(any::<bool>()),
    ) {
        let fit = 24..24 * 30;
        let at = |index: usize| record.grid().time(index);
        let config = match excluded {
            Some((start, len)) => config.with_excluded(Span::new(at(start), at(start + len))),
            None => config,
        };
        let mut steps = config.steps.clone().with_keep_coseismic(keep.unwrap_or(false));
        if let Some(known) = known {
            steps = steps.with_known(KnownStep::new(at(known)).with_gauge("s2"));
        }
        let config = config.with_steps(steps);
        let catalogue = catalogue(&record);
        let around = keep.map(|_| CoseismicContext::new(&catalogue, SITE));
        let around = around.as_ref();
        let whole = match around {
            Some(around) => prepare_with_catalogue(&record, &config, fit.clone(), around),
            None => prepare(&record, &config, fit.clone()),
        };
        let whole = match whole {
            Ok(whole) => whole,
            Err(error) => {
                let pieces = in_pieces(&record, &config, fit, &cuts, around).unwrap_err();
                prop_assert_eq!(format!("{error:?}"), format!("{pieces:?}"));
                return Ok(());
            }
        };
        let (pieces, report) = in_pieces(&record, &config, fit, &cuts, around).unwrap();
        let together = |of: &dyn Fn(&PreparedPiece) -> Recording| {
            Recording::concatenate(&pieces.iter().map(of).collect::<Vec<_>>()).unwrap()
        };
        let bits = |of: &Recording| of.values().mapv(f64::to_bits);
        let prepared = together(&|piece| piece.recording.clone());
        prop_assert_eq!(bits(&prepared), bits(&whole.recording));
        prop_assert_eq!(prepared.provenance(), whole.recording.provenance());
        let (undone, expected) = (together(&|piece| piece.undo().unwrap()), whole.undo().unwrap());
        prop_assert_eq!(bits(&undone), bits(&expected));
        prop_assert_eq!(undone.provenance(), expected.provenance());
        prop_assert_eq!(format!("{report:?}"), format!("{:?}", whole.report));
    }
}

#[test]
fn a_piece_that_does_not_follow_is_refused_and_changes_nothing() {
    let record = hourly("2006-11-01T00:00:00Z", 40, 0.2, 1);
    let (config, fit) = (eight(), 0..24 * 30);
    let start =
        |len: usize| PrepareStream::start(&record.slice(0..len).unwrap(), &config, fit.clone());
    assert!(matches!(start(719), Err(StrainIoError::Range { .. })));
    let (mut stream, first) = start(800).unwrap();
    let refused =
        |stream: &mut PrepareStream, piece: &Recording| stream.push(piece).unwrap_err().to_string();
    for range in [0..800, 799..900, 801..900] {
        let error = refused(&mut stream, &record.slice(range).unwrap());
        assert!(
            error.contains("2006-12-04T08:00:00Z every") && error.contains("is next"),
            "{error}"
        );
    }
    let rest = record.slice(800..record.grid().len()).unwrap();
    let gauges = rest.select(&["s1", "s2", "s3", "s4"]).unwrap();
    let error = stream.push(&gauges).unwrap_err();
    assert!(matches!(error, StrainIoError::NoChannel { .. }), "{error}");
    let second = stream.push(&rest).unwrap();
    let whole = prepare(&record, &config, fit.clone()).unwrap();
    assert_eq!(first.values(), whole.recording.slice(0..800).unwrap().values());
    assert_eq!(second.values(), whole.recording.slice(800..24 * 40).unwrap().values());
    assert_eq!(stream.finish(), whole.report);
}
