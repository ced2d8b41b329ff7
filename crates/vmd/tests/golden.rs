//! Parity with `vmdpy` 0.2: every case of the shared golden file.

#![allow(clippy::unwrap_used, reason = "a failed helper is a failed test")]

use std::fs::File;
use std::path::{Path, PathBuf};

use ndarray::{Array1, Array2};
use ndarray_npy::NpzReader;
use serde_json::Value;
use vmd::{Init, Solver, StopReason, VmdConfig, VmdError, decompose};

fn golden() -> Option<PathBuf> {
    let shared = std::env::var_os("STMN_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    let folder = shared.join("golden/vmd");
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(std::env::var_os("CI").is_none(), "no golden files at {}", folder.display());
    println!("skipped: no golden files at {}", folder.display());
    None
}

fn config(case: &Value) -> VmdConfig {
    let number = |key: &str| case[key].as_f64().unwrap();
    let modes = case["K"].as_u64().unwrap() as usize;
    let init = match case["init"].as_u64().unwrap() {
        0 => Init::Zero,
        1 => Init::Uniform,
        // numpy's draw is given, ours has another generator.
        _ => Init::Frequencies { values: floats(&case["omega0"]) },
    };
    VmdConfig::new(modes, number("alpha"))
        .with_tau(number("tau"))
        .with_tolerance(number("tol"))
        .with_dc(case["DC"].as_u64().unwrap() == 1)
        .with_init(init)
        .with_solver(Solver::Reference)
}

fn floats(list: &Value) -> Vec<f64> {
    list.as_array().unwrap().iter().map(|value| value.as_f64().unwrap_or(f64::NAN)).collect()
}

fn norm<'a>(values: impl IntoIterator<Item = &'a f64>) -> f64 {
    values.into_iter().map(|value| value * value).sum::<f64>().sqrt()
}

#[test]
fn reference_solver_is_the_reference() -> Result<(), VmdError> {
    let Some(folder) = golden() else { return Ok(()) };
    let json = std::fs::read_to_string(folder.join("vmdpy_cases.json")).unwrap();
    let all: Value = serde_json::from_str(&json).unwrap();
    let mut arrays = NpzReader::new(File::open(folder.join("vmdpy_cases.npz")).unwrap()).unwrap();
    let cases = all["cases"].as_array().unwrap();
    assert!(!cases.is_empty());
    for case in cases {
        let name = case["name"].as_str().unwrap();
        let signal: Array1<f64> = arrays.by_name(&format!("{name}/f.npy")).unwrap();
        let modes: Array2<f64> = arrays.by_name(&format!("{name}/u.npy")).unwrap();
        let found = decompose(signal.as_slice().unwrap(), &config(case))?;
        // The dual variable accumulates rounding, and at its cap the case with tau is far from
        // any fixed point.
        let dual = case["tau"].as_f64().unwrap() > 0.0;
        check_run(case, &found, if dual { 1e-9 } else { 1e-13 });
        check_modes(case, &found.modes, &modes, if dual { 1e-9 } else { 1e-11 });
        println!("{name}: {} sweeps, stationarity {:.1e}", found.iterations, found.stationarity);
    }
    Ok(())
}

/// Sweeps, reason and frequencies.
fn check_run(case: &Value, found: &vmd::Decomposition, tolerance: f64) {
    let name = case["name"].as_str().unwrap();
    let rows = case["rows"].as_u64().unwrap() as usize;
    assert_eq!(found.iterations, rows, "{name}: sweeps");
    let stop = match rows {
        0 => StopReason::NotStarted,
        499 => StopReason::IterationCap,
        _ => StopReason::Converged,
    };
    assert_eq!(found.stop, stop, "{name}");
    assert!(found.center_frequencies.iter().all(|f| (0.0..=0.5).contains(f)), "{name}");
    let expected = floats(&case["omega_last"]);
    for (k, (found, expected)) in found.center_frequencies.iter().zip(&expected).enumerate() {
        // The reference divides zero by zero for a mode without power; ours stays where it was.
        if expected.is_finite() {
            let off = (found - expected).abs();
            assert!(off <= tolerance, "{name}: frequency {k} off by {off:e}");
        }
    }
}

fn check_modes(case: &Value, found: &Array2<f64>, expected: &Array2<f64>, tolerance: f64) {
    let name = case["name"].as_str().unwrap();
    let stride = case["u_stride"].as_u64().unwrap() as usize;
    assert_eq!(found.ncols(), case["out_len"].as_u64().unwrap() as usize, "{name}: length");
    for (k, row) in found.rows().into_iter().enumerate() {
        let size = norm(row);
        let expected_size = case["mode_l2"][k].as_f64().unwrap();
        assert!((size - expected_size).abs() <= tolerance * expected_size, "{name}: norm of {k}");
        let difference: Vec<f64> =
            row.iter().step_by(stride).zip(expected.row(k)).map(|(a, b)| a - b).collect();
        let off = norm(&difference) / norm(expected.row(k)).max(f64::MIN_POSITIVE);
        assert!(off <= tolerance, "{name}: mode {k} off by {off:e}");
    }
}
