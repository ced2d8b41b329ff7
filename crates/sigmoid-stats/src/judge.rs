use crate::analysis_config::AnalysisConfig;
use crate::background::Background;
use crate::counts::DailyCounts;
use crate::curve_fits::CurveFits;
use crate::error::Result;
use crate::null::{Draws, EmpiricalP, Statistics, Values, empirical_p};
use crate::rate::{Excess, RateFit};
use crate::reliability::supported;
use crate::split::Split;

/// What is said of a window, whether an event follows it or not.
pub(crate) struct Judgement {
    pub(crate) fits: CurveFits,
    pub(crate) background: Background,
    pub(crate) values: Values,
    pub(crate) draws: Draws,
    pub(crate) independent_days: f64,
    /// The share of the draws whose primary statistic is at least as large.
    pub(crate) drawn_p: EmpiricalP,
    /// What it is worth, whether the record is long enough to claim it or not.
    pub(crate) raw_p: EmpiricalP,
    pub(crate) p: EmpiricalP,
    pub(crate) ratio_p: EmpiricalP,
    pub(crate) r2_p: EmpiricalP,
    pub(crate) rate: Option<RateFit>,
    pub(crate) excess: Excess,
    /// See [`Found`](crate::rate_fit::Found).
    pub(crate) profile: Vec<(f64, f64)>,
}

impl Judgement {
    /// Judges the window of `split` by its quiet days with `draws` null draws.
    pub(crate) fn new(
        counts: &DailyCounts,
        split: &Split,
        config: &AnalysisConfig,
        draws: usize,
        seed: u64,
    ) -> Result<Self> {
        let fits = CurveFits::new(split.window(counts), &config.sigmoid)?;
        let background = Background::new(counts, split, config, seed)?;
        let statistics = Statistics::new(counts.len(), split, config)?;
        let values = statistics.of(&background.filled);
        let draws = statistics.null(&background, draws, seed);
        let independent_days = background.independent_days(split.quiet.len());
        let drawn_p = empirical_p(values.filter, &draws.filter);
        let raw_p = background.worth(drawn_p);
        let claimed = |p| supported(p, independent_days);
        let found = background.rate(split, config)?;
        Ok(Self {
            fits,
            p: claimed(raw_p),
            ratio_p: claimed(empirical_p(values.ratio, &draws.ratio)),
            r2_p: claimed(empirical_p(values.r2, &draws.r2)),
            drawn_p,
            raw_p,
            background,
            values,
            draws,
            independent_days,
            rate: found.rate,
            excess: found.excess,
            profile: found.profile,
        })
    }
}
