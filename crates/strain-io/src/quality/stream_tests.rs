use ndarray::s;
use proptest::prelude::*;

use super::tests::{gauges, recording};
use super::*;
use crate::StrainIoError;

#[test]
fn a_stream_refuses_what_is_not_its_next_piece() {
    let whole = recording(gauges(1.0, 50));
    let (channels, grid) = (whole.channels(), whole.grid());
    let new = |config: &QualityConfig| AssessStream::new(whole.station(), channels, grid, config);
    let mut stream = new(&QualityConfig::default()).unwrap();
    let error = stream.clone().finish().unwrap_err().to_string();
    assert!(error.contains("no sample of X came"), "{error}");
    stream.push(&whole.slice(0..20).unwrap()).unwrap();
    let fewer = whole.slice(20..50).unwrap().select(&["g0", "g1"]).unwrap();
    for wrong in [&whole.slice(21..50).unwrap(), &fewer, &whole] {
        let error = stream.push(wrong).unwrap_err().to_string();
        assert!(error.contains("are not the next, at 2008-05-01T20:00:00Z"), "{error}");
    }
    // What came is what the report is of.
    let some = stream.clone().finish().unwrap();
    assert_eq!(some, assess(&whole.slice(0..20).unwrap(), &QualityConfig::default()).unwrap());
    stream.push(&whole.slice(20..50).unwrap()).unwrap();
    assert!(stream.push(&whole.slice(0..1).unwrap()).is_err());
    assert_eq!(stream.finish().unwrap(), assess(&whole, &QualityConfig::default()).unwrap());
    let absent = QualityConfig::default().with_gauges(["g0", "g1", "g2", "nope"]);
    assert!(matches!(new(&absent), Err(StrainIoError::NoChannel { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_stream_reports_what_the_whole_record_does(
        planted in crate::strategies::planted_recordings(), share in 0.0..0.4_f64,
        cuts in prop::collection::btree_set(1_usize..2000, 0..5), lost in 0_usize..3,
    ) {
        let mut values = planted.recording.values().to_owned();
        let middle = values.nrows() / 2;
        values.slice_mut(s![middle..middle + lost, 1]).fill(f64::NAN);
        let flags = planted.recording.provenance().to_owned();
        let whole = planted.recording.with_values(values, flags).unwrap();
        let config = QualityConfig::default().with_step_share(share);
        let len = whole.grid().len();
        let cuts: Vec<usize> = cuts.into_iter().filter(|&cut| cut < len).collect();
        let starts = std::iter::once(0).chain(cuts.iter().copied());
        let ends = cuts.iter().copied().chain([len]);
        let (station, channels) = (whole.station(), whole.channels());
        let mut stream = AssessStream::new(station, channels, whole.grid(), &config).unwrap();
        for (start, end) in starts.zip(ends) {
            stream.push(&whole.slice(start..end).unwrap()).unwrap();
        }
        prop_assert_eq!(stream.finish().unwrap(), assess(&whole, &config).unwrap());
    }
}
