use std::f64::consts::TAU;

/// Fourier frequencies to either side of a constituent that its noise is taken from.
const SIDE: usize = 12;
/// Frequencies nearer to a fitted line than this, in cycles a span, hold nothing: the fit took it.
const GUARD: f64 = 1.5;
/// Rows between two exact evaluations of a phase; in between a rotation is repeated.
const BLOCK: usize = 64;

/// The noise beside a line, as the variance of white noise of the same density: the mean
/// periodogram of the residuals at frequencies around the line, other lines left out.
///
/// `residuals` come with their row, ascending; frequencies are cycles per row, the span is rows. Nothing
/// where no frequency is left, or one has no residual to show.
pub(super) fn beside(
    residuals: &[(usize, f64)],
    frequency: f64,
    lines: &[f64],
    span: f64,
) -> Option<f64> {
    let free = |candidate: &f64| {
        (0.0..0.5).contains(candidate)
            && lines.iter().all(|line| (line - candidate).abs() * span >= GUARD)
    };
    let offset = |step: usize| (step as f64 + GUARD) / span;
    let below = (0..10 * SIDE).map(|step| frequency - offset(step)).filter(free).take(SIDE);
    let above = (0..10 * SIDE).map(|step| frequency + offset(step)).filter(free).take(SIDE);
    let frequencies: Vec<f64> = below.chain(above).collect();
    let mean = powers(residuals, &frequencies).iter().sum::<f64>() / frequencies.len() as f64;
    (!frequencies.is_empty() && mean.is_finite()).then_some(mean)
}

/// |Σ r e^(−iωt)|² / n at each frequency.
fn powers(residuals: &[(usize, f64)], frequencies: &[f64]) -> Vec<f64> {
    /// Real and imaginary part of one number a frequency.
    type Numbers = Vec<[f64; 2]>;
    let phases = |row: usize| -> Numbers {
        let phase = |f: &f64| (TAU * (f * row as f64).fract()).sin_cos();
        frequencies.iter().map(phase).map(|(sin, cos)| [cos, sin]).collect()
    };
    let turns = phases(1);
    let mut sums: Numbers = vec![[0.0; 2]; frequencies.len()];
    let mut at = Numbers::new();
    let (mut exact, mut last) = (0, 0);
    for &(row, residual) in residuals {
        if at.is_empty() || row >= exact + BLOCK {
            (at, exact) = (phases(row), row);
        } else {
            // Rows that were left out are turned over.
            for _ in last..row {
                for (at, turn) in at.iter_mut().zip(&turns) {
                    *at = [at[0] * turn[0] - at[1] * turn[1], at[1] * turn[0] + at[0] * turn[1]];
                }
            }
        }
        last = row;
        for (sum, at) in sums.iter_mut().zip(&at) {
            sum[0] += residual * at[0];
            sum[1] += residual * at[1];
        }
    }
    sums.iter().map(|[re, im]| (re * re + im * im) / residuals.len() as f64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_are_the_periodogram() {
        // With holes of one row, of a block and of many, and not from row 0 on.
        let rows = (7..900).filter(|row| row % 11 != 3 && !(300..420).contains(row));
        let residuals: Vec<(usize, f64)> =
            rows.map(|row| (row, ((row * row) as f64 * 0.37).sin())).collect();
        let frequencies = [0.0, 0.013, 0.0805, 0.25, 0.4999];
        for (found, frequency) in powers(&residuals, &frequencies).into_iter().zip(frequencies) {
            let part = |of: fn(f64) -> f64| -> f64 {
                residuals.iter().map(|&(row, r)| r * of(TAU * frequency * row as f64)).sum()
            };
            let wanted = (part(f64::cos).powi(2) + part(f64::sin).powi(2)) / residuals.len() as f64;
            assert!((found - wanted).abs() < 1e-10, "{frequency}: {found} {wanted}");
        }
        // In a span of one row all frequencies beside a line are beyond the highest.
        assert_eq!(beside(&residuals, 0.1, &[0.1], 1.0), None);
    }
}
