use proptest::prelude::*;

use crate::count_model::CountModel;
use crate::filter_grid::{Baseline, FilterGrid};
use crate::rate::{Excess, RateFit};
use crate::rate_fit::RateProblem;
use crate::rate_model::{RateCurve, RateModel};
use crate::sigmoid_curve::sigmoid_rate;
use crate::{CountProcess, plant_sigmoid};

fn fit(a: f64, b: f64, c: f64, gap: std::ops::Range<usize>) -> (Option<RateFit>, Excess) {
    fit_beside(|_| 5.0, a, b, c, gap, Baseline::QuietMean)
}

/// Expected counts of 400 quiet days and a window of 150, whose days in `gap` are missing.
fn fit_beside(
    quiet_rate: impl Fn(f64) -> f64,
    a: f64,
    b: f64,
    c: f64,
    gap: std::ops::Range<usize>,
    baseline: Baseline,
) -> (Option<RateFit>, Excess) {
    let quiet: Vec<usize> = (0..400).collect();
    let observed: Vec<bool> = (0..150).map(|i| !gap.contains(&i)).collect();
    let mut counts: Vec<f64> = (0..550).map(|day| quiet_rate(f64::from(day))).collect();
    (0..150).for_each(|i| counts[400 + i] += sigmoid_rate(i as f64 + 0.5, a, b, c));
    let scatter = (5.0, CountModel::of_build_up(5.0, 5.0));
    let model = RateModel::new(&counts, &quiet, (400, &observed), baseline, scatter);
    let problem = RateProblem { model, days: 150, window_start: 400, correlation: &[1.0] };
    let grid = FilterGrid::default().with_baseline(baseline);
    let found = problem.fit(&grid, 0.95).unwrap();
    (found.rate, found.excess)
}

/// A rate that drifts, or goes up and down with the year, is no build-up, and takes nothing from one.
#[test]
fn a_build_up_is_measured_from_its_own_baseline() {
    let line = |day: f64| 3.0 + 0.008 * day;
    let year = |day: f64| line(day) + (std::f64::consts::TAU * day / 365.25).sin();
    for (rate, baseline) in
        [(&line as &dyn Fn(f64) -> f64, Baseline::Trend), (&year, Baseline::TrendAndYear)]
    {
        let (found, excess) = fit_beside(rate, 120.0, 0.12, 100.0, 0..0, baseline);
        let found = found.unwrap();
        assert!((found.a - 120.0).abs() < 1.0 && (found.c - 100.0).abs() < 0.11, "{found:?}");
        assert!((excess.number - 120.0).abs() < 1.5, "{excess:?}");
        for (i, quiet) in found.baseline.iter().enumerate() {
            assert!((quiet - rate(400.0 + i as f64)).abs() < 0.02, "{i}: {quiet}");
        }
        // From the mean of all days there is more, and it is later.
        let (of_mean, more) = fit_beside(rate, 120.0, 0.12, 100.0, 0..0, Baseline::QuietMean);
        assert!(more.number > 150.0 && of_mean.unwrap().a > 150.0, "{more:?}");
        let (none, nothing) = fit_beside(rate, 0.0, 0.12, 100.0, 0..0, baseline);
        assert!(none.is_none_or(|none| none.a < 0.1) && nothing.number < 0.1, "{nothing:?}");
        assert!(nothing.standard_error > 1.0);
    }
}

#[test]
fn expected_counts_give_back_their_parameters_with_or_without_a_gap() {
    for gap in [0..0, 60..80] {
        let (rate, excess) = fit(120.0, 0.12, 100.0, gap);
        let rate = rate.unwrap();
        assert!((rate.a - 120.0).abs() < 1.0, "{rate:?}");
        assert!((rate.b / 0.12 - 1.0).abs() < 0.02, "{rate:?}");
        assert!((rate.c - 100.0).abs() < 0.11, "{rate:?}");
        assert!(rate.c_interval[0] < 97.0 && rate.c_interval[1] > 103.0, "{rate:?}");
        // All but what lies beyond the window, 50 days or 6/b after the middle.
        assert!((excess.number - 120.0).abs() < 1.5, "{excess:?}");
        // Poisson: the background under the sigmoid alone gives sqrt(5 · 4.4/b) = 14.
        assert!(excess.standard_error > 14.0 && excess.standard_error < 60.0, "{excess:?}");
    }
}

/// The profile falls by the drop on both sides within a day, and the interval is as wide as a normal
/// approximation says.
#[test]
fn a_sharp_build_up_is_dated_to_less_than_a_day_with_an_interval() {
    for c in [99.5, 99.7, 100.0, 100.2] {
        let (rate, _) = fit(4000.0, 0.3, c, 0..0);
        let rate = rate.unwrap();
        let [low, high] = rate.c_interval;
        // Information of the inflection: Σ (∂rate/∂c)²/rate.
        let information: f64 = (0..150)
            .map(|i| {
                let of = |c: f64| 5.0 + sigmoid_rate(f64::from(i) + 0.5, 4000.0, 0.3, c);
                ((of(c + 1e-4) - of(c - 1e-4)) / 2e-4).powi(2) / of(c)
            })
            .sum();
        let width = 2.0 * 1.96 / information.sqrt();
        assert!(width < 0.5, "{width}");
        assert!(low < c + 0.05 && c - 0.05 < high, "{rate:?}");
        assert!((high - low) / width > 0.7 && (high - low) / width < 1.4, "{width} {rate:?}");
    }
}

#[test]
fn counts_below_the_background_have_no_excess_but_an_error() {
    for events in [-60.0, 0.0] {
        let (rate, excess) = fit(events, 0.12, 100.0, 0..0);
        assert!(rate.is_none(), "{rate:?}");
        assert_eq!(excess.number, 0.0);
        assert!(excess.standard_error > 1.0, "{excess:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// What is found is a maximum: no baseline and no amplitude beside it is likelier, by whatever baseline and
    /// gaps.
    #[test]
    fn no_neighbour_is_likelier(
        seed in 0_u64..1_000_000, events in 0.0..300.0f64, c in 20.0..140.0f64, b in 0.06..0.5f64,
        dispersion in 1.0..3.0f64, gap in 0_usize..100,
        baseline in prop::sample::select(vec![
            Baseline::Trend, Baseline::TrendAndYear, Baseline::QuietMean, Baseline::WindowMean,
        ]),
    ) {
        let process = CountProcess::NegativeBinomial { mean: 5.0, variance: 5.1 * dispersion };
        let mut counts = process.draw(900, seed).unwrap();
        plant_sigmoid(&mut counts, events, b, 750.0 + c, seed + 1).unwrap();
        let quiet: Vec<usize> = (0..750).filter(|day| day % 7 != 2).collect();
        let observed: Vec<bool> = (0..150).map(|i| !(gap..gap + 20).contains(&i)).collect();
        let scatter = (5.0, CountModel::of_build_up(5.0, 5.0 * dispersion));
        let model = RateModel::new(&counts, &quiet, (750, &observed), baseline, scatter);
        let shape: Vec<f64> = model.days[model.window.clone()]
            .iter()
            .map(|&day| sigmoid_rate(day as f64 - 750.0, 1.0, b, c))
            .collect();
        let of = |curve: &RateCurve| model.log_likelihood(&model.rates(curve, Some(&shape)));
        let found = model.build_up(&shape).unwrap_or(model.null.clone());
        let held = baseline == Baseline::QuietMean;
        for place in 0..=found.baseline.len() {
            for step in [-1e-3, 1e-3] {
                let mut other = found.clone();
                match other.baseline.get_mut(place) {
                    Some(_) if held => continue,
                    Some(factor) => *factor += step,
                    // No amplitude below zero is allowed.
                    None => other.amplitude = (other.amplitude + 100.0 * step).max(0.0),
                }
                prop_assert!(of(&other) <= of(&found) + 1e-9, "{place} {step} {found:?}");
            }
        }
    }
}
