use ndarray::{Array1, ArrayView1};
use serde::{Deserialize, Serialize};

use crate::error::{Result, StatsError, check_at_least};
use crate::threshold::{SigmaRule, Thresholds, drop_short_runs};

/// Residuals that each part of the day is judged by at least.
const FEWEST_OF_A_PART: usize = 30;

/// How the bounds of a prediction follow from background residuals.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum BoundRule {
    /// ŷ ± Zα·σe, as published.
    Sigma {
        /// Where σe comes from.
        sigma: SigmaRule,
        /// Multiple of σe.
        z_alpha: f64,
    },
    /// ŷ ± Zα·σe with a σe of its own for each part of the UTC day: a residual that is noisier at
    /// noon than at night would otherwise be anomalous at noon.
    TimeOfDay {
        /// Where σe comes from.
        sigma: SigmaRule,
        /// Multiple of σe.
        z_alpha: f64,
        /// Parts of equal length.
        parts: usize,
    },
    /// Prediction interval between two order statistics of the background residuals, as many beyond
    /// either: right for residuals that are skewed or have heavy tails. A new residual that is
    /// exchangeable with the n of the background lies inside with this probability at least
    /// (Vovk, Gammerman & Shafer 2005, §2.2).
    Quantile {
        /// Probability of the inside, 0..1; 0.8664 is what ±1.5·σe holds of a normal residual.
        coverage: f64,
    },
}

/// Bounds of a prediction, in the unit of the residual (nanostrain).
///
/// ```
/// use sigmoid_stats::ndarray::Array1;
/// use sigmoid_stats::{BoundRule, Bounds};
///
/// // Skewed residuals: 0, 1, 4, 9, … 9801.
/// let background = Array1::from_iter((0..100).map(|i| f64::from(i * i)));
/// let rule = BoundRule::Quantile { coverage: 0.9 };
/// let bounds = Bounds::estimate(rule, background.view(), 24, 0)?;
/// assert_eq!(bounds.offsets(0), [16.0, 9025.0]); // the fifth from either end
/// let marks = bounds.marks(Array1::from(vec![15.0, 16.0, f64::NAN]).view(), 0);
/// assert_eq!(marks, [Some(true), Some(false), None]);
/// # Ok::<(), sigmoid_stats::StatsError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Bounds {
    /// Lower and upper bound of the residual in each part of the day.
    offsets: Vec<[f64; 2]>,
    samples_per_day: usize,
    min_run: usize,
}

impl Bounds {
    /// Bounds from background residuals (NaN = unobserved) on a grid of `samples_per_day` samples,
    /// whose first is number `first` of its UTC day (0 for midnight).
    ///
    /// # Errors
    /// Too few observed residuals for the rule (two; 30 in each part of the day; as many as leave one
    /// beyond either quantile), an infinite one, residuals without spread, settings out of range.
    pub fn estimate(
        rule: BoundRule,
        background: ArrayView1<'_, f64>,
        samples_per_day: usize,
        first: usize,
    ) -> Result<Self> {
        if samples_per_day == 0 {
            return Err(StatsError::setting("samples_per_day", samples_per_day, "1 or more"));
        }
        let of_sigma = |sigma: SigmaRule, z_alpha: f64, residuals: ArrayView1<'_, f64>| {
            let half = Thresholds::estimate(sigma, residuals, z_alpha)?.half_width();
            Ok([-half, half])
        };
        let offsets = match rule {
            BoundRule::Sigma { sigma, z_alpha } => vec![of_sigma(sigma, z_alpha, background)?],
            BoundRule::Quantile { coverage } => vec![between_quantiles(background, coverage)?],
            BoundRule::TimeOfDay { sigma, z_alpha, parts } => {
                if parts == 0 || parts > samples_per_day {
                    return Err(StatsError::setting("parts", parts, "1 to the samples of a day"));
                }
                let part = |i: usize| part_of(first + i, samples_per_day, parts);
                (0..parts)
                    .map(|p| {
                        let own: Array1<f64> = background
                            .iter()
                            .enumerate()
                            .filter(|(i, r)| part(*i) == p && !r.is_nan())
                            .map(|(_, r)| *r)
                            .collect();
                        check_at_least(
                            "residuals in a part of the day",
                            own.len(),
                            FEWEST_OF_A_PART,
                        )?;
                        of_sigma(sigma, z_alpha, own.view())
                    })
                    .collect::<Result<_>>()?
            }
        };
        Ok(Bounds { offsets, samples_per_day, min_run: 1 })
    }

    /// Requires `min_run` consecutive samples outside the bounds before any of them counts.
    ///
    /// # Errors
    /// Zero.
    pub fn with_min_run(self, min_run: usize) -> Result<Self> {
        if min_run == 0 {
            return Err(StatsError::setting("min_run", min_run, "1 or more samples"));
        }
        Ok(Bounds { min_run, ..self })
    }

    /// Lowest and highest residual that is inside, for sample number `sample` of a UTC day.
    pub fn offsets(&self, sample: usize) -> [f64; 2] {
        self.offsets[part_of(sample, self.samples_per_day, self.offsets.len())]
    }

    /// Marks each residual `[sample]`: outside the bounds or not, `None` where it is not finite. The
    /// first is number `first` of its UTC day.
    pub fn marks(&self, residual: ArrayView1<'_, f64>, first: usize) -> Vec<Option<bool>> {
        let outside = |(i, r): (usize, &f64)| {
            let [low, high] = self.offsets(first + i);
            r.is_finite().then_some(*r < low || *r > high)
        };
        let mut marks: Vec<Option<bool>> = residual.iter().enumerate().map(outside).collect();
        if self.min_run > 1 {
            drop_short_runs(&mut marks, self.min_run);
        }
        marks
    }
}

fn part_of(sample: usize, samples_per_day: usize, parts: usize) -> usize {
    sample % samples_per_day * parts / samples_per_day
}

/// The k-th smallest and largest of n with k = ⌊(n + 1)(1 − coverage)/2⌋.
fn between_quantiles(residuals: ArrayView1<'_, f64>, coverage: f64) -> Result<[f64; 2]> {
    if !(coverage > 0.0 && coverage < 1.0) {
        return Err(StatsError::setting("coverage", coverage, "between 0 and 1"));
    }
    if let Some((index, &value)) = residuals.iter().enumerate().find(|(_, v)| v.is_infinite()) {
        return Err(StatsError::NotFinite { what: "residual", index, value });
    }
    let mut observed: Vec<f64> = residuals.iter().copied().filter(|v| !v.is_nan()).collect();
    let beyond = 0.5 * (1.0 - coverage);
    check_at_least("residuals", observed.len(), (1.0 / beyond - 1.0 - 1e-9).ceil() as usize)?;
    observed.sort_unstable_by(f64::total_cmp);
    let n = observed.len();
    let k = ((n + 1) as f64 * beyond + 1e-9).floor().max(1.0) as usize;
    let offsets = [observed[k - 1], observed[n - k]];
    if offsets[0] == offsets[1] {
        return Err(StatsError::NoVariation { what: "the residual", value: offsets[0] });
    }
    Ok(offsets)
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, Exp1, StandardNormal};

    use super::*;

    const SIGMA: SigmaRule = SigmaRule::TargetBackground;

    #[test]
    fn the_published_rule_is_that_of_thresholds() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let residual: Array1<f64> = (0..500).map(|_| rng.sample(StandardNormal)).collect();
        let rule = BoundRule::Sigma { sigma: SIGMA, z_alpha: 1.5 };
        let bounds = Bounds::estimate(rule, residual.view(), 24, 3).unwrap();
        let thresholds = Thresholds::estimate(SIGMA, residual.view(), 1.5).unwrap();
        for run in [1, 2] {
            let (bounds, thresholds) =
                (bounds.clone().with_min_run(run).unwrap(), thresholds.with_min_run(run).unwrap());
            assert_eq!(bounds.marks(residual.view(), 3), thresholds.exceedances(residual.view()));
        }
    }

    /// Over many backgrounds, the share of new residuals outside is what was asked for.
    #[test]
    fn a_quantile_interval_holds_what_it_says_of_a_skewed_residual() {
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        let mut skewed = |n: usize| -> Array1<f64> {
            (0..n).map(|_| -> f64 { Exp1.sample(&mut rng) }).collect()
        };
        let mut outside = 0;
        for _ in 0..200 {
            let rule = BoundRule::Quantile { coverage: 0.9 };
            let bounds = Bounds::estimate(rule, skewed(59).view(), 24, 0).unwrap();
            outside +=
                bounds.marks(skewed(50).view(), 0).iter().filter(|m| **m == Some(true)).count();
        }
        // 10,000 at 10 %, in clusters of one background each: a standard error of about 0.5 %.
        assert!((800..=1200).contains(&outside), "{outside}");
    }

    #[test]
    fn every_part_of_the_day_has_the_same_share_outside() {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        // Noon is five times as noisy as midnight; the record starts at 07:00.
        let first = 7;
        let residual: Array1<f64> = (0..24 * 400)
            .map(|i| {
                let noise: f64 = rng.sample(StandardNormal);
                noise * if ((first + i) % 24) / 12 == 1 { 5.0 } else { 1.0 }
            })
            .collect();
        let rule = BoundRule::TimeOfDay { sigma: SIGMA, z_alpha: 1.5, parts: 2 };
        let share = |rule| {
            let bounds = Bounds::estimate(rule, residual.view(), 24, first).unwrap();
            let marks = bounds.marks(residual.view(), first);
            [0, 1].map(|half| {
                let of = |i: &usize| ((first + i) % 24) / 12 == half && marks[*i] == Some(true);
                (0..marks.len()).filter(of).count() as f64 / (12.0 * 400.0)
            })
        };
        let [night, day] = share(rule);
        assert!((night - 0.134).abs() < 0.02 && (day - 0.134).abs() < 0.02, "{night} {day}");
        let [night, day] = share(BoundRule::Sigma { sigma: SIGMA, z_alpha: 1.5 });
        assert!(night < 0.001 && day > 0.25, "{night} {day}");
    }

    #[test]
    fn an_unknown_key_is_refused() {
        let read = serde_json::from_str::<BoundRule>;
        let rule = read(r#"{"quantile":{"coverage":0.9}}"#).unwrap();
        assert_eq!(rule, BoundRule::Quantile { coverage: 0.9 });
        let refused = read(r#"{"quantile":{"coverage":0.9,"covrage":0.5}}"#).unwrap_err();
        assert!(refused.to_string().contains("covrage"), "{refused}");
    }

    #[test]
    fn bad_settings_and_too_few_residuals_are_refused() {
        let residual: Array1<f64> = (0..40).map(f64::from).collect();
        let refuse = |rule| Bounds::estimate(rule, residual.view(), 24, 0).unwrap_err();
        refuse(BoundRule::Quantile { coverage: 1.0 });
        assert!(refuse(BoundRule::Quantile { coverage: 0.96 }).to_string().contains("at least 49"));
        refuse(BoundRule::TimeOfDay { sigma: SIGMA, z_alpha: 1.5, parts: 0 });
        refuse(BoundRule::TimeOfDay { sigma: SIGMA, z_alpha: 1.5, parts: 2 });
        refuse(BoundRule::Sigma { sigma: SIGMA, z_alpha: -1.0 });
        let flat = Array1::from_elem(100, 2.0);
        let rule = BoundRule::Quantile { coverage: 0.9 };
        assert!(Bounds::estimate(rule, flat.view(), 24, 0).is_err());
        assert!(Bounds::estimate(rule, flat.view(), 0, 0).is_err());
    }
}
