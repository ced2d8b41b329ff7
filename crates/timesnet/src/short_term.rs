//! Errors of short-term forecasts, as the M4 competition counts them.

use serde::{Deserialize, Serialize};

use crate::{Result, TimesNetError, naive2};

/// Mean errors over the forecasts of many series.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ShortTermErrors {
    /// Mean of 200·|ŷ − y|/(|ŷ| + |y|), %.
    pub smape: f64,
    /// Mean of 100·|ŷ − y|/|y| over the values that are not zero, %; none where all are.
    pub mape: Option<f64>,
    /// Mean of |ŷ − y| over the history's own error when each value is forecast by the one a season
    /// before (Hyndman & Koehler 2006), over the series where that is not zero; none where it is
    /// for all.
    pub mase: Option<f64>,
    /// Mean of SMAPE and MASE, each over that of [`naive2`]; none where one cannot be had.
    pub owa: Option<f64>,
    /// Series compared.
    pub series: usize,
}

/// One series: what came before, what was forecast, what came.
#[derive(Clone, Copy, Debug)]
pub struct ShortTerm<'a> {
    /// Everything before the forecast, oldest first.
    pub history: &'a [f64],
    /// The forecast.
    pub forecast: &'a [f64],
    /// What came, as many values.
    pub truth: &'a [f64],
}

impl ShortTermErrors {
    /// Compares forecasts of series with `season` samples in a season (1: none).
    ///
    /// ```
    /// use timesnet::{ShortTerm, ShortTermErrors};
    ///
    /// let one = ShortTerm { history: &[1.0, 2.0, 4.0], forecast: &[5.0], truth: &[3.0] };
    /// let errors = ShortTermErrors::between(&[one], 1)?;
    /// assert_eq!(errors.smape, 50.0);
    /// // The last value's own errors were 1 and 2.
    /// assert_eq!(errors.mase, Some(2.0 / 1.5));
    /// # Ok::<(), timesnet::TimesNetError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`TimesNetError::NoWindows`] without forecasts, [`TimesNetError::Shape`] where one is not as
    /// long as its truth, [`TimesNetError::Config`] for a season of zero.
    pub fn between(forecasts: &[ShortTerm<'_>], season: usize) -> Result<Self> {
        if season == 0 {
            return Err(TimesNetError::config("season", 0, "give 1 where there is none"));
        }
        let (mut ours, mut naive) = (Sums::default(), Sums::default());
        for one in forecasts {
            if one.forecast.len() != one.truth.len() || one.truth.is_empty() {
                return Err(TimesNetError::Shape {
                    what: "the forecast",
                    expected: format!("[{}], as the truth, at least 1", one.truth.len()),
                    got: vec![one.forecast.len()],
                });
            }
            ours.add(one, season);
            let simple = naive2(one.history, season, one.truth.len());
            if simple.len() == one.truth.len() {
                naive.add(&ShortTerm { forecast: &simple, ..*one }, season);
            }
        }
        let Some(smape) = ours.smape.mean() else {
            return Err(TimesNetError::NoWindows { purpose: "to compare" });
        };
        let over = |ours: f64, naive: Option<f64>| naive.filter(|n| *n > 0.0).map(|n| ours / n);
        let mase = ours.mase.mean();
        let owa = over(smape, naive.smape.mean())
            .zip(mase.and_then(|mase| over(mase, naive.mase.mean())))
            .map(|(smape, mase)| 0.5 * (smape + mase));
        let mape = ours.mape.mean();
        Ok(Self { smape, mape, mase, owa, series: forecasts.len() })
    }
}

/// A mean while it is collected.
#[derive(Default)]
struct Mean {
    sum: f64,
    count: usize,
}

impl Mean {
    fn add(&mut self, value: f64) {
        self.sum += value;
        self.count += 1;
    }

    fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum / self.count as f64)
    }
}

#[derive(Default)]
struct Sums {
    smape: Mean,
    mape: Mean,
    mase: Mean,
}

impl Sums {
    fn add(&mut self, one: &ShortTerm<'_>, season: usize) {
        let mut absolute = Mean::default();
        for (forecast, truth) in one.forecast.iter().zip(one.truth) {
            let error = (forecast - truth).abs();
            let size = forecast.abs() + truth.abs();
            self.smape.add(if size > 0.0 { 200.0 * error / size } else { 0.0 });
            if *truth != 0.0 {
                self.mape.add(100.0 * error / truth.abs());
            }
            absolute.add(error);
        }
        let mut own = Mean::default();
        for (later, earlier) in one.history.iter().skip(season).zip(one.history) {
            own.add((later - earlier).abs());
        }
        if let (Some(error), Some(own)) = (absolute.mean(), own.mean())
            && own > 0.0
        {
            self.mase.add(error / own);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn naive2_itself_has_an_owa_of_one() {
        let history: Vec<f64> = (0..24).map(|i| 10.0 + f64::from(i % 4) + f64::from(i)).collect();
        let forecast = naive2(&history, 4, 4);
        let truth = [40.0, 41.0, 42.0, 43.0];
        let one = ShortTerm { history: &history, forecast: &forecast, truth: &truth };
        let errors = ShortTermErrors::between(&[one], 4).unwrap();
        assert!((errors.owa.unwrap() - 1.0).abs() < 1e-12);
        let perfect = ShortTerm { forecast: &truth, ..one };
        let errors = ShortTermErrors::between(&[perfect], 4).unwrap();
        assert_eq!((errors.smape, errors.mase, errors.owa), (0.0, Some(0.0), Some(0.0)));
    }

    /// By hand, two series.
    #[test]
    fn means_are_over_values_and_series() {
        let first = ShortTerm { history: &[1.0, 3.0], forecast: &[2.0, 2.0], truth: &[1.0, 0.0] };
        let second = ShortTerm { history: &[2.0, 2.0], forecast: &[2.0, 2.0], truth: &[2.0, 4.0] };
        let errors = ShortTermErrors::between(&[first, second], 1).unwrap();
        let smape = (200.0 / 3.0 + 200.0 + 0.0 + 400.0 / 6.0) / 4.0;
        assert!((errors.smape - smape).abs() < 1e-12);
        // Zero truth has no percentage; a flat history has no scale.
        assert_eq!(errors.mape, Some((100.0 + 0.0 + 50.0) / 3.0));
        assert_eq!(errors.mase, Some(1.5 / 2.0));
        assert_eq!(errors.series, 2);
    }

    #[test]
    fn what_cannot_be_compared_is_refused() {
        assert!(ShortTermErrors::between(&[], 1).is_err());
        let one = ShortTerm { history: &[1.0], forecast: &[1.0], truth: &[1.0, 2.0] };
        assert!(ShortTermErrors::between(&[one], 1).is_err());
        let fine = ShortTerm { forecast: &[1.0, 2.0], ..one };
        assert!(ShortTermErrors::between(&[fine], 0).is_err());
        // Without a history longer than a season there is no MASE, and so no OWA.
        let errors = ShortTermErrors::between(&[fine], 1).unwrap();
        assert_eq!((errors.mase, errors.owa), (None, None));
    }
}
