/// Rounds of expectation and maximisation; two well separated modes need some tens.
const ROUNDS: usize = 500;
/// Neither mode may shrink to a point.
const LEAST_DEVIATION: f64 = 1e-3;

/// A mixture of two normal distributions, the one with the smaller mean first.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mixture {
    /// Mean, standard deviation and share of each.
    pub(super) modes: [(f64, f64, f64); 2],
}

impl Mixture {
    /// By expectation maximisation from the two halves of the sorted values; nothing for fewer than
    /// ten or where they are all alike.
    pub(super) fn fit(values: &[f64]) -> Option<Self> {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        if sorted.len() < 10 || sorted.first() == sorted.last() {
            return None;
        }
        let (low, high) = sorted.split_at(sorted.len() / 2);
        let moments = |part: &[f64]| {
            let mean = part.iter().sum::<f64>() / part.len() as f64;
            let square = part.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
            (mean, (square / part.len() as f64).sqrt().max(LEAST_DEVIATION), 0.5)
        };
        let mut mixture = Self { modes: [moments(low), moments(high)] };
        for _ in 0..ROUNDS {
            let next = mixture.improved(&sorted);
            let moved = next.modes.iter().zip(&mixture.modes).map(|(a, b)| (a.0 - b.0).abs());
            let still = moved.fold(0.0, f64::max) < 1e-9;
            mixture = next;
            if still {
                break;
            }
        }
        mixture.modes.sort_by(|a, b| a.0.total_cmp(&b.0));
        Some(mixture)
    }

    fn improved(&self, values: &[f64]) -> Self {
        let mut sums = [[0.0; 3]; 2];
        for &value in values {
            let second = self.second(value);
            for (sums, share) in sums.iter_mut().zip([1.0 - second, second]) {
                sums[0] += share;
                sums[1] += share * value;
                sums[2] += share * value * value;
            }
        }
        let modes = sums.map(|[weight, sum, square]| {
            let weight = weight.max(f64::MIN_POSITIVE);
            let mean = sum / weight;
            let variance = (square / weight - mean * mean).max(0.0);
            (mean, variance.sqrt().max(LEAST_DEVIATION), weight / values.len() as f64)
        });
        Self { modes }
    }

    /// The probability that a value is of the second mode.
    fn second(&self, value: f64) -> f64 {
        let log = |(mean, deviation, share): (f64, f64, f64)| {
            share.max(f64::MIN_POSITIVE).ln()
                - deviation.ln()
                - ((value - mean) / deviation).powi(2) / 2.0
        };
        let [first, second] = self.modes.map(log);
        1.0 / (1.0 + (first - second).exp())
    }

    /// The value between the means that is of either mode with the same probability.
    pub(super) fn boundary(&self) -> f64 {
        let (mut low, mut high) = (self.modes[0].0, self.modes[1].0);
        for _ in 0..200 {
            let middle = (low + high) / 2.0;
            if self.second(middle) < 0.5 { low = middle } else { high = middle }
        }
        (low + high) / 2.0
    }
}
