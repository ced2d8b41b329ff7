use serde::{Deserialize, Serialize};

use crate::count_distribution::check_counts;
use crate::error::{Result, StatsError};
use crate::inflection_bootstrap::{ResidualBootstrap, open_sides};
use crate::least_squares::{LeastSquares, LeastSquaresOptions, minimize};
use crate::projection::Projection;
use crate::sigmoid::{SigmoidFit, SigmoidOptions};
use crate::sigmoid_plan::SigmoidPlan;
use crate::sums::center;
use crate::tails::t_quantile;

/// Bisections of an interval's end.
const BISECTIONS: usize = 60;

/// Three intervals of the inflection of a running sum, of which only the last knows that the
/// points of a sum are not independent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct InflectionIntervals {
    /// The fit of the running sum.
    pub fit: SigmoidFit,
    /// c ± quantile × standard error; `None` where the fit has none.
    pub naive: Option<[f64; 2]>,
    /// Every c whose best sigmoid fits worse by no more than the F quantile.
    pub profile: [f64; 2],
    /// Which ends of the profile (lower, upper) the data leave open: they are then where the search ended, more
    /// than a span of the data from the inflection.
    pub profile_open: [bool; 2],
    /// Moving-block bootstrap of the daily residuals of the rise, which are summed and fitted again,
    /// widened by what fitting takes out of residuals. `None` where the fit itself has no date: it lies on a
    /// bound of the inflection or is a line ([`SigmoidFit::bound_hit`]).
    pub bootstrap: Option<[f64; 2]>,
    /// Which of its ends (lower, upper) are open: of the draws that make the end, more than the interval leaves
    /// out ran into the end of the search, or it is itself outside what was searched, a span of the data on
    /// both sides. Such an end is no bound.
    #[serde(default)]
    pub bootstrap_open: [bool; 2],
    /// Days of a block, of which the draws are made.
    pub block_days: usize,
}

/// Intervals of the inflection of the running sum of daily counts `[day]`, taken as a sigmoid and
/// nothing else (a background rate adds a line, which the published curve does not have).
///
/// `block_days`: `None` for the automatic length of [`block_length`](crate::block_length) of the
/// residuals in units of their rate's root, at most a sixth of the rise.
/// The running sum's errors are a random walk; naive and profile interval take them as white and
/// come out several times too short. The bootstrap covers as it says where days are independent
/// beside their rate; a memory of many days cannot be learnt from one rise, and then it covers too
/// rarely. So does the interval of [`analyze`](crate::analyze), although it takes the memory from the
/// quiet days: no interval here covers 95 % with such counts. The book's page *Measured* has the
/// coverage of all of them.
///
/// ```
/// use sigmoid_stats::{CountProcess, inflection_intervals, plant_sigmoid};
///
/// let mut counts = vec![0.0; 180];
/// plant_sigmoid(&mut counts, 300.0, 0.08, 100.0, 5)?;
/// let found = inflection_intervals(&counts, None, 199, 0.95, 1)?;
/// let [low, high] = found.bootstrap.unwrap();
/// assert!(low < 99.0 && 99.0 < high && found.bootstrap_open == [false; 2]);
/// // An even rate has no inflection, and so no interval of one.
/// let even = CountProcess::Poisson { mean: 4.0 }.draw(180, 1)?;
/// assert_eq!(inflection_intervals(&even, None, 199, 0.95, 1)?.bootstrap, None);
/// # Ok::<(), sigmoid_stats::StatsError>(())
/// ```
///
/// # Errors
/// Fewer than 30 days, counts that are negative, not finite or all the same, a running sum that does not rise
/// after its first day, a block of no days or of more than a third of the days of the rise, fewer than 99
/// draws, a confidence outside 0..1.
pub fn inflection_intervals(
    counts: &[f64],
    block_days: Option<usize>,
    draws: usize,
    confidence: f64,
    seed: u64,
) -> Result<InflectionIntervals> {
    crate::error::check_at_least("days", counts.len(), 30)?;
    check_counts(counts)?;
    if draws < 99 {
        return Err(StatsError::setting("draws", draws, "99 or more"));
    }
    if !(confidence > 0.0 && confidence < 1.0) {
        return Err(StatsError::setting("confidence", confidence, "between 0 and 1"));
    }
    if block_days == Some(0) {
        return Err(StatsError::setting("block_days", 0, "1 or more"));
    }
    if counts.iter().all(|count| *count == counts[0]) {
        return Err(StatsError::NoVariation { what: "the count", value: counts[0] });
    }
    let t: Vec<f64> = (0..counts.len()).map(|i| i as f64).collect();
    let plan = SigmoidPlan::new(&t, &SigmoidOptions::default())?;
    let sum = running_sum(counts);
    let fit = plan.fit(&sum)?;
    let bootstrap = ResidualBootstrap::new(counts, &fit, block_days)?;
    let drawn = match open_sides(&fit) {
        [false, false] => Some(bootstrap.interval(&plan, draws, confidence, seed)?),
        _ => None,
    };
    let quantile = t_quantile(confidence, (fit.n - 4) as f64);
    let [lower, upper] = profile(&t, &sum, &fit, quantile)?;
    Ok(InflectionIntervals {
        naive: fit.standard_errors.map(|e| [fit.c - quantile * e[2], fit.c + quantile * e[2]]),
        profile: [lower.0, upper.0],
        profile_open: [lower.1, upper.1],
        bootstrap: drawn.map(|ends| ends.map(|(end, _)| end)),
        bootstrap_open: drawn.map_or([true; 2], |ends| ends.map(|(_, open)| open)),
        block_days: bootstrap.block_days(),
        fit,
    })
}

pub(crate) fn running_sum(counts: &[f64]) -> Vec<f64> {
    let add = |sum: &mut f64, y: &f64| {
        *sum += y;
        Some(*sum)
    };
    counts.iter().scan(0.0, add).collect()
}

/// The best sigmoid for one inflection, as a function of ln b.
struct AtInflection<'a> {
    projection: Projection<'a>,
    c: f64,
}

impl LeastSquares for AtInflection<'_> {
    fn residuals(&self, p: &[f64]) -> Vec<f64> {
        self.projection.residuals_at(p[0], self.c)
    }
}

/// Both ends, and whether they are open.
fn profile(t: &[f64], y: &[f64], fit: &SigmoidFit, quantile: f64) -> Result<[(f64, bool); 2]> {
    let mut centered = y.to_vec();
    center(&mut centered);
    let limit = fit.sse * (1.0 + quantile * quantile / (fit.n - 4) as f64);
    let options = LeastSquaresOptions::default().with_tolerance(1e-12, 200);
    let sse = |c: f64| {
        let problem = AtInflection { projection: Projection::new(t, &centered), c };
        minimize(&problem, &[fit.b.ln()], &options).map(|f| f.sse)
    };
    let span = t[t.len() - 1] - t[0];
    let end = |sign: f64| -> Result<(f64, bool)> {
        let (mut inside, mut step) = (0.0, 1e-3 * span);
        while step < 2.0 * span && sse(fit.c + sign * step)? <= limit {
            inside = step;
            step *= 2.0;
        }
        if step >= 2.0 * span {
            return Ok((fit.c + sign * inside, true));
        }
        let mut outside = step;
        for _ in 0..BISECTIONS {
            let middle = 0.5 * (inside + outside);
            if sse(fit.c + sign * middle)? <= limit {
                inside = middle;
            } else {
                outside = middle;
            }
        }
        Ok((fit.c + sign * inside, false))
    };
    Ok([end(-1.0)?, end(1.0)?])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Bound, plant_sigmoid};

    #[test]
    fn the_bootstrap_is_much_wider_than_the_naive_interval_of_a_running_sum() {
        let mut counts = vec![0.0; 180];
        plant_sigmoid(&mut counts, 300.0, 0.08, 100.0, 5).unwrap();
        let found = inflection_intervals(&counts, None, 199, 0.95, 1).unwrap();
        let width = |i: [f64; 2]| i[1] - i[0];
        let [low, high] = found.bootstrap.unwrap();
        let (naive, bootstrap) = (width(found.naive.unwrap()), high - low);
        assert!(bootstrap > 2.0 * naive, "{found:?}");
        assert!((width(found.profile) / naive - 1.0).abs() < 0.1, "{found:?}");
        // The value of day i is the sum up to its end, so that the planted 100 is found at 99.
        assert!(low < 99.0 && high > 99.0, "{found:?}");
        assert_eq!(found.bootstrap_open, [false; 2]);
    }

    #[test]
    fn the_bootstrap_covers_what_was_planted() {
        let covered = |seed| {
            let mut counts = vec![0.0; 120];
            plant_sigmoid(&mut counts, 400.0, 0.15, 61.0, seed).unwrap();
            let found = inflection_intervals(&counts, None, 99, 0.95, 1).unwrap();
            let [low, high] = found.bootstrap.unwrap();
            low <= 60.0 && 60.0 <= high
        };
        // Were 95 of 100 covered, fewer than 34 of 40 would come up with probability below 0.4 %; the
        // 70 of 100 of blocks as long as raw residuals want pass with 2.4 %.
        assert!((0..40).filter(|seed| covered(*seed)).count() >= 34);
    }

    /// The same F criterion as lmfit's `conf_interval`, whose root finding is good to about 1e-4.
    #[test]
    fn profile_intervals_of_lmfit() {
        let golden: serde_json::Value =
            serde_json::from_str(include_str!("../tests/data/golden.json")).unwrap();
        let floats = |value: &serde_json::Value| -> Vec<f64> {
            value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
        };
        for case in golden["sigmoid"].as_array().unwrap() {
            // Its noise makes the curve fall on some days, so that it is no running sum of counts.
            let (t, y) = (floats(&case["t"]), floats(&case["y"]));
            let fit = SigmoidPlan::new(&t, &SigmoidOptions::default()).unwrap().fit(&y).unwrap();
            let found = profile(&t, &y, &fit, t_quantile(0.95, (fit.n - 4) as f64)).unwrap();
            for ((ours, _), theirs) in found.into_iter().zip(floats(&case["c_interval"])) {
                assert!((ours - theirs).abs() <= 2e-5 * (1.0 + theirs.abs()), "{ours} {theirs}");
            }
        }
    }

    #[test]
    fn an_even_rate_has_no_interval() {
        let even = crate::CountProcess::Poisson { mean: 4.0 }.draw(180, 1).unwrap();
        let found = inflection_intervals(&even, None, 99, 0.95, 1).unwrap();
        assert_eq!(found.fit.bound_hit, Some(Bound::InflectionLower));
        assert_eq!((found.bootstrap, found.bootstrap_open), (None, [true; 2]));
    }

    /// Few events that turn near the end of the record: many draws run into the end of the search.
    #[test]
    fn an_end_that_draws_leave_without_a_date_is_open() {
        let open_ends = |events, b, c| {
            let mut open = 0;
            for seed in 0..20 {
                let mut counts = vec![0.0; 120];
                plant_sigmoid(&mut counts, events, b, c, seed).unwrap();
                let found = inflection_intervals(&counts, None, 99, 0.95, 1).unwrap();
                let ends = found.bootstrap.map_or([f64::NAN; 2], |ends| ends);
                for (end, is_open) in ends.iter().zip(found.bootstrap_open) {
                    // Where none was searched an end is open, whatever the draws were.
                    assert!(is_open || (-119.0..=238.0).contains(end), "{seed}: {found:?}");
                    open += usize::from(is_open);
                }
            }
            open
        };
        // Of forty ends.
        assert!(open_ends(60.0, 0.04, 110.0) > 10);
        assert_eq!(open_ends(400.0, 0.15, 61.0), 0);
    }

    #[test]
    fn a_sum_that_does_not_rise_after_its_first_day_is_refused() {
        let mut counts = vec![0.0; 60];
        for first in [5.0, 1e70] {
            counts[0] = first;
            let flat = inflection_intervals(&counts, None, 99, 0.95, 1).unwrap_err();
            let StatsError::NoVariation { what: "the running sum", value } = flat else {
                panic!("{flat}")
            };
            assert_eq!(value, first);
        }
        counts[0] = 1e200;
        let large = inflection_intervals(&counts, None, 99, 0.95, 1).unwrap_err();
        assert!(matches!(large, StatsError::TooLarge { index: 0, .. }), "{large}");
        counts[..2].fill(5.0);
        assert!(inflection_intervals(&counts, None, 99, 0.95, 1).is_ok());
    }

    #[test]
    fn negative_counts_are_refused() {
        let mut counts: Vec<f64> = (0..60).map(f64::from).collect();
        counts[31] = -1.0;
        let refused = inflection_intervals(&counts, None, 99, 0.95, 1).unwrap_err();
        assert!(matches!(refused, StatsError::Negative { index: 31, .. }), "{refused}");
        assert!(inflection_intervals(&[0.0, -1.0].repeat(30), None, 99, 0.95, 1).is_err());
    }

    /// The block that is reported is the one that is drawn.
    #[test]
    fn a_block_as_long_as_the_rise_is_refused() {
        let mut counts = vec![0.0; 180];
        plant_sigmoid(&mut counts, 300.0, 0.08, 100.0, 5).unwrap();
        let of = |block| inflection_intervals(&counts, Some(block), 99, 0.95, 1);
        let refused = of(1000).unwrap_err();
        let StatsError::BlockTooLong { block: 1000, longest, .. } = refused else {
            panic!("{refused}")
        };
        assert!(of(longest + 1).is_err());
        let found = of(longest).unwrap();
        assert_eq!(found.block_days, longest);
        let [low, high] = found.bootstrap.unwrap();
        assert!(high > low);
    }

    #[test]
    fn bad_input_is_refused() {
        assert!(inflection_intervals(&[1.0; 20], None, 99, 0.95, 0).is_err());
        assert!(inflection_intervals(&[f64::NAN; 40], None, 99, 0.95, 0).is_err());
        for value in [0.0, 1.0] {
            let flat = inflection_intervals(&[value; 40], None, 99, 0.95, 0).unwrap_err();
            assert!(matches!(flat, StatsError::NoVariation { .. }), "{flat}");
        }
        let rising: Vec<f64> = (0..40).map(f64::from).collect();
        assert!(inflection_intervals(&rising, Some(0), 99, 0.95, 0).is_err());
        assert!(inflection_intervals(&rising, None, 9, 0.95, 0).is_err());
        assert!(inflection_intervals(&rising, None, 99, 1.0, 0).is_err());
    }
}
