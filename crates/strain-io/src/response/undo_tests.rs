//! What is corrected can be put back, flag by flag, and by another process.

use jiff::SignedDuration;
use ndarray::Array2;
use proptest::prelude::*;

use super::*;
use crate::{Channel, Provenance, Recording, TidalSet, TimeGrid, Unit};

const HOURS: usize = 400;

fn recording(values: Array2<f64>) -> Recording {
    let start = "2008-03-01T00:00:00Z".parse().unwrap();
    let grid = TimeGrid::new(start, SignedDuration::from_hours(1), values.nrows()).unwrap();
    let channels = vec![Channel::gauge("s1", 0.0), Channel::new("p", Unit::Hectopascal)];
    Recording::new("X", grid, channels, values).unwrap()
}

/// A response to tides and to pressure of now and of three hours ago.
fn fit() -> ResponseFit {
    let values = Array2::from_shape_fn((HOURS, 2), |(hour, column)| {
        let (hour, column) = (hour as f64, column as f64);
        (hour * 0.506).sin() * 20.0 + (hour * (0.31 + column)).cos() * 5.0 + 850.0 * column
    });
    let config = ResponseConfig::default()
        .with_tides(TidalSet::Groups)
        .with_driver(Driver::new("p").with_lags_hours([0, 3]));
    fit_response(&recording(values), "s1", 0..HOURS, &config).unwrap()
}

/// Any values of both channels, a third of them missing in runs, with any flags.
fn gappy() -> impl Strategy<Value = Recording> {
    let cell = (-1e5..1e5_f64, prop::bool::weighted(0.2), any::<u8>());
    prop::collection::vec(cell, 2 * 60).prop_map(|cells| {
        let value = |(row, column)| {
            let (value, missing, _): (f64, bool, u8) = cells[2 * row + column];
            if missing { f64::NAN } else { value }
        };
        let plain = recording(Array2::from_shape_fn((60, 2), value));
        let bits = |(row, column): (usize, usize)| Provenance::from_bits(cells[2 * row + column].2);
        let flags = Array2::from_shape_fn((60, 2), bits);
        plain.with_values(plain.values().to_owned(), flags).unwrap()
    })
}

fn bits(recording: &Recording) -> Vec<u64> {
    recording.values().iter().map(|value| value.to_bits()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// To the last bit and flag, withheld samples among them.
    #[test]
    fn what_is_taken_out_can_be_undone(before in gappy()) {
        let corrected = fit().take_out(&before).unwrap();
        let after = corrected.undo().unwrap();
        prop_assert_eq!(bits(&after), bits(&before));
        prop_assert_eq!(after.provenance(), before.provenance());
    }

    /// Flagged where a value was corrected and nowhere else, masked where one was withheld; put back to
    /// rounding without the original.
    #[test]
    fn flags_say_what_was_corrected(before in gappy()) {
        let fit = fit();
        let response = fit.predict(&before).unwrap();
        let plain = before.provenance().mapv(|mut flags| {
            flags.remove(Provenance::RESPONSE_CORRECTED | Provenance::MASKED);
            flags
        });
        let before = before.with_values(before.values().to_owned(), plain).unwrap();
        let after = fit.correct(&before).unwrap();
        let again = fit.restore(&after).unwrap();
        for hour in 0..60 {
            let (old, new) = (before.values()[[hour, 0]], after.values()[[hour, 0]]);
            let flags = after.provenance()[[hour, 0]];
            let taken = !old.is_nan() && !response[hour].is_nan();
            prop_assert_eq!(flags.contains(Provenance::RESPONSE_CORRECTED), taken);
            let withheld = !old.is_nan() && response[hour].is_nan();
            prop_assert_eq!(flags.contains(Provenance::MASKED), withheld);
            prop_assert_eq!(new.is_nan(), !taken);
            if taken {
                prop_assert!(new != old);
                let scale = old.abs().max(response[hour].abs());
                prop_assert!((again.values()[[hour, 0]] - old).abs() <= 1e-9 * scale);
                prop_assert_eq!(again.provenance()[[hour, 0]], before.provenance()[[hour, 0]]);
            }
            prop_assert_eq!(after.provenance()[[hour, 1]], before.provenance()[[hour, 1]]);
        }
    }
}

#[test]
fn a_fit_is_serialised_whole() {
    let fit = fit();
    let text = serde_json::to_string(&fit).unwrap();
    let read: ResponseFit = serde_json::from_str(&text).unwrap();
    assert_eq!(read, fit);
    let later = recording(Array2::from_shape_fn((900, 2), |(hour, _)| (hour as f64 * 0.1).sin()));
    let predicted = [&fit, &read].map(|fit| fit.predict(&later).unwrap());
    assert!(predicted[0][500].abs() > 1e-3);
    assert!(predicted[0].iter().zip(&predicted[1]).all(|(a, b)| a.to_bits() == b.to_bits()));
    // What this crate cannot predict is refused, not left out.
    let first = text.find(r#"["M2""#).unwrap();
    let rest = &text[first + text[first..].find(']').unwrap() + 1..];
    for constituents in [r#"["M9"]"#, "[]"] {
        let broken = format!("{}{constituents}{rest}", &text[..first]);
        let error = serde_json::from_str::<ResponseFit>(&broken).unwrap_err().to_string();
        assert!(error.contains("tidal"), "{error}");
    }
    let without = ResponseConfig::default().without_tides().with_driver(Driver::new("p"));
    let without = fit_response(&later, "s1", 0..900, &without).unwrap();
    let text = toml::to_string(&without).unwrap();
    assert_eq!(toml::from_str::<ResponseFit>(&text).unwrap(), without);
}
