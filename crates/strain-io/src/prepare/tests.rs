//! What is planted is found, what is planted is taken out, and nothing looks ahead.

use std::ops::Range;

use jiff::{SignedDuration, Timestamp};
use ndarray::{Array2, s};
use proptest::prelude::*;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use super::*;
use crate::{Channel, Provenance, Recording, StrainIoError, TimeGrid, Unit};

/// Argument at 1992-01-01T00:00Z, radians, as tabulated in OTPS, and degrees an hour, as in every
/// textbook: a second way to the astronomical arguments.
const TABLE: [(&str, f64, f64); 8] = [
    ("M2", 1.731_557_546, 28.984_104_2),
    ("S2", 0.0, 30.0),
    ("N2", 6.050_721_243, 28.439_729_5),
    ("K2", 3.487_600_001, 30.082_137_3),
    ("K1", 0.173_003_674, 15.041_068_6),
    ("O1", 1.558_553_872, 13.943_035_6),
    ("P1", 6.110_181_633, 14.958_931_4),
    ("Q1", 5.877_717_569, 13.398_660_9),
];
/// In the ratio of the tidal potential, as a short span must assume.
const AMPLITUDES: [f64; 8] = [10.0, 4.652, 1.915, 1.266, 5.838, 4.151, 1.932, 0.795];
const COEFFICIENT: f64 = -1.3;

/// Neighbouring constituents differ by `spread` degrees.
fn phase(constituent: usize, gauge: usize, spread: f64) -> f64 {
    30.0 + spread * constituent as f64 + 80.0 * gauge as f64
}

fn amplitude(constituent: usize, gauge: usize) -> f64 {
    AMPLITUDES[constituent] * (1.0 + 0.2 * gauge as f64)
}

fn tide(time: Timestamp, gauge: usize, spread: f64) -> f64 {
    let origin: Timestamp = "1992-01-01T00:00:00Z".parse().unwrap();
    let hours = time.duration_since(origin).as_secs_f64() / 3600.0;
    (0..8)
        .map(|k| {
            let (_, v, speed) = TABLE[k];
            let argument = v + (speed * hours - phase(k, gauge, spread)).to_radians();
            amplitude(k, gauge) * argument.cos()
        })
        .sum()
}

/// Four gauges with a tide, a barometer that they answer to, drift and noise that wanders.
fn station(grid: TimeGrid, spread: f64, noise: f64, seed: u64) -> Recording {
    let len = grid.len();
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut draw = || -> f64 { StandardNormal.sample(&mut rng) };
    let mut values = Array2::zeros((len, 5));
    let (mut pressure, mut wander) = (0.0, [0.0; 4]);
    let daily = std::f64::consts::TAU / 86_400.0 * grid.interval_seconds();
    for (index, mut row) in values.rows_mut().into_iter().enumerate() {
        pressure = 0.99 * pressure + 0.5 * draw();
        let air = pressure + 1.5 * (2.0 * daily * index as f64).cos();
        for gauge in 0..4 {
            wander[gauge] += noise * draw();
            let drift = 0.01 * index as f64 * grid.interval_seconds() / 3600.0;
            row[gauge] =
                tide(grid.time(index), gauge, spread) + COEFFICIENT * air + wander[gauge] + drift;
        }
        row[4] = 850.0 + air;
    }
    let mut channels: Vec<_> =
        (0..4).map(|i| Channel::gauge(format!("s{}", i + 1), 45.0 * f64::from(i))).collect();
    channels.push(Channel::new("pressure", Unit::Hectopascal));
    Recording::new("T", grid, channels, values).unwrap()
}

fn grid(start: &str, minutes: i64, len: usize) -> TimeGrid {
    TimeGrid::new(start.parse().unwrap(), SignedDuration::from_mins(minutes), len).unwrap()
}

fn hourly(start: &str, days: usize, noise: f64, seed: u64) -> Recording {
    station(grid(start, 60, 24 * days), 0.0, noise, seed)
}

/// The recording after `change` of its values.
fn altered(recording: &Recording, change: impl FnOnce(&mut Array2<f64>)) -> Recording {
    let mut values = recording.values().to_owned();
    change(&mut values);
    Recording::new(recording.station(), *recording.grid(), recording.channels().to_vec(), values)
        .unwrap()
}

fn named<'a>(gauge: &'a GaugeReport, name: &str) -> &'a TidalConstituent {
    gauge.tide.iter().find(|constituent| constituent.name == name).unwrap()
}

/// The Moon's node was at 90° in October 2001: there f is the mean factor, and u at its largest
/// hardly changes over a year, so that planted sines come back as they are but for u.
const NODE_AT_90: &str = "2001-04-25T00:00:00Z";
const MEAN_F: [f64; 8] = [1.0, 1.0, 1.0, 1.024, 1.006, 1.009, 1.0, 1.009];
const LARGEST_U: [f64; 8] = [-2.1, 0.0, -2.1, -17.7, -8.9, 10.8, 0.0, 10.8];

/// The default but for the small constituents, which a planted tide does not have.
fn eight() -> PrepareConfig {
    PrepareConfig::default().with_tidal_set(TidalSet::Eight)
}

#[test]
fn planted_tide_and_pressure_response_are_recovered() {
    let recording = station(grid(NODE_AT_90, 60, 24 * 366), 40.0, 0.3, 1);
    let config = eight();
    let prepared = prepare(&recording, &config, 0..recording.grid().len()).unwrap();
    let mut beyond = 0;
    for (gauge, report) in prepared.report.gauges.iter().enumerate() {
        for k in 0..8 {
            let found = named(report, TABLE[k].0);
            let off = found.amplitude - amplitude(k, gauge) / MEAN_F[k];
            // f varies by up to 5 % of 1 over the year; its mean by far less.
            let error = found.standard_error + 0.003 * found.amplitude;
            beyond += usize::from(off.abs() > 2.0 * error);
            assert!(off.abs() < 4.0 * error, "{} {off} ± {error}", found.name);
            let off = found.phase_degrees - phase(k, gauge, 40.0) - LARGEST_U[k];
            let off = (off + 180.0).rem_euclid(360.0) - 180.0;
            let error = (found.standard_error / found.amplitude).to_degrees() + 0.3;
            assert!(off.abs() < 4.0 * error, "{} {off}° ± {error}°", found.name);
        }
        let pressure = report.pressure.unwrap();
        let off = pressure.coefficient - COEFFICIENT;
        assert!(off.abs() < 4.0 * pressure.standard_error, "{pressure:?}");
        assert!(pressure.standard_error < 0.02);
        assert!(report.steps.is_empty() && report.spikes.is_empty(), "{report:?}");
    }
    // Two standard errors hold 95 %: of 32, eight beyond would be a chance of 1 in 4,000.
    assert!(beyond < 8, "{beyond} of 32 amplitudes beyond two standard errors");
}

#[test]
fn what_is_left_is_the_noise_even_a_year_later() {
    let recording = hourly(NODE_AT_90, 500, 0.3, 2);
    let prepared = prepare(&recording, &eight(), 0..24 * 250).unwrap();
    for gauge in 0..4 {
        let column = prepared.recording.values();
        let changes: Vec<f64> = (24 * 260..column.nrows())
            .map(|i| column[[i, gauge]] - column[[i - 1, gauge]])
            .collect();
        let std = (changes.iter().map(|c| c * c).sum::<f64>() / changes.len() as f64).sqrt();
        // Planted sines lack the nodal modulation of real tides: what the model adds there stays
        // well below the noise.
        assert!((0.28..0.34).contains(&std), "{std}");
    }
    let trend = prepared.report.gauges[0].trend.as_ref().unwrap();
    // A random walk of 0.3 an hour ends some 23 off after 250 days, 0.1 a day.
    assert!((trend.slope - 0.24).abs() < 0.4, "{trend:?}");
}

#[test]
fn planted_steps_spikes_and_gaps_are_found_and_taken_out() {
    let clean = hourly("2006-11-01T00:00:00Z", 120, 0.2, 3);
    let faulty = altered(&clean, |values| {
        values.slice_mut(s![1500.., 0]).map_inplace(|value| *value += 40.0);
        values.slice_mut(s![2500.., 0]).map_inplace(|value| *value -= 300.0);
        values[[2100, 0]] += 25.0;
        values.slice_mut(s![2200..2203, 0]).map_inplace(|value| *value -= 60.0);
        // A step that falls between two samples.
        values[[2300, 1]] += 30.0;
        values.slice_mut(s![2301.., 1]).map_inplace(|value| *value += 80.0);
        values.slice_mut(s![2400..2402, 2]).fill(f64::NAN);
        values.slice_mut(s![2600..2620, 2]).fill(f64::NAN);
    });
    let config = eight();
    let expected = prepare(&clean, &config, 0..24 * 60).unwrap().recording;
    let prepared = prepare(&faulty, &config, 0..24 * 60).unwrap();
    let report = &prepared.report.gauges;
    let at = |index: usize| clean.grid().time(index);
    let times = |steps: &[Step]| steps.iter().map(|step| step.time).collect::<Vec<_>>();
    assert_eq!(times(&report[0].steps), [at(1500), at(2500)]);
    assert!((report[0].steps[0].size - 40.0).abs() < 1.0);
    assert!((report[0].steps[1].size + 300.0).abs() < 1.0);
    assert_eq!(report[0].steps[0].source, StepSource::Detected);
    let spikes: Vec<_> = report[0].spikes.iter().map(|spike| (spike.time, spike.samples)).collect();
    assert_eq!(spikes, [(at(2100), 1), (at(2200), 3)]);
    assert_eq!(times(&report[1].steps), [at(2300)]);
    assert!((report[1].steps[0].size - 80.0).abs() < 1.5);
    let gaps: Vec<_> = report[2].gaps.iter().map(|gap| (gap.time, gap.samples)).collect();
    assert_eq!(gaps, [(at(2400), 2), (at(2600), 20)]);
    assert_eq!(report[2].filled, 2 + 3);
    assert!(report[3].steps.is_empty() && report[3].spikes.is_empty());

    let flags = prepared.recording.provenance();
    assert!(flags[[2400, 2]] == Provenance::FILLED && flags[[2602, 2]] == Provenance::FILLED);
    assert!(flags[[2603, 2]] == Provenance::MISSING && flags[[2620, 2]] == Provenance::OBSERVED);
    assert!(flags[[2100, 0]].contains(Provenance::SPIKE));
    assert_eq!(flags[[1499, 0]], Provenance::OBSERVED);
    assert_eq!(flags[[1501, 0]], Provenance::STEP_CORRECTED);
    // The true change at each jump is lost: 0.2 nanostrain a step, and 3 on a filled sample.
    let both = prepared.recording.values();
    for ((index, value), truth) in both.indexed_iter().zip(expected.values()) {
        assert!(value.is_nan() || (value - truth).abs() < 2.0, "{index:?}: {value} {truth}");
    }
}

#[test]
fn a_clean_record_keeps_every_sample() {
    let clean = hourly("2006-11-01T00:00:00Z", 90, 0.2, 4);
    let prepared = prepare(&clean, &eight(), 0..24 * 60).unwrap();
    assert!(prepared.recording.provenance().iter().all(|flags| *flags == Provenance::OBSERVED));
}

#[test]
fn known_steps_are_taken_out_whatever_their_size() {
    let clean = hourly("2006-11-01T00:00:00Z", 90, 0.2, 5);
    let stepped = altered(&clean, |values| {
        values.slice_mut(s![1800.., 1]).map_inplace(|value| *value += 2.0);
        values.slice_mut(s![1900.., ..4]).map_inplace(|value| *value -= 500.0);
    });
    let at = |index: usize| clean.grid().time(index);
    let steps = StepConfig::default()
        .with_detect(false)
        .with_known(KnownStep::new(at(1800)).with_gauge("s2").with_size(2.0))
        .with_known(KnownStep::new(at(1900)));
    let spikes = SpikeConfig::default().with_remove(false);
    let config = eight().with_steps(steps).with_spikes(spikes);
    let expected = prepare(&clean, &eight(), 0..1440).unwrap().recording;
    let prepared = prepare(&stepped, &config, 0..1440).unwrap();
    for ((index, value), truth) in prepared.recording.values().indexed_iter().zip(expected.values())
    {
        // The step that is measured costs the true change of that hour.
        assert!((value - truth).abs() < 1.0, "{index:?}");
    }
    let steps = &prepared.report.gauges[1].steps;
    assert_eq!(steps.iter().map(|s| s.time).collect::<Vec<_>>(), [at(1800), at(1900)]);
    assert!(steps.iter().all(|step| step.source == StepSource::Known));
    assert_eq!(prepared.report.gauges[0].steps.len(), 1);
}

#[test]
fn without_step_detection_a_step_stays_and_a_spike_goes() {
    let clean = hourly("2006-11-01T00:00:00Z", 90, 0.2, 6);
    let faulty = altered(&clean, |values| {
        values[[1600, 0]] += 50.0;
        values.slice_mut(s![1700.., 0]).map_inplace(|value| *value += 50.0);
    });
    let config = eight()
        .with_steps(StepConfig::default().with_detect(false))
        .with_spikes(SpikeConfig::default().with_leave_missing(true))
        .with_trend(TrendConfig::default().with_relevel_days(None));
    let prepared = prepare(&faulty, &config, 0..1440).unwrap();
    let values = prepared.recording.channel("s1").unwrap();
    assert!(values[1600].is_nan() && (values[1601] - values[1599]).abs() < 2.0);
    assert!((values[1703] - values[1699] - 50.0).abs() < 2.0);
    assert!(prepared.report.gauges[0].steps.is_empty());
}

#[test]
fn excluded_spans_do_not_bend_the_models() {
    let clean = hourly("2006-11-01T00:00:00Z", 120, 0.2, 7);
    let drifting = altered(&clean, |values| {
        for (index, value) in values.slice_mut(s![..480, 0]).iter_mut().enumerate() {
            *value += 3000.0 * (-(index as f64) / 100.0).exp();
        }
    });
    let span = Span::new(clean.grid().start(), clean.grid().time(480));
    let config = eight().with_excluded(span);
    let fit = 0..24 * 100;
    let a = prepare(&clean, &config, fit.clone()).unwrap();
    let b = prepare(&drifting, &config, fit).unwrap();
    assert_eq!(a.report.gauges[0].tide, b.report.gauges[0].tide);
    assert_eq!(a.report.gauges[0].pressure, b.report.gauges[0].pressure);
    assert!(b.recording.provenance()[[479, 0]].contains(Provenance::MASKED));
    assert!(!b.recording.provenance()[[480, 0]].contains(Provenance::MASKED));
}

#[test]
fn without_pressure_for_long_a_sample_is_withheld() {
    let clean = hourly("2006-11-01T00:00:00Z", 90, 0.2, 8);
    let faulty = altered(&clean, |values| values.slice_mut(s![2000..2010, 4]).fill(f64::NAN));
    let prepared = prepare(&faulty, &eight(), 0..1440).unwrap();
    let (values, flags) = (prepared.recording.values(), prepared.recording.provenance());
    assert!(!values[[2002, 0]].is_nan());
    for index in 2003..2010 {
        assert!(values[[index, 0]].is_nan());
        assert_eq!(flags[[index, 0]], Provenance::MISSING | Provenance::MASKED);
    }
    assert!(!values[[2010, 0]].is_nan());
    assert_eq!(prepared.report.gauges[0].without_pressure, 7);
}

#[test]
fn minutes_are_prepared_like_hours() {
    let clean = station(grid(NODE_AT_90, 1, 1440 * 45), 0.0, 0.03, 9);
    let faulty = altered(&clean, |values| {
        values.slice_mut(s![1440 * 40.., 2]).map_inplace(|value| *value += 15.0);
    });
    let prepared = prepare(&faulty, &eight(), 0..1440 * 35).unwrap();
    let report = &prepared.report.gauges[2];
    let times: Vec<_> = report.steps.iter().map(|step| step.time).collect();
    assert_eq!(times, [clean.grid().time(1440 * 40)]);
    let m2 = named(report, "M2");
    assert!((m2.amplitude - amplitude(0, 2)).abs() < 4.0 * m2.standard_error + 0.5, "{m2:?}");
    let k2 = named(report, "K2");
    assert_eq!(k2.inferred_from.as_deref(), Some("S2"));
}

#[test]
fn bad_requests_are_refused_with_advice() {
    let recording = hourly("2006-11-01T00:00:00Z", 30, 0.2, 10);
    let config = eight();
    let message = |config: &PrepareConfig, fit: Range<usize>| {
        prepare(&recording, config, fit).unwrap_err().to_string()
    };
    assert!(message(&config, 0..10_000).contains("0..10000"));
    assert!(message(&config, 5..5).contains("5..5"));
    assert!(message(&config, 0..20).contains("channel s1: 19 usable samples"));
    let other = config.clone().with_gauges(["s1", "s2", "s3", "x"]);
    assert!(message(&other, 0..600).contains("no channel `x`"));
    let twice = config.clone().with_gauges(["s1", "s2", "s3", "s3"]);
    assert!(message(&twice, 0..600).contains("two channels called `s3`"));
    let units = config.clone().with_gauges(["s1", "s2", "s3", "pressure"]);
    let units = message(&units, 0..600);
    assert!(units.contains("`hPa` where nanostrain is needed"), "{units}");
    let barometer = config.clone().with_pressure("air");
    assert!(message(&barometer, 0..600).contains("no channel `air`"));
    let threshold = StepConfig::default().with_threshold(f64::NAN);
    assert!(message(&config.clone().with_steps(threshold), 0..600).contains("steps.threshold"));
    let known = KnownStep::new(recording.grid().start()).with_gauge("s9");
    let steps = StepConfig::default().with_known(known);
    assert!(message(&config.clone().with_steps(steps), 0..600).contains("one of the four gauges"));

    let missing = altered(&recording, |values| values.slice_mut(s![.., 1]).fill(f64::NAN));
    let error = prepare(&missing, &config, 0..600).unwrap_err();
    assert!(matches!(error, StrainIoError::FitTooShort { usable: 0, .. }), "{error}");
}

#[test]
fn settings_survive_toml_and_unknown_ones_are_refused() {
    let step = KnownStep::new("2007-03-05T01:00:00Z".parse().unwrap()).with_size(170.0);
    let config =
        eight().with_steps(StepConfig::default().with_known(step)).with_refit(Refit::new(30, 365));
    let text = toml::to_string(&config).unwrap();
    assert_eq!(toml::from_str::<PrepareConfig>(&text).unwrap(), config);
    assert_eq!(toml::from_str::<PrepareConfig>("").unwrap(), PrepareConfig::default());
    assert!(toml::from_str::<PrepareConfig>("tides = true").is_err());
    assert!(toml::from_str::<PrepareConfig>("[steps]\nthreshhold = 3.0").is_err());
}

#[test]
fn a_renewal_leaves_no_jump() {
    let recording = hourly("2006-11-01T00:00:00Z", 200, 0.2, 11);
    let config = eight()
        .with_refit(Refit::new(20, 60))
        .with_trend(TrendConfig::default().with_relevel_days(None));
    let prepared = prepare(&recording, &config, 0..24 * 60).unwrap();
    let refits = &prepared.report.gauges[0].refits;
    assert_eq!(refits.len(), 6);
    assert!(prepared.report.gauges[0].steps.is_empty());
    let values = prepared.recording.channel("s1").unwrap();
    for time in refits {
        let index = recording.grid().index_of(*time).unwrap();
        assert!((values[index] - values[index - 1]).abs() < 1.2);
    }
}

/// One month to fit, half a month after it, with faults anywhere.
fn faulty_recordings() -> impl Strategy<Value = Recording> {
    let fault = (0..5_usize, 0..1080_usize, 1..30_usize, 0..4_usize, -200.0..200.0_f64);
    (any::<u64>(), prop::collection::vec(fault, 0..12)).prop_map(|(seed, faults)| {
        let clean = hourly("2006-11-01T00:00:00Z", 45, 0.2, seed);
        altered(&clean, |values| {
            let len = values.nrows();
            for (channel, start, length, kind, size) in faults {
                let end = (start + length).min(len);
                match kind {
                    0 => values.slice_mut(s![start.., channel]).map_inplace(|v| *v += size),
                    1 => values[[start, channel]] += size,
                    2 => values.slice_mut(s![start..end, channel]).map_inplace(|v| *v += size),
                    _ => values.slice_mut(s![start..end, channel]).fill(f64::NAN),
                }
            }
        })
    })
}

fn causal_configs() -> impl Strategy<Value = PrepareConfig> {
    (any::<[bool; 5]>(), 1..6_usize).prop_map(
        |([detect, remove, missing, level, refit], longest)| {
            let spikes = SpikeConfig::default().with_remove(remove).with_leave_missing(missing);
            let trend = TrendConfig::default().with_relevel_days(level.then_some(4.0));
            let config = eight()
                .with_steps(StepConfig::default().with_detect(detect).with_window_days(5.0))
                .with_spikes(spikes.with_longest(longest))
                .with_trend(trend);
            if refit { config.with_refit(Refit::new(3, 20)) } else { config }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Values and flags after the fit span do not depend on any later sample.
    #[test]
    fn nothing_looks_ahead(
        recording in faulty_recordings(),
        config in causal_configs(),
        after in 0..359_usize,
        kind in 0..4_usize,
        seed in any::<u64>(),
    ) {
        let fit = 24..24 * 30;
        let now = fit.end + after;
        let later = altered(&recording, |values| {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let mut rest = values.slice_mut(s![now + 1.., ..]);
            match kind {
                0 => rest.fill(f64::NAN),
                1 => rest.map_inplace(|value| *value += 1000.0),
                2 => rest.rows_mut().into_iter().take(2).for_each(|mut row| row *= -1.0),
                _ => rest.map_inplace(|value| {
                    let noise: f64 = StandardNormal.sample(&mut rng);
                    *value += 30.0 * noise;
                }),
            }
        });
        let (Ok(a), Ok(b)) =
            (prepare(&recording, &config, fit.clone()), prepare(&later, &config, fit.clone()))
        else {
            return Err(TestCaseError::reject("too many gaps in the fit span"));
        };
        let (a, b) = (a.recording, b.recording);
        for index in fit.end..=now {
            for gauge in 0..4 {
                let (x, y) = (a.values()[[index, gauge]], b.values()[[index, gauge]]);
                prop_assert_eq!(x.to_bits(), y.to_bits(), "sample {}, gauge {}", index, gauge);
                let (x, y) = (a.provenance()[[index, gauge]], b.provenance()[[index, gauge]]);
                prop_assert_eq!(x, y, "flags of sample {}, gauge {}", index, gauge);
            }
        }
        // The same holds for a recording that ends now.
        let short = recording.slice(0..now + 1).unwrap();
        let c = prepare(&short, &config, fit.clone()).unwrap().recording;
        for index in fit.end..=now {
            let (x, y) = (a.values()[[index, 0]], c.values()[[index, 0]]);
            prop_assert_eq!(x.to_bits(), y.to_bits(), "sample {} of a shorter recording", index);
        }
    }

    /// A level added to a gauge changes nothing that is not the level.
    #[test]
    fn the_level_does_not_matter(recording in faulty_recordings(), level in -1e4..1e4_f64) {
        let fit = 0..24 * 30;
        let config = eight();
        let Ok(a) = prepare(&recording, &config, fit.clone()) else {
            return Err(TestCaseError::reject("too many gaps in the fit span"));
        };
        let moved = altered(&recording, |values| {
            values.slice_mut(s![.., ..4]).map_inplace(|value| *value += level);
        });
        let b = prepare(&moved, &config, fit).unwrap();
        for (x, y) in a.recording.values().iter().zip(b.recording.values()) {
            prop_assert!((x.is_nan() && y.is_nan()) || (x - y).abs() < 1e-6, "{} {}", x, y);
        }
        prop_assert_eq!(a.recording.provenance(), b.recording.provenance());
    }

    /// Planted factors come back, up to a common one.
    #[test]
    fn calibration_recovers_planted_factors(
        seed in any::<u64>(),
        sensitivity in prop::array::uniform4(0.5..2.0_f64),
    ) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut draw = || -> f64 { StandardNormal.sample(&mut rng) };
        let grid = TimeGrid::new(
            Timestamp::UNIX_EPOCH, SignedDuration::from_hours(1), 400).unwrap();
        let mut values = Array2::zeros((400, 4));
        for mut row in values.rows_mut() {
            let (areal, g1, g2) = (draw(), draw(), draw());
            for gauge in 0..4 {
                let shear = [g1, g2, -g1, -g2][gauge];
                row[gauge] = 100.0 + (areal + shear) * sensitivity[gauge];
            }
        }
        let channels = (0..4).map(|i| Channel::gauge(format!("s{}", i + 1), 45.0 * f64::from(i)));
        let recording = Recording::new("T", grid, channels.collect(), values).unwrap();
        let found = calibrate(&recording, ["s1", "s2", "s3", "s4"], 0..400).unwrap();
        let common = found.factors[0] * sensitivity[0];
        for (factor, sensitivity) in found.factors.iter().zip(sensitivity) {
            let ratio = factor * sensitivity / common;
            prop_assert!((ratio - 1.0).abs() < 1e-8, "{:?}", found);
        }
    }
}
