/// Rounds of expectation and maximisation; two well separated modes need some tens.
const ROUNDS: usize = 500;
/// Neither mode may shrink to a point.
const LEAST_DEVIATION: f64 = 1e-3;
/// By how much two modes must beat one in Schwarz's criterion: 10 is called very strong evidence
/// (Kass, R. E. and Raftery, A. E. (1995), *J. Am. Stat. Assoc.* 90, 773–795).
const EVIDENCE: f64 = 10.0;
/// Values that a mode has at least: fewer that lie together by chance make a narrow peak.
const LEAST_VALUES: f64 = 10.0;

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

    /// The logarithm of share times density of each mode.
    fn logs(&self, value: f64) -> [f64; 2] {
        self.modes.map(|(mean, deviation, share)| {
            let root = std::f64::consts::TAU.sqrt();
            share.max(f64::MIN_POSITIVE).ln()
                - (deviation * root).ln()
                - ((value - mean) / deviation).powi(2) / 2.0
        })
    }

    /// The probability that a value is of the second mode.
    fn second(&self, value: f64) -> f64 {
        let [first, second] = self.logs(value);
        1.0 / (1.0 + (first - second).exp())
    }

    fn log_density(&self, value: f64) -> f64 {
        let [first, second] = self.logs(value);
        first.max(second) + (-(first - second).abs()).exp().ln_1p()
    }

    /// Whether there are two modes and not only two normals, of which any skewed distribution is a
    /// better mixture than of one: the density dips at the `boundary` between them, each mean is of
    /// its own mode, neither is a handful, and `values` are very strong evidence against one mode.
    fn has_two_modes(&self, boundary: f64, values: &[f64]) -> bool {
        let [first, second] = self.modes.map(|mode| mode.0);
        let valley = self.log_density(boundary);
        let dips = [first, second].into_iter().all(|mean| self.log_density(mean) > valley);
        let apart = self.second(first) < 0.5 && self.second(second) > 0.5;
        let count = values.len() as f64;
        let large = self.modes.iter().all(|mode| mode.2 * count >= LEAST_VALUES);
        let two: f64 = values.iter().map(|&value| self.log_density(value)).sum();
        // Five parameters, two means, two deviations and a share, against two.
        let gain = 2.0 * (two - one_mode(values)) - 3.0 * count.ln();
        dips && apart && large && gain > EVIDENCE
    }

    /// The value between the means that is of either mode with the same probability; nothing where
    /// `values`, those that it was fitted to, have not two modes.
    pub(super) fn boundary(&self, values: &[f64]) -> Option<f64> {
        let (mut low, mut high) = (self.modes[0].0, self.modes[1].0);
        for _ in 0..200 {
            let middle = (low + high) / 2.0;
            if self.second(middle) < 0.5 { low = middle } else { high = middle }
        }
        let boundary = (low + high) / 2.0;
        self.has_two_modes(boundary, values).then_some(boundary)
    }
}

/// The log likelihood of the better of two distributions of one mode: the normal, and that of the
/// logarithm of a Weibull variable. The distance of a Poisson process to its nearest neighbour is one
/// (Zaliapin, I., Gabrielov, A., Keilis-Borok, V. and Wong, H. (2008), *Phys. Rev. Lett.* 101, 018501),
/// and its logarithm is skewed to the left, which two normals follow better than one does.
fn one_mode(values: &[f64]) -> f64 {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let square = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
    let deviation = square.sqrt().max(LEAST_DEVIATION);
    let normal = -count * ((std::f64::consts::TAU.sqrt() * deviation).ln() + 0.5);

    // Σ x e^(x/s) / Σ e^(x/s) − s = mean at the likeliest scale s, and falls with s.
    let largest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let weights = |scale: f64| values.iter().map(move |x| ((x - largest) / scale).exp());
    let weighted = |scale: f64| {
        let sum: f64 = values.iter().zip(weights(scale)).map(|(x, weight)| x * weight).sum();
        sum / weights(scale).sum::<f64>()
    };
    let (mut low, mut high) = (1e-3 * deviation, 10.0 * deviation);
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        if weighted(middle) - middle > mean { low = middle } else { high = middle }
    }
    let scale = (low + high) / 2.0;
    let place = largest + scale * (weights(scale).sum::<f64>() / count).ln();
    let density = |x: &f64| {
        let z = (x - place) / scale;
        z - z.exp() - scale.ln()
    };
    normal.max(values.iter().map(density).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Quantiles of a distribution: values without chance.
    fn quantiles(of: impl Fn(f64) -> f64) -> Vec<f64> {
        (0..400).map(|i| of((f64::from(i) + 0.5) / 400.0)).collect()
    }

    #[test]
    fn a_skewed_mode_is_one_and_its_likelihood_that_of_a_weibull_logarithm() {
        let (place, scale) = (-2.0, 0.6);
        let skewed = quantiles(|p| place + scale * (-(1.0 - p).ln()).ln());
        let wanted: f64 = skewed
            .iter()
            .map(|x| {
                let z = (x - place) / scale;
                z - z.exp() - scale.ln()
            })
            .sum();
        assert!((one_mode(&skewed) - wanted).abs() < 1.0, "{} {wanted}", one_mode(&skewed));
        assert_eq!(Mixture::fit(&skewed).unwrap().boundary(&skewed), None);
        // A second one 3 to its left.
        let both: Vec<f64> = skewed.iter().flat_map(|&x| [x, x - 3.0]).collect();
        let boundary = Mixture::fit(&both).unwrap().boundary(&both).unwrap();
        assert!((-4.3..-3.0).contains(&boundary), "{boundary}");
    }
}
