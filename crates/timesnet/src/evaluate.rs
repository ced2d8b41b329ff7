//! Errors of a network on windows, as the published benchmarks count them.

use candle_seeded::named_rng;

use crate::batch::Target;
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
/// [`TimesNetError::NoWindows`] without windows, [`TimesNetError::Config`] for a batch of zero.
pub fn evaluate(
    model: &TimesNet,
    objective: &Objective,
    windows: &WindowedSeries,
    batch: usize,
    seed: u64,
) -> Result<Errors> {
    objective.check(model.config(), windows.window(), windows.channels())?;
    if batch == 0 {
        return Err(TimesNetError::config("batch", 0, "give at least 1 window"));
    }
    let marked = model.config().time_features > 0;
    let examples = WindowExamples::new(*objective, std::slice::from_ref(windows), marked);
    let ids: Vec<usize> = (0..examples.count()).collect();
    let mut rng = named_rng(seed, "evaluation");
    let mut sums = ErrorSums::default();
    for ids in ids.chunks(batch) {
        let batch = examples.batch(ids, model.device(), &mut rng)?;
        let Target::Values { values, scored } = &batch.target else { continue };
        let output = model.run(&batch.input, Pass::default())?.flatten_all()?.to_vec1::<f32>()?;
        let truth = values.flatten_all()?.to_vec1::<f32>()?;
        match scored {
            None => output.iter().zip(&truth).for_each(|(&o, &t)| sums.add(o, t)),
            Some(scored) => {
                let scored = scored.flatten_all()?.to_vec1::<f32>()?;
                for ((&output, &truth), scored) in output.iter().zip(&truth).zip(scored) {
                    if scored > 0.0 {
                        sums.add(output, truth);
                    }
                }
            }
        }
    }
    sums.errors()
}
