/// Step as a share of the parameter.
const STEP: f64 = 2e-3;
/// Parameters below this step as if they were this large.
const LEAST: f64 = 1e-8;
/// Parameters above this are their own scale. One below it may be small only because the search began at
/// zero, so that what its step changes is lost in the rounding of the model.
const OWN_SCALE: f64 = 1e-4;
/// A change that is no larger a share of the residuals may be rounding.
const LOST: f64 = 1e-6;
/// Disagreement of the two steps, as a share of the derivative, from which another step is looked for.
const DOUBTED: f64 = 1e-8;
/// And the one from which none better is.
const TRUSTED: f64 = 1e-9;
/// Steps looked at and the ratio of neighbours: up to a scale of 1e13, down to one of 1e-22. Of a round
/// ratio all steps may be the same to their rounding, and agree on what is wrong.
const RATIO: f64 = 7.3;
const LARGER: i32 = 24;
const SMALLER: i32 = 16;

/// A derivative and how far its two steps disagree, as a share of it.
#[derive(Clone)]
struct Estimate {
    column: Vec<f64>,
    disagreement: f64,
    /// Largest change of a residual over the largest residual.
    change: f64,
}

/// Derivatives of `residuals` by central differences of two steps, extrapolated to none (Richardson).
pub(crate) fn differences(
    residuals: impl Fn(&[f64]) -> Vec<f64>,
    parameters: &[f64],
) -> Vec<Vec<f64>> {
    let mut at = parameters.to_vec();
    (0..parameters.len())
        .map(|k| {
            let moved = |by: f64| {
                at[k] = parameters[k] + by;
                let found = residuals(&at);
                at[k] = parameters[k];
                found
            };
            column(moved, parameters[k])
        })
        .collect()
}

/// Of a parameter near zero, whose scale nothing tells, the step whose halves agree best.
fn column(mut residuals: impl FnMut(f64) -> Vec<f64>, parameter: f64) -> Vec<f64> {
    let step = STEP * parameter.abs().max(LEAST);
    let mut first = estimate(&mut residuals, step);
    if parameter.abs() < LEAST {
        // The step is anyone's guess, and its halves may agree by chance.
        first.disagreement = f64::INFINITY;
    } else if parameter.abs() > OWN_SCALE || first.change > LOST || first.disagreement <= DOUBTED {
        return first.column;
    }
    let mut best = first.clone();
    for direction in [1, -1] {
        let mut last = first.clone();
        for power in 1..=if direction > 0 { LARGER } else { SMALLER } {
            let mut next = estimate(&mut residuals, step * RATIO.powi(direction * power));
            // Halves of a step may agree by chance where both are a rounding or two.
            next.disagreement = next.disagreement.max(apart(&next.column, &last.column));
            if next.disagreement < best.disagreement {
                best = next.clone();
            }
            if best.disagreement <= TRUSTED {
                return best.column;
            }
            last = next;
        }
    }
    best.column
}

/// How far two derivatives disagree, as a share of the first; nothing, and what is no number, agree with
/// nothing.
fn apart(one: &[f64], other: &[f64]) -> f64 {
    let difference: f64 = one.iter().zip(other).map(|(a, b)| (a - b).powi(2)).sum();
    let share = (difference / one.iter().map(|a| a * a).sum::<f64>()).sqrt();
    if share.is_finite() { share } else { f64::INFINITY }
}

fn estimate(residuals: &mut impl FnMut(f64) -> Vec<f64>, h: f64) -> Estimate {
    let mut change: f64 = 0.0;
    let mut difference = |h: f64| -> Vec<f64> {
        let (up, down) = (residuals(h), residuals(-h));
        let largest = up.iter().chain(&down).fold(0.0, |m: f64, r| m.max(r.abs()));
        let moved = up.iter().zip(&down).fold(0.0, |m: f64, (u, d)| m.max((u - d).abs()));
        change = change.max(moved / largest.max(f64::MIN_POSITIVE));
        up.iter().zip(&down).map(|(u, d)| (u - d) / (2.0 * h)).collect()
    };
    let (coarse, fine) = (difference(h), difference(0.5 * h));
    let column = fine.iter().zip(&coarse).map(|(f, c)| f + (f - c) / 3.0).collect();
    Estimate { column, disagreement: apart(&fine, &coarse), change }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A level, a slope, a growth and a number that nothing depends on, about a level of any size.
    fn model(level: f64, p: &[f64]) -> Vec<f64> {
        (0..11)
            .map(f64::from)
            .map(|t| level * p[0] + p[1] * t + (p[2] * t).exp() + 0.0 * p[3])
            .collect()
    }

    #[test]
    fn a_derivative_at_zero_is_as_good_as_elsewhere() {
        for level in [1.0, 1e4, 1e7, 1e8] {
            for zero in [0.0, 1e-20, -1e-9, 1e-7] {
                let found = differences(|p| model(level, p), &[1.0, zero, zero, 0.0]);
                for (i, t) in (0..11usize).map(|i| (i, i as f64)) {
                    let rounding = 1e-8 + 1e-13 * level;
                    assert!(
                        (found[1][i] - t).abs() < 10.0 * rounding,
                        "{level} {zero} {:?}",
                        found[1]
                    );
                    let grows = t * (zero * t).exp();
                    let within = 1e-5 + 100.0 * rounding;
                    assert!((found[2][i] - grows).abs() < within, "{level} {zero} {:?}", found[2]);
                }
                assert!(found[3].iter().all(|v| *v == 0.0));
            }
        }
    }

    #[test]
    fn a_scale_far_below_the_least_step_is_found_too() {
        let found = differences(|p| vec![(p[0] / 1e-15).exp(), (p[0] / 1e-15).sin()], &[0.0]);
        assert!(found[0].iter().all(|v| (v * 1e-15 - 1.0).abs() < 1e-6), "{found:?}");
        let found = differences(|p| vec![(p[0] / 1e-15).sin()], &[0.0]);
        assert!((found[0][0] * 1e-15 - 1.0).abs() < 1e-6, "{found:?}");
    }
}
