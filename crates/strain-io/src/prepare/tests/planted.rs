//! What is planted is found and taken out.

use ndarray::s;

use super::*;

/// The Moon's node was at 90° in October 2001: there f is the mean factor, and u at its largest
/// hardly changes over a year, so that planted sines come back as they are but for u.
const NODE_AT_90: &str = "2001-04-25T00:00:00Z";
const MEAN_F: [f64; 8] = [1.0, 1.0, 1.0, 1.024, 1.006, 1.009, 1.0, 1.009];
const LARGEST_U: [f64; 8] = [-2.1, 0.0, -2.1, -17.7, -8.9, 10.8, 0.0, 10.8];

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
    let corrected = Provenance::RESPONSE_CORRECTED | Provenance::DETRENDED;
    let filled = Provenance::FILLED | Provenance::DETRENDED;
    assert!(flags[[2400, 2]] == filled && flags[[2602, 2]] == filled);
    assert!(flags[[2603, 2]] == Provenance::MISSING && flags[[2620, 2]] == corrected);
    assert!(flags[[2100, 0]].contains(Provenance::SPIKE));
    assert_eq!(flags[[1499, 0]], corrected);
    assert_eq!(flags[[1501, 0]], corrected | Provenance::STEP_CORRECTED);
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
    let corrected = Provenance::RESPONSE_CORRECTED | Provenance::DETRENDED;
    assert!(prepared.recording.provenance().iter().all(|flags| *flags == corrected));
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
