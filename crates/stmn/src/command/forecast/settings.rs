use std::path::PathBuf;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use strain_io::ReadOptions;
use timesnet::{ConstantChannels, InceptionKind, Optimizer, Task};

use super::names::{
    DataName, EmbedName, Features, LossName, Pattern, ScheduleName, ScopeName, TableLayout,
    ThresholdFrom,
};

/// The keys of a configuration: the published scripts' own names, and ours where they have none.
/// What is not given has the default of its task.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Settings {
    // What is done, with which file.
    pub(super) task_name: Option<Task>,
    pub(super) data: Option<DataName>,
    pub(super) root_path: Option<PathBuf>,
    pub(super) data_path: Option<PathBuf>,
    pub(super) features: Option<Features>,
    pub(super) target: Option<String>,
    pub(super) freq: Option<String>,
    pub(super) seasonal_patterns: Option<Pattern>,
    pub(super) season: Option<usize>,
    pub(super) layout: Option<TableLayout>,
    pub(super) label: Option<String>,
    pub(super) record: Option<String>,
    pub(super) times: Option<bool>,
    pub(super) time_features: Option<bool>,
    pub(super) split: Option<[f64; 3]>,
    pub(super) constant_channels: Option<ConstantChannels>,
    pub(super) mask_rate: Option<f64>,
    pub(super) anomaly_ratio: Option<f64>,
    pub(super) score_last: Option<usize>,
    pub(super) threshold_from: Option<ThresholdFrom>,
    pub(super) test_periods: Option<ScopeName>,
    pub(super) seed: Option<u64>,
    // The network.
    pub(super) seq_len: Option<usize>,
    pub(super) pred_len: Option<usize>,
    pub(super) enc_in: Option<usize>,
    pub(super) c_out: Option<usize>,
    pub(super) num_class: Option<usize>,
    pub(super) d_model: Option<usize>,
    pub(super) d_ff: Option<usize>,
    pub(super) e_layers: Option<usize>,
    pub(super) top_k: Option<usize>,
    pub(super) num_kernels: Option<usize>,
    pub(super) inception: Option<InceptionName>,
    pub(super) dropout: Option<f64>,
    pub(super) embed: Option<EmbedName>,
    pub(super) use_norm: Option<u8>,
    pub(super) period_scope: Option<ScopeName>,
    // Training.
    pub(super) train_epochs: Option<usize>,
    pub(super) batch_size: Option<usize>,
    pub(super) learning_rate: Option<f64>,
    pub(super) lradj: Option<ScheduleName>,
    pub(super) patience: Option<usize>,
    pub(super) loss: Option<LossName>,
    pub(super) optimizer: Option<Optimizer>,
    pub(super) clip: Option<f64>,
    pub(super) weight_decay: Option<f64>,
    pub(super) max_windows: Option<usize>,
    pub(super) drop_last: Option<bool>,
    // How the file is read.
    pub(super) read: Option<ReadOptions>,

    // Checked and then of no consequence.
    #[serde(skip_serializing)]
    pub(super) model: Option<String>,
    #[serde(skip_serializing)]
    pub(super) augmentation_ratio: Option<f64>,
    // Published names that TimesNet has no use for, or that belong to scripts and not to settings.
    #[serde(skip_serializing)]
    pub(super) activation: Unused,
    #[serde(skip_serializing)]
    pub(super) channel_independence: Unused,
    #[serde(skip_serializing)]
    pub(super) checkpoints: Unused,
    #[serde(skip_serializing)]
    pub(super) d_conv: Unused,
    #[serde(skip_serializing)]
    pub(super) d_layers: Unused,
    #[serde(skip_serializing)]
    pub(super) dec_in: Unused,
    #[serde(skip_serializing)]
    pub(super) decomp_method: Unused,
    #[serde(skip_serializing)]
    pub(super) des: Unused,
    #[serde(skip_serializing)]
    pub(super) devices: Unused,
    #[serde(skip_serializing)]
    pub(super) distil: Unused,
    #[serde(skip_serializing)]
    pub(super) down_sampling_layers: Unused,
    #[serde(skip_serializing)]
    pub(super) down_sampling_method: Unused,
    #[serde(skip_serializing)]
    pub(super) down_sampling_window: Unused,
    #[serde(skip_serializing)]
    pub(super) expand: Unused,
    #[serde(skip_serializing)]
    pub(super) factor: Unused,
    #[serde(skip_serializing)]
    pub(super) gpu: Unused,
    #[serde(skip_serializing)]
    pub(super) gpu_type: Unused,
    #[serde(skip_serializing)]
    pub(super) inverse: Unused,
    #[serde(skip_serializing)]
    pub(super) is_training: Unused,
    #[serde(skip_serializing)]
    pub(super) itr: Unused,
    #[serde(skip_serializing)]
    pub(super) label_len: Unused,
    #[serde(skip_serializing)]
    pub(super) model_id: Unused,
    #[serde(skip_serializing)]
    pub(super) moving_avg: Unused,
    #[serde(skip_serializing)]
    pub(super) n_heads: Unused,
    #[serde(skip_serializing)]
    pub(super) num_workers: Unused,
    #[serde(skip_serializing)]
    pub(super) output_attention: Unused,
    #[serde(skip_serializing)]
    pub(super) p_hidden_dims: Unused,
    #[serde(skip_serializing)]
    pub(super) p_hidden_layers: Unused,
    #[serde(skip_serializing)]
    pub(super) seg_len: Unused,
    #[serde(skip_serializing)]
    pub(super) use_amp: Unused,
    #[serde(skip_serializing)]
    pub(super) use_dtw: Unused,
    #[serde(skip_serializing)]
    pub(super) use_gpu: Unused,
    #[serde(skip_serializing)]
    pub(super) use_multi_gpu: Unused,
}

/// Whatever stands there.
pub(super) type Unused = Option<IgnoredAny>;

/// How kernels are joined; their number is `num_kernels`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum InceptionName {
    MeanOdd,
    ConcatProject,
}

impl InceptionName {
    pub(super) fn kind(self, num_kernels: usize) -> InceptionKind {
        match self {
            Self::MeanOdd => InceptionKind::MeanOdd { num_kernels },
            Self::ConcatProject => InceptionKind::ConcatProject,
        }
    }
}
