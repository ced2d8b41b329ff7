//! Predictions that take no network: what one has to be better than.

use candle_core::Device;
use ndarray::{Array3, ArrayView1, ArrayViewMut1, Axis, s};

use crate::batch::Batch;
use crate::evaluate::{Judged, by_channel};
use crate::objective::check_hidden;
use crate::{Errors, Objective, Result, TimesNetError, WindowedSeries};

/// A prediction of each channel from itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Simple {
    /// Of forecasts: the last value seen stays.
    LastValue,
    /// Of forecasts: the last so many values seen come again and again.
    SeasonBefore(usize),
    /// Of imputation: a straight line between the nearest values seen; at the ends the nearest
    /// one, and zero, in scaled units the mean, where none is seen.
    Line,
}

/// Errors of a simple prediction where [`evaluate_channels`](crate::evaluate_channels) has those
/// of a network: with the same `objective`, `windows`, `batch` and `seed` of the same values, seen
/// and hidden alike.
///
/// ```
/// use ndarray::Array2;
/// use timesnet::{Objective, Simple, WindowedSeries, evaluate_simple};
///
/// let ramp = Array2::from_shape_fn((40, 1), |(t, _)| t as f32);
/// let windows = WindowedSeries::every(ramp, 12, 1)?;
/// let forecast = Objective::Forecast { horizon: 2 };
/// let errors = evaluate_simple(Simple::LastValue, &forecast, &windows, 8, 7)?;
/// assert_eq!(errors[0].map(|e| (e.mae, e.mse)), Some((1.5, 2.5)));
/// # Ok::<(), timesnet::TimesNetError>(())
/// ```
///
/// # Errors
///
/// [`TimesNetError::Objective`] where prediction, objective and windows do not fit together,
/// [`TimesNetError::Config`] for a season that is not seen whole or a batch of zero,
/// [`TimesNetError::NoWindows`] without windows.
pub fn evaluate_simple(
    simple: Simple,
    objective: &Objective,
    windows: &WindowedSeries,
    batch: usize,
    seed: u64,
) -> Result<Vec<Option<Errors>>> {
    simple.check(objective, windows)?;
    let judged = Judged { objective, windows, marked: false, device: &Device::Cpu, batch, seed };
    by_channel(&judged, &|batch| simple.predict(objective, batch))
}

impl Simple {
    fn check(self, objective: &Objective, windows: &WindowedSeries) -> Result<()> {
        let fits = match (self, *objective) {
            (Self::Line, Objective::Impute { hidden }) => {
                check_hidden(hidden)?;
                true
            }
            (Self::LastValue | Self::SeasonBefore(_), Objective::Forecast { horizon }) => {
                windows.refuse_gaps(0)?;
                (1..windows.window()).contains(&horizon)
            }
            _ => false,
        };
        if !fits {
            let window = windows.window();
            let problem = format!("{self:?} predicts nothing of {objective:?} in {window} samples");
            return Err(TimesNetError::Objective { problem });
        }
        if let (Self::SeasonBefore(season), Objective::Forecast { horizon }) = (self, *objective) {
            let seen = windows.window() - horizon;
            if !(1..=seen).contains(&season) {
                let advice = format!("a season is seen whole: choose from 1 to {seen}");
                return Err(TimesNetError::config("season", season, &advice));
            }
        }
        Ok(())
    }

    fn predict(self, objective: &Objective, batch: &Batch) -> Result<Vec<f32>> {
        let seen = array(batch.input.series())?;
        let rows = match *objective {
            Objective::Forecast { horizon } => horizon,
            _ => seen.dim().1,
        };
        let mask = batch.input.mask().map(array).transpose()?;
        let mut out = Array3::zeros((seen.dim().0, rows, seen.dim().2));
        for (sample, mut to) in out.axis_iter_mut(Axis(0)).enumerate() {
            for (channel, to) in to.axis_iter_mut(Axis(1)).enumerate() {
                let values = seen.slice(s![sample, .., channel]);
                match (self, &mask) {
                    (Self::Line, Some(mask)) => {
                        line(values, mask.slice(s![sample, .., channel]), to)
                    }
                    (Self::SeasonBefore(season), _) => repeat(values, season, to),
                    _ => repeat(values, 1, to),
                }
            }
        }
        Ok(out.into_iter().collect())
    }
}

fn array(tensor: &candle_core::Tensor) -> Result<Array3<f32>> {
    let shape = tensor.dims3()?;
    let values = tensor.flatten_all()?.to_vec1::<f32>()?;
    Array3::from_shape_vec(shape, values).map_err(|_| TimesNetError::Shape {
        what: "the batch",
        expected: format!("{shape:?}"),
        got: tensor.dims().to_vec(),
    })
}

/// The last `season` values again and again.
fn repeat(seen: ArrayView1<'_, f32>, season: usize, mut to: ArrayViewMut1<'_, f32>) {
    let from = seen.len() - season;
    for (step, value) in to.iter_mut().enumerate() {
        *value = seen[from + step % season];
    }
}

/// Straight lines between the values whose mask is not zero.
fn line(values: ArrayView1<'_, f32>, mask: ArrayView1<'_, f32>, mut to: ArrayViewMut1<'_, f32>) {
    let known: Vec<usize> = (0..values.len()).filter(|&row| mask[row] != 0.0).collect();
    for (row, value) in to.iter_mut().enumerate() {
        let next = known.partition_point(|&at| at < row);
        let before = next.checked_sub(1).and_then(|at| known.get(at));
        *value = match (before, known.get(next)) {
            (Some(&a), Some(&b)) => {
                let part = (row - a) as f32 / (b - a) as f32;
                values[a] + part * (values[b] - values[a])
            }
            (Some(&one), None) | (None, Some(&one)) => values[one],
            (None, None) => 0.0,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array1, Array2, array};

    fn errors(simple: Simple, objective: Objective, series: Array2<f32>) -> Vec<Option<Errors>> {
        let windows = match objective {
            Objective::Impute { .. } => WindowedSeries::every_with_gaps(series, 24, 1),
            _ => WindowedSeries::every(series, 24, 1),
        };
        evaluate_simple(simple, &objective, &windows.unwrap(), 5, 3).unwrap()
    }

    #[test]
    fn lines_join_what_is_seen() {
        let values = array![9.0f32, 1.0, 9.0, 9.0, 4.0, 9.0];
        let mut to = Array1::zeros(6);
        line(values.view(), array![0.0, 1.0, 0.0, 0.0, 1.0, 0.0].view(), to.view_mut());
        assert_eq!(to, array![1.0, 1.0, 2.0, 3.0, 4.0, 4.0]);
        line(values.view(), Array1::zeros(6).view(), to.view_mut());
        assert_eq!(to, Array1::<f32>::zeros(6));
    }

    /// What is exactly so is predicted exactly, in each channel by itself.
    #[test]
    fn a_season_repeats_and_a_ramp_is_a_line() {
        let season = Array2::from_shape_fn((90, 2), |(t, c)| ((t + c) % 6) as f32);
        let forecast = Objective::Forecast { horizon: 9 };
        for error in errors(Simple::SeasonBefore(6), forecast, season.clone()) {
            assert_eq!(error.map(|e| (e.mse, e.points)), Some((0.0, 9 * 67)));
        }
        assert!(errors(Simple::LastValue, forecast, season)[0].unwrap().mse > 1.0);
        // A wave of two samples a turn has nothing to do with the line between its neighbours.
        let mut ramp = Array2::from_shape_fn((90, 2), |(t, c)| match c {
            0 => t as f32,
            _ => (t % 2) as f32,
        });
        ramp[[40, 0]] = f32::NAN;
        let found = errors(Simple::Line, Objective::Impute { hidden: 0.1 }, ramp);
        // The window's own ends have one neighbour alone.
        assert!(found[0].unwrap().mse < 0.3 && found[1].unwrap().mse > 0.5, "{found:?}");
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let windows = WindowedSeries::every(Array2::zeros((40, 1)), 12, 1).unwrap();
        let refused = |simple, objective, batch| {
            evaluate_simple(simple, &objective, &windows, batch, 7).unwrap_err()
        };
        let forecast = Objective::Forecast { horizon: 4 };
        let error = refused(Simple::SeasonBefore(9), forecast, 8).to_string();
        assert!(error.contains("choose from 1 to 8"), "{error}");
        assert!(matches!(refused(Simple::Line, forecast, 8), TimesNetError::Objective { .. }));
        assert!(matches!(
            refused(Simple::LastValue, Objective::Reconstruct, 8),
            TimesNetError::Objective { .. }
        ));
        assert!(matches!(refused(Simple::LastValue, forecast, 0), TimesNetError::Config { .. }));
        for hidden in [1.5, 1.0, 0.0, -0.1, f64::NAN] {
            let error = refused(Simple::Line, Objective::Impute { hidden }, 8).to_string();
            assert!(error.contains("cannot be hidden"), "{error}");
        }
    }
}
