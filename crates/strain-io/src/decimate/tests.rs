use std::f64::consts::TAU;

use jiff::SignedDuration;
use ndarray::{Array2, s};
use proptest::prelude::*;

use super::*;
use crate::{Channel, Provenance, Recording, StrainIoError, TimeGrid, Unit};

fn recording(interval_s: i64, values: Vec<f64>) -> Recording {
    let start = "2008-05-01T00:00:00Z".parse().unwrap();
    let interval = SignedDuration::from_secs(interval_s);
    let grid = TimeGrid::new(start, interval, values.len()).unwrap();
    let values = Array2::from_shape_vec((grid.len(), 1), values).unwrap();
    Recording::new("X", grid, vec![Channel::new("s1", Unit::Nanostrain)], values).unwrap()
}

fn configs() -> impl Strategy<Value = DecimateConfig> {
    let phase = prop_oneof![Just(FilterPhase::Linear), Just(FilterPhase::Minimum)];
    (2_usize..=12, phase, 40.0..100.0_f64, 0.5..0.9_f64).prop_map(
        |(factor, phase, attenuation, passband)| {
            DecimateConfig::new(factor)
                .with_phase(phase)
                .with_attenuation_db(attenuation)
                .with_passband(passband)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// The stated response, at frequencies all over both bands.
    #[test]
    fn a_filter_passes_and_stops_what_it_says(config in configs()) {
        let filter = config.filter().unwrap();
        let (stop, floor) = (0.5 / config.factor as f64, 10_f64.powf(-config.attenuation_db / 20.0));
        for step in 0..=200 {
            let share = f64::from(step) / 200.0;
            let passed = filter.gain(config.passband * stop * share);
            prop_assert!((passed - 1.0).abs() < floor.max(1e-4), "passes {passed} at {share}");
            let stopped = filter.gain(stop + (0.5 - stop) * share);
            prop_assert!(stopped < floor, "stops {stopped} of {floor} at {share}");
        }
        let linear = config.phase == FilterPhase::Linear;
        let delay = filter.delay_samples(0.0);
        let late = if linear { delay.abs() < 1e-9 } else { delay > 0.0 };
        prop_assert!(late, "a delay of {delay}");
        prop_assert_eq!(filter.samples_ahead() > 0, linear);
    }

    /// Whatever the pieces, the whole record's samples and flags to the bit.
    #[test]
    fn a_stream_keeps_what_the_whole_record_does(
        record in crate::strategies::recordings(), copies in 1_usize..8, config in configs(),
        max_missing in 0.0..0.3_f64, cuts in prop::collection::btree_set(1_usize..400, 0..6),
    ) {
        let config = config.with_max_missing(max_missing);
        let rows = copies * record.grid().len();
        let grid = *record.grid();
        let grid = TimeGrid::new(grid.start(), grid.interval(), rows).unwrap();
        let copied = |row: usize| row % record.grid().len();
        let channels = record.channels().len();
        let values = Array2::from_shape_fn((rows, channels), |(t, c)| {
            record.values()[[copied(t), c]]
        });
        let flags = Array2::from_shape_fn((rows, channels), |(t, c)| {
            record.provenance()[[copied(t), c]]
        });
        let whole = Recording::new("X", grid, record.channels().to_vec(), values.clone());
        let whole = whole.unwrap().with_values(values, flags).unwrap();
        let starts = std::iter::once(0).chain(cuts.iter().copied());
        let ends = cuts.iter().copied().chain([rows]);
        let mut stream = DecimateStream::new(&config).unwrap();
        let mut kept = Vec::new();
        for (start, end) in starts.zip(ends).filter(|(start, end)| start < end && *start < rows) {
            kept.extend(stream.push(&whole.slice(start..end.min(rows)).unwrap()).unwrap());
        }
        match (decimate(&whole, &config), stream.finish()) {
            (Err(whole), Err(pieces)) => {
                prop_assert_eq!(whole.to_string(), pieces.to_string());
            }
            (whole, rest) => {
                kept.extend(rest.unwrap());
                let (whole, pieces) = (whole.unwrap(), Recording::concatenate(&kept).unwrap());
                prop_assert_eq!(whole.grid(), pieces.grid());
                prop_assert_eq!(whole.provenance(), pieces.provenance());
                let bits = |record: &Recording| record.values().mapv(f64::to_bits);
                prop_assert_eq!(bits(&whole), bits(&pieces));
            }
        }
    }

    /// No later sample changes a value of the causal form.
    #[test]
    fn minimum_phase_is_causal(cut in 300_usize..900, change in -1e6..1e6_f64) {
        let config = DecimateConfig::new(5).with_phase(FilterPhase::Minimum);
        let values: Vec<f64> = (0..1000).map(|i| ((i * i) as f64 * 0.01).sin()).collect();
        let before = decimate(&recording(60, values.clone()), &config).unwrap();
        let mut later = values;
        later[cut..].iter_mut().for_each(|value| *value += change);
        let after = decimate(&recording(60, later), &config).unwrap();
        let same = cut.div_ceil(5);
        let part = |it: &Recording| -> Vec<u64> {
            it.values().slice(s![..same, 0]).iter().map(|value| value.to_bits()).collect()
        };
        prop_assert_eq!(part(&before), part(&after));
        prop_assert!(part(&before).iter().any(|bits| !f64::from_bits(*bits).is_nan()));
    }

    /// A level and a slope stay what they are; the causal form is late by its stated delay.
    #[test]
    fn a_line_stays_a_line(config in configs(), level in -1e5..1e5_f64, slope in -10.0..10.0_f64) {
        let delay = config.filter().unwrap().delay_samples(0.0);
        let values = (0..2000).map(|i| level + slope * i as f64).collect();
        let coarse = decimate(&recording(60, values), &config).unwrap();
        let kept = coarse.channel("s1").unwrap().to_owned();
        let known: Vec<usize> = (0..kept.len()).filter(|&i| !kept[i].is_nan()).collect();
        prop_assume!(!known.is_empty());
        let since = coarse.grid().start().duration_since("2008-05-01T00:00:00Z".parse().unwrap());
        let first = since.as_secs_f64() / 60.0;
        for index in known {
            let wanted = level + slope * (first + (index * config.factor) as f64 - delay);
            prop_assert!((kept[index] - wanted).abs() < 1e-6, "{} {wanted}", kept[index]);
        }
    }
}

#[test]
fn the_minimum_phase_filter_has_no_zero_outside_of_the_unit_circle() {
    // By the argument principle: the phase of B(1/z) turns by no full circle around it.
    let filter = DecimateConfig::new(4).with_phase(FilterPhase::Minimum).filter().unwrap();
    let radius = 1.02_f64;
    let (mut turned, mut last) = (0.0, None::<f64>);
    for step in 0..=40_000 {
        let angle = TAU * f64::from(step) / 40_000.0;
        let (mut re, mut im) = (0.0, 0.0);
        for (k, tap) in filter.coefficients().iter().enumerate() {
            let size = tap * radius.powi(-(k as i32));
            re += size * (angle * k as f64).cos();
            im -= size * (angle * k as f64).sin();
        }
        let phase = im.atan2(re);
        if let Some(last) = last {
            turned += (phase - last + 3.0 * TAU / 2.0).rem_euclid(TAU) - TAU / 2.0;
        }
        last = Some(phase);
    }
    assert!((turned / TAU).abs() < 1e-6, "{}", turned / TAU);
}

#[test]
fn seconds_become_minutes_become_hours() {
    let tide = |second: f64| 30.0 * (TAU * second / 44_714.0).sin() + 1e4;
    let seconds = recording(1, (0..6 * 86_400).map(|s| tide(f64::from(s))).collect());
    let mut stage = seconds;
    let mut delay = 0.0;
    for factor in [60, 5, 12] {
        let config = DecimateConfig::new(factor).with_phase(FilterPhase::Minimum);
        let filter = config.filter().unwrap();
        let interval = stage.grid().interval_seconds();
        // Of the cubic phase of a minimum-phase filter a third of the group delay's growth is the
        // wave's own.
        let (still, tidal) = (filter.delay_samples(0.0), filter.delay_samples(interval / 44_714.0));
        delay += interval * (2.0 * still + tidal) / 3.0;
        stage = decimate(&stage, &config).unwrap();
    }
    assert_eq!(stage.grid().interval(), SignedDuration::from_hours(1));
    assert_eq!(stage.grid().len(), 144);
    let hours = stage.channel("s1").unwrap();
    println!("delay of the causal chain: {:.2} h", delay / 3600.0);
    let known: Vec<usize> = (0..144).filter(|&hour| !hours[hour].is_nan()).collect();
    assert!(known.len() > 72 && known.last() == Some(&143), "{known:?}");
    for hour in known {
        let wanted = tide(hour as f64 * 3600.0 - delay);
        assert!((hours[hour] - wanted).abs() < 0.05, "{hour}: {} {wanted}", hours[hour]);
    }
}

/// Of a lost centre the taps that are left are of both signs and nearly cancel.
#[test]
fn a_gap_in_the_middle_is_not_made_up_from_its_edges() {
    let config = DecimateConfig::new(5).with_max_missing(0.5);
    let taps = config.filter().unwrap();
    let total: f64 = taps.coefficients().iter().map(|tap| tap.abs()).sum();
    let middle = (taps.coefficients().len() - 1) / 2;
    let mut nearly_cancelled = 0;
    for half in 0..12 {
        let mut holed: Vec<f64> = (0..600).map(|i| 1e4 + (f64::from(i) * 0.02).sin()).collect();
        holed[300 - half..=300 + half].fill(f64::NAN);
        let coarse = decimate(&recording(60, holed), &config).unwrap();
        let value = coarse.channel("s1").unwrap()[60];
        let gone = &taps.coefficients()[middle - half..=middle + half];
        let lost = gone.iter().map(|tap| tap.abs()).sum::<f64>() / total;
        let left = 1.0 - gone.iter().sum::<f64>();
        println!("{} missing: {lost:.2} of the weight, {left:.2} left, {value}", 2 * half + 1);
        assert_eq!(value.is_nan(), lost > 0.5 || left < 0.5, "{half}: {lost} {left}");
        nearly_cancelled += usize::from(lost <= 0.5 && left < 0.5);
        // What weighs so much is a mean of values near it.
        assert!(value.is_nan() || (value - 1e4).abs() < 2.0, "{half}: {value}");
    }
    assert!(nearly_cancelled > 0);
}

#[test]
fn flags_and_holes_go_through() {
    let mut holed: Vec<f64> = vec![7.0; 600];
    holed[300] = f64::NAN;
    let plain = recording(60, holed);
    let mut flags = plain.provenance().to_owned();
    flags[[450, 0]].insert(Provenance::SPIKE);
    let flagged = plain.with_values(plain.values().to_owned(), flags).unwrap();
    let strict = decimate(&flagged, &DecimateConfig::new(5)).unwrap();
    assert!(strict.channel("s1").unwrap()[60].is_nan());
    assert!(strict.provenance()[[90, 0]].contains(Provenance::SPIKE));
    assert_eq!(strict.provenance()[[30, 0]], Provenance::OBSERVED);
    let lenient = decimate(&flagged, &DecimateConfig::new(5).with_max_missing(0.2)).unwrap();
    assert!((lenient.channel("s1").unwrap()[60] - 7.0).abs() < 1e-12);
    assert!(lenient.provenance()[[60, 0]].contains(Provenance::FILLED));
    // The grid starts at the first full five minutes.
    let late = decimate(&plain.slice(3..600).unwrap(), &DecimateConfig::new(5)).unwrap();
    assert_eq!(late.grid().start(), "2008-05-01T00:05:00Z".parse().unwrap());
    let none = decimate(&plain.slice(1..3).unwrap(), &DecimateConfig::new(5));
    assert!(matches!(none, Err(StrainIoError::Grid { .. })));
}

/// Flagged samples are summed one kept sample at a time, plain ones side by side: the same bits.
#[test]
fn sums_side_by_side_are_sums() {
    let plain = recording(60, (0..1003).map(|i| ((i * 7919) % 1009) as f64 / 7.0).collect());
    let mut flags = plain.provenance().to_owned();
    flags.slice_mut(s![..;2, ..]).fill(Provenance::SPIKE);
    let flagged = plain.with_values(plain.values().to_owned(), flags).unwrap();
    for phase in [FilterPhase::Linear, FilterPhase::Minimum] {
        let config = DecimateConfig::new(5).with_phase(phase);
        let [together, alone] = [&plain, &flagged].map(|input| decimate(input, &config).unwrap());
        let bits = |recording: &Recording| -> Vec<u64> {
            recording.channel("s1").unwrap().iter().map(|value| value.to_bits()).collect()
        };
        assert_eq!(bits(&together), bits(&alone));
        assert!(bits(&together).iter().any(|bits| !f64::from_bits(*bits).is_nan()));
        assert!(together.provenance().iter().all(|flag| !flag.contains(Provenance::SPIKE)));
    }
}

/// What was done to a whole channel is said of all that is made of it, and costs no value its place
/// beside the others.
#[test]
fn a_piece_from_elsewhere_leaves_a_stream_as_it_was() {
    let whole = recording(60, (0..600).map(f64::from).collect());
    let config = DecimateConfig::new(5);
    let mut stream = DecimateStream::new(&config).unwrap();
    let mut kept: Vec<_> =
        stream.push(&whole.slice(0..300).unwrap()).unwrap().into_iter().collect();
    let error = stream.push(&whole.slice(301..600).unwrap()).unwrap_err().to_string();
    assert!(error.contains("does not go on at 2008-05-01T05:00:00Z"), "{error}");
    kept.extend(stream.push(&whole.slice(300..600).unwrap()).unwrap());
    kept.extend(stream.finish().unwrap());
    let kept = Recording::concatenate(&kept).unwrap();
    let whole = decimate(&whole, &config).unwrap();
    assert_eq!(kept.grid(), whole.grid());
    let bits = |record: &Recording| record.values().mapv(f64::to_bits);
    assert_eq!(bits(&kept), bits(&whole));
    assert!(whole.values().iter().filter(|value| !value.is_nan()).count() > 50);
    assert!(DecimateStream::new(&config).unwrap().finish().unwrap().is_none());
}

#[test]
fn flags_of_a_whole_channel_go_through() {
    let mut values: Vec<f64> = (0..1003).map(|i| f64::from((i * 7919) % 1009) / 7.0).collect();
    values[400] = f64::NAN;
    let plain = recording(60, values);
    let mut flags = plain.provenance().to_owned();
    flags.mapv_inplace(|flags| flags | Provenance::RESPONSE_CORRECTED);
    flags[[400, 0]].remove(Provenance::RESPONSE_CORRECTED);
    flags[[700, 0]].insert(Provenance::SPIKE);
    let flagged = plain.with_values(plain.values().to_owned(), flags).unwrap();
    let [a, b] = [&plain, &flagged].map(|it| decimate(it, &DecimateConfig::new(5)).unwrap());
    let mut spikes = 0;
    for row in 0..a.grid().len() {
        let (x, y) = (a.values()[[row, 0]], b.values()[[row, 0]]);
        assert_eq!(x.to_bits(), y.to_bits());
        let flags = b.provenance()[[row, 0]];
        spikes += usize::from(flags.contains(Provenance::SPIKE));
        assert!(y.is_nan() || flags.contains(Provenance::RESPONSE_CORRECTED), "{row}");
    }
    assert!((1..100).contains(&spikes), "{spikes}");
}
