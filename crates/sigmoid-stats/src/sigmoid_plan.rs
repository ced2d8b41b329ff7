use argmin::core::{Executor, State};

use crate::error::{Result, StatsError, check_at_least, check_length, check_values};
use crate::levenberg_marquardt::{LevenbergMarquardt, Stop};
use crate::line::{check_increasing, r_squared};
use crate::projection::Projection;
use crate::quick_r2::explained_near;
use crate::sigmoid::{Bound, SigmoidFit, SigmoidOptions};
use crate::sigmoid_curve::logistic;
use crate::sigmoid_errors::standard_errors;
use crate::sums::{center, dot};

/// Fewest points a sigmoid is fitted to: its four parameters and two to spare.
pub(crate) const FEWEST_POINTS: usize = 6;
/// Grid of starting points: steepness × inflection.
const GRID: [usize; 2] = [14, 25];
/// b·span of a curve that is a line to ten digits of its own rise.
const LINE_LIMIT: f64 = 1e-4;
/// b·span below which the data cannot tell the sigmoid from a line.
const NEARLY_LINE: f64 = 0.01;
/// Starting points of the quick R².
const QUICK_STARTS: usize = 2;
/// Two starts agree where their sums of squares differ by less than this share.
const AGREEMENT: f64 = 1e-6;

/// Everything about sigmoid fits that depends only on the times: plan once, fit many curves.
///
/// ```
/// use sigmoid_stats::{SigmoidOptions, SigmoidPlan, sigmoid};
///
/// let t: Vec<f64> = (0..30).map(f64::from).collect();
/// let plan = SigmoidPlan::new(&t, &SigmoidOptions::default())?;
/// for c in [10.0, 15.0, 20.0] {
///     let y: Vec<f64> = t.iter().map(|&t| sigmoid(t, 8.0, 0.6, c, 0.0)).collect();
///     assert!((plan.fit(&y)?.c - c).abs() < 1e-6);
/// }
/// # Ok::<(), sigmoid_stats::StatsError>(())
/// ```
#[derive(Debug, Clone)]
pub struct SigmoidPlan {
    t: Vec<f64>,
    /// Smallest and largest (ln b, c).
    lower: [f64; 2],
    upper: [f64; 2],
    /// Grid points (ln b, c), inflection fastest, and their centred curves of unit length.
    grid: Vec<[f64; 2]>,
    curves: Vec<Vec<f64>>,
    /// Centred times of unit length, and whether the bounds let a sigmoid be a line.
    unit_line: Vec<f64>,
    has_line: bool,
    options: SigmoidOptions,
}

/// A point of the search and its sum of squares.
#[derive(Debug, Clone, Copy)]
struct Minimum {
    ln_b: f64,
    c: f64,
    sse: f64,
    stop: Stop,
}

impl SigmoidPlan {
    /// Plans fits over the times `t`.
    ///
    /// # Errors
    /// Fewer than six times, times that are not finite or do not increase, settings out of range.
    pub fn new(t: &[f64], options: &SigmoidOptions) -> Result<Self> {
        options.validate()?;
        check_at_least("sigmoid fit", t.len(), FEWEST_POINTS)?;
        check_increasing(t)?;
        let (first, last) = (t[0], t[t.len() - 1]);
        let span = last - first;
        let smallest_step = t.windows(2).map(|p| p[1] - p[0]).fold(f64::INFINITY, f64::min);
        let steepness = options.steepness.unwrap_or([LINE_LIMIT / span, 10.0 / smallest_step]);
        let inflection = options.inflection.unwrap_or([first - span, last + span]);
        let lower = [steepness[0].ln(), inflection[0]];
        let upper = [steepness[1].ln(), inflection[1]];
        let mut unit_line = t.to_vec();
        center(&mut unit_line);
        let length = dot(&unit_line, &unit_line).sqrt();
        unit_line.iter_mut().for_each(|v| *v /= length);
        let mut plan = SigmoidPlan {
            t: t.to_vec(),
            unit_line,
            has_line: steepness[0] * span <= NEARLY_LINE,
            lower,
            upper,
            grid: Vec::new(),
            curves: Vec::new(),
            options: options.clone(),
        };
        plan.fill_grid(first, span);
        Ok(plan)
    }

    /// Steepness evenly in ln b from one rise over the span to a step; inflection evenly over the
    /// data and a quarter of the span on both sides; both inside the bounds.
    fn fill_grid(&mut self, first: f64, span: f64) {
        let inside = |k: usize, low: f64, high: f64, i: usize| {
            let (low, high) = (low.max(self.lower[k]), high.min(self.upper[k]));
            let (low, high) = if low < high { (low, high) } else { (self.lower[k], self.upper[k]) };
            low + (high - low) * i as f64 / (GRID[k] - 1) as f64
        };
        let steepest = (200.0 / span).min(2.0 * self.t.len() as f64 / span);
        for i in 0..GRID[0] {
            for j in 0..GRID[1] {
                let ln_b = inside(0, (1.0 / span).ln(), steepest.ln(), i);
                let c = inside(1, first - 0.25 * span, first + 1.25 * span, j);
                self.grid.push([ln_b, c]);
            }
        }
        self.curves = self.grid.iter().map(|&[ln_b, c]| self.unit_curve(ln_b, c)).collect();
    }

    fn unit_curve(&self, ln_b: f64, c: f64) -> Vec<f64> {
        let b = ln_b.exp();
        let mut curve: Vec<f64> = self.t.iter().map(|t| logistic(b * (t - c))).collect();
        center(&mut curve);
        let length = curve.iter().map(|v| v * v).sum::<f64>().sqrt();
        if length > 0.0 {
            curve.iter_mut().for_each(|v| *v /= length);
        }
        curve
    }

    /// Fits one curve `[time]`.
    ///
    /// # Errors
    /// A length other than that of the times; a value that is not finite or above 1e75.
    pub fn fit(&self, y: &[f64]) -> Result<SigmoidFit> {
        check_length("y", y.len(), self.t.len(), "time")?;
        check_values("y", y)?;
        let mut centered = y.to_vec();
        let mean = center(&mut centered);
        let total: f64 = centered.iter().map(|v| v * v).sum();
        if total <= (1e-14 * mean).powi(2) * y.len() as f64 {
            return Ok(self.flat(mean));
        }
        let minima = self.minima(&centered, total)?;
        let best = best_of(&minima)?;
        let close = |m: &&Minimum| m.sse <= best.sse * (1.0 + AGREEMENT) + 1e-14 * total;
        let projection = Projection::new(&self.t, &centered);
        let (a, offset) = projection.linear_part(best.ln_b, best.c);
        let mut fit = SigmoidFit {
            a,
            b: best.ln_b.exp(),
            c: best.c,
            d: mean - a * offset,
            r2: r_squared(best.sse, total),
            sse: best.sse,
            n: y.len(),
            standard_errors: None,
            bound_hit: self.bound_at(&best),
            stop: best.stop,
            starts: minima.len(),
            starts_agreed: minima.iter().filter(close).count(),
        };
        fit.standard_errors = standard_errors(&self.t, &fit)?;
        Ok(fit)
    }

    /// Share of the variance explained by the best sigmoid, the one number that a null
    /// distribution needs, about a hundred times faster than [`fit`](Self::fit): a few steps from
    /// the best two points of the grid, and never less than the line.
    ///
    /// Agrees with the R² of [`fit`](Self::fit) to about 1e-6, where the best curve is not an
    /// exotic one (a step between two days).
    ///
    /// ```
    /// use sigmoid_stats::{SigmoidOptions, SigmoidPlan, sigmoid};
    ///
    /// let t: Vec<f64> = (0..30).map(f64::from).collect();
    /// let plan = SigmoidPlan::new(&t, &SigmoidOptions::default())?;
    /// let y: Vec<f64> = t.iter().map(|&t| t + sigmoid(t, 20.0, 0.4, 17.0, 0.0)).collect();
    /// assert!((plan.r2(&y)? - plan.fit(&y)?.r2).abs() < 1e-6);
    /// # Ok::<(), sigmoid_stats::StatsError>(())
    /// ```
    ///
    /// # Errors
    /// A length other than that of the times; a value that is not finite or above 1e75.
    pub fn r2(&self, y: &[f64]) -> Result<f64> {
        check_length("y", y.len(), self.t.len(), "time")?;
        check_values("y", y)?;
        let mut centered = y.to_vec();
        let mean = center(&mut centered);
        let total = dot(&centered, &centered);
        if total <= (1e-14 * mean).powi(2) * y.len() as f64 {
            return Ok(0.0);
        }
        Ok(self.r2_of_centered(&centered, total))
    }

    /// [`r2`](Self::r2) of values whose mean is zero and whose sum of squares is `total`.
    pub(crate) fn r2_of_centered(&self, centered: &[f64], total: f64) -> f64 {
        let line = dot(&self.unit_line, centered).powi(2);
        let mut best = if self.has_line { line } else { 0.0 };
        for start in self.starting_points(centered, total, QUICK_STARTS) {
            let explained = explained_near(&self.t, centered, start, self.lower, self.upper);
            best = best.max(explained);
        }
        (best / total).min(1.0)
    }

    /// R² of the best sigmoid and of the line, both of centred values; zero where nothing varies.
    pub(crate) fn both_r2_of_centered(&self, centered: &[f64]) -> [f64; 2] {
        let total = dot(centered, centered);
        if total == 0.0 {
            return [0.0; 2];
        }
        let line = dot(&self.unit_line, centered).powi(2) / total;
        [self.r2_of_centered(centered, total), line]
    }

    /// Local minima found from the grid's best points and from the line, where it is inside the
    /// bounds, so that the fit is never worse than its own limit.
    fn minima(&self, centered: &[f64], total: f64) -> Result<Vec<Minimum>> {
        let mut starts = self.starting_points(centered, total, self.options.starts);
        starts.push([self.lower[0], 0.5 * (self.t[0] + self.t[self.t.len() - 1])]);
        starts.into_iter().map(|start| self.refine(centered, start)).collect()
    }

    /// Best local minima of the grid.
    fn starting_points(&self, centered: &[f64], total: f64, starts: usize) -> Vec<[f64; 2]> {
        let sse: Vec<f64> =
            self.curves.iter().map(|curve| total - dot(curve, centered).powi(2)).collect();
        let mut local: Vec<usize> = (0..sse.len()).filter(|&k| is_local_minimum(&sse, k)).collect();
        local.sort_by(|&i, &j| sse[i].total_cmp(&sse[j]));
        local.truncate(starts);
        local.into_iter().map(|k| self.grid[k]).collect()
    }

    fn refine(&self, centered: &[f64], start: [f64; 2]) -> Result<Minimum> {
        let solver = LevenbergMarquardt::new(
            self.lower.to_vec(),
            self.upper.to_vec(),
            self.options.tolerance,
        );
        let run = Executor::new(Projection::new(&self.t, centered), solver)
            .configure(|s| s.param(start.to_vec()).max_iters(self.options.max_iterations))
            .timer(false)
            .run()
            .map_err(|e| StatsError::Optimiser { message: e.to_string() })?;
        let sse = run.state.get_cost();
        match run.state.get_param().map(Vec::as_slice) {
            Some(&[ln_b, c]) => Ok(Minimum { ln_b, c, sse, stop: run.solver.stop }),
            _ => Err(StatsError::Optimiser { message: "no parameters came back".into() }),
        }
    }

    fn bound_at(&self, best: &Minimum) -> Option<Bound> {
        let near = |value: f64, bound: f64, k: usize| {
            (value - bound).abs() <= 1e-9 * (self.upper[k] - self.lower[k])
        };
        [
            (near(best.ln_b, self.lower[0], 0), Bound::SteepnessLower),
            (near(best.ln_b, self.upper[0], 0), Bound::SteepnessUpper),
            (near(best.c, self.lower[1], 1), Bound::InflectionLower),
            (near(best.c, self.upper[1], 1), Bound::InflectionUpper),
        ]
        .into_iter()
        .find_map(|(hit, bound)| hit.then_some(bound))
    }

    fn flat(&self, level: f64) -> SigmoidFit {
        SigmoidFit {
            a: 0.0,
            b: self.lower[0].exp(),
            c: 0.5 * (self.t[0] + self.t[self.t.len() - 1]),
            d: level,
            r2: 0.0,
            sse: 0.0,
            n: self.t.len(),
            standard_errors: None,
            bound_hit: Some(Bound::SteepnessLower),
            stop: Stop::Constant,
            starts: 0,
            starts_agreed: 0,
        }
    }
}

fn is_local_minimum(sse: &[f64], k: usize) -> bool {
    let (row, column) = (k / GRID[1], k % GRID[1]);
    let rows = row.saturating_sub(1)..=(row + 1).min(GRID[0] - 1);
    rows.flat_map(|r| {
        (column.saturating_sub(1)..=(column + 1).min(GRID[1] - 1)).map(move |c| r * GRID[1] + c)
    })
    .all(|neighbour| sse[k] <= sse[neighbour])
}

fn best_of(minima: &[Minimum]) -> Result<Minimum> {
    minima
        .iter()
        .copied()
        .min_by(|x, y| x.sse.total_cmp(&y.sse))
        .ok_or(StatsError::Optimiser { message: "no starting point".into() })
}
