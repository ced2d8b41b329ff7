use crate::analysis::Window;
use crate::analysis_config::AnalysisConfig;
use crate::background::Background;
use crate::curve_fits::CurveFits;
use crate::null::EmpiricalP;
use crate::rate::RateFit;

/// Draws below which a p near 0.01 is mostly Monte-Carlo noise.
const DRAWS_WANTED: usize = 1000;
/// Share of the window below which gaps decide the picture.
const COVERAGE_WANTED: f64 = 0.8;

/// Independent quiet days below which the memory of the counts, and with it every p-value, is known
/// too badly: see the calibration table on the book's page *Measured*. The 540 quiet days of 720 with a
/// correlation of 0.95 from day to day are worth about 30 and must not claim, however lucky the estimate;
/// those with a correlation of 0.8 are worth about 80 and may.
const INDEPENDENT_DAYS_WANTED: f64 = 50.0;
/// Smallest p that a record of fewer may claim.
const SMALLEST_CLAIM: f64 = 0.1;

/// The p-value that a record worth so many independent days can carry.
pub(crate) fn supported(p: EmpiricalP, independent_days: f64) -> EmpiricalP {
    if independent_days < INDEPENDENT_DAYS_WANTED && p.p_value < SMALLEST_CLAIM {
        EmpiricalP { p_value: SMALLEST_CLAIM, ..p }
    } else {
        p
    }
}

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
             {INDEPENDENT_DAYS_WANTED} are wanted; no p below {SMALLEST_CLAIM} is given"
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
