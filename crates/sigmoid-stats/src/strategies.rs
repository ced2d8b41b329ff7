//! `proptest` strategies for this crate's inputs (feature `proptest`), the ones that its own tests
//! use.
//!
//! ```
//! use proptest::prelude::*;
//! use sigmoid_stats::{SigmoidOptions, fit_sigmoid, strategies};
//!
//! proptest!(ProptestConfig::with_cases(8), |(known in strategies::cumulative_curves())| {
//!     let fit = fit_sigmoid(&known.t, &known.y, &SigmoidOptions::default()).unwrap();
//!     prop_assert!((fit.c - known.c).abs() < 1e-4);
//! });
//! ```

use jiff::civil::date;
use proptest::prelude::*;

use crate::{CountProcess, DailyCounts, plant_sigmoid, sigmoid};

/// A cumulative curve `[day]` of known parameters, without noise.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct KnownCurve {
    /// Days 0, 1, … .
    pub t: Vec<f64>,
    /// Values.
    pub y: Vec<f64>,
    /// Amplitude.
    pub a: f64,
    /// Steepness, per day.
    pub b: f64,
    /// Inflection, days; inside the curve.
    pub c: f64,
    /// Level before the rise.
    pub d: f64,
}

/// Sigmoid curves of 40 to 200 days whose rise is inside them.
pub fn cumulative_curves() -> impl Strategy<Value = KnownCurve> {
    (40usize..200, 1.0..500.0f64, 8.0..40.0f64, 0.3..0.7f64, -50.0..50.0f64).prop_map(
        |(days, a, rises, middle, d)| {
            let t: Vec<f64> = (0..days).map(|i| i as f64).collect();
            let (b, c) = (rises / days as f64, middle * days as f64);
            let y = t.iter().map(|&t| sigmoid(t, a, b, c, d)).collect();
            KnownCurve { t, y, a, b, c, d }
        },
    )
}

/// Any of the count processes, with a mean of 1 to 20 a day.
pub fn count_processes() -> impl Strategy<Value = CountProcess> {
    (1.0..20.0f64, 0.1..2.0f64, 0.0..0.95f64, 0u8..3).prop_map(|(mean, spread, rho, kind)| {
        match kind {
            0 => CountProcess::Poisson { mean },
            1 => CountProcess::NegativeBinomial { mean, variance: mean * (1.0 + spread) },
            _ => CountProcess::LatentAr { mean, sigma: 0.3 * spread, rho },
        }
    })
}

/// Daily counts of 420 to 800 days from 2020-01-01, of any process, with up to one day in five
/// unobserved and up to 150 events planted along a sigmoid in the last 180 days.
pub fn daily_counts() -> impl Strategy<Value = DailyCounts> {
    (count_processes(), 420usize..800, any::<u64>(), 5usize..40, 0.0..150.0f64, 10.0..140.0f64)
        .prop_map(|(process, days, seed, gap, events, before)| {
            let mut counts = process.draw(days, seed).expect("parameters in range");
            plant_sigmoid(&mut counts, events, 0.15, days as f64 - before, seed)
                .expect("parameters in range");
            let seen = |(i, count): (usize, f64)| {
                (!(i as u64 + seed % 40).is_multiple_of(gap as u64)).then_some(count)
            };
            let counts = counts.into_iter().enumerate().map(seen).collect();
            DailyCounts::new(date(2020, 1, 1), counts).expect("counts are finite")
        })
}
