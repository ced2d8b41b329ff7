use jiff::SignedDuration;
use ndarray::Array2;
use proptest::prelude::*;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use super::*;
use crate::{Channel, LoveNumbers, Recording, StrainIoError, TideSite, TimeGrid, Unit, solid_tide};

const DAYS: usize = 370;

fn grid(start: &str, hours: usize) -> TimeGrid {
    TimeGrid::new(start.parse().unwrap(), SignedDuration::from_hours(1), hours).unwrap()
}

fn one(grid: TimeGrid, values: Vec<f64>) -> Recording {
    let values = Array2::from_shape_vec((grid.len(), 1), values).unwrap();
    Recording::new("X", grid, vec![Channel::new("s1", Unit::Nanostrain)], values).unwrap()
}

fn theory(start: &str) -> ResponseFit {
    let grid = grid(start, 24 * DAYS);
    let site = TideSite::new(30.0, 0.0);
    let areal = solid_tide(&site, &grid, &LoveNumbers::new([0.6, 0.0], [0.08, 0.0])).unwrap();
    let recording = one(grid, areal.areal().to_vec());
    fit_response(&recording, "s1", 0..24 * DAYS, &ResponseConfig::default()).unwrap()
}

/// Of the potential's constituents as Doodson tabulated them: argument, nodal corrections and
/// amplitude, each against the positions of Moon and Sun, in two years nine years apart (O1 is then
/// 19 % above and 18 % below its mean). What is left, up to 3 % of O1 and 7 % of Mf, is the tables'
/// own: their nodal corrections are rounded harmonic sums. The lines that Doodson's table has beside
/// O1, 0.1885 and -0.0058 of it, alone make 1 and 2 %.
#[test]
fn constituents_of_the_potential_have_the_tabulated_amplitudes_and_no_phase() {
    // Doodson's constant 2.6277 m²/s² over g, as areal strain of h = 0.6 and l = 0.08; 30° N is
    // 29.833° geocentric, where normal gravity is 9.7932 m/s².
    let scale = 1e9 * (2.0 * 0.6 - 6.0 * 0.08) * 2.6277 / 9.7932 / 6.371e6;
    let (sin, cos) = 29.833_f64.to_radians().sin_cos();
    let (semi, diurnal, long) = (cos * cos, 2.0 * sin * cos, 0.5 * (1.0 - 3.0 * sin * sin));
    let mut off = Vec::new();
    for start in ["2006-01-01T00:00:00Z", "2015-01-01T00:00:00Z"] {
        let fit = theory(start);
        for (name, potential, tolerance, degrees) in [
            ("M2", 0.90809 * semi, 0.004, 0.3),
            ("S2", 0.42248 * semi, 0.004, 0.5),
            ("N2", 0.17386 * semi, 0.01, 1.0),
            ("K2", 0.11498 * semi, 0.03, 2.0),
            ("K1", 0.53011 * diurnal, 0.015, 0.5),
            ("O1", 0.37694 * diurnal, 0.03, 1.0),
            ("P1", 0.17543 * diurnal, 0.02, 1.0),
            ("Q1", 0.07217 * diurnal, 0.03, 2.0),
            ("Mf", 0.15642 * long, 0.08, 3.0),
            ("Mm", 0.08254 * long, 0.06, 4.0),
        ] {
            let tide = fit.tide(name).unwrap();
            let ratio = tide.amplitude / (scale * potential);
            println!("{start} {name}: {ratio:.4} {:.2}", tide.phase_degrees);
            let phase = (tide.phase_degrees + 180.0).rem_euclid(360.0) - 180.0;
            if (ratio - 1.0).abs() > tolerance || phase.abs() > degrees {
                off.push(format!("{start} {name}: {ratio:.4} and {phase:.2} degrees"));
            }
            assert_eq!(tide.inferred_from, None);
        }
    }
    assert!(off.is_empty(), "{off:?}");
}

/// A planted tide in a random walk: the estimates scatter as their standard errors say, in amplitude
/// and phase, at any sampling interval.
#[test]
fn standard_errors_are_the_scatter() {
    for minutes in [60, 120, 50] {
        standard_errors_at(minutes);
    }
}

fn standard_errors_at(minutes: i64) {
    let start = "2008-03-01T00:00:00Z".parse().unwrap();
    let samples = 120 * 1440 / minutes as usize;
    let grid = TimeGrid::new(start, SignedDuration::from_mins(minutes), samples).unwrap();
    let site = TideSite::new(35.0, 20.0);
    let tide = solid_tide(&site, &grid, &LoveNumbers::default()).unwrap().along(30.0);
    let config = ResponseConfig::default().with_tides(crate::TidalSet::Groups);
    let wanted = fit_response(&one(grid, tide.to_vec()), "s1", 0..samples, &config).unwrap();
    let (mut amplitude, mut phase, mut count) = (0.0, 0.0, 0.0);
    for seed in 0..20 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let (mut walk, mut slow) = (0.0, 0.0);
        let values = tide.iter().map(|tide| {
            let normal: f64 = StandardNormal.sample(&mut rng);
            slow = 0.9 * slow + normal;
            // Enough to drown what the inferred constituents of the theory leave.
            walk += 2.0 * slow;
            tide + walk
        });
        let recording = one(grid, values.collect());
        let fit = fit_response(&recording, "s1", 0..samples, &config).unwrap();
        for factor in tidal_factors(&fit, &wanted) {
            if ["M2", "O1", "K1", "N2"].contains(&factor.name.as_str()) {
                amplitude += ((factor.factor - 1.0) / factor.factor_error).powi(2);
                phase += (factor.lag_degrees / factor.lag_error_degrees).powi(2);
                count += 1.0;
            }
        }
    }
    // Of 80 squares the mean is 1 ± 0.16.
    let (amplitude, phase): (f64, f64) = (amplitude / count, phase / count);
    println!("{minutes} min: mean squares {amplitude:.2} and {phase:.2} of {count}");
    assert!((0.5..1.7).contains(&amplitude), "{minutes} min: {amplitude}");
    assert!((0.5..1.7).contains(&phase), "{minutes} min: {phase}");
}

#[test]
fn intervals_that_cannot_show_what_is_asked_for_are_refused() {
    let two = |minutes: i64| {
        let start = "2008-03-01T00:00:00Z".parse().unwrap();
        let grid = TimeGrid::new(start, SignedDuration::from_mins(minutes), 3000).unwrap();
        let values = Array2::from_shape_fn((3000, 2), |(t, c)| ((t * (c + 2)) as f64).sin());
        let channels = vec![Channel::gauge("s1", 0.0), Channel::new("p", Unit::Hectopascal)];
        Recording::new("X", grid, channels, values).unwrap()
    };
    let refused = |minutes: i64, config: &ResponseConfig| {
        let error = fit_response(&two(minutes), "s1", 0..3000, config).unwrap_err();
        assert!(matches!(error, StrainIoError::Config { .. }), "{error}");
        error.to_string()
    };
    let late = ResponseConfig::default().without_tides();
    let late = late.with_driver(Driver::new("p").with_lags_hours([0, 1, 2]));
    // Two hours hold no lag of one, nor seven minutes one of an hour.
    for minutes in [120, 7] {
        assert!(refused(minutes, &late).contains("lags of whole samples"), "{minutes}");
    }
    let error = refused(24 * 60, &ResponseConfig::default());
    assert!(error.contains("every 86400 s") && error.contains("every 3 hours"), "{error}");
    // What whole samples show is fitted at any interval, a tide from up to three hours.
    let at_once = ResponseConfig::default().with_driver(Driver::new("p"));
    for minutes in [7, 60, 180] {
        assert!(fit_response(&two(minutes), "s1", 0..3000, &at_once).is_ok(), "{minutes}");
    }
    let daily = at_once.clone().without_tides();
    assert!(fit_response(&two(24 * 60), "s1", 0..3000, &daily).is_ok());
    // Nor is a fit of lags applied where they are no samples.
    let fit = fit_response(&two(60), "s1", 0..3000, &late).unwrap();
    assert!(matches!(fit.predict(&two(120)), Err(StrainIoError::Config { .. })));
}

#[test]
fn a_lagged_response_is_recovered_with_its_dependence_on_frequency() {
    let hours = 4000;
    let grid = grid("2008-03-01T00:00:00Z", hours);
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let mut normal = || -> f64 { StandardNormal.sample(&mut rng) };
    let mut pressure = vec![850.0];
    for hour in 1..hours {
        pressure.push(850.0 + 0.95 * (pressure[hour - 1] - 850.0) + normal());
    }
    let planted = [-1.0, -0.4, 0.3];
    let mut walk = 0.0;
    let values = Array2::from_shape_fn((hours, 2), |(hour, column)| {
        if column == 1 {
            return pressure[hour];
        }
        walk += 0.2 * normal();
        let past = |lag: usize| pressure[hour.saturating_sub(lag)];
        walk + planted[0] * past(0) + planted[1] * past(1) + planted[2] * past(6)
    });
    let channels = vec![Channel::gauge("s1", 0.0), Channel::new("p", Unit::Hectopascal)];
    let mut holed = values.clone();
    holed.slice_mut(ndarray::s![1000..1020, 1]).fill(f64::NAN);
    holed[[3000, 0]] += 500.0;
    let recording = Recording::new("X", grid, channels, holed).unwrap();
    let driver = Driver::new("p").with_lags_hours([0, 1, 6]);
    let config = ResponseConfig::default().without_tides().with_driver(driver);
    let fit = fit_response(&recording, "s1", 0..hours, &config).unwrap();
    let response = &fit.drivers[0];
    for (lag, planted) in response.lags.iter().zip(planted) {
        let off = (lag.coefficient - planted) / lag.standard_error;
        assert!(off.abs() < 4.0 && lag.standard_error < 0.01, "{lag:?}");
    }
    // The spike is two differences, and they are left out.
    assert!((2..20).contains(&fit.trimmed), "{}", fit.trimmed);
    assert!((response.total().0 + 1.1).abs() < 4.0 * response.total().1);
    let half_day = response.transfer(12.0);
    // At twelve hours, six are half a turn: −1 − 0.4 e^(−iπ/6) − 0.3.
    let (re, im) = (-1.3 - 0.4 * (30.0_f64).to_radians().cos(), 0.2);
    assert!((half_day.gain - f64::hypot(re, im)).abs() < 4.0 * half_day.gain_error);
    let lag = -im.atan2(re).to_degrees();
    assert!((half_day.lag_degrees - lag).abs() < 1.0, "{} {lag}", half_day.lag_degrees);

    // Where pressure or its past is missing the value is withheld and flagged.
    let clean = fit.correct(&recording).unwrap();
    let missing = clean.missing_count("s1").unwrap();
    assert_eq!(missing, 20 + 6 + 6);
    assert!(clean.provenance()[[1025, 0]].contains(crate::Provenance::MASKED));
    assert!(!clean.provenance()[[1026, 0]].contains(crate::Provenance::MASKED));
}

#[test]
fn a_window_s_factors_are_those_of_the_instrument_then() {
    let hours = 24 * 150;
    let grid = grid("2008-03-01T00:00:00Z", hours);
    let site = TideSite::new(35.0, 20.0);
    let tide = solid_tide(&site, &grid, &LoveNumbers::default()).unwrap().areal();
    let values = Array2::from_shape_fn((hours, 2), |(hour, column)| match column {
        0 => tide[hour] * if hour < hours / 2 { 1.2 } else { 0.8 },
        _ => tide[hour],
    });
    let channels = vec![Channel::gauge("s1", 0.0), Channel::gauge("theory", 0.0)];
    let recording = Recording::new("X", grid, channels, values).unwrap();
    let config = ResponseConfig::default();
    let windows = (24 * 50, 24 * 50);
    let series =
        tidal_factor_series(&recording, "s1", "theory", 0..hours, windows, &config).unwrap();
    assert_eq!(series.len(), 3);
    for (window, wanted) in [(0, 1.2), (2, 0.8)] {
        let m2 = series[window].iter().find(|factor| factor.name == "M2").unwrap();
        assert!((m2.factor - wanted).abs() < 1e-6 && m2.lag_degrees.abs() < 1e-3, "{m2:?}");
    }
    assert_eq!(series[2][0].start, grid.time(24 * 100));
    let none = tidal_factor_series(&recording, "s1", "theory", 0..hours, (0, 1), &config);
    assert!(matches!(none, Err(StrainIoError::Config { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    /// Later samples change no earlier value of the corrected record.
    #[test]
    fn a_correction_looks_at_no_later_sample(cut in 100_usize..400, change in -1e3..1e3_f64) {
        let grid = grid("2008-03-01T00:00:00Z", 500);
        let values = Array2::from_shape_fn((500, 2), |(hour, column)| {
            ((hour * (3 + column)) as f64 * 0.37).sin() * 10.0
        });
        let channels = || vec![Channel::gauge("s1", 0.0), Channel::new("p", Unit::Hectopascal)];
        let before = Recording::new("X", grid, channels(), values.clone()).unwrap();
        let config = ResponseConfig::default()
            .with_tides(crate::TidalSet::Eight)
            .with_driver(Driver::new("p").with_lags_hours([0, 3]));
        let fit = fit_response(&before, "s1", 0..100, &config).unwrap();
        let mut later = values;
        later.slice_mut(ndarray::s![cut.., ..]).map_inplace(|value| *value += change);
        let after = Recording::new("X", grid, channels(), later).unwrap();
        let (a, b) = (fit.correct(&before).unwrap(), fit.correct(&after).unwrap());
        for hour in 3..cut {
            prop_assert_eq!(a.values()[[hour, 0]], b.values()[[hour, 0]]);
        }
    }
}
