//! TimesNet (Wu et al., ICLR 2023, <https://openreview.net/forum?id=ju_Uqw384Oq>) on candle: the
//! published network for its five tasks, published checkpoints, deterministic training.
//!
//! A network is a [`TimesNetConfig`] and parameters under their published names: [`TimesNet`].
//! [`Objective`], [`WindowedSeries`], [`train_objective`] and [`predict_last`] train one on windows
//! of a multivariate series and predict the newest samples of each window.
//!
//! ```
//! use candle_core::Device;
//! use ndarray::Array2;
//! use timesnet::{
//!     Objective, SizeConfig, TimesNet, WindowedSeries, model_config_for, predict_last,
//! };
//!
//! let series = Array2::from_shape_fn((300, 2), |(t, c)| ((t + c) as f32 / 4.0).sin());
//! let windows = WindowedSeries::every(series, 48, 12)?;
//! let objective = Objective::Masked { patch: 4, span: 12 };
//! let config = model_config_for(&objective, 48, 2, &SizeConfig::default())?;
//! let model = TimesNet::seeded(config, 7, &Device::Cpu)?;
//! let newest = predict_last(&model, &objective, &windows, 12, 16, &mut |_| {})?;
//! assert_eq!(newest.dim(), (windows.len(), 12, 2));
//! # Ok::<(), timesnet::TimesNetError>(())
//! ```
//!
//! On the CPU a TimesBlock is one fused operation with a hand-written backward pass, all parallel
//! kernels of an inception block merged into one. Results do not depend on the number of threads.

mod anomaly;
mod batch;
mod checkpoint;
mod composed;
mod compute_device;
mod config;
mod cpu_values;
mod dataset;
mod embedding_op;
mod encoder_op;
mod error;
mod evaluate;
mod examples;
mod forecast;
mod impute;
mod inception;
mod input;
mod joined_adam;
mod kernel;
mod kernel_group;
mod kinds;
mod labelled;
mod layers;
mod loss;
mod merge_op;
mod merged_gradients;
mod metrics;
mod model;
mod naive;
mod objective;
mod optimizer;
mod params;
mod pickle_size;
mod predict;
mod pth;
mod restore_op;
mod resume;
mod scaler;
mod short_term;
mod simple;
mod slope;
mod split;
mod squared_error_op;
mod stepper;
mod stored;
mod time;
mod train;
mod train_config;

pub use anomaly::reconstruction_scores;
pub use compute_device::ComputeDevice;
pub use config::TimesNetConfig;
pub use dataset::WindowedSeries;
pub use error::{Result, TimesNetError};
pub use evaluate::{evaluate, evaluate_channels};
pub use forecast::forecast;
pub use impute::impute;
pub use input::Input;
pub use kinds::{InceptionKind, Normalization, PeriodScope, Task, TimeEmbedding};
pub use labelled::{LabelledSet, accuracy, classify};
pub use loss::{Loss, mean_squared_error};
pub use metrics::{Detection, Errors, anomaly_threshold};
pub use model::TimesNet;
pub use naive::naive2;
pub use objective::{Objective, SizeConfig, model_config_for};
pub use predict::predict_last;
pub use scaler::{ConstantChannels, Number, Scaler};
pub use short_term::{ShortTerm, ShortTermErrors};
pub use simple::{Simple, evaluate_simple};
pub use split::{SplitRows, Splits, split, split_with_gaps};
pub use stepper::Stepper;
pub use time::TimeFrequency;
pub use train::{train_classifier, train_objective, train_seeds};
pub use train_config::{
    EpochReport, Optimizer, Progress, Schedule, StopReason, TrainConfig, TrainReport,
};

pub use candle_core;
pub use ndarray;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadmeDoctests;
