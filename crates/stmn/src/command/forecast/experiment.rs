use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use strain_io::ReadOptions;
use timesnet::{
    ConstantChannels, InceptionKind, Loss, Normalization, Objective, SplitRows, Task,
    TimeFrequency, TimesNetConfig, TrainConfig,
};

use super::names::{
    DataName, EmbedName, Features, LossName, ScheduleName, ScopeName, TableLayout, ThresholdFrom,
};
use super::settings::{InceptionName, Settings};

/// Everything that determines a model but the numbers in its table: the settings with every default
/// in its place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Experiment {
    pub(super) seed: u64,
    pub(super) data: DataSettings,
    pub(super) network: TimesNetConfig,
    pub(super) training: TrainConfig,
    /// Imputation: the share of values hidden.
    pub(super) mask_rate: f64,
    /// Anomaly detection: the share of rows that are taken for anomalous, %.
    pub(super) anomaly_ratio: f64,
    /// Anomaly detection: how many of a window's last rows it judges.
    pub(super) score_last: usize,
    pub(super) threshold_from: ThresholdFrom,
    /// Long-term forecasts and imputation: whose periods a window is judged with.
    pub(super) test_periods: ScopeName,
    /// Forecasts: samples in a season.
    pub(super) season: usize,
}

/// The table, and what its columns are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DataSettings {
    pub(super) path: PathBuf,
    pub(super) read: ReadOptions,
    /// Whether the table has times.
    pub(super) times: bool,
    /// Whether the network is told them, where its task has a use for them.
    pub(super) time_features: bool,
    pub(super) freq: Option<TimeFrequency>,
    pub(super) features: Features,
    pub(super) target: Option<String>,
    pub(super) label: Option<String>,
    pub(super) record: Option<String>,
    pub(super) layout: TableLayout,
    pub(super) name: DataName,
    pub(super) split: [f64; 3],
    pub(super) constant_channels: ConstantChannels,
}

impl DataSettings {
    /// Which of so many rows train, validate and test.
    pub(super) fn rows(&self, rows: usize) -> SplitRows {
        if let Some(hourly) = self.name.rows_an_hour() {
            let whole = SplitRows::ett_hourly();
            let part = |r: std::ops::Range<usize>| r.start * hourly..r.end * hourly;
            let (train, valid, test) = (part(whole.train), part(whole.valid), part(whole.test));
            return SplitRows { train, valid, test };
        }
        let count = |share: f64| (rows as f64 * share + 1e-9).floor() as usize;
        let (train, test) = (count(self.split[0]).min(rows), count(self.split[2]));
        let last = rows.saturating_sub(test).max(train);
        SplitRows { train: 0..train, valid: train..last, test: last..rows }
    }
}

impl Experiment {
    pub(super) fn task(&self) -> Task {
        self.network.task
    }

    /// What is asked about windows; records are classified whole.
    pub(super) fn objective(&self) -> Objective {
        match self.task() {
            Task::Imputation => Objective::Impute { hidden: self.mask_rate },
            Task::LongTermForecast | Task::ShortTermForecast => {
                Objective::Forecast { horizon: self.network.pred_len }
            }
            _ => Objective::Reconstruct,
        }
    }

    /// The settings that give this experiment again, every one that its task has written out.
    pub(super) fn settings(&self) -> Settings {
        let Self { network, training, data, .. } = self;
        let task = self.task();
        let num_kernels = match network.inception {
            InceptionKind::MeanOdd { num_kernels } => Some(num_kernels),
            _ => None,
        };
        let timed = network.time_features > 0;
        let settings = Settings {
            task_name: Some(task),
            data_path: Some(data.path.clone()),
            seed: Some(self.seed),
            read: (data.read != ReadOptions::default()).then(|| data.read.clone()),
            seq_len: Some(network.seq_len),
            pred_len: task.forecasts().then_some(network.pred_len),
            enc_in: Some(network.enc_in),
            c_out: (task != Task::Classification).then_some(network.c_out),
            num_class: (task == Task::Classification).then_some(network.num_class),
            d_model: Some(network.d_model),
            d_ff: Some(network.d_ff),
            e_layers: Some(network.e_layers),
            top_k: Some(network.top_k),
            num_kernels,
            inception: Some(match num_kernels {
                Some(_) => InceptionName::MeanOdd,
                None => InceptionName::ConcatProject,
            }),
            dropout: Some(network.dropout),
            embed: timed.then(|| EmbedName::of(network.embed)),
            use_norm: Some(u8::from(network.normalize == Normalization::Window)),
            period_scope: Some(ScopeName::of(&network.period_scope)),
            train_epochs: Some(training.epochs),
            batch_size: Some(training.batch),
            learning_rate: Some(training.learning_rate),
            lradj: ScheduleName::of(training.schedule),
            patience: Some(training.patience),
            loss: LossName::of(training.loss).filter(|_| task != Task::Classification),
            optimizer: Some(training.optimizer),
            clip: training.clip,
            weight_decay: Some(training.weight_decay),
            max_windows: training.max_windows,
            drop_last: Some(training.drop_last),
            ..Settings::default()
        };
        self.with_data(settings)
    }

    /// Adds what says how the table is used.
    fn with_data(&self, settings: Settings) -> Settings {
        let (data, task) = (&self.data, self.task());
        let anomalies = task == Task::AnomalyDetection;
        let records = task == Task::Classification;
        let short = task == Task::ShortTermForecast;
        let table = !(records || short && data.layout == TableLayout::Rows);
        let split = !short && data.name == DataName::Custom;
        Settings {
            data: (!short && !records).then_some(data.name),
            split: split.then_some(data.split),
            features: (!records && !short).then_some(data.features),
            target: data.target.clone().filter(|_| !records && !short),
            freq: data.freq.filter(|_| self.network.time_features > 0).map(|f| f.to_string()),
            season: (task.forecasts() || matches!(self.training.loss, Loss::Mase { .. }))
                .then_some(self.season),
            layout: short.then_some(data.layout),
            label: data.label.clone().filter(|_| records || anomalies),
            record: data.record.clone().filter(|_| records),
            times: table.then_some(data.times),
            time_features: has_time_features(task).then_some(data.time_features),
            constant_channels: (!short).then_some(data.constant_channels),
            mask_rate: (task == Task::Imputation).then_some(self.mask_rate),
            anomaly_ratio: anomalies.then_some(self.anomaly_ratio),
            score_last: anomalies.then_some(self.score_last),
            threshold_from: anomalies.then_some(self.threshold_from),
            test_periods: is_tested_by_windows(task).then_some(self.test_periods),
            ..settings
        }
    }
}

/// Whether a task is judged by every window of a table.
pub(super) fn is_tested_by_windows(task: Task) -> bool {
    matches!(task, Task::LongTermForecast | Task::Imputation)
}

/// Whether the published script of a task gives the network time features.
pub(super) fn has_time_features(task: Task) -> bool {
    matches!(task, Task::LongTermForecast | Task::Imputation)
}
