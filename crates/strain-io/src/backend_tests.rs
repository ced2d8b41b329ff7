//! LAPACK and the pure Rust default give the same results to 1e-10: both are held against what the
//! default once gave. CI runs this under either.
//!
//! The file is written again, by the default, with
//! `cargo test -p strain-io --lib backend_tests -- --ignored`.

use std::collections::BTreeMap;

use crate::{
    Driver, GaugeCoupling, GaugeMatrix, GaugeNoise, LoveNumbers, Recording, ResponseConfig,
    ResponseFit, SynthConfig, SynthFaults, TheoryFits, TideSite, calibrate, fit_response, network,
    plane_strain, solid_tide, tidal_calibration,
};

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/backends.json");
const NAMES: [&str; 4] = ["s1", "s2", "s3", "s4"];
const BOUND: f64 = 1e-10;

/// Named vectors: what belongs together is one of them, in one unit.
type Results = BTreeMap<String, Vec<f64>>;

/// A synthetic station of 120 days and the tide of its place.
fn results() -> Results {
    let config = SynthConfig::default()
        .with_reference_days(120)
        .with_target_days(1)
        .with_distances_km([100.0])
        .with_anomalous(false)
        .with_faults(SynthFaults::none());
    let station = network(&config, 5).unwrap().reference;
    let recording = station.recording;
    let hours = recording.grid().len();
    let config = ResponseConfig::default()
        .with_driver(Driver::new("pressure").with_lags_hours([0, 1, 2, 3]));
    let fits = NAMES.map(|name| fit_response(&recording, name, 0..hours, &config).unwrap());
    let mut results = Results::new();
    for fit in &fits {
        add_fit(&mut results, fit);
    }
    let tides = with_gauges(&recording, |gauge| fits[gauge].predict(&recording).unwrap().to_vec());
    let calibration = calibrate(&tides, NAMES, 0..hours).unwrap();
    results.insert("calibrate factors".to_owned(), calibration.factors.to_vec());
    let by_unity = calibration.by_unity.as_flattened().to_vec();
    results.insert("calibrate by unity".to_owned(), by_unity);
    results.insert("calibrate errors".to_owned(), calibration.standard_errors.to_vec());
    add_plane(&mut results, &recording);
    let site = TideSite::new(station.latitude, station.longitude);
    add_calibration(&mut results, &recording, &fits, &site);
    results
}

fn add_fit(results: &mut Results, fit: &ResponseFit) {
    let mut add = |what: &str, values: Vec<f64>| {
        results.insert(format!("fit {} {what}", fit.channel), values);
    };
    // As vectors: the phase of a tide of no size is anything.
    let parts = fit.tides.iter().flat_map(|tide| {
        let (sin, cos) = tide.phase_degrees.to_radians().sin_cos();
        [tide.amplitude * cos, tide.amplitude * sin]
    });
    add("tides", parts.collect());
    add("tide errors", fit.tides.iter().map(|tide| tide.amplitude_error).collect());
    let lags = &fit.drivers[0].lags;
    add("pressure", lags.iter().map(|lag| lag.coefficient).collect());
    add("pressure errors", lags.iter().map(|lag| lag.standard_error).collect());
    add("rest", vec![fit.residual_std, fit.used as f64, fit.trimmed as f64]);
}

/// The recording with other gauges.
fn with_gauges(recording: &Recording, gauge: impl Fn(usize) -> Vec<f64>) -> Recording {
    let mut values = recording.values().to_owned();
    for index in 0..4 {
        values.column_mut(index).assign(&ndarray::Array1::from(gauge(index)));
    }
    recording.with_values(values, recording.provenance().to_owned()).unwrap()
}

/// Four gauges and three of them, six days each.
fn add_plane(results: &mut Results, recording: &Recording) {
    let matrix =
        GaugeMatrix::from_azimuths(&[0.0, 45.0, 90.0, 135.0], GaugeCoupling::GTSM).unwrap();
    let mut values = recording.values().to_owned();
    values.slice_mut(ndarray::s![144.., 2]).fill(f64::NAN);
    let broken = recording.with_values(values, recording.provenance().to_owned()).unwrap();
    let span = broken.slice(0..288).unwrap();
    let plane = plane_strain(&span, &NAMES, &matrix, GaugeNoise::Known(0.5)).unwrap();
    for component in ["areal", "gamma1", "gamma2", "areal_error", "gamma1_error", "gamma2_error"] {
        let every = plane.channel(component).unwrap().iter().step_by(12).copied().collect();
        results.insert(format!("plane {component}"), every);
    }
}

fn add_calibration(
    results: &mut Results,
    recording: &Recording,
    gauges: &[ResponseFit],
    site: &TideSite,
) {
    let tide = solid_tide(site, recording.grid(), &LoveNumbers::default()).unwrap();
    let tensor = tide.tensor();
    let components = [
        tide.areal().to_vec(),
        (&tensor.column(1) - &tensor.column(0)).to_vec(),
        (&tensor.column(2) * 2.0).to_vec(),
        vec![0.0; recording.grid().len()],
    ];
    let theory = with_gauges(recording, |component| components[component].clone());
    let config = ResponseConfig::default();
    let fits = ["s1", "s2", "s3"]
        .map(|name| fit_response(&theory, name, 0..theory.grid().len(), &config).unwrap());
    let theory = TheoryFits { areal: &fits[0], gamma1: &fits[1], gamma2: &fits[2] };
    let matrix = tidal_calibration(gauges, theory, &["M2", "O1", "N2"]).unwrap();
    results.insert("tidal calibration".to_owned(), matrix.rows().as_flattened().to_vec());
    let errors = matrix.errors().as_flattened().to_vec();
    results.insert("tidal calibration errors".to_owned(), errors);
}

/// Relative to the largest of what belongs together.
#[test]
fn the_backend_does_not_matter() {
    let golden: Results = serde_json::from_str(&std::fs::read_to_string(GOLDEN).unwrap()).unwrap();
    let found = results();
    assert_eq!(found.keys().collect::<Vec<_>>(), golden.keys().collect::<Vec<_>>());
    let mut worst = (0.0, "");
    for (name, golden) in &golden {
        let found = &found[name];
        assert_eq!(found.len(), golden.len(), "{name}");
        let scale = golden.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
        assert!(scale > 0.0, "{name}");
        for (found, golden) in found.iter().zip(golden) {
            let off = (found - golden).abs() / scale;
            assert!(off <= BOUND, "{name}: {found}, in the file {golden}, off by {off:e}");
            if off > worst.0 {
                worst = (off, name);
            }
        }
    }
    println!("largest relative difference {:e}, of {}", worst.0, worst.1);
}

#[cfg(not(feature = "lapack"))]
#[test]
#[ignore = "writes the file that the other test reads"]
fn write_what_the_default_gives() {
    let text = serde_json::to_string_pretty(&results()).unwrap() + "\n";
    std::fs::write(GOLDEN, text).unwrap();
}
