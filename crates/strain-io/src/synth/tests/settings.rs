use super::super::{
    SynthConfig, SynthDrift, SynthFaults, SynthNoise, SynthPressure, SynthTide, network,
};

#[test]
fn settings_come_back_from_toml() {
    let config = SynthConfig::default().with_interval_s(60).with_distances_km([1.0]);
    let text = toml::to_string(&config).unwrap();
    assert_eq!(toml::from_str::<SynthConfig>(&text).unwrap(), config);
    assert_eq!(toml::from_str::<SynthConfig>("").unwrap(), SynthConfig::default());
    let error = toml::from_str::<SynthConfig>("[noise]\nwhite_noise = 1.0").unwrap_err();
    assert!(error.to_string().contains("white_noise"));
}

#[test]
fn senseless_settings_are_refused_by_name() {
    let base = SynthConfig::default;
    let noise = SynthNoise::default;
    let (tide, air) = (SynthTide::default, SynthPressure::default);
    let time = base().event_time;
    let cases: Vec<(&str, SynthConfig)> = vec![
        ("interval_s", base().with_interval_s(0)),
        ("interval_s", base().with_interval_s(7200)),
        ("interval_s", base().with_interval_s(3599)),
        ("interval_s", base().with_interval_s(1)),
        ("reference_days", base().with_reference_days(0)),
        ("target_days", base().with_target_days(0)),
        ("target_days", base().with_target_days(u32::MAX)),
        ("distances_km", base().with_distances_km([])),
        ("distances_km", base().with_distances_km([f64::NAN])),
        ("distances_km", base().with_distances_km([0.0])),
        ("reference_distance_km", base().with_reference_distance_km(30_000.0)),
        ("epicentre", base().with_event(time, [90.0, 0.0], 6.0)),
        ("epicentre", base().with_event(time, [0.0, f64::INFINITY], 6.0)),
        ("magnitude", base().with_event(time, [0.0, 0.0], f64::NAN)),
        ("event_time", base().with_event(jiff::Timestamp::MAX, [0.0, 0.0], 6.0)),
        ("event_time", base().with_event(jiff::Timestamp::MIN, [0.0, 0.0], 6.0)),
        ("end_days_after_event", base().with_end_days_after_event(1095)),
        ("inflection_days_before", base().with_inflection_days_before(1095.0)),
        ("inflection_days_before", base().with_inflection_days_before(-1.0)),
        ("steepness_per_day", base().with_steepness_per_day(0.0)),
        ("decay_exponent", base().with_decay_exponent(f64::NAN)),
        ("events_at_nearest", base().with_events_at_nearest(-1.0)),
        ("transient_amplitude", base().with_transient_amplitude(f64::INFINITY)),
        ("transient_spread", base().with_transient_spread(-0.1)),
        ("background_rate_per_day", base().with_background(-1.0, 1.0)),
        ("background_amplitude", base().with_background(1.0, f64::NAN)),
        ("tide.scale", base().with_tide(tide().with_scale(-1.0))),
        ("tide.coupling_spread", base().with_tide(tide().with_coupling_spread(1.0))),
        ("pressure.response", base().with_pressure(air().with_response(f64::NAN))),
        ("pressure.synoptic", base().with_pressure(air().with_weather(-1.0, 0.8))),
        ("pressure.local", base().with_pressure(air().with_weather(4.5, f64::INFINITY))),
        ("pressure.seasons", base().with_pressure(air().with_seasons(-1.0))),
        ("pressure.air_tides", base().with_pressure(air().with_air_tides(-0.1))),
        ("noise.white", base().with_noise(noise().with_white(-1.0))),
        ("noise.flicker", base().with_noise(noise().with_flicker(f64::NAN))),
        ("noise.random_walk", base().with_noise(noise().with_random_walk(-1.0))),
        ("noise.gauge_share", base().with_noise(noise().with_gauge_share(-1.0))),
        ("noise.pressure_white", base().with_noise(noise().with_pressure_white(-1.0))),
        ("noise.station_spread", base().with_noise(noise().with_station_spread(4.0))),
        ("drift.linear", base().with_drift(SynthDrift::default().with_linear(f64::NAN))),
        (
            "drift.time_constant_days",
            base().with_drift(SynthDrift::default().with_exponential(1.0, 0.0)),
        ),
        ("drift.gain_spread", base().with_drift(SynthDrift::default().with_gain_spread(0.5))),
        ("faults.gaps_per_year", base().with_faults(SynthFaults::none().with_gaps(-1.0, 1.0))),
        ("faults.gap_hours", base().with_faults(SynthFaults::none().with_gaps(1.0, f64::NAN))),
        ("faults.spike_size", base().with_faults(SynthFaults::none().with_spikes(1.0, -1.0))),
        ("faults.steps_per_year", base().with_faults(SynthFaults::none().with_steps(1e9, 1.0))),
    ];
    for (name, config) in cases {
        let error = network(&config, 0).unwrap_err().to_string();
        assert!(error.starts_with(&format!("{name} = ")), "{name}: {error}");
    }
}

#[test]
fn extreme_settings_that_are_allowed_work() {
    let tiny = SynthConfig::default()
        .with_reference_days(1)
        .with_target_days(1)
        .with_inflection_days_before(0.0)
        .with_distances_km([0.1, 19_000.0]);
    for config in [
        tiny.clone(),
        tiny.clone().with_steepness_per_day(24.0),
        tiny.clone().with_steepness_per_day(1e-4),
        tiny.clone().with_faults(SynthFaults::default().with_gaps(1e4, 8760.0)),
        tiny.with_event("1902-01-01T00:00:00Z".parse().unwrap(), [-89.0, 360.0], 0.0),
    ] {
        let network = network(&config, 1).unwrap();
        assert!(network.targets[0].truth.transients.iter().all(|t| t.onset < 24));
        assert_eq!(network.reference.recording.grid().len(), 24);
    }
}
