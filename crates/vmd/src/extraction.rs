//! One mode after another out of a spectrum, by magnitudes.

/// Where the penalty starts.
const FIRST_ALPHA: f64 = 10.0;
/// By how much it is raised at a time.
const RAISE: f64 = std::f64::consts::E;
/// A frequency stands still when it moves by no more, cycles per sample.
const STILL: f64 = 1e-10;
/// Most passes at one penalty.
const PASSES: usize = 300;
/// Added to the distances from earlier modes, so that none is exactly zero.
const FLOOR: f64 = 1e-30;

/// A mode: magnitudes over half the spectrum and their centre of gravity.
#[derive(Debug, Clone)]
pub(crate) struct Extracted {
    pub(crate) magnitude: Vec<f64>,
    pub(crate) frequency: f64,
    pub(crate) power: f64,
}

/// A spectrum and the modes taken out of it so far.
#[derive(Debug)]
pub(crate) struct Extraction {
    frequencies: Vec<f64>,
    signal: Vec<f64>,
    /// Signal minus modes.
    rest: Vec<f64>,
    /// Σ 1/(α² (f − ω)⁴) over the modes so far: what keeps the next one away.
    away: Vec<f64>,
    pub(crate) passes: usize,
}

impl Extraction {
    /// Of as many bins as there are frequencies; `magnitude` may be padded.
    pub(crate) fn new(frequencies: Vec<f64>, magnitude: &[f64]) -> Self {
        let bins = frequencies.len();
        Self {
            frequencies,
            signal: magnitude[..bins].to_vec(),
            rest: magnitude[..bins].to_vec(),
            away: vec![0.0; bins],
            passes: 0,
        }
    }

    /// Power that is left.
    pub(crate) fn left(&self) -> f64 {
        self.rest.iter().map(|value| value * value).sum()
    }

    /// The next mode, its penalty raised to `alpha` step by step.
    pub(crate) fn next_mode(&mut self, alpha: f64) -> Extracted {
        let mut frequency = 0.0;
        let mut penalty = FIRST_ALPHA.min(alpha);
        loop {
            for _ in 0..PASSES {
                let (power, moment) = self.moments(penalty, frequency);
                self.passes += 1;
                let next = if power > 0.0 { moment / power } else { frequency };
                let step = (next - frequency).abs();
                frequency = next;
                if step <= STILL {
                    break;
                }
            }
            if penalty >= alpha {
                break;
            }
            penalty = (RAISE * penalty).min(alpha);
        }
        let bins = 0..self.signal.len();
        let magnitude: Vec<f64> =
            bins.map(|bin| self.gain(bin, alpha, frequency) * self.signal[bin]).collect();
        let power = magnitude.iter().map(|value| value * value).sum();
        Extracted { magnitude, frequency, power }
    }

    /// Takes a mode out.
    pub(crate) fn accept(&mut self, mode: &Extracted, alpha: f64) {
        for (bin, rest) in self.rest.iter_mut().enumerate() {
            *rest -= mode.magnitude[bin];
            let y = self.frequencies[bin] - mode.frequency;
            self.away[bin] += 1.0 / (alpha * y * y + FLOOR).powi(2);
        }
    }

    /// With A = α²y⁴ and S what keeps away, the paper's update
    /// u ← (f + A u)/((1 + A)(1 + 2αy² + S)) stands still at u = f/((1 + A)(2αy² + S) + 1).
    fn gain(&self, bin: usize, alpha: f64, frequency: f64) -> f64 {
        let y = self.frequencies[bin] - frequency;
        let near = alpha * y * y;
        1.0 / ((1.0 + near * near) * (2.0 * near + self.away[bin]) + 1.0)
    }

    fn moments(&self, alpha: f64, frequency: f64) -> (f64, f64) {
        let (mut power, mut moment) = (0.0, 0.0);
        for bin in 0..self.signal.len() {
            let squared = (self.gain(bin, alpha, frequency) * self.signal[bin]).powi(2);
            power += squared;
            moment += self.frequencies[bin] * squared;
        }
        (power, moment)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The closed form against the update it replaces.
    #[test]
    fn gains_are_where_the_papers_update_stands_still() {
        let frequencies: Vec<f64> = (0..64).map(|bin| f64::from(bin) / 128.0).collect();
        let signal = vec![1.0; 64];
        let mut search = Extraction::new(frequencies.clone(), &signal);
        let earlier = search.next_mode(500.0);
        search.accept(&earlier, 500.0);
        let (alpha, frequency) = (200.0, 0.3);
        for (bin, at) in frequencies.iter().enumerate() {
            let y: f64 = at - frequency;
            let a = (alpha * y * y).powi(2);
            let mut u = 0.0;
            for _ in 0..20_000 {
                u = (1.0 + a * u) / ((1.0 + a) * (1.0 + 2.0 * alpha * y * y + search.away[bin]));
            }
            let gain = search.gain(bin, alpha, frequency);
            assert!((gain - u).abs() <= 1e-12, "{bin}: {gain} {u}");
        }
    }
}
