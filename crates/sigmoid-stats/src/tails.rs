use statrs::distribution::{ContinuousCDF, Normal, StudentsT};
use statrs::function::beta::beta_reg;
use statrs::function::gamma::{gamma_lr, gamma_ur};

/// Standard normal quantile.
pub(crate) fn normal_quantile(p: f64) -> f64 {
    Normal::standard().inverse_cdf(p)
}

/// Two-sided p of Student's t, through the incomplete beta function.
pub(crate) fn t_two_sided(t: f64, degrees: f64) -> f64 {
    beta_reg(degrees / 2.0, 0.5, (degrees / (degrees + t * t)).clamp(0.0, 1.0))
}

/// Two-sided quantile of Student's t: |T| stays below it with probability `confidence`.
pub(crate) fn t_quantile(confidence: f64, degrees: f64) -> f64 {
    let upper = 0.5 + confidence / 2.0;
    StudentsT::new(0.0, 1.0, degrees)
        .map_or_else(|_| normal_quantile(upper), |t| t.inverse_cdf(upper))
}

/// Two-sided quantile of the standard normal distribution; its square is that of χ²₁.
pub(crate) fn z_quantile(confidence: f64) -> f64 {
    normal_quantile(0.5 + confidence / 2.0)
}

/// Two-sided p of a standard normal deviate.
pub(crate) fn z_two_sided(z: f64) -> f64 {
    statrs::function::erf::erfc(z.abs() / std::f64::consts::SQRT_2)
}

/// P(X ≥ hits) for X binomial with `trials` and probability `p`.
pub(crate) fn binomial_upper_tail(hits: usize, trials: usize, p: f64) -> f64 {
    if hits == 0 {
        return 1.0;
    }
    beta_reg(hits as f64, (trials - hits) as f64 + 1.0, p.clamp(0.0, 1.0))
}

/// Clopper and Pearson's lower bound: the p whose [`binomial_upper_tail`] is `level`.
pub(crate) fn binomial_lower_bound(hits: usize, trials: usize, level: f64) -> f64 {
    if hits == 0 {
        return 0.0;
    }
    let (mut low, mut high) = (0.0, 1.0);
    // Bisection down to neighbouring numbers: the tail rises with p.
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if binomial_upper_tail(hits, trials, middle) < level {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

/// P(X ≤ n) for X Poisson.
pub(crate) fn poisson_cdf(n: usize, mean: f64) -> f64 {
    if mean <= 0.0 { 1.0 } else { gamma_ur(n as f64 + 1.0, mean) }
}

/// P(X ≥ n) for X Poisson.
pub(crate) fn poisson_upper_tail(n: usize, mean: f64) -> f64 {
    match n {
        0 => 1.0,
        _ if mean <= 0.0 => 0.0,
        _ => gamma_lr(n as f64, mean),
    }
}

#[cfg(test)]
/// Largest number of terms for which Irwin and Hall's sum does not cancel.
const IRWIN_HALL_UP_TO: usize = 20;

#[cfg(test)]
/// P(mean of n even random numbers on 0..1 ≥ x): Irwin and Hall's sum, the normal limit for many.
pub(crate) fn mean_of_uniforms_upper_tail(x: f64, n: usize) -> f64 {
    let (x, count) = (x.clamp(0.0, 1.0), n as f64);
    if n > IRWIN_HALL_UP_TO {
        let z = (x - 0.5) * (12.0 * count).sqrt();
        return 0.5 * statrs::function::erf::erfc(z / std::f64::consts::SQRT_2);
    }
    // The upper tail at x is the lower one at 1 − x; summed where few terms count.
    let lower = |s: f64| {
        let (mut sum, mut term) = (0.0, 1.0);
        for k in 0..=n {
            let base = s - k as f64;
            if base <= 0.0 {
                break;
            }
            sum += term * base.powi(n as i32);
            term *= -((n - k) as f64) / (k as f64 + 1.0);
        }
        sum / (1..=n).map(|k| k as f64).product::<f64>()
    };
    let tail = if x >= 0.5 { lower((1.0 - x) * count) } else { 1.0 - lower(x * count) };
    tail.clamp(0.0, 1.0)
}
