use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Poisson};
use serde::{Deserialize, Serialize};

use super::etas::{EtasModel, Shock};
use crate::error::{Result, StatsError};

/// Shocks after which a cascade is taken as one that does not end, and the most that are drawn at once.
const MOST_SHOCKS: usize = 1_000_000;

/// Magnitudes of a simulated catalogue: Gutenberg and Richter's law, cut at a largest magnitude.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Magnitudes {
    b: f64,
    largest: f64,
}

impl Magnitudes {
    /// Slope b of log10 N(M) and the largest magnitude.
    ///
    /// # Errors
    /// A slope that is not positive, a largest magnitude that is not finite.
    pub fn new(b: f64, largest: f64) -> Result<Self> {
        if !(b > 0.0 && b.is_finite()) {
            return Err(StatsError::setting("b", b, "positive and finite"));
        }
        crate::error::check_finite("largest magnitude", &[largest])?;
        Ok(Magnitudes { b, largest })
    }

    fn draw(&self, threshold: f64, rng: &mut ChaCha8Rng) -> f64 {
        let beta = self.b * std::f64::consts::LN_10;
        let all = -(-beta * (self.largest - threshold)).exp_m1();
        threshold - (-rng.random::<f64>() * all).ln_1p() / beta
    }
}

impl EtasModel {
    /// Draws a catalogue of `days` days, background and all generations of aftershocks, in order of
    /// time.
    ///
    /// ```
    /// use sigmoid_stats::{EtasModel, Magnitudes};
    ///
    /// let model = EtasModel::new(0.3, 0.25, 1.2, [0.02, 1.3], 3.0)?;
    /// let shocks = model.simulate(1000.0, &Magnitudes::new(1.0, 6.5)?, 1)?;
    /// assert!(shocks.len() > 300 && shocks.is_sorted_by(|a, b| a.day <= b.day));
    /// # Ok::<(), sigmoid_stats::StatsError>(())
    /// ```
    ///
    /// # Errors
    /// Days that are not positive, a largest magnitude that is not above the threshold, more than a
    /// million background shocks or direct aftershocks of one shock, a cascade of more than a million
    /// shocks (every shock has more than one aftershock on average).
    pub fn simulate(&self, days: f64, magnitudes: &Magnitudes, seed: u64) -> Result<Vec<Shock>> {
        if !(days > 0.0 && days.is_finite()) {
            return Err(StatsError::setting("days", days, "positive and finite"));
        }
        if magnitudes.largest <= self.threshold() {
            let value = magnitudes.largest;
            return Err(StatsError::setting("largest magnitude", value, "above the threshold"));
        }
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut shocks = Vec::new();
        let background = number(self.background() * days, &mut rng)
            .ok_or_else(|| self.too_many_background_shocks(days))?;
        for _ in 0..background {
            let day = days * rng.random::<f64>();
            shocks.push(Shock::new(day, magnitudes.draw(self.threshold(), &mut rng)));
        }
        let [c, p] = self.omori();
        let mut parent = 0;
        while parent < shocks.len() {
            let Shock { day, magnitude } = shocks[parent];
            let aftershocks = number(self.aftershocks(magnitude), &mut rng)
                .ok_or_else(|| self.too_many_aftershocks())?;
            for _ in 0..aftershocks {
                let late = day + c * ((-(1.0 - rng.random::<f64>()).ln() / (p - 1.0)).exp_m1());
                let magnitude = magnitudes.draw(self.threshold(), &mut rng);
                if late < days {
                    shocks.push(Shock::new(late, magnitude));
                }
            }
            if shocks.len() > MOST_SHOCKS {
                return Err(self.too_many_aftershocks());
            }
            parent += 1;
        }
        shocks.sort_by(|a, b| a.day.total_cmp(&b.day));
        Ok(shocks)
    }

    fn too_many_background_shocks(&self, days: f64) -> StatsError {
        StatsError::setting(
            "background, days",
            format!("{}, {days}", self.background()),
            "small enough for a million background shocks or fewer",
        )
    }

    fn too_many_aftershocks(&self) -> StatsError {
        StatsError::setting(
            "productivity, alpha",
            format!("{}, {}", self.productivity(), self.alpha()),
            "small enough for less than one aftershock a shock on average",
        )
    }
}

/// A Poisson number; `None` where it is above [`MOST_SHOCKS`], before anybody loops over it.
fn number(mean: f64, rng: &mut ChaCha8Rng) -> Option<usize> {
    if mean < 1e-12 {
        return Some(0);
    }
    let drawn = Poisson::new(mean).ok()?.sample(rng);
    (drawn <= MOST_SHOCKS as f64).then_some(drawn as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_magnitudes_are_those_of_the_law() {
        let model = EtasModel::new(0.5, 0.3, 0.8, [0.01, 1.5], 3.0).unwrap();
        let magnitudes = Magnitudes::new(1.0, 7.0).unwrap();
        let shocks = model.simulate(20_000.0, &magnitudes, 2).unwrap();
        // Branching ratio n = A·E[e^(α(M − M0))] of the cut exponential law; N ≈ μT/(1 − n).
        let (beta, span) = (std::f64::consts::LN_10, 4.0);
        let cut = 1.0 - (-beta * span).exp();
        let n = 0.3 * beta / (beta - 0.8) * (1.0 - (-(beta - 0.8) * span).exp()) / cut;
        let expected = 0.5 * 20_000.0 / (1.0 - n);
        assert!((shocks.len() as f64 / expected - 1.0).abs() < 0.05, "{} {expected}", shocks.len());
        let mean = shocks.iter().map(|s| s.magnitude - 3.0).sum::<f64>() / shocks.len() as f64;
        let exact = 1.0 / beta - span * (1.0 - cut) / cut;
        assert!((mean / exact - 1.0).abs() < 0.03, "{mean} {exact}");
        assert!(shocks.iter().all(|s| s.magnitude <= 7.0 && s.day < 20_000.0));
        assert_eq!(shocks, model.simulate(20_000.0, &magnitudes, 2).unwrap());
    }

    /// Numbers that would fill the memory long before a cascade is seen to have no end.
    #[test]
    fn a_number_above_a_million_is_refused_before_it_is_drawn() {
        let magnitudes = Magnitudes::new(1.0, 8.0).unwrap();
        let refused = |background, productivity, days| {
            let model = EtasModel::new(background, productivity, 1.0, [0.01, 1.5], 3.0).unwrap();
            model.simulate(days, &magnitudes, 1).unwrap_err().to_string()
        };
        for background in [1e4, 1e12, 1e300] {
            let error = refused(background, 0.1, 1000.0);
            assert!(error.contains("background, days"), "{error}");
        }
        assert!(refused(f64::MAX, 0.1, f64::MAX).contains("background, days"));
        for productivity in [1e8, 1e15, f64::MAX] {
            let error = refused(1.0, productivity, 1000.0);
            assert!(error.contains("productivity, alpha"), "{error}");
        }
    }

    #[test]
    fn cascades_without_end_and_bad_settings_are_refused() {
        let magnitudes = Magnitudes::new(1.0, 8.0).unwrap();
        let endless = EtasModel::new(1.0, 3.0, 2.0, [0.001, 3.0], 3.0).unwrap();
        assert!(endless.simulate(1000.0, &magnitudes, 1).is_err());
        let model = EtasModel::new(1.0, 0.1, 1.0, [0.01, 1.2], 3.0).unwrap();
        assert!(model.simulate(0.0, &magnitudes, 1).is_err());
        assert!(model.simulate(10.0, &Magnitudes::new(1.0, 2.0).unwrap(), 1).is_err());
        assert!(Magnitudes::new(0.0, 7.0).is_err());
    }
}
