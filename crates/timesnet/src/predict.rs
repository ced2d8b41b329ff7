//! Prediction of the newest samples of each window.

use candle_core::Tensor;
use ndarray::{Array3, s};

use crate::batch::{WindowId, gather, gather_marks, patch_range};
use crate::input::{Input, check_marks};
use crate::model::Pass;
use crate::{Objective, PeriodScope, Progress, Result, TimesNet, TimesNetError, WindowedSeries};

/// Windows that pass through the network together. Always this many, the last repeated where fewer
/// are left: matrix products round differently for different sizes, and a prediction should not
/// depend on the company it is made in, not even in its last bit.
const GROUP: usize = 8;

/// Predicts the last `span` samples of every window: `[window, span, channel]`, in the order of
/// [`WindowedSeries::starts`].
///
/// `Reconstruct` returns the network's reproduction. `Masked` hides the patches of the span from
/// the network in turn, so each value comes from the rest of the window only. `Forecast` sees
/// nothing of the last `horizon` samples, of which the last `span` are returned. Periods are chosen
/// per window whatever the network's own scope (fixed ones stay fixed), so a prediction depends
/// neither on the other windows nor on `batch`, the number of windows between two reports of
/// progress, nor on the number of threads.
///
/// # Errors
///
/// [`TimesNetError::Objective`] where network, objective and windows do not fit together,
/// [`TimesNetError::NoMarks`] where the windows lack the network's time features, and
/// [`TimesNetError::Config`] for a span the objective does not cover or a batch of zero.
pub fn predict_last(
    model: &TimesNet,
    objective: &Objective,
    windows: &WindowedSeries,
    span: usize,
    batch: usize,
    progress: &mut dyn FnMut(Progress),
) -> Result<Array3<f32>> {
    objective.check(model.config(), windows.window(), windows.channels())?;
    check_marks(model.config(), windows.marks(), 0)?;
    windows.refuse_gaps(0)?;
    check_span(objective, windows.window(), span)?;
    if batch == 0 {
        return Err(TimesNetError::config("batch", 0, "give at least 1 window"));
    }
    let mut predicted = Array3::zeros((windows.len(), span, windows.channels()));
    let all = std::slice::from_ref(windows);
    for start in (0..windows.len()).step_by(batch) {
        let end = (start + batch).min(windows.len());
        for first in (start..end).step_by(GROUP) {
            let count = GROUP.min(end - first);
            let ids: Vec<WindowId> = (0..GROUP).map(|i| (0, first + i.min(count - 1))).collect();
            let job = Group { model, all, ids: &ids };
            let values = job.last(objective, span)?;
            let to = s![first..first + count, .., ..];
            predicted.slice_mut(to).assign(&values.slice(s![..count, .., ..]));
        }
        progress(Progress { done: end, total: windows.len() });
    }
    Ok(predicted)
}

fn check_span(objective: &Objective, window: usize, span: usize) -> Result<()> {
    let most = match *objective {
        Objective::Reconstruct | Objective::Impute { .. } => window,
        Objective::Masked { span, .. } => span,
        Objective::Forecast { horizon } => horizon,
    };
    if (1..=most).contains(&span) {
        return Ok(());
    }
    let advice = format!("the objective predicts the last {most} samples; choose from 1 to {most}");
    Err(TimesNetError::config("span", span, &advice))
}

/// Windows that pass through the network together.
struct Group<'a> {
    model: &'a TimesNet,
    all: &'a [WindowedSeries],
    ids: &'a [WindowId],
}

impl Group<'_> {
    fn last(&self, objective: &Objective, span: usize) -> Result<Array3<f32>> {
        let series = gather(self.all, self.ids, self.model.device())?;
        let window = series.dim(1)?;
        match *objective {
            Objective::Reconstruct => rows(&self.infer(series)?, window - span..window),
            Objective::Forecast { horizon } => {
                let seen = series.narrow(1, 0, window - horizon)?.contiguous()?;
                rows(&self.infer(seen)?, horizon - span..horizon)
            }
            Objective::Impute { .. } => {
                let problem = "imputation fills what is missing, not the newest samples; use \
                               `impute`";
                Err(TimesNetError::Objective { problem: problem.to_owned() })
            }
            Objective::Masked { patch, .. } => self.masked(&series, patch, span),
        }
    }

    fn masked(&self, series: &Tensor, patch: usize, span: usize) -> Result<Array3<f32>> {
        let (count, window, channels) = series.dims3()?;
        let mut predicted = Array3::zeros((count, span, channels));
        for number in 0..span.div_ceil(patch) {
            let hidden = patch_range(window, patch, number);
            let mut observed = vec![1f32; window * channels];
            observed[hidden.start * channels..hidden.end * channels].fill(0.0);
            let mask = Tensor::from_vec(observed, (1, window, channels), series.device())?;
            let mask = mask.broadcast_as((count, window, channels))?.contiguous()?;
            let input = self.marked(Input::new(series.clone()), window)?.with_mask(mask);
            let output = infer(self.model, &input)?;
            // The earliest patch may begin before the span.
            let first = hidden.start.max(window - span);
            let values = rows(&output, first..hidden.end)?;
            let to = first + span - window..hidden.end + span - window;
            predicted.slice_mut(s![.., to, ..]).assign(&values);
        }
        Ok(predicted)
    }

    fn infer(&self, series: Tensor) -> Result<Tensor> {
        let seen = series.dim(1)?;
        infer(self.model, &self.marked(Input::new(series), seen)?)
    }

    /// With the time features of the first `rows` samples, where the network takes them.
    fn marked(&self, input: Input, rows: usize) -> Result<Input> {
        if self.model.config().time_features == 0 {
            return Ok(input);
        }
        Ok(input.with_mark(gather_marks(self.all, self.ids, rows, self.model.device())?))
    }
}

/// Inference with each sample's own periods, unless the network's are fixed.
pub(crate) fn infer(model: &TimesNet, input: &Input) -> Result<Tensor> {
    let own = matches!(model.config().period_scope, PeriodScope::Frozen { .. });
    let scope = (!own).then_some(&PeriodScope::Sample);
    model.run(input, Pass { train: None, scope })
}

/// Some rows of `[batch, time, channel]` as an array.
pub(crate) fn rows(output: &Tensor, range: std::ops::Range<usize>) -> Result<Array3<f32>> {
    let part = output.narrow(1, range.start, range.len())?;
    let (count, len, channels) = part.dims3()?;
    let values = part.flatten_all()?.to_vec1::<f32>()?;
    check_finite(&values, len, channels)?;
    Array3::from_shape_vec((count, len, channels), values).map_err(|_| TimesNetError::Shape {
        what: "the output",
        expected: format!("[{count}, {len}, {channels}]"),
        got: part.dims().to_vec(),
    })
}

/// Refuses outputs `[batch, len, channels]` that are no numbers; their rows are counted from the first
/// that is asked for.
pub(crate) fn check_finite(values: &[f32], len: usize, channels: usize) -> Result<()> {
    match values.iter().position(|value| !value.is_finite()) {
        None => Ok(()),
        Some(at) => Err(TimesNetError::OutputNotFinite {
            sample: at / (len * channels),
            row: at / channels % len,
            channel: at % channels,
            value: values[at],
        }),
    }
}
