//! Errors of a network on windows, as the published benchmarks count them.

use candle_core::Device;
use candle_seeded::named_rng;

use crate::batch::{Batch, Target};
use crate::examples::{Examples, WindowExamples};
use crate::metrics::ErrorSums;
use crate::model::Pass;
use crate::{Errors, Objective, Result, TimesNet, TimesNetError, WindowedSeries};

/// Mean squared and mean absolute error over everything that `objective` predicts in `windows`, in
/// the windows' own (scaled) units.
///
/// Windows go through the network in batches of `batch`, in order, with the network's own choice
/// of periods; with [`PeriodScope::Batch`](crate::PeriodScope::Batch) the result depends on the
/// batch, as in the published code. `seed` draws what is hidden in imputation.
///
/// # Errors
///
/// [`TimesNetError::Objective`] where network, objective and windows do not fit together,
/// [`TimesNetError::NoMarks`] where the windows lack the network's time features,
/// [`TimesNetError::NoWindows`] without windows, [`TimesNetError::Config`] for a batch of zero.
pub fn evaluate(
    model: &TimesNet,
    objective: &Objective,
    windows: &WindowedSeries,
    batch: usize,
    seed: u64,
) -> Result<Errors> {
    let judged = Judged::of(model, objective, windows, batch, seed)?;
    let mut sums = ErrorSums::default();
    judged.each_error(&|batch| output(model, batch), &mut |_, output, truth| {
        sums.add(output, truth);
    })?;
    sums.errors()
}

/// As [`evaluate`], channel by channel; nothing for a channel in which nothing is judged.
///
/// ```
/// use candle_core::Device;
/// use ndarray::Array2;
/// use timesnet::*;
///
/// let series = Array2::from_shape_fn((200, 2), |(t, c)| ((t + c) as f32 / 4.0).sin());
/// let windows = WindowedSeries::every(series, 60, 4)?.with_judged(vec![1])?;
/// let objective = Objective::Forecast { horizon: 12 };
/// let config = model_config_for(&objective, 60, 2, &SizeConfig::default().with_width(4, 4))?;
/// let model = TimesNet::seeded(config, 7, &Device::Cpu)?;
/// let channels = evaluate_channels(&model, &objective, &windows, 8, 7)?;
/// let both = evaluate(&model, &objective, &windows, 8, 7)?;
/// assert_eq!(channels, [None, Some(both)]);
/// # Ok::<(), TimesNetError>(())
/// ```
///
/// # Errors
///
/// As [`evaluate`].
pub fn evaluate_channels(
    model: &TimesNet,
    objective: &Objective,
    windows: &WindowedSeries,
    batch: usize,
    seed: u64,
) -> Result<Vec<Option<Errors>>> {
    let judged = Judged::of(model, objective, windows, batch, seed)?;
    by_channel(&judged, &|batch| output(model, batch))
}

/// The errors of each channel of what `predict` makes of a batch.
pub(crate) fn by_channel(
    judged: &Judged<'_>,
    predict: &dyn Fn(&Batch) -> Result<Vec<f32>>,
) -> Result<Vec<Option<Errors>>> {
    let channels = judged.windows.channels();
    let mut sums = vec![ErrorSums::default(); channels];
    judged.each_error(predict, &mut |index, output, truth| {
        sums[index % channels].add(output, truth);
    })?;
    Ok(sums.into_iter().map(|sums| sums.errors().ok()).collect())
}

fn output(model: &TimesNet, batch: &Batch) -> Result<Vec<f32>> {
    Ok(model.run(&batch.input, Pass::default())?.flatten_all()?.to_vec1::<f32>()?)
}

/// What is predicted, and what of it is judged.
pub(crate) struct Judged<'a> {
    pub(crate) objective: &'a Objective,
    pub(crate) windows: &'a WindowedSeries,
    /// Whether time features are needed.
    pub(crate) marked: bool,
    pub(crate) device: &'a Device,
    pub(crate) batch: usize,
    pub(crate) seed: u64,
}

impl<'a> Judged<'a> {
    fn of(
        model: &'a TimesNet,
        objective: &'a Objective,
        windows: &'a WindowedSeries,
        batch: usize,
        seed: u64,
    ) -> Result<Self> {
        objective.check_windows(model.config(), windows, 0)?;
        let marked = model.config().time_features > 0;
        Ok(Self { objective, windows, marked, device: model.device(), batch, seed })
    }
}

impl Judged<'_> {
    /// Hands every value that is judged to `add`: its place in its batch, output, truth.
    fn each_error(
        &self,
        predict: &dyn Fn(&Batch) -> Result<Vec<f32>>,
        add: &mut dyn FnMut(usize, f32, f32),
    ) -> Result<()> {
        if self.batch == 0 {
            return Err(TimesNetError::config("batch", 0, "give at least 1 window"));
        }
        let windows = std::slice::from_ref(self.windows);
        let examples = WindowExamples::new(*self.objective, windows, self.marked);
        let ids: Vec<usize> = (0..examples.count()).collect();
        if ids.is_empty() {
            return Err(TimesNetError::NoWindows { purpose: "to compare" });
        }
        let mut rng = named_rng(self.seed, "evaluation");
        for ids in ids.chunks(self.batch) {
            let batch = examples.batch(ids, self.device, &mut rng)?;
            let Target::Values { values, scored } = &batch.target else { continue };
            let output = predict(&batch)?;
            let truth = values.flatten_all()?.to_vec1::<f32>()?;
            let scored = scored.as_ref().map(|s| s.flatten_all()?.to_vec1::<f32>()).transpose()?;
            for (index, (&output, &truth)) in output.iter().zip(&truth).enumerate() {
                if scored.as_ref().is_none_or(|scored| scored[index] > 0.0) {
                    add(index, output, truth);
                }
            }
        }
        Ok(())
    }
}
