use super::super::{SynthFaults, network};
use super::small;

/// Steps and spikes are what a faulty network has beyond a faultless one of the same seed.
#[test]
fn steps_and_spikes_are_in_the_data_as_the_truth_says() {
    let often =
        SynthFaults::default().with_gaps(80.0, 6.0).with_spikes(60.0, 90.0).with_steps(40.0, 120.0);
    let faulty = network(&small().with_faults(often), 5).unwrap();
    let sound = network(&small().with_faults(SynthFaults::none()), 5).unwrap();
    for (f, s) in faulty.stations().zip(sound.stations()) {
        assert!(s.truth.steps.is_empty() && s.truth.spikes.is_empty() && s.truth.gaps.is_empty());
        assert!(f.truth.steps.len() > 2 && f.truth.spikes.len() > 20 && f.truth.gaps.len() > 2);
        for gauge in 0..4 {
            let mut expected = vec![0.0; f.recording.grid().len()];
            for step in &f.truth.steps {
                expected[step.sample..].iter_mut().for_each(|v| *v += step.sizes[gauge]);
            }
            for spike in f.truth.spikes.iter().filter(|spike| spike.gauge == gauge) {
                expected[spike.sample] += spike.size;
            }
            for (sample, expected) in expected.into_iter().enumerate() {
                let (faulty, sound) =
                    (f.recording.values()[[sample, gauge]], s.recording.values()[[sample, gauge]]);
                let gap = f.truth.gaps.iter().any(|gap| gap.samples.contains(&sample));
                assert_eq!(faulty.is_nan(), gap, "gauge {gauge}, sample {sample}");
                assert!(gap || (faulty - sound - expected).abs() < 1e-9);
            }
        }
    }
}

/// Rates over 50 station-years at once: Poisson, so five standard deviations.
#[test]
fn faults_come_as_often_as_asked_for() {
    let config = small()
        .with_interval_s(3600)
        .with_reference_days(365)
        .with_target_days(365)
        .with_anomalous(false)
        .with_distances_km([20.0, 30.0, 40.0, 50.0])
        .with_faults(SynthFaults::default());
    let (mut gaps, mut missing, mut spikes, mut steps, mut all) = (0, 0, 0, 0, 0);
    let mut stations = 0.0;
    for seed in 0..10 {
        for station in network(&config, seed).unwrap().stations() {
            let truth = &station.truth;
            stations += 1.0;
            gaps += truth.gaps.len();
            missing += truth.gaps.iter().map(|gap| gap.samples.len()).sum::<usize>();
            spikes += truth.spikes.len();
            steps += truth.steps.len();
            all += truth.steps.iter().filter(|s| s.sizes.iter().all(|s| *s != 0.0)).count();
        }
    }
    let years = stations * 365.0 / 365.25;
    let near = |found: usize, expected: f64, what: &str| {
        let off = (found as f64 - expected) / expected.sqrt();
        assert!(off.abs() < 5.0, "{found} {what} where {expected} were expected");
    };
    near(gaps, 4.0 * years, "gaps");
    near(spikes, 16.0 * years, "spikes");
    near(steps, 3.0 * years, "steps");
    near(all, 0.75 * years, "steps of all gauges");
    // Exponential lengths rounded to hours, at least one.
    let mean = missing as f64 / gaps as f64;
    assert!((4.5..8.0).contains(&mean), "{mean} h a gap");
}
