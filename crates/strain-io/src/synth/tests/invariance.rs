use super::super::{StationTruth, SynthFaults, Transient, network};
use super::{bits, small};
use crate::strategies::synth_configs;
use proptest::prelude::*;

#[test]
fn the_same_seed_gives_the_same_bits_on_any_number_of_threads() {
    let config = small();
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| network(&config, 11).unwrap())
    };
    let one = on(1);
    assert_eq!(bits(&one), bits(&on(4)));
    let other = bits(&network(&config, 12).unwrap());
    assert!(bits(&one).iter().zip(&other).all(|(a, b)| a != b));
}

#[test]
fn another_target_changes_no_other_station() {
    let two = network(&small(), 3).unwrap();
    let three = network(&small().with_distances_km([23.5, 199.2, 50.0]), 3).unwrap();
    assert_eq!(bits(&two)[..], bits(&three)[..3]);
    assert_eq!(two.targets[1].truth, three.targets[1].truth);
}

#[test]
fn longer_targets_leave_the_reference_alone() {
    let short = network(&small(), 3).unwrap();
    let long = network(&small().with_target_days(200), 3).unwrap();
    assert_eq!(bits(&short)[0], bits(&long)[0]);
}

/// Faults and ordinary transients are drawn backwards from the common end.
#[test]
fn a_longer_record_only_has_more_faults_and_background() {
    let config = small()
        .with_background(1.0, 2.0)
        .with_faults(SynthFaults::default().with_steps(40.0, 100.0).with_gaps(40.0, 6.0));
    let short = network(&config, 3).unwrap();
    let long = network(&config.with_target_days(150), 3).unwrap();
    let shift = 30.0 * 24.0;
    let (short, long) = (&short.targets[0].truth, &long.targets[0].truth);
    let later: Vec<_> = long.background.iter().filter(|t| t.centre_hours >= shift).collect();
    assert_eq!(later.len(), short.background.len());
    assert!(later.len() > 50);
    for (a, b) in later.iter().zip(&short.background) {
        assert!((a.centre_hours - shift - b.centre_hours).abs() < 1e-9);
        assert_eq!(a.gauge_amplitudes, b.gauge_amplitudes);
    }
    assert!(short.gaps.len() > 5 && short.steps.len() > 5);
    let gaps = |truth: &StationTruth, from: usize| -> Vec<_> {
        let inside = truth.gaps.iter().filter(|gap| gap.samples.start > from);
        inside.map(|gap| (gap.samples.start - from, gap.samples.end - from)).collect()
    };
    assert_eq!(gaps(long, 720), gaps(short, 0));
    let steps: Vec<_> =
        long.steps.iter().filter(|s| s.sample > 720).map(|s| (s.sample - 720, s.sizes)).collect();
    assert_eq!(steps, short.steps.iter().map(|s| (s.sample, s.sizes)).collect::<Vec<_>>());
}

/// The wave packet as the documentation of `Transient` states it, in other words than the code's.
fn packet(transient: &Transient, hours: f64) -> f64 {
    let sigma = transient.duration_hours / 4.0;
    let t = hours - transient.centre_hours;
    let angle = 360.0 * t / transient.period_hours + transient.phase_degrees;
    (-(t * t) / (2.0 * sigma * sigma)).exp() * angle.to_radians().cos()
}

#[test]
fn a_quiet_network_is_the_anomalous_one_without_its_transients() {
    let anomalous = network(&small(), 8).unwrap();
    let quiet = network(&small().with_anomalous(false), 8).unwrap();
    assert_eq!(bits(&anomalous)[0], bits(&quiet)[0]);
    assert_eq!(quiet.truth.expected_transients, [0.0, 0.0]);
    for (a, q) in anomalous.targets.iter().zip(&quiet.targets) {
        assert!(a.truth.transients.len() > 40);
        assert!(q.truth.transients.is_empty());
        let (with, without) = (a.recording.values(), q.recording.values());
        for sample in 0..with.nrows() {
            let near: Vec<_> = a
                .truth
                .transients
                .iter()
                .filter(|t| (sample as f64 - t.centre_hours).abs() < 1.3 * t.duration_hours)
                .collect();
            for channel in 0..5 {
                let (w, q) = (with[[sample, channel]], without[[sample, channel]]);
                assert_eq!(w.is_nan(), q.is_nan());
                if channel == 4 || near.is_empty() {
                    assert_eq!(w.to_bits(), q.to_bits());
                } else if !w.is_nan() {
                    let planted =
                        near.iter().map(|t| t.gauge_amplitudes[channel] * packet(t, sample as f64));
                    // Beyond five standard deviations a packet is cut: 4e-6 of its amplitude.
                    let slack: f64 =
                        near.iter().map(|t| 5e-6 * t.gauge_amplitudes[channel].abs()).sum();
                    assert!((w - q - planted.sum::<f64>()).abs() < 1e-9 + slack);
                }
            }
        }
    }
}

#[test]
fn another_interval_plants_the_same() {
    let hourly = network(&small(), 21).unwrap();
    let fine = network(&small().with_interval_s(600), 21).unwrap();
    for (h, f) in hourly.stations().zip(fine.stations()) {
        assert_eq!(f.recording.grid().len(), 6 * h.recording.grid().len());
        assert_eq!((h.latitude, h.longitude), (f.latitude, f.longitude));
        assert_eq!(h.truth.tides, f.truth.tides);
        assert_eq!(h.truth.gauge_gains, f.truth.gauge_gains);
        assert_eq!(h.truth.transients.len(), f.truth.transients.len());
        for (a, b) in h.truth.transients.iter().zip(&f.truth.transients) {
            assert_eq!(a.centre_hours, b.centre_hours);
            assert_eq!(a.gauge_amplitudes, b.gauge_amplitudes);
            assert!((b.onset as f64 / 6.0 - a.onset as f64).abs() <= 1.0);
        }
        assert_eq!(h.truth.steps.len(), f.truth.steps.len());
        for (a, b) in h.truth.steps.iter().zip(&f.truth.steps) {
            assert_eq!(a.sizes, b.sizes);
            assert_eq!(b.sample.div_ceil(6), a.sample);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_allowed_settings_give_a_consistent_network(config in synth_configs(), seed: u64) {
        let network = network(&config, seed).unwrap();
        prop_assert_eq!(network.targets.len(), config.distances_km.len());
        let end = network.reference.recording.grid().end();
        for station in network.stations() {
            let (recording, truth) = (&station.recording, &station.truth);
            let len = recording.grid().len();
            prop_assert_eq!(recording.grid().end(), end);
            let missing: usize = truth.gaps.iter().map(|gap| gap.samples.len()).sum();
            for channel in recording.channels() {
                prop_assert_eq!(recording.missing_count(&channel.name).unwrap(), missing);
            }
            prop_assert!(truth.gaps.windows(2).all(|g| g[0].samples.end < g[1].samples.start));
            prop_assert!(truth.steps.iter().all(|step| 0 < step.sample && step.sample < len));
            prop_assert!(truth.spikes.iter().all(|spike| spike.sample < len));
            prop_assert_eq!(truth.daily_rate.len() * recording.grid().samples_per_day().unwrap(), len);
            for transient in truth.transients.iter().chain(&truth.background) {
                prop_assert!(transient.onset < len);
                prop_assert!((4.0..=16.0).contains(&transient.period_hours));
                prop_assert!((6.0..=24.0).contains(&transient.duration_hours));
                let [a, b, c, d]: [f64; 4] = std::array::from_fn(
                    |g| transient.gauge_amplitudes[g] / truth.gauge_gains[g]);
                prop_assert!((a + c - b - d).abs() < 1e-9 * (1.0 + a.abs() + b.abs()));
            }
        }
        for (target, expected) in network.targets.iter().zip(&network.truth.expected_transients) {
            let sum: f64 = target.truth.daily_rate.iter().sum();
            prop_assert!((sum - expected).abs() < 1e-9 * (1.0 + expected));
        }
    }
}
