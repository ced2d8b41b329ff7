use super::super::names::Pattern;
use super::*;

fn resolve(settings: &Settings) -> Result<Experiment, Failure> {
    let facts = Facts { channels: 3, interval_s: Some(900.0), longest: 40, classes: 4 };
    settings.resolve(settings.data_settings("table.csv".into())?, &facts)
}

fn least(task: Task) -> Settings {
    Settings { task_name: Some(task), pred_len: Some(24), ..Settings::default() }
}

const TASKS: [Task; 5] = [
    Task::LongTermForecast,
    Task::ShortTermForecast,
    Task::Imputation,
    Task::AnomalyDetection,
    Task::Classification,
];

#[test]
fn what_is_written_out_gives_the_same_experiment() {
    for task in TASKS {
        let first = resolve(&least(task)).unwrap();
        let text = toml::to_string(&first.settings()).unwrap();
        let again: Settings = toml::from_str(&text).unwrap();
        assert_eq!(again, first.settings(), "{task:?}");
        assert_eq!(resolve(&again).unwrap(), first, "{task:?}: {text}");
    }
}

/// Keys that a task has no use for change nothing, and those that it has one for survive.
#[test]
fn settings_of_other_tasks_change_nothing() {
    for task in TASKS {
        let everything = Settings {
            data: Some(DataName::ETTh2),
            features: Some(Features::MS),
            target: Some("b".to_owned()),
            freq: Some("d".to_owned()),
            season: Some(7),
            layout: Some(TableLayout::Rows),
            label: Some("odd".to_owned()),
            record: Some("id".to_owned()),
            times: Some(false),
            time_features: Some(false),
            split: Some([0.6, 0.2, 0.2]),
            constant_channels: Some(ConstantChannels::Center),
            mask_rate: Some(0.5),
            anomaly_ratio: Some(2.0),
            score_last: Some(3),
            test_periods: Some(ScopeName::Batch),
            ..least(task)
        };
        let first = resolve(&everything).unwrap();
        assert_eq!(resolve(&first.settings()).unwrap(), first, "{task:?}");
        if task == Task::Imputation {
            assert_eq!((first.mask_rate, first.anomaly_ratio, first.score_last), (0.5, 1.0, 1));
            assert_eq!((first.data.label, first.data.freq), (None, None));
        }
    }
}

#[test]
fn a_season_longer_than_what_is_seen_has_no_error_of_its_own() {
    let mase = |season| Settings {
        loss: Some(LossName::Mase),
        season: Some(season),
        ..least(Task::ShortTermForecast)
    };
    assert!(resolve(&mase(47)).is_ok());
    let error = resolve(&mase(48)).unwrap_err().to_string();
    assert!(error.starts_with("setting `season` = 48"), "{error}");
}

/// As the chapter on keys lists them.
#[test]
fn defaults_are_those_of_the_task() {
    let of = |task| resolve(&least(task)).unwrap();
    let long = of(Task::LongTermForecast);
    assert_eq!((long.network.seq_len, long.network.top_k), (96, 5));
    assert_eq!((long.network.d_model, long.network.d_ff, long.network.e_layers), (16, 32, 2));
    // Quarters of hours are minutes.
    assert_eq!(long.network.time_features, 5);
    assert_eq!((long.training.batch, long.training.learning_rate), (32, 1e-4));
    assert_eq!(long.seed, 2021);
    // What is judged does not depend on the company it is judged in.
    assert_eq!(long.network.period_scope, timesnet::PeriodScope::Batch);
    assert_eq!(long.test_periods, ScopeName::Sample);
    let short = of(Task::ShortTermForecast);
    assert_eq!((short.network.seq_len, short.network.time_features), (48, 0));
    assert_eq!(of(Task::AnomalyDetection).network.seq_len, 100);
    let records = of(Task::Classification);
    assert_eq!((records.network.seq_len, records.network.num_class), (40, 4));
    assert_eq!((records.training.optimizer, records.training.clip), (Optimizer::RAdam, Some(4.0)));
    assert_eq!(records.network.top_k, 3);
    let hourly = Settings {
        seasonal_patterns: Some(Pattern::Hourly),
        pred_len: None,
        ..least(Task::ShortTermForecast)
    };
    let hourly = resolve(&hourly).unwrap();
    assert_eq!((hourly.network.pred_len, hourly.network.seq_len, hourly.season), (48, 96, 24));
}

#[test]
fn the_published_split_is_by_months() {
    let data = Settings { data: Some(DataName::ETTm1), ..least(Task::Imputation) };
    let rows = resolve(&data).unwrap().data.rows(69_680);
    assert_eq!((rows.train.end, rows.valid.end, rows.test.end), (34_560, 46_080, 57_600));
    let shares = resolve(&least(Task::Imputation)).unwrap().data.rows(17_420);
    assert_eq!((shares.train.end, shares.valid.end, shares.test.end), (12_194, 13_936, 17_420));
}
