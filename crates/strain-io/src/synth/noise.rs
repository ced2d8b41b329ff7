use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;
use realfft::RealFftPlanner;
use realfft::num_complex::Complex64;

/// Adds `scale` times standard normal noise.
pub(super) fn add_white(values: &mut [f64], scale: f64, rng: &mut ChaCha8Rng) {
    for value in values {
        let normal: f64 = rng.sample(StandardNormal);
        *value += scale * normal;
    }
}

/// Adds a random walk of `scale` per √day that starts at zero.
pub(super) fn add_random_walk(values: &mut [f64], scale: f64, step: f64, rng: &mut ChaCha8Rng) {
    let increment = scale * (step / 24.0).sqrt();
    let mut level = 0.0;
    for value in values {
        *value += level;
        let normal: f64 = rng.sample(StandardNormal);
        level += increment * normal;
    }
}

/// Adds 1/f noise of one-sided spectral density `scale`²/f, whatever the sampling interval.
///
/// Timmer & König (1995), *Astron. Astrophys.* 300, 707: independent normal Fourier coefficients of
/// the wanted variance, transformed. The series is twice as long as needed and cut, because the
/// transform is periodic and its ends would meet.
pub(super) fn add_flicker(values: &mut [f64], scale: f64, rng: &mut ChaCha8Rng) {
    let len = fast_length(2 * values.len().max(8));
    let plan = RealFftPlanner::<f64>::new().plan_fft_inverse(len);
    let mut spectrum = plan.make_input_vec();
    let nyquist = spectrum.len() - 1;
    for (k, coefficient) in spectrum.iter_mut().enumerate().take(nyquist).skip(1) {
        // S(f) Δf = scale²/k does not depend on the interval; half goes to each of ±k.
        let half = scale / (2.0 * (k as f64).sqrt());
        *coefficient = Complex64::new(
            half * rng.sample::<f64, _>(StandardNormal),
            half * rng.sample::<f64, _>(StandardNormal),
        );
    }
    let mut series = plan.make_output_vec();
    // The lengths are those of the plan and the first and last coefficients are zero, which is all
    // that can be wrong.
    if plan.process(&mut spectrum, &mut series).is_ok() {
        for (value, noise) in values.iter_mut().zip(series) {
            *value += noise;
        }
    }
}

/// The smallest even number of at least `least` with no prime factor above five.
fn fast_length(least: usize) -> usize {
    let mut best = least.next_power_of_two();
    let mut fives = 1;
    while fives < best {
        let mut threes = fives;
        while threes < best {
            let mut length = 2 * threes;
            while length < least {
                length *= 2;
            }
            best = best.min(length);
            threes *= 3;
        }
        fives *= 5;
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    /// Mean power at Fourier frequencies, by definition, over many draws.
    fn mean_power(draw: impl Fn(&mut [f64], &mut ChaCha8Rng), cycles: usize) -> f64 {
        let (len, draws) = (1024, 400);
        let mut total = 0.0;
        for seed in 0..draws {
            let mut values = vec![0.0; len];
            draw(&mut values, &mut ChaCha8Rng::seed_from_u64(seed));
            let (mut re, mut im) = (0.0, 0.0);
            for (i, value) in values.iter().enumerate() {
                // A Hann window keeps the low frequencies of a cut series where they are.
                let hann = 1.0 - (std::f64::consts::TAU * i as f64 / len as f64).cos();
                let angle = std::f64::consts::TAU * (cycles * i) as f64 / len as f64;
                re += hann * value * angle.cos();
                im += hann * value * angle.sin();
            }
            // One-sided density per cycle per record; 1.5 is the window's mean square.
            total += 2.0 * (re * re + im * im) / (1.5 * (len * len) as f64);
        }
        total / draws as f64
    }

    /// 400 draws of a chi-square of two degrees of freedom: standard error 5 %.
    #[test]
    fn flicker_has_the_stated_density() {
        for cycles in [8, 32, 128] {
            let power = mean_power(|v, rng| add_flicker(v, 3.0, rng), cycles);
            let expected = 9.0 / cycles as f64;
            assert!((power / expected - 1.0).abs() < 0.2, "{cycles}: {power} {expected}");
        }
    }

    #[test]
    fn a_random_walk_has_the_stated_increments() {
        // Hourly samples: the variance after 100 days is 100 times that of a day.
        let draws = 500;
        let mut square = 0.0;
        for seed in 0..draws {
            let mut values = vec![0.0; 2401];
            add_random_walk(&mut values, 2.0, 1.0, &mut ChaCha8Rng::seed_from_u64(seed));
            assert_eq!(values[0], 0.0);
            square += values[2400] * values[2400];
        }
        let variance = square / draws as f64;
        // Chi-square of 500 degrees of freedom: standard error 6 %.
        assert!((variance / 400.0 - 1.0).abs() < 0.25, "{variance}");
    }

    #[test]
    fn lengths_are_even_and_smooth() {
        for least in [16, 17, 1000, 52_560, 1_051_201] {
            let mut length = fast_length(least);
            assert!(length >= least && length.is_multiple_of(2) && length < 2 * least);
            for factor in [2, 3, 5] {
                while length.is_multiple_of(factor) {
                    length /= factor;
                }
            }
            assert_eq!(length, 1);
        }
    }
}
