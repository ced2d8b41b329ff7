//! What a network is given.

use candle_core::{DType, Tensor};

use crate::{Result, Task, TimesNetConfig, TimesNetError};

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

    /// Adds time features `[batch, seq_len, time_features]`; without them the temporal embedding
    /// is left out, as in the published code.
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
        }
        let mask = match (config.task, &self.mask) {
            (Task::Imputation, Some(mask)) => {
                check(mask, "the mask", &[batch, len, channels])?;
                Some(mask)
            }
            (Task::Classification, Some(mask)) => {
                check(mask, "the mask", &[batch, len])?;
                Some(mask)
            }
            (Task::Imputation, None) => {
                let task = config.task.name();
                return Err(TimesNetError::MissingInput { task, what: "mask" });
            }
            _ => None,
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
