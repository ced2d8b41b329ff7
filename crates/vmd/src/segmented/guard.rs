use crate::Real;

/// Continues a window to the right by an autoregression fitted to the window itself (Burg's method:
/// always stable, so that the continuation cannot grow without bound), about the window's mean.
#[derive(Clone)]
pub(crate) struct Continuation {
    order: usize,
    forward: Vec<f64>,
    backward: Vec<f64>,
    coefficients: Vec<f64>,
    mirrored: Vec<f64>,
}

impl Continuation {
    pub(crate) fn new(order: usize) -> Self {
        Self {
            order,
            forward: Vec::new(),
            backward: Vec::new(),
            coefficients: Vec::new(),
            mirrored: Vec::new(),
        }
    }

    /// Appends `samples` samples to `window`.
    pub(crate) fn extend<T: Real>(&mut self, window: &mut Vec<T>, samples: usize) {
        if samples == 0 {
            return;
        }
        let mean = mean(window);
        self.forward.clear();
        self.forward.extend(window.iter().map(|value| value.wide() - mean));
        self.fit();
        for _ in 0..samples {
            let recent = self.coefficients.iter().zip(window.iter().rev());
            let predicted: f64 = recent.map(|(c, value)| -c * (value.wide() - mean)).sum();
            let next = T::of(predicted + mean);
            // At the very end of the type's range.
            window.push(if next.wide().is_finite() { next } else { T::of(mean) });
        }
    }

    /// Burg's recursion on the deviations in `forward`: each stage takes the reflection that
    /// minimises the forward and backward prediction errors together.
    fn fit(&mut self) {
        self.backward.clone_from(&self.forward);
        self.coefficients.clear();
        let len = self.forward.len();
        for stage in 1..=self.order {
            // Forward errors from `stage` on pair with backward errors one sample earlier.
            let (forward, backward) =
                (&mut self.forward[stage..], &mut self.backward[..len - stage]);
            let (mut cross, mut power) = (0.0, 0.0);
            for (f, b) in forward.iter().zip(backward.iter()) {
                cross += f * b;
                power += f * f + b * b;
            }
            // A perfectly predicted window has no errors left to learn from.
            if power <= 0.0 || !power.is_normal() {
                break;
            }
            let reflection = -2.0 * cross / power;
            for (f, b) in forward.iter_mut().zip(backward.iter_mut()) {
                (*f, *b) = (*f + reflection * *b, *b + reflection * *f);
            }
            self.reflect(reflection);
        }
    }

    fn reflect(&mut self, reflection: f64) {
        self.mirrored.clone_from(&self.coefficients);
        self.mirrored.reverse();
        for (coefficient, mirrored) in self.coefficients.iter_mut().zip(&self.mirrored) {
            *coefficient += reflection * mirrored;
        }
        self.coefficients.push(reflection);
    }
}

/// The mean as a correction to the first value, exact for a constant window.
fn mean<T: Real>(window: &[T]) -> f64 {
    let Some(first) = window.first().map(|value| value.wide()) else { return 0.0 };
    let count = window.len() as f64;
    let mean = first + window.iter().map(|value| value.wide() / count - first / count).sum::<f64>();
    if mean.is_finite() { mean } else { first }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn continues_a_tide() {
        let tide = |i: usize| 3.0 + (i as f64 / 12.42).cos() + 0.5 * (i as f64 / 3.7 + 1.0).sin();
        let mut window: Vec<f64> = (0..400).map(tide).collect();
        Continuation::new(40).extend(&mut window, 36);
        for (i, &value) in window.iter().enumerate().skip(400) {
            assert!((value - tide(i)).abs() < 0.05, "{i}: {value} {}", tide(i));
        }
    }

    #[test]
    fn recovers_the_coefficients_of_an_autoregression() {
        // x_t = 1.5 x_{t−1} − 0.7 x_{t−2} + deterministic, white-looking noise.
        let mut state = 1_u64;
        let mut noise = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1_u64 << 53) as f64 - 0.5
        };
        let mut series = vec![0.0, 0.0];
        for i in 2..20_000 {
            series.push(1.5 * series[i - 1] - 0.7 * series[i - 2] + noise());
        }
        let mut continuation = Continuation::new(2);
        continuation.forward = series;
        continuation.fit();
        // Standard error of these coefficients: sqrt((1 − 0.7²)/20,000) = 0.005; four of them.
        assert!((continuation.coefficients[0] + 1.5).abs() < 0.02);
        assert!((continuation.coefficients[1] - 0.7).abs() < 0.02);
    }

    #[test]
    fn constant_windows_continue_exactly() {
        for value in [0.0, 0.1, -7.3, 1e300, f64::MAX] {
            let mut window = vec![value; 11];
            Continuation::new(5).extend(&mut window, 4);
            assert_eq!(window, vec![value; 15]);
        }
    }

    #[test]
    fn never_grows_without_bound() {
        let mut window: Vec<f64> = (0..50).map(|i| (i as f64).powi(3)).collect();
        Continuation::new(20).extend(&mut window, 5000);
        assert!(window.iter().all(|value| value.is_finite() && value.abs() < 1e6));
    }
}
