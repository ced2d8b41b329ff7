use proptest::prelude::*;

use super::{SynthConfig, SynthFaults, SynthPressure, SynthTide};

/// Settings of small networks that are all allowed: one to three targets, up to 40 days at 10 to 60
/// minutes, with or without an anomaly and with many faults, the tide and the air between off and
/// twice what is usual.
pub fn synth_configs() -> impl Strategy<Value = SynthConfig> {
    let interval = prop::sample::select(vec![600_u32, 900, 1800, 3600]);
    let distances = prop::collection::vec(1.0..900.0_f64, 1..=3);
    let faults = (0.0..100.0_f64, 0.0..100.0_f64, 0.0..100.0_f64);
    let anomaly = (any::<bool>(), 0.0..60.0_f64, 0.01..1.0_f64, -1.0..2.0_f64);
    let days = (1_u32..40, 3_u32..40);
    (interval, days, distances, faults, anomaly, tides(), pressures()).prop_map(
        |(interval, days, distances, (gaps, spikes, steps), anomaly, tide, pressure)| {
            let (reference, target) = days;
            let (anomalous, number, steepness, exponent) = anomaly;
            let faults = SynthFaults::default()
                .with_gaps(gaps, 5.0)
                .with_spikes(spikes, 80.0)
                .with_steps(steps, 120.0);
            SynthConfig::default()
                .with_interval_s(interval)
                .with_reference_days(reference)
                .with_target_days(target)
                .with_distances_km(distances)
                .with_anomalous(anomalous)
                .with_events_at_nearest(number)
                .with_steepness_per_day(steepness)
                .with_decay_exponent(exponent)
                .with_inflection_days_before(f64::from(target) / 2.0)
                .with_tide(tide)
                .with_pressure(pressure)
                .with_faults(faults)
        },
    )
}

fn tides() -> impl Strategy<Value = SynthTide> {
    (scale(), 0.0..=0.9_f64).prop_map(|(scale, spread)| {
        SynthTide::default().with_scale(scale).with_coupling_spread(spread)
    })
}

fn pressures() -> impl Strategy<Value = SynthPressure> {
    [(); 5].map(|()| scale()).prop_map(|[response, synoptic, local, seasons, tides]| {
        SynthPressure::default()
            .with_response(response)
            .with_weather(4.5 * synoptic, 0.8 * local)
            .with_seasons(seasons)
            .with_air_tides(tides)
    })
}

/// Off, as usual or anything up to twice that.
fn scale() -> impl Strategy<Value = f64> {
    prop_oneof![Just(0.0), Just(1.0), 0.0..2.0_f64]
}
