use super::super::network;
use super::{SynthDrift, small};

const SEEDS: u64 = 300;

/// Numbers over many seeds are Poisson: mean and variance agree with what was planted. Standard
/// errors: √(λ/n) of the mean, √(2/(n − 1)) of variance over mean.
#[test]
fn the_number_of_transients_is_poisson_and_decays_with_distance() {
    let config =
        small().with_reference_days(1).with_events_at_nearest(40.0).with_decay_exponent(0.5);
    let mut counts = [Vec::new(), Vec::new()];
    for seed in 0..SEEDS {
        let network = network(&config, seed).unwrap();
        for (counts, target) in counts.iter_mut().zip(&network.targets) {
            counts.push(target.truth.transients.len() as f64);
        }
    }
    let expected = [40.0, 40.0 * (199.2_f64 / 23.5).powf(-0.5)];
    for (counts, expected) in counts.iter().zip(expected) {
        let n = counts.len() as f64;
        let mean = counts.iter().sum::<f64>() / n;
        let variance = counts.iter().map(|c| (c - mean).powi(2)).sum::<f64>() / (n - 1.0);
        assert!((mean - expected).abs() < 4.0 * (expected / n).sqrt(), "{mean} for {expected}");
        let dispersion = variance / mean;
        assert!((dispersion - 1.0).abs() < 4.0 * (2.0 / (n - 1.0)).sqrt(), "{dispersion}");
    }
}

/// Kolmogorov–Smirnov distance of all times from the sigmoid, whose critical value at one in ten
/// thousand is 2.23/√n.
#[test]
fn the_times_of_transients_follow_the_sigmoid() {
    let config = small().with_reference_days(11).with_end_days_after_event(10);
    let mut days_before = Vec::new();
    let mut bounds = [0.0; 2];
    for seed in 0..20 {
        let network = network(&config, seed).unwrap();
        let target = &network.targets[0];
        let start = target.recording.grid().start();
        let event = network.event_time.duration_since(start).as_secs_f64() / 86_400.0;
        bounds = [event, event - 120.0];
        days_before.extend(target.truth.transients.iter().map(|t| event - t.centre_hours / 24.0));
    }
    // Days before the event, so the sigmoid falls.
    let sigmoid = |before: f64| 1.0 / (1.0 + (0.06 * (before - 39.0)).exp());
    let [first, last] = bounds.map(sigmoid);
    days_before.sort_by(|a, b| b.total_cmp(a));
    let n = days_before.len() as f64;
    assert!(n > 2500.0);
    let distance = days_before.iter().enumerate().fold(0.0_f64, |worst, (i, &before)| {
        let expected = (sigmoid(before) - first) / (last - first);
        worst.max((expected - i as f64 / n).abs()).max((expected - (i + 1) as f64 / n).abs())
    });
    assert!(distance < 2.23 / n.sqrt(), "{distance}");
}

#[test]
fn the_daily_rate_is_largest_at_the_inflection() {
    let network = network(&small().with_steepness_per_day(0.3), 1).unwrap();
    let rate = &network.targets[0].truth.daily_rate;
    let peak = (0..rate.len()).max_by(|&a, &b| rate[a].total_cmp(&rate[b])).unwrap();
    // The event lies in the last of 120 days, at 04:52.
    assert_eq!(peak, 119 - 39);
    assert!(network.reference.truth.daily_rate.iter().all(|rate| *rate == 0.0));
}

#[test]
fn sizes_are_in_units_of_local_noise() {
    let config = small()
        .with_events_at_nearest(600.0)
        .with_transient_spread(0.0)
        .with_drift(SynthDrift::default().with_gain_spread(0.0));
    let network = network(&config, 4).unwrap();
    for target in &network.targets {
        for t in &target.truth.transients {
            let square = t.gauge_amplitudes.iter().map(|a| a * a).sum::<f64>() / 4.0;
            assert!((square.sqrt() / target.truth.band_noise - 5.0).abs() < 1e-9);
        }
        // No direction is preferred: all gauges see the same on average.
        let n = target.truth.transients.len() as f64;
        for gauge in 0..4 {
            let squares = target.truth.transients.iter().map(|t| t.gauge_amplitudes[gauge].powi(2));
            let relative = squares.sum::<f64>() / n / (5.0 * target.truth.band_noise).powi(2);
            assert!((relative - 1.0).abs() < 5.0 / n.sqrt(), "gauge {gauge}: {relative}");
        }
    }
}
