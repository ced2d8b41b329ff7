//! Quality of synthetic stations, of which the truth is known.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

use jiff::SignedDuration;
use strain_io::ndarray::{Array2, s};
use strain_io::{
    Catalogue, Event, LoveNumbers, QualityConfig, Recording, ReferenceRule, ResponseConfig,
    StationContext, StationQuality, StrainIoError, SynthConfig, SynthFaults, SyntheticStation,
    TideSite, TimeGrid, assess_station, fit_response, network, solid_tide,
};

const GAUGES: [&str; 4] = ["s1", "s2", "s3", "s4"];

/// A year and a bit, of which a fifth is missing, with steps in it.
fn station(seed: u64) -> SyntheticStation {
    let faults = SynthFaults::none().with_steps(8.0, 900.0).with_gaps(8.0, 240.0);
    let config = SynthConfig::default().with_reference_days(480).with_target_days(60);
    network(&config.with_faults(faults), seed).unwrap().reference
}

fn context(station: &SyntheticStation) -> StationContext<'static> {
    let site = TideSite::new(station.latitude, station.longitude);
    StationContext::new(site).with_pressure("pressure")
}

fn assessed(recording: &Recording, context: &StationContext<'_>) -> StationQuality {
    let (config, rule) = (QualityConfig::default(), ReferenceRule::default());
    assess_station(recording, context, &config, &rule).unwrap()
}

/// α of gauges with these gains, from its definition.
fn alpha(gains: [f64; 4]) -> f64 {
    let mean_gain = gains.iter().sum::<f64>() / 4.0;
    let factors = gains.map(|gain| mean_gain / gain);
    let square = factors.iter().map(|k| (k - 1.0).powi(2)).sum::<f64>() / 4.0;
    square.sqrt() / (factors.iter().sum::<f64>() / 4.0)
}

#[test]
fn figures_are_what_was_planted() {
    let mut planted = 0.0;
    for seed in 0..3 {
        let station = station(seed);
        let quality = assessed(&station.recording, &context(&station));
        println!("{quality}");
        let (grid, truth) = (station.recording.grid(), &station.truth);
        let wanted = alpha(truth.gauge_gains);
        let found = quality.calibration_alpha.unwrap();
        println!("seed {seed}: alpha {found:.4}, planted {wanted:.4}");
        assert!((found - wanted).abs() < 0.02, "seed {seed}: alpha {found}, planted {wanted}");
        let site = TideSite::new(station.latitude, station.longitude);
        let tide = solid_tide(&site, grid, &LoveNumbers::default()).unwrap();
        let m2 = truth.tides.iter().find(|line| line.name == "M2").unwrap();
        for (index, gauge) in quality.gauges.iter().enumerate() {
            let column = station.recording.channel_index(&gauge.name).unwrap();
            let channel = station.recording.channels()[column].clone();
            let values = tide.along(channel.azimuth_degrees.unwrap()).to_vec();
            let values = Array2::from_shape_vec((grid.len(), 1), values).unwrap();
            let theory = Recording::new("theory", *grid, vec![channel], values).unwrap();
            let all = 0..grid.len();
            let theory =
                fit_response(&theory, &gauge.name, all, &ResponseConfig::default()).unwrap();
            let wanted = m2.amplitudes[index] / theory.tide("M2").unwrap().amplitude;
            let factor = gauge.m2_factor.unwrap();
            println!("{}: M2 {factor:.3}, planted {wanted:.3}", gauge.name);
            assert!((factor / wanted - 1.0).abs() < 0.02, "{}: {factor} {wanted}", gauge.name);
            assert!(gauge.m2_instability.unwrap() < 0.02, "{gauge:?}");

            let known = grid.len() - station.recording.missing_count(&gauge.name).unwrap();
            let years = known as f64 / 8766.0;
            assert!(years < 0.9 * grid.len() as f64 / 8766.0, "the gaps are planted");
            // Of steps into a gap, or within the scatter of a day's level, nobody knows.
            let values = station.recording.channel(&gauge.name).unwrap();
            let seen = |at: usize| {
                let around = s![at.saturating_sub(24)..(at + 24).min(values.len())];
                !values.slice(around).iter().any(|value| value.is_nan()) && (24..).contains(&at)
            };
            let larger = |least: f64| {
                let steps = truth.steps.iter().filter(|step| step.sizes[index].abs() > least);
                steps.map(|step| step.sample).collect::<Vec<_>>()
            };
            let sure = larger(200.0).into_iter().filter(|&at| seen(at)).count() as f64;
            let possible = larger(50.0).len() as f64;
            let found = gauge.steps_per_year.unwrap() * years;
            println!("{}: {found:.2} steps, {sure} sure of {possible}", gauge.name);
            assert!((found - found.round()).abs() < 1e-6, "{}: {found}", gauge.name);
            assert!((sure..=possible + 1e-6).contains(&(found + 1e-6)), "{}: {found}", gauge.name);
            planted += sure;

            let pressure = gauge.pressure.unwrap();
            let wanted = truth.pressure.coefficients[index];
            let off = (pressure.coefficient - wanted).abs() / pressure.standard_error;
            println!("{}: {off:.1} standard errors off in pressure", gauge.name);
            assert!(off < 4.0, "{}: {pressure:?} {wanted}", gauge.name);
        }
    }
    assert!(planted > 10.0, "{planted}");
}

#[test]
fn a_dead_gauge_or_barometer_costs_its_own_figures_only() {
    let station = station(0);
    let whole = assessed(&station.recording, &context(&station));
    let column = |name: &str| station.recording.channel_index(name).unwrap();
    let without = |name: &str| {
        let mut values = station.recording.values().to_owned();
        values.slice_mut(s![40.., column(name)]).fill(f64::NAN);
        let flags = station.recording.provenance().to_owned();
        assessed(&station.recording.with_values(values, flags).unwrap(), &context(&station))
    };
    let dead = without("s2");
    assert_eq!(dead.calibration_alpha, None);
    for (gauge, whole) in dead.gauges.iter().zip(&whole.gauges) {
        if gauge.name == "s2" {
            let why = gauge.not_assessed.as_deref().unwrap();
            assert!(why.contains("channel s2") && why.contains("usable samples"), "{why}");
            assert_eq!((gauge.noise, gauge.steps_per_year, gauge.m2_windows), (None, None, 0));
        } else {
            assert_eq!(gauge, whole);
        }
    }
    let table = dead.to_string();
    assert!(table.contains("s2: channel s2: ") && !table.contains("NaN"), "{table}");

    let airless = without("pressure");
    for (gauge, name) in airless.gauges.iter().zip(GAUGES) {
        assert_eq!((&*gauge.name, gauge.pressure), (name, None));
        let why = gauge.not_assessed.as_deref().unwrap();
        assert!(why.starts_with("pressure is not taken out: channel "), "{why}");
        assert!(gauge.noise.is_some() && gauge.m2_factor.is_some() && gauge.m2_windows == 8);
    }
    let absent = context(&station).with_pressure("baro");
    let (config, rule) = (QualityConfig::default(), ReferenceRule::default());
    let error = assess_station(&station.recording, &absent, &config, &rule).unwrap_err();
    assert!(matches!(error, StrainIoError::NoChannel { .. }), "{error}");
}

#[test]
fn daily_samples_show_no_tide_and_say_so() {
    let station = station(0);
    let hours = station.recording.grid();
    let day = SignedDuration::from_hours(24);
    let grid = TimeGrid::new(hours.start(), day, hours.len() / 24).unwrap();
    let values = station.recording.values().slice(s![..grid.len() * 24;24, ..]).to_owned();
    let channels = station.recording.channels().to_vec();
    let daily = Recording::new("X", grid, channels, values).unwrap();
    let quality = assessed(&daily, &context(&station));
    for gauge in &quality.gauges {
        let why = gauge.not_assessed.as_deref().unwrap();
        assert!(why.contains("at least every 3 hours"), "{why}");
    }
    assert!(quality.calibration_alpha.is_none() && quality.report.self_consistency.is_some());
}

#[test]
fn silence_of_a_catalogue_that_does_not_span_the_recording_is_no_quiet() {
    let station = station(0);
    let short = station.recording.slice(0..24 * 40).unwrap();
    let at = |hours: i64| {
        let time = short.grid().start() + SignedDuration::from_hours(hours);
        Event::new(time, station.latitude, station.longitude, 4.0)
    };
    let earthquakes = |events: Vec<Event>| {
        let catalogue = Catalogue::new(events);
        assessed(&short, &context(&station).with_catalogue(&catalogue)).earthquakes
    };
    let found = earthquakes(vec![at(-1), at(5), at(24 * 50)]).unwrap();
    assert_eq!((found.near, found.wide), (1, 1));
    assert_eq!(earthquakes(vec![at(5), at(24 * 50)]), None);
    assert_eq!(earthquakes(vec![at(-1), at(5)]), None);
    assert_eq!(earthquakes(Vec::new()), None);
}
