use crate::count_model::CountModel;
use crate::filter_grid::FilterGrid;
use crate::rate::{Excess, RateFit};
use crate::rate_fit::RateProblem;
use crate::sigmoid_curve::sigmoid_rate;

/// 400 quiet days of a rate of 5 and a window of 150 with the expected counts of a sigmoid.
fn fit(a: f64, b: f64, c: f64, gap: std::ops::Range<usize>) -> (Option<RateFit>, Excess) {
    let quiet: Vec<usize> = (0..400).collect();
    let observed: Vec<bool> = (0..150).map(|i| !gap.contains(&i)).collect();
    let mut counts = vec![5.0; 550];
    (0..150).for_each(|i| counts[400 + i] += sigmoid_rate(i as f64 + 0.5, a, b, c));
    let correlation = [1.0];
    let problem = RateProblem {
        counts: &counts,
        quiet: &quiet,
        window_start: 400,
        observed: &observed,
        mean: 5.0,
        model: CountModel::from_moments(5.0, 5.0),
        correlation: &correlation,
    };
    let found = problem.fit(&FilterGrid::default(), 0.95).unwrap();
    (found.rate, found.excess)
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
