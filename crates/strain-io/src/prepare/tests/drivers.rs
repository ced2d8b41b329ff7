//! Gauges that answer to the past of air pressure and to water level.

use std::ops::Range;

use ndarray::s;

use super::*;
use crate::{Driver, DriverResponse, StrainIoError};

/// Long enough to tell the half-day tides of Earth and air apart.
const FIT: Range<usize> = 0..24 * 200;
/// Beside [`COEFFICIENT`] at once: hours, nanostrain per hPa.
const LATER: [(usize, f64); 2] = [(2, -0.6), (5, -0.4)];
/// Nanostrain per metre.
const WATER: [(usize, f64); 2] = [(0, 30.0), (4, 15.0)];

/// 260 days of gauges with little noise that answer late to air pressure and to a water level.
fn driven(seed: u64) -> Recording {
    let mut rng = ChaCha8Rng::seed_from_u64(seed + 1000);
    let mut level = 0.0;
    let water: Vec<f64> = (0..24 * 260)
        .map(|_| {
            let draw: f64 = StandardNormal.sample(&mut rng);
            level = 0.98 * level + 0.02 * draw;
            level
        })
        .collect();
    let record = with_water(&hourly("2001-04-25T00:00:00Z", 260, 0.2, seed), |at| water[at]);
    altered(&record, |values| {
        let recorded = values.clone();
        let past =
            |at: usize, lag: usize, channel: usize| recorded[[at.saturating_sub(lag), channel]];
        for ((at, gauge), value) in values.slice_mut(s![.., ..4]).indexed_iter_mut() {
            let share = 1.0 + 0.1 * gauge as f64;
            for (lag, factor) in LATER {
                *value += factor * (past(at, lag, 4) - 850.0);
            }
            for (lag, factor) in WATER {
                *value += share * factor * past(at, lag, 5);
            }
        }
    })
}

/// Standard deviation of a gauge's changes from hour to hour after the fit span.
fn left(prepared: &Prepared, gauge: usize) -> f64 {
    let after = prepared.recording.values().slice_move(s![FIT.end.., gauge]).to_vec();
    let changes = after.windows(2).map(|pair| (pair[1] - pair[0]).powi(2));
    (changes.sum::<f64>() / (after.len() - 1) as f64).sqrt()
}

fn assert_planted(found: &DriverResponse, planted: &[(u32, f64)], largest_error: f64) {
    assert_eq!(found.lags.len(), planted.len());
    for (lag, (hours, factor)) in found.lags.iter().zip(planted) {
        assert_eq!(lag.hours, *hours);
        let off = (lag.coefficient - factor).abs();
        assert!(off < 4.0 * lag.standard_error, "{}: {lag:?} not {factor}", found.channel);
        assert!(lag.standard_error < largest_error, "{}: {lag:?}", found.channel);
    }
}

#[test]
fn planted_lags_are_recovered_and_taken_out() {
    let record = driven(1);
    let both = eight()
        .with_pressure_lags_hours(0..=5)
        .with_driver(Driver::new("water").with_lags_hours([0, 4]));
    let prepared = prepare(&record, &both, FIT).unwrap();
    for (gauge, report) in prepared.report.gauges.iter().enumerate() {
        let [pressure, water] = report.drivers.as_slice() else { panic!("{:?}", report.drivers) };
        assert_eq!((pressure.channel.as_str(), water.channel.as_str()), ("pressure", "water"));
        let planted = [(0, COEFFICIENT), (1, 0.0), (2, -0.6), (3, 0.0), (4, 0.0), (5, -0.4)];
        assert_planted(pressure, &planted, 0.02);
        let share = 1.0 + 0.1 * gauge as f64;
        assert_planted(water, &[(0, 30.0 * share), (4, 15.0 * share)], 0.4);
        let total = report.pressure.unwrap();
        assert_eq!((total.coefficient, total.standard_error), pressure.total());
        assert!((total.coefficient + 2.3).abs() < 4.0 * total.standard_error, "{total:?}");
        assert!(report.steps.is_empty() && report.spikes.is_empty());
        // The planted noise, and nothing else.
        let left = left(&prepared, gauge);
        assert!((0.19..0.21).contains(&left), "{left}");
    }
}

/// What one coefficient without lag, and no water level, cannot take out: the planted responses' own
/// changes beside the noise of 0.2.
#[test]
fn one_coefficient_leaves_what_comes_later() {
    let record = driven(1);
    let at_once = eight().with_driver(Driver::new("water").with_lags_hours([0, 4]));
    let dry = eight().with_pressure_lags_hours(0..=5);
    for (config, expected) in [(at_once, LEFT_BY_ONE), (dry, LEFT_BY_WATER)] {
        let prepared = prepare(&record, &config, FIT).unwrap();
        let left = left(&prepared, 0);
        assert!((left - expected).abs() < 0.03, "{left}");
    }
    let report = prepare(&record, &eight(), FIT).unwrap().report;
    assert!(report.gauges.iter().all(|it| it.drivers.is_empty() && it.pressure.is_some()));
    let text = serde_json::to_string(&report.gauges[0]).unwrap();
    assert!(!text.contains("drivers"), "{text}");
}

/// 0.5 √(0.6² + 0.4²) an hour of late pressure beside the noise.
const LEFT_BY_ONE: f64 = 0.41;
/// 0.02 √(30² + 15²) an hour of water beside the noise.
const LEFT_BY_WATER: f64 = 0.70;

#[test]
fn a_sample_without_a_driver_at_a_lag_is_withheld_and_comes_back() {
    let clean = driven(2);
    let faulty = altered(&clean, |values| values.slice_mut(s![3000..3010, 5]).fill(f64::NAN));
    let config = eight().with_driver(Driver::new("water").with_lags_hours([0, 5]));
    let prepared = prepare(&faulty, &config, FIT).unwrap();
    let (values, flags) = (prepared.recording.values(), prepared.recording.provenance());
    let withheld = Provenance::MISSING | Provenance::MASKED;
    for gauge in 0..4 {
        // Three hours are bridged; then the gap itself and the same five hours later. Before the
        // record nothing was recorded.
        for index in (0..5).chain(3003..3015) {
            assert!(values[[index, gauge]].is_nan(), "{index}");
            assert_eq!(flags[[index, gauge]], withheld, "{index}");
        }
        assert!([5, 3002, 3015].iter().all(|&index| !values[[index, gauge]].is_nan()));
        assert_eq!(prepared.report.gauges[gauge].without_pressure, 5 + 12);
    }
    let undone = prepared.undo().unwrap();
    for (index, gauge) in [(0, 0), (4, 3), (3003, 1), (3014, 2)] {
        assert_eq!(undone.values()[[index, gauge]], faulty.values()[[index, gauge]]);
    }
}

/// A response that begins with the scored days is found by the renewal after it, and the level stays.
#[test]
fn a_renewal_of_lagged_responses_leaves_no_jump() {
    let quiet = hourly("2001-04-25T00:00:00Z", 260, 0.2, 3);
    // At its lowest at the first renewal and at its highest at the second.
    let well = |at: usize| 3.0 * (at as f64 * std::f64::consts::TAU / 960.0).cos();
    let record = altered(&with_water(&quiet, well), |values| {
        for at in FIT.end..values.nrows() {
            for gauge in 0..4 {
                values[[at, gauge]] += 20.0 * (well(at - 3) - well(FIT.end - 3));
            }
        }
    });
    let config = eight()
        .with_driver(Driver::new("water").with_lags_hours([3]))
        .with_refit(Refit::new(20, 20))
        .with_trend(TrendConfig::default().with_relevel_days(None));
    let prepared = prepare(&record, &config, FIT).unwrap();
    let report = &prepared.report.gauges[0];
    assert!(report.drivers[0].lags[0].coefficient.abs() < 1.0, "{:?}", report.drivers);
    assert!(report.steps.is_empty() && report.spikes.is_empty());
    assert_eq!(report.refits.len(), 2);
    let values = prepared.recording.channel("s1").unwrap();
    for time in &report.refits {
        let at = record.grid().index_of(*time).unwrap();
        // Without the level held, the renewal would add 20 nanostrain a metre of water.
        assert!(well(at - 4).abs() > 2.9, "{}", well(at - 4));
        assert!((values[at] - values[at - 1]).abs() < 1.5, "{}", values[at] - values[at - 1]);
    }
}

#[test]
fn drivers_that_cannot_be_are_refused_by_name() {
    let record = driven(4);
    let message = |config: &PrepareConfig| prepare(&record, config, FIT).unwrap_err().to_string();
    let error =
        prepare(&record, &eight().with_driver(Driver::new("temperature")), FIT).unwrap_err();
    assert!(matches!(error, StrainIoError::NoChannel { .. }), "{error}");
    let error = error.to_string();
    assert!(error.starts_with("station T has no channel `temperature`"), "{error}");
    let twice = message(&eight().with_driver(Driver::new("pressure")));
    assert!(twice.starts_with("drivers.channel = pressure: name each channel once"), "{twice}");
    let gauge = message(&eight().with_driver(Driver::new("s2")));
    assert!(gauge.starts_with("drivers.channel = s2: a gauge does not answer to"), "{gauge}");
    let none = message(&eight().with_pressure_lags_hours([]));
    assert!(none.starts_with("pressure_lags_hours = [] of pressure: give ascending"), "{none}");
    let falling = message(&eight().with_driver(Driver::new("water").with_lags_hours([2, 1])));
    assert!(falling.starts_with("drivers.lags_hours = [2, 1] of water"), "{falling}");
    // Lags of pressure are of no say where it is not corrected for.
    let unused = eight().with_pressure_correction(false).with_pressure_lags_hours([]);
    assert!(prepare(&record, &unused, FIT).is_ok());

    let slow = station(grid("2006-11-01T00:00:00Z", 120, 12 * 60), 0.0, 0.2, 5);
    let error = prepare(&slow, &eight().with_pressure_lags_hours([0, 3]), 0..600).unwrap_err();
    let expected = "pressure_lags_hours = 3 h with a sample every 7200 s";
    assert!(error.to_string().starts_with(expected), "{error}");

    let config = eight().with_driver(Driver::new("water"));
    let head = record.slice(0..FIT.end).unwrap();
    let (mut stream, _) = PrepareStream::start(&head, &config, FIT).unwrap();
    let rest = record.slice(FIT.end..record.grid().len()).unwrap();
    let dry = rest.select(&["s1", "s2", "s3", "s4", "pressure"]).unwrap();
    assert!(stream.push(&dry).unwrap_err().to_string().contains("no channel `water`"));
    assert!(stream.push(&rest).is_ok());
}

#[test]
fn drivers_survive_toml_and_unknown_keys_are_refused() {
    let text = "pressure_lags_hours = [0, 1]\n[[drivers]]\nchannel = \"water\"\nlags_hours = [0, 6]\n\
                [[drivers]]\nchannel = \"temperature\"\n";
    let config: PrepareConfig = toml::from_str(text).unwrap();
    let expected = PrepareConfig::default()
        .with_pressure_lags_hours([0, 1])
        .with_driver(Driver::new("water").with_lags_hours([0, 6]))
        .with_driver(Driver::new("temperature"));
    assert_eq!(config, expected);
    assert_eq!(
        toml::from_str::<PrepareConfig>(&toml::to_string(&config).unwrap()).unwrap(),
        config
    );
    for bad in ["[[drivers]]\nchannel = \"water\"\nlag = 1", "pressure_lag = 1", "[[drivers]]"] {
        assert!(toml::from_str::<PrepareConfig>(bad).is_err(), "{bad}");
    }
}
