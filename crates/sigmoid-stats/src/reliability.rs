use crate::analysis::Window;
use crate::analysis_config::AnalysisConfig;
use crate::background::Background;
use crate::curve_fits::CurveFits;
use crate::rate_fit::RateFit;

/// Draws below which a p near 0.01 is mostly Monte-Carlo noise.
const DRAWS_WANTED: usize = 1000;
/// Share of the window below which gaps decide the picture.
const COVERAGE_WANTED: f64 = 0.8;

/// What limits the claim that the analysis may carry.
pub(crate) fn warnings(
    window: &Window,
    fits: &CurveFits,
    _background: &Background,
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
    if let Some(bound) = fits.bound {
        warnings.push(format!(
            "the sigmoid of the cumulative curve lies on a bound ({bound:?}); its parameters are no estimates"
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
