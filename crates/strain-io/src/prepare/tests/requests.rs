//! What is asked for wrongly is refused, and settings are kept as they were written.

use std::ops::Range;

use ndarray::s;

use super::*;
use crate::StrainIoError;

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
