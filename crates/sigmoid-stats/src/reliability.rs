use crate::analysis::Window;
use crate::analysis_config::AnalysisConfig;
use crate::background::Background;
use crate::curve_fits::CurveFits;
use crate::rate_fit::RateFit;

/// Draws below which a p near 0.01 is mostly Monte-Carlo noise.
const DRAWS_WANTED: usize = 1000;
/// Share of the window below which gaps decide the picture.
const COVERAGE_WANTED: f64 = 0.8;

/// Independent quiet days below which the memory of the counts, and with it every p-value, is known
/// too badly: in simulations with 15 of them (720 days, correlation 0.95 from day to day) p ≤ 0.01
/// came in 1.6 % of quiet records, with 45 in 1.0 %.
const INDEPENDENT_DAYS_WANTED: f64 = 30.0;

/// What limits the claim that the analysis may carry.
pub(crate) fn warnings(
    window: &Window,
    fits: &CurveFits,
    background: &Background,
    quiet_days: usize,
    rate: Option<&RateFit>,
    config: &AnalysisConfig,
) -> Vec<String> {
    let mut warnings = Vec::new();
    if config.null_draws < DRAWS_WANTED {
        let draws = config.null_draws;
        warnings
            .push(format!("only {draws} null draws; use {DRAWS_WANTED} or more for p near 0.01"));
    }
    if (window.observed_days as f64) < COVERAGE_WANTED * window.days as f64 {
        let Window { observed_days, days, .. } = window;
        warnings.push(format!("only {observed_days} of the window's {days} days are observed"));
    }
    let independent = background.independent_days(quiet_days);
    if independent < INDEPENDENT_DAYS_WANTED {
        warnings.push(format!(
            "the record is too short for the claim: its counts remember for so long that \
             {quiet_days} quiet days are worth {independent:.0} independent ones, and \
             {INDEPENDENT_DAYS_WANTED} are wanted; its p-values rest on a memory that the record hardly shows"
        ));
    }
    if let Some(bound) = fits.bound {
        warnings.push(format!(
            "the sigmoid of the cumulative curve lies on a bound ({bound:?}); its parameters are \
             no estimates"
        ));
    }
    if !fits.converged {
        warnings.push("the sigmoid of the cumulative curve did not converge".into());
    }
    if rate.is_none() {
        warnings.push("the likelihood finds no excess over the background to date".into());
    }
    warnings
}
