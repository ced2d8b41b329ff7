use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;

/// Correlation times searched, days: from none (a day's memory is nine tenths gone) to the share
/// [`LONGEST_SHARE`] of the quiet record.
const SHORTEST_TIME: f64 = 0.45;
/// A quarter of the record is the longest memory that it can tell from a trend.
const LONGEST_SHARE: f64 = 0.25;
const TIMES: usize = 24;
const SHARES: usize = 20;

/// How quiet counts remember: an unobserved Gaussian series of variance one, the sum of a first
/// order autoregression (share `s` of the variance) and white noise, from which the counts follow
/// by [`Observation`](crate::observation::Observation). Correlation at lag k ≥ 1: s·ρ^k.
///
/// White noise beside the autoregression is what counting adds to a rate that changes slowly; a
/// pure autoregression of small order misses the slow part under the noise, and its surrogates
/// then find real build-ups in chance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Dynamics {
    pub(crate) share: f64,
    pub(crate) rho: f64,
}

impl Dynamics {
    pub(crate) fn correlation(&self, lag: usize) -> f64 {
        if lag == 0 { 1.0 } else { self.share * self.rho.powi(lag as i32) }
    }

    /// Days that carry as much as one independent day: 1 + 2·Σ correlation.
    pub(crate) fn days_per_independent_day(&self) -> f64 {
        1.0 + 2.0 * self.share * self.rho / (1.0 - self.rho)
    }

    /// Fills `normal` with a draw, the first value from the stationary distribution.
    pub(crate) fn draw(&self, normal: &mut [f64], rng: &mut ChaCha8Rng) {
        let slow = self.share.sqrt();
        let noise = (1.0 - self.share).sqrt();
        let innovation = (1.0 - self.rho * self.rho).sqrt();
        let mut state: f64 = rng.sample(StandardNormal);
        for value in normal {
            let white: f64 = rng.sample(StandardNormal);
            *value = slow * state + noise * white;
            let shock: f64 = rng.sample(StandardNormal);
            state = self.rho * state + innovation * shock;
        }
    }
}

/// What the quiet record says about its [`Dynamics`]: a posterior on a grid.
///
/// The likelihood is that of the normal scores as a Gaussian state-space series with unknown mean
/// and scale, both integrated out (restricted likelihood, which takes away the downward bias of
/// the memory in short records); days that are not quiet are missing. The prior is Jeffreys'
/// for a share, even in arcsin √s, and even in the logarithm of the correlation time. Surrogates draw their dynamics from here, so that
/// what the record cannot tell widens the null distribution.
#[derive(Debug, Clone)]
pub(crate) struct Posterior {
    cells: Vec<Dynamics>,
    /// Running sums of the posterior weights; the last is 1.
    running: Vec<f64>,
}

impl Posterior {
    /// `scores` is `[day]`, `None` where the day is not quiet or not observed; `kept` is the share
    /// of the latent correlation that is in them.
    pub(crate) fn new(scores: &[Option<f64>], kept: f64) -> Self {
        let observed = scores.iter().flatten().count();
        let longest = (LONGEST_SHARE * observed as f64).max(2.0);
        let mut cells = Vec::with_capacity(TIMES * SHARES);
        for i in 0..TIMES {
            let step = (longest / SHORTEST_TIME).ln() * i as f64 / (TIMES - 1) as f64;
            let rho = (-1.0 / (SHORTEST_TIME * step.exp())).exp();
            for j in 0..SHARES {
                let angle = std::f64::consts::FRAC_PI_2 * (j as f64 + 0.5) / SHARES as f64;
                cells.push(Dynamics { share: angle.sin().powi(2), rho });
            }
        }
        let log_likelihood: Vec<f64> = cells
            .iter()
            .map(|cell| restricted_log_likelihood(scores, kept * cell.share, cell.rho))
            .collect();
        let best = log_likelihood.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let mut total = 0.0;
        let mut running: Vec<f64> = log_likelihood
            .iter()
            .map(|l| {
                total += (l - best).exp();
                total
            })
            .collect();
        running.iter_mut().for_each(|r| *r /= total);
        Posterior { cells, running }
    }

    pub(crate) fn sample(&self, rng: &mut ChaCha8Rng) -> Dynamics {
        let at: f64 = rng.random();
        self.cells[self.running.partition_point(|r| *r < at).min(self.cells.len() - 1)]
    }

    /// Posterior mean of a function of the dynamics.
    pub(crate) fn mean(&self, of: impl Fn(&Dynamics) -> f64) -> f64 {
        let mut before = 0.0;
        let mut sum = 0.0;
        for (cell, running) in self.cells.iter().zip(&self.running) {
            sum += (running - before) * of(cell);
            before = *running;
        }
        sum
    }

    /// Mean correlation at lags 0..`lags` of the latent series.
    pub(crate) fn correlation(&self, lags: usize) -> Vec<f64> {
        let mut mean = vec![0.0; lags];
        let mut before = 0.0;
        for (cell, running) in self.cells.iter().zip(&self.running) {
            let weight = running - before;
            before = *running;
            if weight < 1e-9 {
                continue;
            }
            let mut power = weight * cell.share;
            for value in mean.iter_mut().skip(1) {
                power *= cell.rho;
                *value += power;
            }
        }
        mean.iter_mut().take(1).for_each(|v| *v = 1.0);
        mean
    }
}

/// Log of the restricted likelihood of a first order autoregression of variance share `share`
/// plus white noise, mean and scale integrated out, by the Kalman filter run on the data and on
/// the constant at once (Harvey 1989, §3.4).
fn restricted_log_likelihood(scores: &[Option<f64>], share: f64, rho: f64) -> f64 {
    let noise = 1.0 - share;
    let process = share * (1.0 - rho * rho);
    let (mut variance, mut data, mut constant) = (share, 0.0, 0.0);
    let (mut log_f, mut product) = (0.0, 1.0f64);
    let (mut dd, mut dc, mut cc, mut n) = (0.0, 0.0, 0.0, 0usize);
    for score in scores {
        if let Some(score) = score {
            let f = variance + noise;
            let (e, one) = (score - data, 1.0 - constant);
            let weight = 1.0 / f;
            dd += e * e * weight;
            dc += e * one * weight;
            cc += one * one * weight;
            product *= f;
            n += 1;
            if n.is_multiple_of(16) {
                log_f += product.ln();
                product = 1.0;
            }
            let gain = variance * weight;
            data += gain * e;
            constant += gain * one;
            variance -= gain * variance;
        }
        data *= rho;
        constant *= rho;
        variance = rho * rho * variance + process;
    }
    log_f += product.ln();
    let squares = (dd - dc * dc / cc).max(f64::MIN_POSITIVE);
    -0.5 * ((n as f64 - 1.0) * squares.ln() + log_f + cc.ln())
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;
    use rand::SeedableRng;

    use super::*;

    /// The same likelihood from the full covariance matrix, by elimination.
    fn dense(scores: &[Option<f64>], share: f64, rho: f64) -> f64 {
        let days: Vec<(usize, f64)> =
            scores.iter().enumerate().filter_map(|(i, s)| s.map(|s| (i, s))).collect();
        let n = days.len();
        let model = Dynamics { share, rho };
        // Columns: covariance, data, constant. Gauss elimination gives V⁻¹ and log|V|.
        let mut m = Array2::zeros((n, n + 2));
        for (r, (i, y)) in days.iter().enumerate() {
            for (c, (j, _)) in days.iter().enumerate() {
                m[[r, c]] = model.correlation(i.abs_diff(*j));
            }
            m[[r, n]] = *y;
            m[[r, n + 1]] = 1.0;
        }
        let mut log_det = 0.0;
        for k in 0..n {
            log_det += f64::ln(m[[k, k]]);
            for r in 0..n {
                if r != k {
                    let factor = m[[r, k]] / m[[k, k]];
                    for c in k..n + 2 {
                        let value = m[[k, c]];
                        m[[r, c]] -= factor * value;
                    }
                }
            }
        }
        let (mut dd, mut dc, mut cc) = (0.0, 0.0, 0.0);
        for (k, (_, y)) in days.iter().enumerate() {
            dd += y * m[[k, n]] / m[[k, k]];
            dc += y * m[[k, n + 1]] / m[[k, k]];
            cc += m[[k, n + 1]] / m[[k, k]];
        }
        let squares: f64 = dd - dc * dc / cc;
        -0.5 * ((n as f64 - 1.0) * squares.ln() + log_det + f64::ln(cc))
    }

    #[test]
    fn the_filter_gives_the_dense_likelihood_with_gaps() {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let mut series = vec![0.0; 60];
        Dynamics { share: 0.6, rho: 0.9 }.draw(&mut series, &mut rng);
        let scores: Vec<Option<f64>> =
            series.iter().enumerate().map(|(i, v)| (i % 7 != 3).then_some(*v)).collect();
        for (share, rho) in [(0.0, 0.5), (0.3, 0.2), (0.6, 0.9), (0.99, 0.97)] {
            let (fast, slow) =
                (restricted_log_likelihood(&scores, share, rho), dense(&scores, share, rho));
            assert!((fast - slow).abs() < 1e-8, "{share} {rho}: {fast} {slow}");
        }
    }

    #[test]
    fn the_posterior_finds_the_dynamics_of_a_long_record() {
        let truth = Dynamics { share: 0.5, rho: 0.9 };
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let mut series = vec![0.0; 6000];
        truth.draw(&mut series, &mut rng);
        let scores: Vec<Option<f64>> = series.iter().copied().map(Some).collect();
        let posterior = Posterior::new(&scores, 1.0);
        for lag in [1, 5, 15] {
            let found = posterior.mean(|d| d.correlation(lag));
            assert!((found - truth.correlation(lag)).abs() < 0.06, "{lag}: {found}");
        }
    }
}
