//! What a synthetic network plants, `prepare` finds.

use strain_io::{PrepareConfig, SynthConfig, network, prepare};

/// Steps below this size, nanostrain, may hide in fifteen standard deviations of the hourly noise.
const SURE: f64 = 30.0;

#[test]
fn planted_steps_and_pressure_responses_are_found_and_no_others() {
    let config = SynthConfig::default().with_reference_days(400).with_target_days(600);
    let mut steps = 0;
    for seed in [3, 4] {
        let network = network(&config, seed).unwrap();
        for station in network.targets.iter().take(3) {
            let prepared =
                prepare(&station.recording, &PrepareConfig::default(), 0..24 * 365).unwrap();
            for (gauge, report) in prepared.report.gauges.iter().enumerate() {
                let place = format!("seed {seed}, station {}, {}", station.id, report.name);
                let planted: Vec<_> = station
                    .truth
                    .steps
                    .iter()
                    .map(|step| (station.recording.grid().time(step.sample), step.sizes[gauge]))
                    .filter(|(_, size)| *size != 0.0)
                    .collect();
                for (time, size) in planted.iter().filter(|(_, size)| size.abs() > SURE) {
                    steps += 1;
                    // A step in a gap is found at the gap's end.
                    let found = report.steps.iter().any(|step| {
                        let late = step.time.duration_since(*time).as_hours();
                        (0..=48).contains(&late) && (step.size - size).abs() < 8.0
                    });
                    assert!(found, "{place}: {size} at {time} not among {:?}", report.steps);
                }
                assert!(report.steps.len() <= planted.len(), "{place}: {:?}", report.steps);
                let response = report.pressure.unwrap();
                let off = response.coefficient - station.truth.pressure.coefficients[gauge];
                assert!(off.abs() < 4.5 * response.standard_error, "{place}: {response:?} {off}");
            }
        }
    }
    assert!(steps > 20, "only {steps} steps were planted");
}
