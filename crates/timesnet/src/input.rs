//! What a network is given.

use candle_core::{DType, Tensor};
use ndarray::ArrayView2;

use crate::layers::CALENDAR;
use crate::{Result, Task, TimeEmbedding, TimesNetConfig, TimesNetError};

/// A batch: the series, and where the task has them time features and a mask.
#[derive(Clone, Debug)]
pub struct Input {
    series: Tensor,
    mark: Option<Tensor>,
    mask: Option<Tensor>,
}

impl Input {
    /// Series `[batch, seq_len, enc_in]`, f32.
    #[must_use]
    pub fn new(series: Tensor) -> Self {
        Self { series, mark: None, mask: None }
    }

    /// Adds time features `[batch, seq_len, time_features]`, finite; without them the temporal embedding
    /// is left out, as in the published code (whose reconstruction and classification have none).
    /// What takes whole series ([`predict_last`](crate::predict_last), [`forecast`](crate::forecast)
    /// and the like) refuses them without, where the network has time features.
    #[must_use]
    pub fn with_mark(self, mark: Tensor) -> Self {
        Self { mark: Some(mark), ..self }
    }

    /// Adds a mask of ones (observed) and zeros (hidden). Imputation: `[batch, seq_len, enc_in]`;
    /// hidden values are never read and may be NaN. Classification: `[batch, seq_len]`, zero in
    /// the padding.
    #[must_use]
    pub fn with_mask(self, mask: Tensor) -> Self {
        Self { mask: Some(mask), ..self }
    }

    pub(crate) fn series(&self) -> &Tensor {
        &self.series
    }

    pub(crate) fn mark(&self) -> Option<&Tensor> {
        self.mark.as_ref()
    }

    pub(crate) fn mask(&self) -> Option<&Tensor> {
        self.mask.as_ref()
    }

    /// The same input with hidden values replaced by zero, everything else checked.
    pub(crate) fn checked(&self, config: &TimesNetConfig) -> Result<Self> {
        let batch = self.series.dims().first().copied().unwrap_or(0);
        let (len, channels) = (config.seq_len, config.enc_in);
        check(&self.series, "the series", &[batch.max(1), len, channels])?;
        if let Some(mark) = &self.mark {
            if config.time_features == 0 {
                let advice = "the network was built without time features; leave the mark out";
                return Err(TimesNetError::config("time_features", 0, advice));
            }
            check(mark, "the mark", &[batch, len, config.time_features])?;
            MARK.check(mark)?;
            if config.embed == TimeEmbedding::Fixed {
                check_calendar(mark)?;
            }
        }
        let mask = match (config.task, &self.mask) {
            (Task::Imputation, Some(mask)) => {
                check(mask, "the mask", &[batch, len, channels])?;
                MASK.check(mask)?;
                Some(mask)
            }
            (Task::Classification, Some(mask)) => {
                check(mask, "the mask", &[batch, len])?;
                MASK.check(mask)?;
                Some(mask)
            }
            (Task::Imputation, None) => {
                let task = config.task.name();
                return Err(TimesNetError::MissingInput { task, what: "mask" });
            }
            (_, Some(_)) => {
                let advice = "only imputation and classification know what to do with one";
                return Err(TimesNetError::config("mask", "given", advice));
            }
            (_, None) => None,
        };
        let mut checked = Self { mask: mask.cloned(), ..self.clone() };
        if let (Task::Imputation, Some(mask)) = (config.task, mask) {
            let zeros = self.series.zeros_like()?;
            checked.series = mask.ne(0f32)?.where_cond(&self.series, &zeros)?;
        }
        checked.refuse_not_finite()?;
        Ok(checked)
    }

    fn refuse_not_finite(&self) -> Result<()> {
        let (_, len, channels) = self.series.dims3()?;
        let values = self.series.flatten_all()?.to_vec1::<f32>()?;
        match values.iter().position(|value| !value.is_finite()) {
            None => Ok(()),
            Some(at) => Err(TimesNetError::NotFinite {
                series: at / (len * channels),
                row: at / channels % len,
                channel: at % channels,
                start: 0,
                value: values[at],
            }),
        }
    }
}

/// What may stand in an input beside the series.
pub(crate) struct SideValues {
    what: &'static str,
    needed: &'static str,
    allowed: fn(f32) -> bool,
}

pub(crate) const MARK: SideValues = SideValues {
    what: "a time feature",
    needed: "time features are finite",
    allowed: f32::is_finite,
};

const MASK: SideValues = SideValues {
    what: "the mask",
    needed: "it is 1 where a value is observed and 0 where it is hidden",
    allowed: |value| value == 0.0 || value == 1.0,
};

/// Refuses calendar numbers `[batch, time, column]` that no table has a row for.
fn check_calendar(mark: &Tensor) -> Result<()> {
    let (_, rows, columns) = mark.dims3()?;
    for (at, value) in mark.flatten_all()?.to_vec1::<f32>()?.into_iter().enumerate() {
        let column = at % columns;
        let most = CALENDAR.get(column).map_or(0, |(_, rows)| *rows);
        if !(0.0..most as f32).contains(&value) || value.fract() != 0.0 {
            let row = at / columns % rows;
            return Err(CALENDAR_NUMBER.refused(at / (rows * columns), row, column, value));
        }
    }
    Ok(())
}

const CALENDAR_NUMBER: SideValues = SideValues {
    what: "a calendar number",
    needed: "the `fixed` embedding takes whole numbers: month to 12, day to 31, weekday to 6, hour to \
             23, quarter of an hour to 3",
    allowed: f32::is_finite,
};

impl SideValues {
    /// `[batch, time]` or `[batch, time, column]`.
    fn check(&self, tensor: &Tensor) -> Result<()> {
        let dims = tensor.dims();
        let (rows, columns) = (dims[1], dims.get(2).copied().unwrap_or(1));
        let values = tensor.flatten_all()?.to_vec1::<f32>()?;
        match values.iter().position(|value| !(self.allowed)(*value)) {
            None => Ok(()),
            Some(at) => {
                let row = at / columns % rows;
                Err(self.refused(at / (rows * columns), row, at % columns, values[at]))
            }
        }
    }

    /// Rows of a series, of which the first is number `from`.
    pub(crate) fn check_rows(&self, rows: ArrayView2<'_, f32>, from: usize) -> Result<()> {
        match rows.indexed_iter().find(|(_, value)| !(self.allowed)(**value)) {
            None => Ok(()),
            Some(((row, column), &value)) => Err(self.refused(0, from + row, column, value)),
        }
    }

    fn refused(&self, sample: usize, row: usize, column: usize, value: f32) -> TimesNetError {
        let (what, needed) = (self.what, self.needed);
        TimesNetError::Side { what, sample, row, column, value, needed }
    }
}

/// Refuses a series without the time features that the network takes, or with others: `marks`
/// `[time, feature]`.
pub(crate) fn check_marks(
    config: &TimesNetConfig,
    marks: Option<ArrayView2<'_, f32>>,
    series: usize,
) -> Result<()> {
    let features = config.time_features;
    match marks {
        _ if features == 0 => Ok(()),
        None => Err(TimesNetError::NoMarks { series, features }),
        Some(marks) if marks.ncols() != features => Err(TimesNetError::Shape {
            what: "the time features",
            expected: format!("[time, {features}] (of series {series})"),
            got: marks.shape().to_vec(),
        }),
        Some(_) => Ok(()),
    }
}

fn check(tensor: &Tensor, what: &'static str, expected: &[usize]) -> Result<()> {
    if tensor.dtype() != DType::F32 {
        let problem = format!("f32 of shape {expected:?} (it is {:?})", tensor.dtype());
        return Err(TimesNetError::Shape { what, expected: problem, got: tensor.dims().to_vec() });
    }
    if tensor.dims() == expected {
        return Ok(());
    }
    let expected = match expected.split_first() {
        Some((_, rest)) => {
            let rest: Vec<String> = rest.iter().map(ToString::to_string).collect();
            format!("[batch, {}] with a batch of at least 1", rest.join(", "))
        }
        None => String::new(),
    };
    Err(TimesNetError::Shape { what, expected, got: tensor.dims().to_vec() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TimesNet;
    use candle_core::Device;

    /// Zeros `[2, 12, 2]` with one value.
    fn zeros_but(at: usize, value: f32, shape: &[usize]) -> Tensor {
        let mut values = vec![0f32; shape.iter().product()];
        values[at] = value;
        Tensor::from_vec(values, shape, &Device::Cpu).unwrap()
    }

    fn refusal(config: TimesNetConfig, input: &Input) -> TimesNetError {
        let config = config.with_width(4, 4);
        TimesNet::seeded(config, 1, &Device::Cpu).unwrap().forward(input).unwrap_err()
    }

    #[test]
    fn marks_are_finite_and_masks_zero_or_one() {
        let series = || Input::new(zeros_but(0, 1.0, &[2, 12, 2]));
        let place = |error: TimesNetError| match error {
            TimesNetError::Side { sample, row, column, .. } => (sample, row, column),
            other => panic!("{other}"),
        };
        let at = (12 + 5) * 2 + 1;
        let config = TimesNetConfig::new(Task::AnomalyDetection, 12, 2).with_time_features(2);
        for value in [f32::NAN, f32::INFINITY] {
            let marked = series().with_mark(zeros_but(at, value, &[2, 12, 2]));
            assert_eq!(place(refusal(config.clone(), &marked)), (1, 5, 1));
        }
        let imputes = TimesNetConfig::new(Task::Imputation, 12, 2);
        let classifies = TimesNetConfig::new(Task::Classification, 12, 2).with_classes(2);
        for value in [f32::NAN, 0.5, -1.0, 2.0] {
            let masked = series().with_mask(zeros_but(at, value, &[2, 12, 2]));
            assert_eq!(place(refusal(imputes.clone(), &masked)), (1, 5, 1));
            let masked = series().with_mask(zeros_but(17, value, &[2, 12]));
            let error = refusal(classifies.clone(), &masked);
            assert!(error.to_string().starts_with("the mask: "), "{error}");
            assert_eq!(place(error), (1, 5, 0));
        }
    }
}
