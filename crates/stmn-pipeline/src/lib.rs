//! Learn a quiet reference station, carry the model unchanged to its neighbours, and test what is
//! anomalous there: stages, run directory, report.
//!
//! A run reads four-component borehole strain, cleans it, decomposes it into modes, trains TimesNet
//! on the reference station alone, lets the same weights predict every day of the target stations,
//! mixes the predictions over the network's graph, counts the samples outside ŷ ± 1.5 σe, and asks
//! whether the daily counts before an earthquake built up along a sigmoid more than normal times
//! do. Each stage is a pure function of its input, its settings and a seed; nothing that scores a
//! day has seen a later one.
//!
//! Settings are checked before anything runs; the whole job, step by step, is in the README:
//!
//! ```
//! use stmn_pipeline::{MethodConfig, ObjectiveKind, PipelineError, RunDirectory, parse_config};
//!
//! let folder = tempfile::tempdir()?;
//! let empty = RunDirectory::open(folder.path())?;
//! assert!(matches!(empty.read_scores(), Err(PipelineError::NoScores { .. })));
//!
//! // A configuration is refused where it says what nobody knows, with the nearest known key.
//! let error = parse_config("seed = 1\n[method.decompose]\nmode_count = 5\n", "run.toml");
//! let message = error.unwrap_err().to_string();
//! assert!(message.starts_with("run.toml:3:1: unknown field `mode_count`"), "{message}");
//!
//! let mut method = MethodConfig::default();
//! assert_eq!(method.model.objective, ObjectiveKind::Reconstruct);
//! method.decompose.step_hours = 12;
//! assert!(method.validate().is_err()); // days are scored: windows move by whole days
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Source of the method: Li, Ma, Chi, Zheng, Yu, STMN-EQA, *Big Earth Data* (2025); what differs,
//! and why, stands beside each setting of [`MethodConfig`].

mod config;
mod context;
mod counts_file;
mod csv_table;
mod demo;
mod error;
mod network;
mod observer;
mod remarks;
mod report;
mod run;
mod run_directory;
mod stage;
mod station;
mod store;

pub use config::{
    BoundKind, CatalogueConfig, CatalogueFormat, DecomposeConfig, DetectConfig, EventConfig,
    MethodConfig, ModeFeatures, ModelConfig, ObjectiveKind, QuietConfig, RunConfig, Span,
    SpatialConfig, StationConfig, load_config, parse_config, parse_toml,
};
pub use context::Context;
pub use counts_file::read_counts_csv;
pub use csv_table::{CsvRow, CsvTable};
pub use demo::{
    DemoConfig, DemoDocument, Planted, QuietNetwork, Recovered, demo_network, run_demo,
};
pub use error::{PipelineError, Result};
pub use ndarray;
pub use network::Network;
pub use observer::{Observer, Silent};
pub use remarks::{CatalogueSource, Remarks};
pub use report::write_report;
pub use run::{RunDocument, run, run_analyze, run_network, run_train, run_transfer};
pub use run_directory::RunDirectory;
pub use stage::analyze::{ALPHA, NetworkResult, SeriesResult, StationResult, analyze};
pub use stage::decompose::ModesSummary;
pub use stage::detect::{PRIMARY_SERIES, SeriesCounts};
pub use stage::features::Normalization;
pub use stage::score::{Scores, StationScores, Tables, score};
pub use stage::steps::{GaugeStep, leading_steps};
pub use stage::train::{Trained, TrainedSummary, train};
pub use station::{Source, Station};
pub use store::{RunStore, StageKey};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadmeDoctests;
