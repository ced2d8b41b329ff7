use crate::sigmoid_curve::logistic_parts;

/// Steps from the grid's best point; each roughly squares the distance to the optimum.
const STEPS: usize = 10;
/// b·span below which a sigmoid is taken as the line that it nearly is: the sums of the moments
/// would cancel.
const NEARLY_A_LINE: f64 = 0.02;

/// Sums over the times for one (ln b, c): what Gauss–Newton with projected amplitude and level
/// needs, without storing a curve.
struct Moments {
    /// S·S, S·y, y·∂S and so on, all about the means.
    ss: f64,
    sy: f64,
    /// For ∂S/∂ln b and ∂S/∂c: with S, with y, and among themselves.
    us: [f64; 2],
    uy: [f64; 2],
    uu: [f64; 3],
}

impl Moments {
    fn new(t: &[f64], centered: &[f64], ln_b: f64, c: f64) -> Moments {
        let b = ln_b.exp();
        let mut sum = [0.0; 3];
        let (mut ss, mut sy, mut us, mut uy, mut uu) = (0.0, 0.0, [0.0; 2], [0.0; 2], [0.0; 3]);
        for (t, y) in t.iter().zip(centered) {
            let x = b * (t - c);
            let (s, slope) = logistic_parts(x);
            let (u, v) = (slope * x, -slope * b);
            sum[0] += s;
            sum[1] += u;
            sum[2] += v;
            ss += s * s;
            sy += s * y;
            us[0] += u * s;
            us[1] += v * s;
            uy[0] += u * y;
            uy[1] += v * y;
            uu[0] += u * u;
            uu[1] += u * v;
            uu[2] += v * v;
        }
        let n = t.len() as f64;
        ss -= sum[0] * sum[0] / n;
        for k in 0..2 {
            us[k] -= sum[k + 1] * sum[0] / n;
        }
        uu[0] -= sum[1] * sum[1] / n;
        uu[1] -= sum[1] * sum[2] / n;
        uu[2] -= sum[2] * sum[2] / n;
        Moments { ss, sy, us, uy, uu }
    }

    /// Sum of squares explained by the best amplitude.
    fn explained(&self) -> f64 {
        if self.ss > 0.0 { self.sy * self.sy / self.ss } else { 0.0 }
    }

    /// Damped Gauss–Newton step with Kaufman's Jacobian (see `projection.rs`). A parameter at a
    /// bound that the gradient pushes outwards stays there.
    fn step(&self, damping: f64, at: [f64; 2], bounds: [[f64; 2]; 2]) -> Option<[f64; 2]> {
        let a = self.sy / self.ss;
        let share = [self.us[0] / self.ss, self.us[1] / self.ss];
        let gradient = [0, 1].map(|k| -a * (self.uy[k] - a * self.us[k]));
        let n00 = a * a * (self.uu[0] - share[0] * self.us[0]) * (1.0 + damping);
        let n11 = a * a * (self.uu[2] - share[1] * self.us[1]) * (1.0 + damping);
        let n01 = a * a * (self.uu[1] - share[0] * self.us[1]);
        let held = [0, 1].map(|k| {
            at[k] <= bounds[k][0] && gradient[k] > 0.0 || at[k] >= bounds[k][1] && gradient[k] < 0.0
        });
        let determinant = n00 * n11 - n01 * n01;
        match held {
            [true, true] => None,
            [true, false] => (n11 > 0.0).then(|| [0.0, -gradient[1] / n11]),
            [false, true] => (n00 > 0.0).then(|| [-gradient[0] / n00, 0.0]),
            [false, false] => (determinant > 0.0).then(|| {
                [
                    (n01 * gradient[1] - n11 * gradient[0]) / determinant,
                    (n01 * gradient[0] - n00 * gradient[1]) / determinant,
                ]
            }),
        }
    }
}

/// Largest sum of squares of `centered` that a sigmoid near `start` = (ln b, c) explains, by a few
/// Levenberg–Marquardt steps inside the bounds.
pub(crate) fn explained_near(
    t: &[f64],
    centered: &[f64],
    start: [f64; 2],
    lower: [f64; 2],
    upper: [f64; 2],
) -> f64 {
    let (explained, [ln_b, c]) = climb(t, centered, start, lower, upper);
    // Outside the data the inflection moves by ever longer steps towards its bound, where the curve
    // is an exponential: the full search gets there, a few steps do not.
    let bound = match (c < t[0], c > t[t.len() - 1]) {
        (true, _) => lower[1],
        (_, true) => upper[1],
        _ => return explained,
    };
    climb(t, centered, [ln_b, bound], lower, upper).0.max(explained)
}

fn climb(
    t: &[f64],
    centered: &[f64],
    start: [f64; 2],
    lower: [f64; 2],
    upper: [f64; 2],
) -> (f64, [f64; 2]) {
    let span = t[t.len() - 1] - t[0];
    let total: f64 = centered.iter().map(|y| y * y).sum();
    let flattest = lower[0].max((NEARLY_A_LINE / span).ln()).min(upper[0]);
    let bounds = [[flattest, upper[0]], [lower[1], upper[1]]];
    let mut at = [start[0].max(flattest), start[1]];
    let mut here = Moments::new(t, centered, at[0], at[1]);
    let mut damping = 1e-3;
    for _ in 0..STEPS {
        let Some(step) = here.step(damping, at, bounds) else { break };
        let next = [
            (at[0] + step[0].clamp(-1.0, 1.0)).clamp(bounds[0][0], bounds[0][1]),
            (at[1] + step[1].clamp(-0.5 * span, 0.5 * span)).clamp(bounds[1][0], bounds[1][1]),
        ];
        let there = Moments::new(t, centered, next[0], next[1]);
        if there.explained() > here.explained() {
            let gain = there.explained() - here.explained();
            let done = gain < 1e-7 * (total - there.explained());
            (at, here) = (next, there);
            if done {
                break;
            }
            damping *= 0.1;
        } else {
            damping = (damping * 30.0).max(0.1);
        }
    }
    (here.explained(), at)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::line::fit_line;
    use crate::strategies::{count_processes, cumulative_curves};
    use crate::{SigmoidOptions, SigmoidPlan, ratio};

    fn running_sum(counts: &[f64]) -> Vec<f64> {
        counts
            .iter()
            .scan(0.0, |sum, y| {
                *sum += y;
                Some(*sum)
            })
            .collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn the_quick_value_is_the_fit_s_and_the_ratio_is_at_least_one(
            process in count_processes(), seed: u64
        ) {
            let t: Vec<f64> = (0..180).map(f64::from).collect();
            let plan = SigmoidPlan::new(&t, &SigmoidOptions::default()).unwrap();
            let y = running_sum(&process.draw(180, seed).unwrap());
            let fit = plan.fit(&y).unwrap();
            let quick = plan.r2(&y).unwrap();
            prop_assert!(quick <= fit.r2 + 1e-9, "{quick} {fit:?}");
            // In shares of what the line leaves unexplained, on a bound or not.
            let line = fit_line(&t, &y).unwrap();
            prop_assert!(fit.r2 - quick <= 0.01 * (1.0 - line.r2), "{quick} {fit:?} {line:?}");
            prop_assert!(ratio(&fit, &line) >= 1.0 - 1e-9);
        }

        #[test]
        fn a_curve_without_noise_is_explained(known in cumulative_curves()) {
            let plan = SigmoidPlan::new(&known.t, &SigmoidOptions::default()).unwrap();
            prop_assert!(plan.r2(&known.y).unwrap() > 1.0 - 1e-7);
        }
    }
}
