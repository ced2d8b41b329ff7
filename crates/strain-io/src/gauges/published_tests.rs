//! Calibrations as the operators of borehole strainmeters publish them: metadata and the notebook on
//! tidal calibration of EarthScope's `earthscopestraintools` (documentation of its repository, MIT).

use serde_json::json;

use crate::{GaugeCoupling, GaugeMatrix, ResponseFit, TheoryFits, tidal_calibration};

/// M2 and O1 of the four gauges of TSM5 by BAYTAP08: real and imaginary parts, nanostrain.
const SEEN: [[f64; 4]; 4] = [
    [4.12420475, -4.27626194, -2.70942648, 2.91946865],
    [3.80777711, 7.70885448, -2.05156249, -4.14173579],
    [-12.74500502, -3.24652907, 2.52116339, 0.46672387],
    [-4.08106121, -6.95739142, 1.84652174, 3.2086074],
];
/// The same of areal strain and both shears by SPOTL.
const PREDICTED: [[f64; 4]; 3] = [
    [15.26065421, 1.55911854, 11.46017566, 0.08470101],
    [-10.46438761, -3.39325367, 2.87830892, 0.03687518],
    [0.91776849, -5.3606036, -0.24828221, 3.63893978],
];
/// What the notebook makes of them.
const COUPLING: [[f64; 3]; 4] = [
    [-0.09759912, -0.44106484, 0.9756906],
    [-0.06350349, -0.55316905, -1.11388831],
    [-0.06603285, 1.10820783, -0.04401844],
    [0.04723211, 0.54496425, 0.93881452],
];
const ORIENTATION: [[f64; 4]; 3] = [
    [-4.8884553, -2.59321853, -4.13009602, 1.81001004],
    [-0.27530833, -0.13289096, 0.6483382, 0.1588481],
    [0.41141518, -0.31490917, -0.12047325, 0.25831448],
];

/// A fit that found these tides without noise: name, real and imaginary part.
fn tide_of(tides: &[(&str, f64, f64)]) -> ResponseFit {
    let tides = tides.iter().map(|(name, re, im)| {
        json!({
            "name": name, "period_hours": 0.0, "amplitude": re.hypot(*im), "amplitude_error": 0.0,
            "phase_degrees": im.atan2(*re).to_degrees(), "phase_error_degrees": 0.0,
            "inferred_from": null,
        })
    });
    let fit = json!({
        "channel": "gauge", "start": "2022-10-21T00:00:00Z", "end": "2023-03-09T23:00:00Z",
        "tides": tides.collect::<Vec<_>>(), "left_out": [], "drivers": [], "used": 1, "trimmed": 0,
        "residual_std": 0.0, "harmonics": null,
    });
    serde_json::from_value(fit).unwrap()
}

fn check(found: &[Vec<f64>; 3], published: &[[f64; 4]; 3], within: f64) {
    for (found, published) in found.iter().zip(published) {
        assert_eq!(found.len(), 4);
        for (found, published) in found.iter().zip(published) {
            assert!((found - published).abs() < within, "{found} {published}");
        }
    }
}

#[test]
fn the_lab_matrix_is_the_one_published() {
    // Gauge 0 points to 342.9 degrees.
    let tsm5 = [
        [0.2962963, 0.51851852, 0.2962963, 0.22222222],
        [-0.23421081, 0.3334514, 0.10083025, -0.20007084],
        [-0.31429352, -0.1611967, 0.3787722, 0.09671802],
    ];
    let found = GaugeMatrix::gtsm(342.9, GaugeCoupling::GTSM).unwrap().strain_matrix().unwrap();
    check(&found, &tsm5, 1e-8);
    // Published with four digits, whose fourth is not that of gauges at these turns: 7e-4 off at most.
    let b004 = [
        [0.2967, 0.5185, 0.2958, 0.2222],
        [-0.2887, 0.2983, 0.1688, -0.1784],
        [-0.266, -0.2196, 0.3531, 0.1325],
    ];
    let found = GaugeMatrix::gtsm(168.2, GaugeCoupling::GTSM).unwrap().strain_matrix().unwrap();
    check(&found, &b004, 7e-4);
}

#[test]
fn a_tidal_calibration_is_the_one_published() {
    let fit = |parts: &[f64; 4]| tide_of(&[("M2", parts[0], parts[1]), ("O1", parts[2], parts[3])]);
    let (gauges, theory) = (SEEN.each_ref().map(fit), PREDICTED.each_ref().map(fit));
    let theory = TheoryFits { areal: &theory[0], gamma1: &theory[1], gamma2: &theory[2] };
    let matrix = tidal_calibration(&gauges, theory, &["M2", "O1"]).unwrap();
    for (found, published) in matrix.rows().iter().flatten().zip(COUPLING.iter().flatten()) {
        assert!((found - published).abs() < 2e-8, "{found} {published}");
    }
    check(&matrix.strain_matrix().unwrap(), &ORIENTATION, 2e-7);
    let published = ORIENTATION.each_ref().map(|row| row.to_vec());
    let back = GaugeMatrix::from_strain_matrix(&published).unwrap();
    for (found, published) in back.rows().iter().flatten().zip(COUPLING.iter().flatten()) {
        assert!((found - published).abs() < 2e-7, "{found} {published}");
    }
}

#[test]
fn matrices_that_determine_no_strain_are_refused() {
    let same = || vec![1.0, 2.0, 3.0, 4.0];
    let cases = [
        ([same(), same(), vec![1.0, 0.0, 0.0, 0.0]], "do not depend on each other"),
        ([same(), same(), vec![1.0, 0.0, 0.0]], "three rows of as many gauges"),
        ([vec![1.0, 2.0], vec![0.0, 1.0], vec![1.0, 0.0]], "three rows of as many gauges"),
        ([same(), same(), vec![f64::NAN; 4]], "finite"),
    ];
    for (components, said) in cases {
        let error = GaugeMatrix::from_strain_matrix(&components).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
    let two = GaugeMatrix::from_azimuths(&[0.0, 90.0], GaugeCoupling::NONE).unwrap();
    let error = two.strain_matrix().unwrap_err().to_string();
    assert!(error.contains("three gauges in three directions"), "{error}");
    assert!(GaugeMatrix::gtsm(f64::NAN, GaugeCoupling::GTSM).is_err());
}
