//! Each channel in units of its own spread.

use ndarray::{Array2, ArrayView2, Axis};
use serde::{Deserialize, Serialize};

use crate::{Result, TimesNetError};

/// Mean and standard deviation of each channel, taken from the training part alone.
///
/// Read back only where it can be applied: as many deviations as means, finite, the deviations
/// above zero.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Statistics")]
#[non_exhaustive]
pub struct Scaler {
    /// Of each channel.
    pub mean: Vec<f64>,
    /// Of each channel, biased; one where a constant channel was accepted.
    pub deviation: Vec<f64>,
}

/// A [`Scaler`] as it is written, before it is checked.
#[derive(Deserialize)]
struct Statistics {
    mean: Vec<f64>,
    deviation: Vec<f64>,
}

impl TryFrom<Statistics> for Scaler {
    type Error = TimesNetError;

    fn try_from(Statistics { mean, deviation }: Statistics) -> Result<Self> {
        let scaler = Self { mean, deviation };
        scaler.check_own()?;
        Ok(scaler)
    }
}

/// A number of a table: f32 or f64.
pub trait Number: Copy + Into<f64> + sealed::Rounded {}

impl Number for f32 {}
impl Number for f64 {}

mod sealed {
    pub trait Rounded {
        /// Spread against the mean below which values differ by their rounding alone.
        const ROUNDING: f64;
    }

    impl Rounded for f32 {
        const ROUNDING: f64 = 1e-7;
    }

    impl Rounded for f64 {
        const ROUNDING: f64 = 1e-12;
    }
}

/// What to do with a channel that never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ConstantChannels {
    /// Refuse it: usually a broken sensor or a wrong column.
    #[default]
    Refuse,
    /// Only take its mean off.
    Center,
}

impl Scaler {
    /// Takes the statistics of `rows` `[time, channel]`; NaN is left out.
    ///
    /// # Errors
    ///
    /// [`TimesNetError::EmptyChannel`] where a channel has no value, [`TimesNetError::ConstantChannel`]
    /// where one never changes and `constant` refuses that; [`TimesNetError::Config`] where values are
    /// too large for f64 sums.
    ///
    /// ```
    /// use ndarray::array;
    /// use timesnet::{ConstantChannels, Scaler};
    ///
    /// let series = array![[1f32, 5.0], [3.0, 5.0]];
    /// let error = Scaler::fit(series.view(), ConstantChannels::Refuse).unwrap_err();
    /// assert!(error.to_string().starts_with("channel 1 never changes"));
    /// let scaler = Scaler::fit(series.view(), ConstantChannels::Center)?;
    /// assert_eq!(scaler.apply(series.view())?, array![[-1f32, 0.0], [1.0, 0.0]]);
    /// # Ok::<(), timesnet::TimesNetError>(())
    /// ```
    pub fn fit<T: Number>(rows: ArrayView2<'_, T>, constant: ConstantChannels) -> Result<Self> {
        let (mut mean, mut deviation) = (Vec::new(), Vec::new());
        for (channel, column) in rows.axis_iter(Axis(1)).enumerate() {
            let values = || column.iter().map(|&v| v.into()).filter(|v: &f64| v.is_finite());
            let count = values().count() as f64;
            if count == 0.0 {
                return Err(TimesNetError::EmptyChannel { channel });
            }
            let average = values().sum::<f64>() / count;
            let spread = (values().map(|v| (v - average).powi(2)).sum::<f64>() / count).sqrt();
            if !(average.is_finite() && spread.is_finite()) {
                let advice = format!("the values of channel {channel} are too large to be scaled");
                return Err(TimesNetError::config("deviation", spread, &advice));
            }
            // A constant's spread is rounding, of its values or of their sum, not signal.
            let first = values().next();
            let varies = spread > T::ROUNDING * average.abs() && values().any(|v| Some(v) != first);
            if !varies && constant == ConstantChannels::Refuse {
                return Err(TimesNetError::ConstantChannel { channel, value: average });
            }
            mean.push(average);
            deviation.push(if varies { spread } else { 1.0 });
        }
        Ok(Self { mean, deviation })
    }

    /// The fields are public: they may have been changed.
    fn check_own(&self) -> Result<()> {
        if self.mean.len() != self.deviation.len() {
            return Err(TimesNetError::Shape {
                what: "the list of deviations",
                expected: format!("[{}], one for each mean", self.mean.len()),
                got: vec![self.deviation.len()],
            });
        }
        if let Some(mean) = self.mean.iter().find(|mean| !mean.is_finite()) {
            return Err(TimesNetError::config("mean", mean, "means are finite"));
        }
        let above = |value: &f64| value.is_finite() && *value > 0.0;
        match self.deviation.iter().find(|value| !above(value)) {
            None => Ok(()),
            Some(value) => {
                Err(TimesNetError::config("deviation", value, "deviations are finite and above 0"))
            }
        }
    }

    fn check<T>(&self, series: ArrayView2<'_, T>) -> Result<()> {
        self.check_own()?;
        if series.ncols() == self.mean.len() {
            return Ok(());
        }
        Err(TimesNetError::Shape {
            what: "the series",
            expected: format!("[time, {}]", self.mean.len()),
            got: series.shape().to_vec(),
        })
    }

    /// (x − mean)/deviation, channel by channel: in f64, rounded to f32 at its end. A table whose
    /// values vary in their eighth digit keeps that in f64 only.
    ///
    /// # Errors
    ///
    /// [`TimesNetError::Shape`] for another number of channels, [`TimesNetError::Config`] where the
    /// statistics were changed to ones that cannot be applied.
    pub fn apply<T: Number>(&self, series: ArrayView2<'_, T>) -> Result<Array2<f32>> {
        self.check(series)?;
        Ok(Array2::from_shape_fn(series.dim(), |(row, c)| {
            ((series[[row, c]].into() - self.mean[c]) / self.deviation[c]) as f32
        }))
    }

    /// Undoes [`apply`](Self::apply).
    ///
    /// # Errors
    ///
    /// As [`apply`](Self::apply).
    pub fn undo(&self, series: ArrayView2<'_, f32>) -> Result<Array2<f32>> {
        Ok(self.undo_f64(series)?.mapv(|value| value as f32))
    }

    /// As [`undo`](Self::undo), not rounded to f32.
    ///
    /// ```
    /// use ndarray::array;
    /// use timesnet::{ConstantChannels, Scaler};
    ///
    /// // Neighbours of nine digits are one number in f32.
    /// let series = array![[123_456_788.0], [123_456_790.0]];
    /// let scaler = Scaler::fit(series.view(), ConstantChannels::Refuse)?;
    /// let scaled = scaler.apply(series.view())?;
    /// assert_eq!(scaled, array![[-1f32], [1.0]]);
    /// assert_eq!(scaler.undo_f64(scaled.view())?, series);
    /// # Ok::<(), timesnet::TimesNetError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`apply`](Self::apply).
    pub fn undo_f64(&self, series: ArrayView2<'_, f32>) -> Result<Array2<f64>> {
        self.check(series)?;
        Ok(Array2::from_shape_fn(series.dim(), |(row, c)| {
            f64::from(series[[row, c]]) * self.deviation[c] + self.mean[c]
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Constants whose sums round, and a channel that varies in its ninth digit.
    #[test]
    fn what_never_changes_is_told_from_what_changes_little() {
        let refused = |series: Array2<f64>| Scaler::fit(series.view(), ConstantChannels::Refuse);
        for value in [0.1, 1e9 / 3.0, -7e-300, 0.0] {
            let error = refused(Array2::from_elem((100_000, 1), value)).unwrap_err();
            assert!(matches!(error, TimesNetError::ConstantChannel { .. }), "{error}");
        }
        let little =
            Array2::from_shape_fn((1000, 1), |(t, _)| 123_456_789.0 + (t % 3) as f64 - 1.0);
        let scaler = refused(little.clone()).unwrap();
        assert!((scaler.deviation[0] - (2.0f64 / 3.0).sqrt()).abs() < 1e-3);
        // In 32 bits there is nothing left of it.
        let error = Scaler::fit(little.mapv(|v| v as f32).view(), ConstantChannels::Refuse);
        assert!(error.is_err());
        assert!(refused(Array2::from_shape_fn((9, 1), |(t, _)| t as f64 * 1e308)).is_err());
    }

    #[test]
    fn statistics_that_cannot_be_applied_are_not_read() {
        let series = Array2::<f32>::zeros((3, 2));
        let read = |text: &str| serde_json::from_str::<Scaler>(text);
        let sound = read(r#"{"mean": [1.0, 2.0], "deviation": [1.0, 0.5]}"#).unwrap();
        assert_eq!(read(&serde_json::to_string(&sound).unwrap()).unwrap(), sound);
        for (text, word) in [
            (r#"{"mean": [1.0, 2.0], "deviation": [1.0]}"#, "one for each mean"),
            (r#"{"mean": [1.0], "deviation": [0.0]}"#, "above 0"),
            (r#"{"mean": [1.0], "deviation": [-1.0]}"#, "above 0"),
            (r#"{"mean": [1e999], "deviation": [1.0]}"#, "range"),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(word), "{error}");
        }
        // The fields are public.
        let mut changed = sound.clone();
        changed.deviation.pop();
        assert!(changed.apply(series.view()).is_err() && changed.undo(series.view()).is_err());
        let mut changed = sound;
        changed.mean[1] = f64::NAN;
        assert!(changed.apply(series.view()).is_err());
    }
}
