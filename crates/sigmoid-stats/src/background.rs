use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::analysis_config::AnalysisConfig;
use crate::block_length::block_length;
use crate::count_model::CountModel;
use crate::counts::DailyCounts;
use crate::error::Result;
use crate::marginal::Marginal;
use crate::nuisance::Nuisance;
use crate::null::EmpiricalP;
use crate::observation::Observation;
use crate::posterior::Posterior;
use crate::prepivot::prepivoted;
use crate::rate_fit::{Found, RateProblem};
use crate::rate_model::RateModel;
use crate::resample::{NullKind, circular_shift, moving_blocks};
use crate::split::Split;
use crate::sums::dot;

/// What the quiet days say of the process that makes the counts.
pub(crate) struct Background {
    /// The record with zeros where nothing was observed; only quiet days and observed days of the
    /// window are ever read.
    pub(crate) filled: Vec<f64>,
    pub(crate) mean: f64,
    /// Counts of the quiet days in order.
    quiet: Vec<f64>,
    null: NullKind,
    /// Days of a block, where blocks are drawn.
    block: usize,
    observation: Observation,
    /// The observation from the quiet days drawn again in blocks, which surrogates take in turn:
    /// how often a station does much is known from few independent days.
    redrawn: Vec<Observation>,
    pub(crate) posterior: Posterior,
}

impl Background {
    pub(crate) fn new(
        counts: &DailyCounts,
        split: &Split,
        config: &AnalysisConfig,
        seed: u64,
    ) -> Result<Self> {
        config.null.check_days(split.quiet.len())?;
        let filled = Background::filled(counts);
        let quiet: Vec<f64> = split.quiet.iter().map(|&i| filled[i]).collect();
        let [mean, variance] = moments(&quiet);
        let marginal = Marginal::new(&quiet)?;
        let mut scores = vec![None; counts.len()];
        split.quiet.iter().for_each(|&i| scores[i] = Some(marginal.score(filled[i])));
        let observation = Observation::new(&marginal, mean, variance);
        let nuisance = Nuisance::of_quiet(config.filter.baseline, counts.len(), split);
        let posterior = Posterior::new(&scores, &nuisance, observation.kept_by_scores())?;
        let null = config.null;
        let block = match null {
            NullKind::MovingBlock { days: Some(days) } => days,
            NullKind::MovingBlock { days: None } => {
                block_length(&quiet)?.circular.ceil().max(1.0) as usize
            }
            NullKind::Surrogates | NullKind::CircularShift => 1,
        };
        let redrawn = match null {
            NullKind::Surrogates => redraw(&quiet, &posterior, &observation, seed),
            _ => Vec::new(),
        };
        Ok(Background { filled, mean, quiet, null, block, observation, redrawn, posterior })
    }

    /// Fills `counts` with a record of the null distribution.
    pub(crate) fn surrogate(&self, counts: &mut [f64], rng: &mut ChaCha8Rng) {
        match self.null {
            NullKind::Surrogates => {
                self.posterior.sample(rng).draw(counts, rng);
                let which = rng.next_u32() as usize % self.redrawn.len();
                let observation = &self.redrawn[which];
                counts.iter_mut().for_each(|v| *v = observation.count(*v, rng.next_u32()));
            }
            NullKind::CircularShift => circular_shift(&self.quiet, counts, rng),
            NullKind::MovingBlock { .. } => moving_blocks(&self.quiet, self.block, counts, rng),
        }
    }

    /// Number of independent days that `quiet_days` days are worth.
    pub(crate) fn independent_days(&self, quiet_days: usize) -> f64 {
        let kept = self.observation.kept_by_counts();
        quiet_days as f64 / self.posterior.mean(|d| d.days_per_independent_day(kept))
    }

    /// What a p of the matched filter among the null records is worth.
    pub(crate) fn worth(&self, p: EmpiricalP) -> EmpiricalP {
        let quiet_days = self.quiet.len();
        match self.null {
            NullKind::Surrogates => prepivoted(p, quiet_days, self.independent_days(quiet_days)),
            // Shifts and blocks are asked for as they are.
            NullKind::CircularShift | NullKind::MovingBlock { .. } => p,
        }
    }

    /// The record with zeros where nothing was observed.
    pub(crate) fn filled(counts: &DailyCounts) -> Vec<f64> {
        counts.as_slice().iter().map(|c| c.unwrap_or(0.0)).collect()
    }

    /// Sigmoid rate in the window by the likelihood, and its excess.
    pub(crate) fn rate(&self, split: &Split, config: &AnalysisConfig) -> Result<Found> {
        let kept = self.observation.kept_by_counts();
        let mut correlation = self.posterior.correlation(self.filled.len());
        correlation.iter_mut().skip(1).for_each(|r| *r *= kept);
        let baseline = config.filter.baseline;
        let mut about = self.filled.clone();
        Nuisance::of_quiet(baseline, about.len(), split).remove(&mut about);
        let variance = dot(&about, &about) / split.quiet.len() as f64;
        let scatter = (self.mean, CountModel::of_build_up(self.mean, variance));
        let window = (split.start, split.observed.as_slice());
        let model = RateModel::new(&self.filled, &split.quiet, window, baseline, scatter);
        let problem = RateProblem {
            model,
            days: split.observed.len(),
            window_start: split.start,
            correlation: &correlation,
        };
        problem.fit(&config.filter, config.confidence)
    }
}

/// Observations made from quiet days that are drawn again.
const REDRAWN: usize = 8;
/// Blocks of this many independent days' length keep the memory.
const BLOCK_MEMORIES: f64 = 3.0;

fn redraw(
    quiet: &[f64],
    posterior: &Posterior,
    observation: &Observation,
    seed: u64,
) -> Vec<Observation> {
    let kept = observation.kept_by_counts();
    let memory = posterior.mean(|d| d.days_per_independent_day(kept));
    let block = (BLOCK_MEMORIES * memory).ceil() as usize;
    // Streams from one on belong to the draws.
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut drawn = vec![0.0; quiet.len()];
    (0..REDRAWN)
        .map(|_| {
            moving_blocks(quiet, block, &mut drawn, &mut rng);
            let [mean, variance] = moments(&drawn);
            // A draw without variation (rare counts) says nothing.
            Marginal::new(&drawn)
                .map_or_else(|_| observation.clone(), |m| Observation::new(&m, mean, variance))
        })
        .collect()
}

/// Mean and variance.
fn moments(values: &[f64]) -> [f64; 2] {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    [mean, values.iter().map(|y| (y - mean).powi(2)).sum::<f64>() / n]
}
