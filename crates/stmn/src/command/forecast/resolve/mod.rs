use timesnet::{
    ConstantChannels, Loss, Normalization, Optimizer, Task, TimeEmbedding, TimeFrequency,
    TimesNetConfig, TrainConfig,
};

use super::experiment::{DataSettings, Experiment, has_time_features, is_tested_by_windows};
use super::names::{DataName, EmbedName, Features, LossName, ScheduleName, ScopeName, TableLayout};
use super::settings::{InceptionName, Settings};
use crate::failure::Failure;

/// What the table says of itself.
pub(super) struct Facts {
    pub(super) channels: usize,
    /// Seconds from row to row.
    pub(super) interval_s: Option<f64>,
    /// Rows of the longest record, of a table of records.
    pub(super) longest: usize,
    pub(super) classes: usize,
}

/// The shares of rows or records that train, validate and test where nothing else is said; those of
/// the published loader.
const SHARES: [f64; 3] = [0.7, 0.1, 0.2];

impl Settings {
    pub(super) fn task(&self) -> Result<Task, Failure> {
        self.task_name.ok_or_else(|| {
            Failure::new(
                "`task_name` is needed: long_term_forecast, short_term_forecast, imputation, \
                 anomaly_detection or classification",
            )
        })
    }

    /// What is needed to read the table.
    pub(super) fn data_settings(&self, path: std::path::PathBuf) -> Result<DataSettings, Failure> {
        let task = self.task()?;
        if let Some(model) = self.model.as_deref().filter(|model| *model != "TimesNet") {
            return Err(refused("model", model, "only TimesNet is here"));
        }
        if let Some(ratio) = self.augmentation_ratio.filter(|ratio| *ratio != 0.0) {
            return Err(refused("augmentation_ratio", ratio, "training data are not augmented; 0"));
        }
        let split = self.split.unwrap_or(SHARES);
        let sum: f64 = split.iter().sum();
        if !(split.iter().all(|share| *share > 0.0) && (sum - 1.0).abs() < 1e-9) {
            let advice = "give the shares that train, validate and test: above 0, with sum 1";
            return Err(refused("split", format!("{split:?}"), advice));
        }
        self.refuse_unread(task)?;
        let freq = self.freq.as_deref().map(str::parse::<TimeFrequency>).transpose()?;
        Ok(self.applying(
            DataSettings {
                path,
                read: self.read.clone().unwrap_or_default(),
                times: self.times.unwrap_or(true),
                time_features: self.time_features.unwrap_or(true),
                freq,
                features: self.features.unwrap_or_default(),
                target: self.target.clone(),
                label: self.label.clone(),
                record: self.record.clone(),
                layout: self.layout.unwrap_or_default(),
                name: self.data.unwrap_or_default(),
                split,
                constant_channels: self.constant_channels.unwrap_or_default(),
            },
            task,
        ))
    }

    /// Refuses ways of reading where the file is read as a plain table whatever they say.
    fn refuse_unread(&self, task: Task) -> Result<(), Failure> {
        let plain = match task {
            Task::Classification => "a table of records",
            Task::ShortTermForecast if self.layout == Some(TableLayout::Rows) => {
                "a table with `layout = \"rows\"`"
            }
            _ if self.times == Some(false) => "a table with `times = false`",
            _ => return Ok(()),
        };
        match self.read {
            None => Ok(()),
            Some(_) => Err(Failure::new(format!(
                "setting `read`: {plain} is read as a plain table: leave `read` out"
            ))),
        }
    }

    /// Without what a task has no use for, so that it cannot change what is done.
    fn applying(&self, data: DataSettings, task: Task) -> DataSettings {
        let records = task == Task::Classification;
        let short = task == Task::ShortTermForecast;
        let rows = short && data.layout == TableLayout::Rows;
        let timed = has_time_features(task) && data.times && data.time_features;
        let whole = records || short;
        let name = if whole { DataName::Custom } else { data.name };
        DataSettings {
            times: data.times || records || rows,
            time_features: data.time_features || !has_time_features(task),
            freq: data.freq.filter(|_| timed),
            features: if whole { Features::M } else { data.features },
            target: data.target.filter(|_| !whole),
            label: data.label.filter(|_| records || task == Task::AnomalyDetection),
            record: data.record.filter(|_| records),
            layout: if short { data.layout } else { TableLayout::Columns },
            split: if short || name != DataName::Custom { SHARES } else { data.split },
            constant_channels: match short {
                true => ConstantChannels::default(),
                false => data.constant_channels,
            },
            name,
            ..data
        }
    }

    /// Every default in its place, and everything checked.
    pub(super) fn resolve(&self, data: DataSettings, facts: &Facts) -> Result<Experiment, Failure> {
        let task = self.task()?;
        let anomalies = task == Task::AnomalyDetection;
        let mut data = data;
        let of_season = task.forecasts() || self.loss == Some(LossName::Mase);
        let season = self.season.or(self.seasonal_patterns.map(|p| p.season()));
        let season = season.filter(|_| of_season).unwrap_or(1);
        if season == 0 {
            return Err(refused("season", 0, "give 1 where there is none"));
        }
        let timed = has_time_features(task) && data.times && data.time_features;
        if timed && data.freq.is_none() {
            data.freq = facts.interval_s.map(frequency_of);
        }
        let network = self.network(task, facts, data.freq.filter(|_| timed), &data)?;
        let training = self.training(task, season);
        training.validate()?;
        if matches!(training.loss, Loss::Mase { .. }) && season >= network.seq_len {
            let advice = format!("MASE looks a season back: below `seq_len` ({})", network.seq_len);
            return Err(refused("season", season, &advice));
        }
        if task == Task::LongTermForecast && season > network.seq_len {
            let advice = format!("it is looked back at: at most `seq_len` ({})", network.seq_len);
            return Err(refused("season", season, &advice));
        }
        let score_last = self.score_last.filter(|_| anomalies).unwrap_or(1);
        if !(1..=network.seq_len).contains(&score_last) {
            let advice = format!("choose from 1 to `seq_len` ({})", network.seq_len);
            return Err(refused("score_last", score_last, &advice));
        }
        let mask_rate = self.mask_rate.filter(|_| task == Task::Imputation).unwrap_or(0.25);
        if !(mask_rate > 0.0 && mask_rate < 1.0) {
            return Err(refused("mask_rate", mask_rate, "give a share between 0 and 1"));
        }
        let anomaly_ratio = self.anomaly_ratio.filter(|_| anomalies).unwrap_or(1.0);
        if !(anomaly_ratio > 0.0 && anomaly_ratio < 100.0) {
            return Err(refused("anomaly_ratio", anomaly_ratio, "give per cent, 0 to 100"));
        }
        Ok(Experiment {
            seed: self.seed.unwrap_or(2021),
            data,
            network,
            training,
            mask_rate,
            anomaly_ratio,
            score_last,
            threshold_from: self.threshold_from.filter(|_| anomalies).unwrap_or_default(),
            test_periods: self
                .test_periods
                .filter(|_| is_tested_by_windows(task))
                .unwrap_or(ScopeName::Sample),
            season,
        })
    }

    fn network(
        &self,
        task: Task,
        facts: &Facts,
        freq: Option<TimeFrequency>,
        data: &DataSettings,
    ) -> Result<TimesNetConfig, Failure> {
        let (seq_len, pred_len) = self.lengths(task, facts)?;
        self.check_channels(task, facts, data.features)?;
        let embed = self.embed.map_or(TimeEmbedding::Linear, EmbedName::embedding);
        let time_features = match (freq, embed) {
            (None, _) => 0,
            (Some(freq), TimeEmbedding::Fixed) => freq.calendar(&[]).ncols(),
            (Some(freq), _) => freq.features(),
        };
        let inner = seq_len + pred_len;
        let usual = if task.forecasts() { 5 } else { 3 };
        let kernels = self.num_kernels.unwrap_or(6);
        let inception = self.inception.unwrap_or(InceptionName::MeanOdd).kind(kernels);
        let normalize = match self.use_norm.unwrap_or(1) {
            0 => Normalization::None,
            1 => Normalization::Window,
            other => return Err(refused("use_norm", other, "give 0 or 1")),
        };
        let scope = self.period_scope.unwrap_or(ScopeName::Batch).scope();
        let (d_model, d_ff) = (self.d_model.unwrap_or(16), self.d_ff.unwrap_or(32));
        let classes = if task == Task::Classification { facts.classes } else { 0 };
        let network = TimesNetConfig::new(task, seq_len, facts.channels)
            .with_pred_len(pred_len)
            .with_width(d_model, d_ff)
            .with_layers(self.e_layers.unwrap_or(2))
            .with_top_k(self.top_k.unwrap_or_else(|| usual.min(inner / 2)))
            .with_inception(inception)
            .with_dropout(self.dropout.unwrap_or(0.1))
            .with_normalization(normalize)
            .with_time_features(time_features)
            .with_embed(embed)
            .with_classes(classes)
            .with_period_scope(scope);
        network.validate()?;
        Ok(network)
    }

    fn lengths(&self, task: Task, facts: &Facts) -> Result<(usize, usize), Failure> {
        Ok(match task {
            Task::LongTermForecast => (self.seq_len.unwrap_or(96), self.pred_len.unwrap_or(96)),
            Task::ShortTermForecast => {
                let Some(horizon) = self.pred_len.or(self.seasonal_patterns.map(|p| p.horizon()))
                else {
                    return Err(Failure::new(
                        "`pred_len` or `seasonal_patterns` is needed for short-term forecasts",
                    ));
                };
                (self.seq_len.unwrap_or(2 * horizon), horizon)
            }
            Task::AnomalyDetection => (self.seq_len.unwrap_or(100), 0),
            Task::Classification => (self.seq_len.unwrap_or(facts.longest), 0),
            _ => (self.seq_len.unwrap_or(96), 0),
        })
    }

    /// The numbers that the published scripts have to be told are the table's own here.
    fn check_channels(&self, task: Task, facts: &Facts, features: Features) -> Result<(), Failure> {
        let agree = |name: &str, given: Option<usize>, own: usize, of: &str| match given {
            Some(given) if given != own => {
                let advice = format!("the table has {own} {of}; leave it out, or correct either");
                Err(refused(name, given, &advice))
            }
            _ => Ok(()),
        };
        agree("enc_in", self.enc_in, facts.channels, "channels")?;
        match task {
            Task::Classification => agree("num_class", self.num_class, facts.classes, "classes"),
            // The published scripts ask for the one that is judged, or for all of them.
            _ if features == Features::MS && self.c_out == Some(1) => Ok(()),
            _ => agree("c_out", self.c_out, facts.channels, "channels"),
        }
    }

    fn training(&self, task: Task, season: usize) -> TrainConfig {
        let records = task == Task::Classification;
        let (batch, rate) = match task {
            Task::LongTermForecast => (32, 1e-4),
            Task::AnomalyDetection => (128, 1e-4),
            _ => (16, 1e-3),
        };
        let schedule = if records { ScheduleName::Constant } else { ScheduleName::Type1 };
        let loss = match task {
            Task::ShortTermForecast => LossName::Smape,
            _ => LossName::Mse,
        };
        let optimizer = if records { Optimizer::RAdam } else { Optimizer::Adam };
        TrainConfig::default()
            .with_epochs(self.train_epochs.unwrap_or(if records { 30 } else { 10 }))
            .with_batch(self.batch_size.unwrap_or(batch))
            .with_learning_rate(
                self.learning_rate.unwrap_or(rate),
                self.lradj.unwrap_or(schedule).schedule(),
            )
            .with_patience(self.patience.unwrap_or(if records { 10 } else { 3 }))
            .with_loss(self.loss.unwrap_or(loss).loss(season))
            .with_optimizer(self.optimizer.unwrap_or(optimizer))
            .with_clip(self.clip.or(records.then_some(4.0)))
            .with_weight_decay(self.weight_decay.unwrap_or(0.0))
            .with_max_windows(self.max_windows)
            .with_drop_last(self.drop_last.unwrap_or(false))
    }
}

fn refused(name: &str, value: impl std::fmt::Display, advice: &str) -> Failure {
    Failure::new(format!("setting `{name}` = {value}: {advice}"))
}

/// The calendar that rows so many seconds apart can tell apart.
fn frequency_of(interval_s: f64) -> TimeFrequency {
    const MINUTE: f64 = 60.0;
    const DAY: f64 = 86_400.0;
    match interval_s {
        s if s < MINUTE => TimeFrequency::Secondly,
        s if s < 60.0 * MINUTE => TimeFrequency::Minutely,
        s if s < DAY => TimeFrequency::Hourly,
        s if s < 7.0 * DAY => TimeFrequency::Daily,
        s if s < 28.0 * DAY => TimeFrequency::Weekly,
        _ => TimeFrequency::Monthly,
    }
}

#[cfg(test)]
mod tests;
