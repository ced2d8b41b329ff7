//! `stmn decompose --solver reference` against the reference implementation: every golden case that
//! the command can express, through CSV files and the built binary.

#![allow(clippy::unwrap_used, reason = "a failed helper is a failed test")]

use std::fs::File;
use std::path::Path;

use ndarray::{Array1, Array2, ArrayView1};
use ndarray_npy::NpzReader;
use serde_json::Value;
use stmn_tests::{shared, succeeds};

/// The options of a case; `None` where it starts from frequencies that numpy drew.
fn options(case: &Value) -> Option<Vec<String>> {
    let init = match case["init"].as_u64().unwrap() {
        0 => "zero",
        1 => "uniform",
        _ => return None,
    };
    let mut options: Vec<String> =
        ["--solver", "reference", "--init", init].map(str::to_owned).to_vec();
    for (option, key) in
        [("--modes", "K"), ("--alpha", "alpha"), ("--tau", "tau"), ("--tol", "tol")]
    {
        options.extend([option.to_owned(), case[key].to_string()]);
    }
    if case["DC"].as_u64().unwrap() == 1 {
        options.push("--dc".to_owned());
    }
    Some(options)
}

fn decompose(folder: &Path, signal: &Array1<f64>, options: Vec<String>) -> Value {
    let mut writer = csv::Writer::from_path(folder.join("signal.csv")).unwrap();
    writer.write_record(["index", "x"]).unwrap();
    for (index, value) in signal.iter().enumerate() {
        writer.write_record([index.to_string(), value.to_string()]).unwrap();
    }
    writer.flush().unwrap();
    let arguments = ["decompose", "signal.csv", "--column", "x", "--out", "modes.csv", "--json"];
    let arguments = arguments.map(str::to_owned).into_iter().chain(options);
    succeeds(folder, arguments).json()
}

/// The modes as the command wrote them, `[mode, time]`.
fn modes(folder: &Path) -> Array2<f64> {
    let mut reader = csv::Reader::from_path(folder.join("modes.csv")).unwrap();
    let names: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let expected: Vec<String> = (1..=names.len()).map(|k| format!("imf{k}")).collect();
    assert_eq!(names, expected);
    let rows = reader.records().map(Result::unwrap);
    let values: Vec<f64> =
        rows.flat_map(|row| row.iter().map(|f| f.parse().unwrap()).collect::<Vec<f64>>()).collect();
    let shape = (values.len() / names.len(), names.len());
    Array2::from_shape_vec(shape, values).unwrap().reversed_axes()
}

fn norm(values: ArrayView1<'_, f64>) -> f64 {
    values.iter().map(|value| value * value).sum::<f64>().sqrt()
}

fn check(case: &Value, found: &Value, modes: &Array2<f64>, expected: &Array2<f64>) {
    let name = case["name"].as_str().unwrap();
    assert_eq!(found["iterations"], case["rows"], "{name}: sweeps");
    let rows = case["rows"].as_u64().unwrap();
    assert_eq!(found["converged"], rows > 0 && rows < 499, "{name}: {}", found["stopped"]);
    // Far from any fixed point at its cap, the dual variable gathers rounding.
    let dual = case["tau"].as_f64().unwrap() > 0.0;
    let (of_modes, of_frequencies) = if dual { (1e-9, 1e-9) } else { (1e-11, 1e-13) };
    let frequencies = found["center_frequencies"].as_array().unwrap();
    assert_eq!(frequencies.len() as u64, case["K"].as_u64().unwrap(), "{name}");
    for (k, frequency) in frequencies.iter().enumerate() {
        // The reference divides zero by zero for a mode without power.
        let Some(expected) = case["omega_last"][k].as_f64() else { continue };
        let off = (frequency.as_f64().unwrap() - expected).abs();
        assert!(off <= of_frequencies, "{name}: frequency {k} off by {off:e}");
    }
    assert_eq!(modes.ncols() as u64, case["out_len"].as_u64().unwrap(), "{name}: length");
    let stride = case["u_stride"].as_u64().unwrap() as usize;
    for (k, mode) in modes.rows().into_iter().enumerate() {
        let size = case["mode_l2"][k].as_f64().unwrap();
        let off = (norm(mode) - size).abs();
        assert!(off <= of_modes * size, "{name}: norm of mode {k} off by {off:e}");
        let sampled: Array1<f64> = mode.iter().step_by(stride).copied().collect();
        let off = norm((&sampled - &expected.row(k)).view());
        assert!(off <= of_modes * norm(expected.row(k)), "{name}: mode {k} off by {off:e}");
    }
}

#[test]
fn every_golden_case() {
    let Some(folder) = shared("golden/vmd") else { return };
    let text = std::fs::read_to_string(folder.join("vmdpy_cases.json")).unwrap();
    let all: Value = serde_json::from_str(&text).unwrap();
    let mut arrays = NpzReader::new(File::open(folder.join("vmdpy_cases.npz")).unwrap()).unwrap();
    let scratch = tempfile::tempdir().unwrap();
    let mut checked = 0;
    for case in all["cases"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let Some(options) = options(case) else {
            println!("{name}: the command cannot start from given frequencies");
            continue;
        };
        let signal: Array1<f64> = arrays.by_name(&format!("{name}/f.npy")).unwrap();
        let expected: Array2<f64> = arrays.by_name(&format!("{name}/u.npy")).unwrap();
        let found = decompose(scratch.path(), &signal, options);
        check(case, &found, &modes(scratch.path()), &expected);
        checked += 1;
    }
    assert!(checked >= 10, "{checked} cases checked");
}
