//! How good a result is.

use ndarray::ArrayView3;
use serde::{Deserialize, Serialize};

use crate::{Result, TimesNetError};

/// Errors of a prediction against the truth, over the same points.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Errors {
    /// Mean squared error.
    pub mse: f64,
    /// Mean absolute error.
    pub mae: f64,
    /// Points compared.
    pub points: usize,
}

impl Errors {
    /// Compares arrays of one shape.
    ///
    /// # Errors
    ///
    /// [`TimesNetError::Shape`] where shapes differ, [`TimesNetError::NoWindows`] where there is
    /// nothing to compare.
    pub fn between(predicted: ArrayView3<'_, f32>, truth: ArrayView3<'_, f32>) -> Result<Self> {
        if predicted.dim() != truth.dim() {
            return Err(TimesNetError::Shape {
                what: "the prediction",
                expected: format!("{:?}, as the truth", truth.shape()),
                got: predicted.shape().to_vec(),
            });
        }
        let mut sums = ErrorSums::default();
        for (&predicted, &truth) in predicted.iter().zip(truth) {
            sums.add(predicted, truth);
        }
        sums.errors()
    }
}

/// Sums of errors while they are collected.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ErrorSums {
    squares: f64,
    absolute: f64,
    points: usize,
}

impl ErrorSums {
    pub(crate) fn add(&mut self, predicted: f32, truth: f32) {
        let difference = f64::from(predicted) - f64::from(truth);
        self.squares += difference * difference;
        self.absolute += difference.abs();
        self.points += 1;
    }

    pub(crate) fn errors(self) -> Result<Errors> {
        if self.points == 0 {
            return Err(TimesNetError::NoWindows { purpose: "to compare" });
        }
        let count = self.points as f64;
        Ok(Errors { mse: self.squares / count, mae: self.absolute / count, points: self.points })
    }
}

/// How well anomalous samples were found.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Detection {
    /// Share of the alarms that are right; zero without alarms.
    pub precision: f64,
    /// Share of the anomalous samples found; zero where there are none.
    pub recall: f64,
    /// Their harmonic mean; zero where both are.
    pub f1: f64,
}

impl Detection {
    /// Sample by sample, as it stands.
    ///
    /// ```
    /// use timesnet::Detection;
    ///
    /// let truth = [false, true, true, true, true, false];
    /// let alarms = [false, false, true, false, false, true];
    /// let plain = Detection::of_samples(&alarms, &truth)?;
    /// assert_eq!((plain.precision, plain.recall), (0.5, 0.25));
    /// // One lucky sample counts as the whole event:
    /// let adjusted = Detection::point_adjusted(&alarms, &truth)?;
    /// assert_eq!((adjusted.precision, adjusted.recall), (0.8, 1.0));
    /// # Ok::<(), timesnet::TimesNetError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`TimesNetError::Shape`] where the lengths differ.
    pub fn of_samples(alarms: &[bool], truth: &[bool]) -> Result<Self> {
        if alarms.len() != truth.len() {
            return Err(TimesNetError::Shape {
                what: "the alarms",
                expected: format!("[{}], as the truth", truth.len()),
                got: vec![alarms.len()],
            });
        }
        let count = |alarm, anomalous| {
            alarms.iter().zip(truth).filter(|&(&a, &t)| a == alarm && t == anomalous).count() as f64
        };
        let (hits, false_alarms, missed) =
            (count(true, true), count(true, false), count(false, true));
        let share = |of: f64| if of > 0.0 { hits / of } else { 0.0 };
        let (precision, recall) = (share(hits + false_alarms), share(hits + missed));
        let f1 = match precision + recall {
            0.0 => 0.0,
            sum => 2.0 * precision * recall / sum,
        };
        Ok(Self { precision, recall, f1 })
    }

    /// With point adjustment (Xu et al. 2018), as the published benchmark reports: one alarm
    /// anywhere in an anomalous stretch counts as an alarm at each of its samples.
    ///
    /// **This flatters.** With long anomalies even random alarms reach a high F1 (Kim et al. 2022,
    /// "Towards a rigorous evaluation of time-series anomaly detection"). Give it only beside
    /// [`of_samples`](Self::of_samples).
    ///
    /// # Errors
    ///
    /// As [`of_samples`](Self::of_samples).
    pub fn point_adjusted(alarms: &[bool], truth: &[bool]) -> Result<Self> {
        let mut adjusted = alarms.to_vec();
        let mut start = 0;
        while start < truth.len().min(adjusted.len()) {
            let len = truth[start..].iter().take_while(|t| **t == truth[start]).count();
            let end = (start + len).min(adjusted.len());
            if truth[start] && adjusted[start..end].contains(&true) {
                adjusted[start..end].fill(true);
            }
            start += len;
        }
        Self::of_samples(&adjusted, truth)
    }
}

/// The value that a share of `scores` exceeds: the published anomaly threshold, with `share` the
/// expected share of anomalous samples. Linear between order statistics. NaN is no score (rows that
/// [`reconstruction_scores`](crate::reconstruction_scores) judges by no window) and is left out.
///
/// ```
/// use timesnet::anomaly_threshold;
///
/// assert_eq!(anomaly_threshold(&[f64::NAN, 1.0, f64::NAN, 2.0], 0.25)?, 1.75);
/// # Ok::<(), timesnet::TimesNetError>(())
/// ```
///
/// # Errors
///
/// [`TimesNetError::NoWindows`] where there are no scores but NaN, [`TimesNetError::Config`] for a
/// share outside 0 to 1.
pub fn anomaly_threshold(scores: &[f64], share: f64) -> Result<f64> {
    if !(0.0..=1.0).contains(&share) {
        return Err(TimesNetError::config("share", share, "give a share from 0 to 1"));
    }
    let mut sorted: Vec<f64> = scores.iter().copied().filter(|score| !score.is_nan()).collect();
    sorted.sort_by(f64::total_cmp);
    let Some(last) = sorted.len().checked_sub(1) else {
        return Err(TimesNetError::NoWindows { purpose: "to take a threshold from" });
    };
    let at = (1.0 - share) * last as f64;
    let (below, part) = (at.floor() as usize, at.fract());
    Ok(sorted[below] + part * (sorted[(below + 1).min(last)] - sorted[below]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn thresholds_are_quantiles() {
        let scores: Vec<f64> = (0..=100).rev().map(f64::from).collect();
        assert_eq!(anomaly_threshold(&scores, 0.01).unwrap(), 99.0);
        assert_eq!(anomaly_threshold(&[1.0, 2.0], 0.25).unwrap(), 1.75);
        let (nan, negative) = (f64::NAN, -f64::NAN);
        assert_eq!(anomaly_threshold(&[nan, 1.0, negative, 2.0, nan], 0.25).unwrap(), 1.75);
        for none in [&[][..], &[nan, negative]] {
            let error = anomaly_threshold(none, 0.1).unwrap_err();
            assert!(matches!(error, TimesNetError::NoWindows { .. }), "{error}");
        }
        assert!(anomaly_threshold(&[1.0], 1.1).is_err());
    }

    proptest! {
        #[test]
        fn point_adjustment_never_lowers_the_score(
            pairs in prop::collection::vec((any::<bool>(), any::<bool>()), 1..60),
        ) {
            let (alarms, truth): (Vec<bool>, Vec<bool>) = pairs.into_iter().unzip();
            let plain = Detection::of_samples(&alarms, &truth).unwrap();
            let adjusted = Detection::point_adjusted(&alarms, &truth).unwrap();
            prop_assert!(adjusted.recall >= plain.recall);
            prop_assert!(adjusted.f1 >= plain.f1);
        }
    }
}
