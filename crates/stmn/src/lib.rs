//! Learn how the crust breathes at a quiet station, carry the model unchanged to stations near an
//! earthquake, and say honestly whether anything anomalous built up there.
//!
//! This crate holds no science: it re-exports the crates that do, and the command `stmn`.
//!
//! | module | for |
//! |---|---|
//! | [`strain_io`] | recordings, stations, catalogues: formats, cleaning, tides, quality, synthetic networks |
//! | [`vmd`] | variational mode decomposition, whole records and sliding windows |
//! | [`timesnet`] | TimesNet: forecasting, imputation, reconstruction, training |
//! | [`graph_spatial`] | geodesics, station graphs, graph convolution, spatial statistics |
//! | [`sigmoid_stats`] | thresholds, daily counts, sigmoid fits, null distributions |
//! | [`pipeline`] | the main job from recordings to a report |
//! | [`sine`] | P arrival, location and magnitude from a few stations (forward pass only) |
//! | [`stmn_linalg`] | least squares, SVD and eigenproblems, pure Rust or LAPACK |
//!
//! The main job on a synthetic network: train on the reference station, carry the weights to the
//! targets, count what they did not expect, and test the days before the event. The records here
//! are too short to find anything, so that the example takes seconds; `stmn demo` runs the same
//! functions on three years.
//!
//! ```
//! use stmn::pipeline::{Context, DemoConfig, RunStore, Silent, demo_network, run_network};
//!
//! let mut config = DemoConfig::default();
//! config.synth.distances_km = vec![23.5, 94.7];
//! (config.synth.reference_days, config.synth.target_days) = (90, 240);
//! config.fit_days = 60;
//! config.method.model.train.epochs = 1;
//! config.method.analysis.window_days = 45;
//! config.method.analysis.min_quiet_days = 45;
//! config.method.analysis.null_draws = 99;
//!
//! let (network, planted) = demo_network(&config, 7, true)?;
//! let store = RunStore::in_memory();
//! let context = Context::new(&store, &Silent, 7);
//! let (scores, result) = run_network(&network, &config.method, &context)?;
//!
//! println!("planted: {} days before", planted.inflection_days_before_event);
//! for station in &result.stations {
//!     let shown = &station.primary().expect("every station has its primary series").analysis;
//!     println!("{} at {:.0} km: Ratio {:.3}, p {:.3}, adjusted {:.3}",
//!         station.id, station.distance_km, shown.ratio, shown.p_value, station.p_adjusted);
//!     assert!(shown.ratio >= 1.0 && (0.01..=1.0).contains(&shown.p_value));
//! }
//! println!("{}", result.verdict);
//! assert_eq!(scores.stations.len(), 2);
//! # Ok::<(), stmn::pipeline::PipelineError>(())
//! ```
//!
//! Tutorials, equations and formats are in the book, `docs/` of the repository.

pub use graph_spatial;
pub use sigmoid_stats;
pub use sine;
pub use stmn_linalg;
pub use stmn_pipeline as pipeline;
pub use strain_io;
pub use timesnet;
pub use vmd;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadmeDoctests;
