use std::f64::consts::TAU;

/// Fourier frequencies to either side of a constituent that its noise is taken from.
const SIDE: usize = 12;
/// Frequencies nearer to a fitted line than this, in cycles a span, hold nothing: the fit took it.
const GUARD: f64 = 1.5;

/// The noise beside a line, as the variance of white noise of the same density: the mean
/// periodogram of the residuals at frequencies around the line, other lines left out.
///
/// `residuals` come with their hour; frequencies are cycles per hour. Nothing where no frequency is
/// left, or one has no residual to show.
pub(super) fn beside(
    residuals: &[(usize, f64)],
    frequency: f64,
    lines: &[f64],
    span_hours: f64,
) -> Option<f64> {
    let free = |candidate: &f64| {
        (0.0..0.5).contains(candidate)
            && lines.iter().all(|line| (line - candidate).abs() * span_hours >= GUARD)
    };
    let offset = |step: usize| (step as f64 + GUARD) / span_hours;
    let below = (0..10 * SIDE).map(|step| frequency - offset(step)).filter(free).take(SIDE);
    let above = (0..10 * SIDE).map(|step| frequency + offset(step)).filter(free).take(SIDE);
    let powers: Vec<f64> = below.chain(above).map(|f| power(residuals, f)).collect();
    let mean = powers.iter().sum::<f64>() / powers.len() as f64;
    (!powers.is_empty() && mean.is_finite()).then_some(mean)
}

/// |Σ r e^(−iωt)|² / n.
fn power(residuals: &[(usize, f64)], frequency: f64) -> f64 {
    let (mut re, mut im) = (0.0, 0.0);
    for &(hour, residual) in residuals {
        let (sin, cos) = (TAU * (frequency * hour as f64).fract()).sin_cos();
        re += residual * cos;
        im += residual * sin;
    }
    (re * re + im * im) / residuals.len() as f64
}
