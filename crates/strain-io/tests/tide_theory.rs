//! Tides against a theoretical tide that others computed.
//!
//! `theory_areal_strain.txt` is said to be for its station (30.12° N, 102.17° E). It is not: at those
//! coordinates its correlation with theory is 0.80. It is, to five digits of correlation, the tide
//! at 38.95° N, 125.01° E, found by fitting these two numbers to its 34,320 (`examples/tide_place.rs`),
//! so that agreement there is not independent of the file. There the ephemeris is held against it; of the synthetic tide, whose stations lie elsewhere, only what does not depend
//! on the place is compared: ratios and phase differences of constituents of one species. The nodal
//! modulation, which the synthetic constituents lack, allows S2/M2 4 % and phases of M2 and N2 2°.

mod common;

use common::data;
use jiff::SignedDuration;
use ndarray::{Array1, Array2};
use stmn_linalg::default_backend;
use strain_io::{LoveNumbers, SynthConfig, TideSite, TimeGrid, ndarray, network, solid_tide};

const TABLE: [(&str, f64); 8] = [
    ("M2", 28.984_104_2),
    ("S2", 30.0),
    ("N2", 28.439_729_5),
    ("K2", 30.082_137_3),
    ("K1", 15.041_068_6),
    ("O1", 13.943_035_6),
    ("P1", 14.958_931_4),
    ("Q1", 13.398_660_9),
];

fn theory() -> Option<Vec<f64>> {
    let path = data()?.join("guza/theory_areal_strain.txt");
    let text = std::fs::read_to_string(path).expect("a readable file");
    let value = |line: &str| line.split_whitespace().nth(1).and_then(|v| v.parse().ok());
    Some(text.lines().map(|line| value(line).expect("time and value")).collect())
}

#[test]
fn constituents_of_a_species_stand_in_the_ratio_of_theory() {
    let Some(theory) = theory() else { return };
    // 2006-11-01T00:00 Beijing time, in hours since J2000.0.
    let start = 1_162_310_400 - 946_728_000;
    let design = Array2::from_shape_fn((theory.len(), 17), |(i, column)| {
        let (_, rate) = TABLE[column.saturating_sub(1) / 2];
        let angle = (rate * (f64::from(start) / 3600.0 + i as f64)).to_radians();
        match column {
            0 => 1.0,
            _ if column % 2 == 1 => angle.cos(),
            _ => angle.sin(),
        }
    });
    let fit = default_backend().least_squares(design.view(), Array1::from(theory).view()).unwrap();
    let found = |k: usize| {
        let (re, im) = (fit.solution[1 + 2 * k], -fit.solution[2 + 2 * k]);
        (re.hypot(im), im.atan2(re).to_degrees())
    };

    let config = SynthConfig::default()
        .with_reference_days(1)
        .with_target_days(60)
        .with_distances_km([20.0]);
    let network = network(&config, 0).unwrap();
    // The constituents themselves, without the lines beside them.
    let lines = &network.targets[0].truth.tides;
    let tides: Vec<_> = lines.iter().filter(|tide| !tide.name.contains(' ')).collect();
    let ours = |k: usize| (tides[k].amplitudes[0], tides[k].phases_degrees[0]);

    let (m2, s2, n2, o1, q1) = (0, 1, 2, 5, 7);
    for (a, b, ratio, phase) in [(s2, m2, 0.04, 3.0), (n2, m2, 0.04, 3.0), (q1, o1, 0.02, 3.0)] {
        let (wanted, got) = (found(a).0 / found(b).0, ours(a).0 / ours(b).0);
        assert!((got / wanted - 1.0).abs() < ratio, "{}: {got} {wanted}", tides[a].name);
        let (wanted, got) = (found(a).1 - found(b).1, ours(a).1 - ours(b).1);
        let off = (got - wanted + 540.0).rem_euclid(360.0) - 180.0;
        assert!(off.abs() < phase, "{}: {got} {wanted}", tides[a].name);
    }
}

/// Correlation of a with b and the factor of b in a = factor·b + constant.
fn line(a: &[f64], b: &[f64]) -> (f64, f64) {
    let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
    let (a_mean, b_mean) = (mean(a), mean(b));
    let sum = |f: &dyn Fn(f64, f64) -> f64| -> f64 {
        a.iter().zip(b).map(|(a, b)| f(a - a_mean, b - b_mean)).sum()
    };
    let (aa, bb, ab) = (sum(&|a, _| a * a), sum(&|_, b| b * b), sum(&|a, b| a * b));
    (ab / (aa * bb).sqrt(), ab / bb)
}

#[test]
fn the_tide_from_the_potential_is_the_published_one() {
    let Some(theory) = theory() else { return };
    let start = "2006-11-01T00:00:00+08:00".parse().unwrap();
    let grid = TimeGrid::new(start, SignedDuration::from_hours(1), theory.len()).unwrap();
    let at = |latitude, longitude, love| {
        let site = TideSite::new(latitude, longitude);
        let areal = solid_tide(&site, &grid, &love).unwrap().areal().to_vec();
        line(&theory, &areal)
    };
    let (correlation, factor) = at(38.9457, 125.0064, LoveNumbers::GUTENBERG_BULLEN);
    println!("correlation {correlation:.6}, factor {factor:.4}");
    assert!(correlation > 0.9999, "{correlation}");
    assert!((factor - 1.0).abs() < 0.01, "{factor}");
    let (correlation, _) = at(30.117, 102.173, LoveNumbers::GUTENBERG_BULLEN);
    println!("correlation {correlation:.6} at Guza");
    assert!((0.78..0.82).contains(&correlation), "{correlation}");
}
