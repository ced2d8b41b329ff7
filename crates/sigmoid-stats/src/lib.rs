//! Is there an anomaly, when did it turn, and would chance do the same?
//!
//! From residuals to a verdict: bounds ([`Thresholds`]), daily counts ([`daily_counts`],
//! [`DailyCounts`]), sigmoid and line on their running sum as published ([`fit_sigmoid`],
//! [`fit_line`], [`ratio`]), and [`analyze`], which tests a window before an event with a matched
//! filter against surrogates of the station's own quiet days, dates the inflection by likelihood
//! and says what a Ratio is worth. Beside it: [`quiet_periods`] for comparison, [`holm`] and
//! [`benjamini_hochberg`] for many looks, [`power_law`] for the decay with distance, [`paired_t`]
//! and [`wilcoxon`] for seeds.
//!
//! ```
//! use jiff::civil::date;
//! use sigmoid_stats::{AnalysisConfig, CountProcess, DailyCounts, analyze};
//!
//! // Nothing is planted here: chance alone.
//! let counts = CountProcess::Poisson { mean: 4.0 }.draw(720, 5)?;
//! let counts = DailyCounts::new(date(2021, 1, 1), counts.into_iter().map(Some).collect())?;
//! let config = AnalysisConfig::default().with_null_draws(499);
//! let analysis = analyze(&counts, "2022-12-22T04:00:00Z".parse().unwrap(), None, &config, 1)?;
//! // The sigmoid beats the line all the same, because a line is one of its limits.
//! assert!(analysis.ratio > 1.0 && analysis.sigmoid.r2 > 0.99);
//! assert!(analysis.p_value > 0.01);
//! # Ok::<(), sigmoid_stats::StatsError>(())
//! ```

mod accumulate;
mod alternatives;
mod analysis;
mod analysis_config;
mod analyze;
mod anomalous_days;
mod background;
mod block_length;
mod bounds;
mod combine;
mod common_inflection;
mod count_distribution;
mod count_fit;
mod count_model;
mod counts;
mod curve_fits;
mod curve_options;
mod curves;
mod detect;
mod differences;
mod dynamics;
mod epicentres;
mod error;
mod evaluation;
mod every_statistic;
mod filter_grid;
mod inflection;
mod inflection_bootstrap;
mod information;
mod interference;
mod judge;
mod least_squares;
mod levenberg_marquardt;
mod likelihood_bank;
mod line;
mod looks;
mod marginal;
mod matched_filter;
mod multiple;
mod normal_equations;
mod nuisance;
mod null;
mod null_windows;
mod observation;
mod paired;
mod periods;
mod posterior;
mod power_law;
mod power_law_profile;
mod prepivot;
mod projection;
mod quick_r2;
mod quiet_mask;
mod quiet_spectrum;
mod rate;
mod rate_fit;
#[cfg(test)]
mod rate_fit_tests;
mod rate_model;
mod reliability;
mod resample;
mod sandwich;
mod separable;
mod sigmoid;
mod sigmoid_curve;
mod sigmoid_errors;
mod sigmoid_plan;
mod split;
mod stations;
#[cfg(any(test, feature = "proptest"))]
pub mod strategies;
mod sums;
mod synthetic;
mod tails;
mod template;
mod threshold;

pub use accumulate::daily_counts;
pub use alternatives::{CurveFit, compare_curves, fit_curve, fit_curve_within};
pub use analysis::{Analysis, PeriodFit, Statistic, Window};
pub use analysis_config::AnalysisConfig;
pub use analyze::analyze;
pub use anomalous_days::{DayRule, anomalous_days};
pub use block_length::{BlockLength, block_length};
pub use bounds::{BoundRule, Bounds};
pub use combine::{CountCombination, MarkCombination, combine_counts, combine_marks};
pub use common_inflection::{CommonInflection, InflectionProfile, common_inflection};
pub use count_distribution::{CountDistribution, count_log_likelihood};
pub use count_fit::{CountComparison, CountFit, compare_count_rates};
pub use counts::DailyCounts;
pub use curve_fits::{LineCurve, SigmoidCurve};
pub use curve_options::CurveOptions;
pub use curves::{Curve, CurveBound, CurveKind};
pub use detect::{Detection, detect};
pub use epicentres::shifted_epicentres;
pub use error::{Result, StatsError};
pub use evaluation::{
    Alarm, AlarmDays, ConsistencyTests, Declustering, EtasFit, EtasModel, Evaluation,
    FrozenProtocol, InformationGain, Magnitudes, Molchan, MolchanPoint, NumberTest, Protocol,
    ProtocolState, RValue, Roc, RocPoint, Shock, SimulatedTest, SmoothedPoisson, auc_interval,
    auc_p_value, consistency_tests, evaluate_alarms, fit_etas, information_gain, molchan,
    molchan_against, r_value, roc,
};
pub use every_statistic::{StatisticTest, matched_station_tests, statistic_tests};
pub use filter_grid::{Baseline, FilterGrid};
pub use inflection::{InflectionIntervals, inflection_intervals};
pub use information::{aicc, bic, delta_aicc, ratio};
pub use interference::{Interference, mask_interference};
pub use least_squares::{LeastSquares, LeastSquaresFit, LeastSquaresOptions, minimize};
pub use levenberg_marquardt::Stop;
pub use line::{LineFit, fit_line};
pub use looks::{Look, Looks};
pub use multiple::{benjamini_hochberg, holm};
pub use ndarray;
pub use null::{EmpiricalP, NullSummary, empirical_p};
pub use null_windows::{NullWindows, WindowDraw, null_windows};
pub use paired::{PairedT, Wilcoxon, paired_t, stars, wilcoxon};
pub use periods::quiet_periods;
pub use power_law::{PowerLawFit, PowerLawMethod, power_law, power_law_with};
pub use quiet_mask::{NearbyEvent, quiet_mask};
pub use rate::{Excess, RateFit};
pub use resample::NullKind;
pub use sigmoid::{Bound, SigmoidFit, SigmoidOptions, fit_sigmoid};
pub use sigmoid_curve::{sigmoid, sigmoid_rate};
pub use sigmoid_plan::SigmoidPlan;
pub use stations::matched_stations;
pub use synthetic::{CountProcess, plant_sigmoid};
pub use threshold::{SigmaRule, Thresholds, exceedances};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadmeDoctests;
