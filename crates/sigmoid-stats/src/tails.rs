use statrs::distribution::{ContinuousCDF, Normal, StudentsT};
use statrs::function::beta::beta_reg;

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
