use std::fmt::Write as _;

use stmn_tests::shared;

use crate::data::{Folder, SMALL, figure, plain, time, wave, waves};

const LONG: &str = "task_name = \"long_term_forecast\"\nmodel = \"TimesNet\"\nlabel_len = 24\n\
                    data_path = \"waves.csv\"\nseq_len = 48\npred_len = 12\ntrain_epochs = 3\n\
                    season = 24\n";

#[test]
fn a_long_term_forecast_continues_waves() {
    let folder = Folder::new();
    folder.write("waves.csv", &waves(600, plain));
    folder.write("waves.toml", &format!("{LONG}{SMALL}"));
    let trained = folder.run(&["train", "waves.toml"]);
    assert_eq!(trained["report"]["train_windows"], 420 - 60 + 1);
    let tested = folder.run(&["test", "waves"]);
    // The test rows are 480 to 600; the first windows look back.
    assert_eq!(tested["samples"], 120 - 12 + 1);
    let mse = figure(&tested, "all", "mse");
    assert!(mse < 0.15, "{mse}");
    let naive = |of: &str| figure(&tested, of, "mse");
    assert!(mse < 0.2 * naive("the last value"), "{tested}");
    // The waves come back after 24 hours.
    assert!(naive("a season before") < 1e-9, "{tested}");
    assert_eq!(figure(&tested, "a season before", "points"), figure(&tested, "all", "points"));
    assert!(!tested["notes"].to_string().contains("batch"), "{tested}");
    // As published, later windows have a say in a window's periods.
    folder.write("batch.toml", &format!("{LONG}{SMALL}test_periods = \"batch\"\n"));
    folder.run(&["train", "batch.toml"]);
    let published = folder.run(&["test", "batch"]);
    assert!(published["notes"].to_string().contains("those of its batch"), "{published}");
    let (scaled, original) = (figure(&tested, "c", "mae"), figure(&tested, "c", "mae_original"));
    let deviation: f64 = {
        let values: Vec<f64> = (0..420).map(|row| wave(row, 2)).collect();
        let mean = values.iter().sum::<f64>() / 420.0;
        (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 420.0).sqrt()
    };
    assert!((original / scaled / deviation - 1.0).abs() < 1e-4);
    folder.drawn("waves/test.svg");

    folder.run(&["predict", "waves"]);
    folder.drawn("waves/prediction.svg");
    let rows = folder.rows("waves/prediction.csv");
    assert_eq!(rows.len(), 12);
    for (step, row) in rows.iter().enumerate() {
        assert_eq!(row[0], format!("{}Z", time(600 + step)));
        for channel in 0..3 {
            let value: f64 = row[1 + channel].parse().unwrap();
            let truth = wave(600 + step, channel);
            assert!((value - truth).abs() < 0.6, "step {step}: {value} for {truth}");
        }
    }
    // Of a shorter table the same model forecasts what this one holds, as Parquet too.
    folder.write("part.csv", &waves(300, plain));
    let part = folder.path("part.parquet");
    let convert = ["convert", "part.csv", "--out", part.to_str().unwrap()];
    stmn_tests::succeeds(folder.root(), convert);
    folder.run(&["predict", "waves", "--input", "part.parquet", "--out", "part"]);
    assert_eq!(folder.rows("part/prediction.csv")[0][0], format!("{}Z", time(300)));
}

/// Tables of times are trained on and tested as Parquet as they are as CSV.
#[test]
fn parquet_gives_what_csv_gives() {
    let folder = Folder::new();
    folder.write("waves.csv", &waves(300, plain));
    let parquet = folder.path("waves.parquet");
    let convert = ["convert", "waves.csv", "--out", parquet.to_str().unwrap()];
    stmn_tests::succeeds(folder.root(), convert);
    let tasks = [
        ("long", "task_name = \"long_term_forecast\"\npred_len = 12\n"),
        ("fixed", "task_name = \"long_term_forecast\"\npred_len = 12\nembed = \"fixed\"\n"),
        (
            "concat",
            "task_name = \"imputation\"\ninception = \"concat_project\"\nmask_rate = 0.25\n",
        ),
        ("imputation", "task_name = \"imputation\"\npred_len = 0\nmask_rate = 0.25\n"),
        ("anomalies", "task_name = \"anomaly_detection\"\nanomaly_ratio = 1.0\n"),
    ];
    let mut seen = Vec::new();
    for (name, task) in tasks {
        let results = ["csv", "parquet"].map(|ending| {
            let (run, rest) = (format!("{name}-{ending}"), "seq_len = 24\ntrain_epochs = 1\n");
            let table = format!("data_path = \"waves.{ending}\"\n");
            folder.write(&format!("{run}.toml"), &format!("{task}{table}{rest}{SMALL}"));
            folder.run(&["train", &format!("{run}.toml")]);
            folder.run(&["test", &run])["results"].clone()
        });
        assert!(results[0].as_array().is_some_and(|rows| !rows.is_empty()), "{name}");
        assert_eq!(results[0], results[1], "{name}");
        seen.push(results[0].clone());
    }
    assert_ne!(seen[0], seen[1], "the embedding of times makes no difference");
    assert_ne!(seen[2], seen[3], "the kind of inception makes no difference");
}

#[test]
fn one_channel_alone_and_one_judged_of_many() {
    let folder = Folder::new();
    folder.write("waves.csv", &waves(400, plain));
    for (features, channels) in [("S", vec!["b"]), ("MS", vec!["a", "c", "b"])] {
        let name = format!("{features}.toml");
        let more =
            format!("features = \"{features}\"\ntarget = \"b\"\nperiod_scope = \"sample\"\n");
        folder.write(&name, &format!("{LONG}{SMALL}{more}"));
        let trained = folder.run(&["train", &name]);
        assert_eq!(trained["channels"], serde_json::json!(channels));
        let tested = folder.run(&["test", features]);
        let judged: Vec<&str> =
            tested["results"].as_array().unwrap().iter().filter_map(|r| r["of"].as_str()).collect();
        assert_eq!(judged, ["all", "b", "the last value", "a season before"]);
        folder.run(&["predict", features]);
        assert_eq!(folder.rows(&format!("{features}/prediction.csv"))[0].len(), 2);
    }
}

#[test]
fn imputation_fills_what_is_missing() {
    let folder = Folder::new();
    let missing = |row: usize, channel: usize| (row * 7 + channel * 3).is_multiple_of(11);
    let gappy = waves(500, |row, channel| match missing(row, channel) {
        true => String::new(),
        false => plain(row, channel),
    });
    folder.write("gaps.csv", &gappy);
    let task = "task_name = \"imputation\"\ndata_path = \"gaps.csv\"\nseq_len = 48\n\
                mask_rate = 0.25\npred_len = 0\ntrain_epochs = 6\n";
    folder.write("gaps.toml", &format!("{task}{SMALL}"));
    folder.run(&["train", "gaps.toml"]);
    let tested = folder.run(&["test", "gaps"]);
    // The test rows are 400 to 500; no window holds an earlier one.
    assert_eq!(tested["samples"], 100 - 48 + 1);
    // The mean of the training rows has an error of 1 in these units.
    assert!(figure(&tested, "all", "mse") < 0.3, "{tested}");
    let (line, all) = ("a line between neighbours", "all");
    assert_eq!(figure(&tested, line, "points"), figure(&tested, all, "points"));
    let errors = [line, all].map(|of| figure(&tested, of, "mse"));
    println!("imputation: a line {}, the network {}", errors[0], errors[1]);
    folder.drawn("gaps/test.svg");
    let predicted = folder.run(&["predict", "gaps"]);
    folder.drawn("gaps/prediction.svg");
    let rows = folder.rows("gaps/prediction.csv");
    let (mut squares, mut count) = (0.0, 0);
    for (row, cells) in rows.iter().enumerate() {
        let mut filled = Vec::new();
        for (channel, name) in ["a", "b", "c"].into_iter().enumerate() {
            let error = cells[1 + channel].parse::<f64>().unwrap() - wave(row, channel);
            if missing(row, channel) {
                squares += error * error;
                count += 1;
                filled.push(name);
            } else {
                assert!(error.abs() < 1e-5, "row {row} was changed by {error}");
            }
        }
        assert_eq!(cells[4], filled.join(" "));
    }
    assert_eq!(predicted["summary"]["filled"], count);
    assert_eq!(predicted["summary"]["still_missing"], 0);
    // The waves' own variance is 0.625.
    assert!(squares / f64::from(count) < 0.2, "{}", squares / f64::from(count));
}

/// What varies in its ninth digit is learned, and what was observed is written as it stood.
#[test]
fn numbers_of_nine_digits_are_kept() {
    let folder = Folder::new();
    let missing = |row: usize, channel: usize| (row * 7 + channel * 3).is_multiple_of(11);
    let far = |row, channel| 123_456_789.0 + (10.0 * wave(row, channel)).round() / 10.0;
    let gappy = waves(300, |row, channel| match missing(row, channel) {
        true => String::new(),
        false => format!("{:.1}", far(row, channel)),
    });
    folder.write("far.csv", &gappy);
    let task =
        "task_name = \"imputation\"\ndata_path = \"far.csv\"\nseq_len = 24\ntrain_epochs = 2\n";
    folder.write("far.toml", &format!("{task}{SMALL}"));
    folder.run(&["train", "far.toml"]);
    folder.run(&["predict", "far"]);
    for (row, cells) in folder.rows("far/prediction.csv").iter().enumerate() {
        for channel in 0..3 {
            let (is, was) = (cells[1 + channel].parse::<f64>().unwrap(), far(row, channel));
            match missing(row, channel) {
                true => assert!((is - was).abs() < 4.0 && is.fract() != 0.0, "{is} {was}"),
                false => assert_eq!(is, format!("{was:.1}").parse::<f64>().unwrap()),
            }
        }
    }
}

#[test]
fn planted_anomalies_are_flagged() {
    let folder = Folder::new();
    let odd = |row: usize| (520..526).contains(&row) || row == 560;
    let mut table = "date,a,b,c,odd\n".to_owned();
    for row in 0..600 {
        let shift = if odd(row) { 6.0 } else { 0.0 };
        let cells: Vec<String> = (0..3).map(|c| (wave(row, c) + shift).to_string()).collect();
        let _ = writeln!(table, "{}Z,{},{}", time(row), cells.join(","), u8::from(odd(row)));
    }
    folder.write("odd.csv", &table);
    let task = "task_name = \"anomaly_detection\"\ndata_path = \"odd.csv\"\nseq_len = 24\n\
                label = \"odd\"\nanomaly_ratio = 1.0\ntrain_epochs = 3\n";
    folder.write("odd.toml", &format!("{task}{SMALL}"));
    let trained = folder.run(&["train", "odd.toml"]);
    assert!(trained["threshold"].as_f64().unwrap() > 0.0);
    let tested = folder.run(&["test", "odd"]);
    assert_eq!(figure(&tested, "all", "rows"), 120.0);
    assert_eq!(figure(&tested, "all", "anomalous"), 7.0);
    assert!(tested["notes"].to_string().contains("flatters"));
    folder.drawn("odd/test.svg");

    folder.run(&["predict", "odd"]);
    let rows = folder.rows("odd/prediction.csv");
    assert_eq!(rows.len(), 600);
    assert!(rows[..23].iter().all(|row| row[1].is_empty() && row[2].is_empty()));
    // Every planted row is found. A row is scored by the window that ends with it, so an alarm may last
    // until the planted row has left the window; beyond that one row in a hundred is flagged by chance.
    let flagged: Vec<usize> = (480..600).filter(|row| rows[*row][2] == "1").collect();
    let planted: Vec<usize> = (480..600).filter(|row| odd(*row)).collect();
    assert!(planted.iter().all(|row| flagged.contains(row)), "{flagged:?}");
    let precision = planted.len() as f64 / flagged.len() as f64;
    let after = |row: usize| planted.iter().any(|odd| (*odd..odd + 24).contains(&row));
    assert!(flagged.iter().filter(|row| !after(**row)).count() <= 3, "{flagged:?}");
    for way in ["as it stands", "point-adjusted"] {
        assert_eq!(figure(&tested, way, "recall"), 1.0);
        assert!((figure(&tested, way, "precision") - precision).abs() < 1e-12);
        let f1 = 2.0 * precision / (1.0 + precision);
        assert!((figure(&tested, way, "f1") - f1).abs() < 1e-12);
    }
    let random = |of: &str| figure(&tested, of, "f1");
    let chance = 2.0 * (flagged.len() * planted.len()) as f64
        / 120.0
        / (flagged.len() + planted.len()) as f64;
    assert!((random("random alarms") - chance).abs() < 0.02, "{tested}");
    assert!(random("random, point-adjusted") > random("random alarms"));
    assert!(random("as it stands") > 1.5 * random("random alarms"), "{tested}");
    println!("flagged {flagged:?}");
    // Nothing that scores a row sees a later one.
    let cut: String = table.lines().take(541).map(|line| format!("{line}\n")).collect();
    folder.write("cut.csv", &cut);
    folder.run(&["predict", "odd", "--input", "cut.csv", "--out", "cut"]);
    assert_eq!(folder.rows("cut/prediction.csv"), rows[..540]);

    // As published: whole windows, and a threshold that what is judged has a say in.
    let published = "score_last = 24\nthreshold_from = \"train_and_test\"\n";
    folder.write("published.toml", &format!("{task}{SMALL}{published}"));
    folder.run(&["train", "published.toml"]);
    let tested = folder.run(&["test", "published"]);
    assert_eq!(figure(&tested, "all", "rows"), 120.0);
    // What was trained on counts once, in whatever table it stands.
    let predicted = folder.run(&["predict", "published"]);
    let scores: Vec<f64> =
        folder.rows("published/prediction.csv").iter().map(|row| row[1].parse().unwrap()).collect();
    assert_eq!(scores.len(), 600);
    let threshold = timesnet::anomaly_threshold(&scores, 0.01).unwrap();
    let found = predicted["summary"]["threshold"].as_f64().unwrap();
    assert!((found / threshold - 1.0).abs() < 1e-5, "{found} {threshold}");
    let training = &scores[..420];
    let both: Vec<f64> = training.iter().chain(&scores[480..]).copied().collect();
    let (whole, trained) = (&both, timesnet::anomaly_threshold(training, 0.01).unwrap());
    let threshold = timesnet::anomaly_threshold(whole, 0.01).unwrap();
    let found = figure(&tested, "all", "threshold");
    assert!((found / threshold - 1.0).abs() < 1e-5, "{found} {threshold}");
    assert!(found > 1.5 * trained, "{found} {trained}");
    // The model needs its own table no more.
    std::fs::rename(folder.path("odd.csv"), folder.path("new.csv")).unwrap();
    let again = folder.run(&["test", "published", "--input", "new.csv"]);
    assert_eq!(again["results"], tested["results"]);
}

#[test]
fn short_term_forecasts_of_many_series() {
    let folder = Folder::new();
    // Quarterly series with a season and a trend, of different lengths, one too short to be used.
    let value = |series: usize, at: usize| {
        let season = [0.0, 4.0, 9.0, 3.0][(at + series) % 4];
        50.0 + 10.0 * series as f64 + 0.3 * at as f64 + season
    };
    let lengths = [60, 72, 66, 80, 9];
    let head: Vec<String> = (1..=81).map(|column| format!("V{column}")).collect();
    let mut table = format!("{}\n", head.join(","));
    for (series, length) in lengths.into_iter().enumerate() {
        let cells: Vec<String> = (0..length).map(|at| value(series, at).to_string()).collect();
        let _ = writeln!(table, "Q{series},{}", cells.join(","));
    }
    folder.write("m4.csv", &table);
    let task = "task_name = \"short_term_forecast\"\ndata_path = \"m4.csv\"\nlayout = \"rows\"\n\
                seasonal_patterns = \"Quarterly\"\nloss = \"SMAPE\"\ntrain_epochs = 8\n";
    folder.write("m4.toml", &format!("{task}{SMALL}"));
    folder.run(&["train", "m4.toml"]);
    let tested = folder.run(&["test", "m4"]);
    assert_eq!(tested["samples"], 4);
    assert!((figure(&tested, "naive 2", "owa") - 1.0).abs() < 1e-12);
    let smape = figure(&tested, "all", "smape");
    assert!(smape < 8.0, "{smape}");
    assert!(figure(&tested, "all", "mase") > 0.0);
    folder.drawn("m4/test.svg");
    let predicted = folder.run(&["predict", "m4"]);
    assert_eq!(predicted["summary"]["too_short"], 1);
    let rows = folder.rows("m4/prediction.csv");
    assert_eq!((rows.len(), rows[8][0].as_str(), rows[8][1].as_str()), (32, "Q1", "1"));
    for row in rows.iter().filter(|row| row[0] == "Q3") {
        let (step, forecast): (usize, f64) = (row[1].parse().unwrap(), row[2].parse().unwrap());
        let truth = value(3, 80 + step - 1);
        assert!((forecast / truth - 1.0).abs() < 0.12, "step {step}: {forecast} for {truth}");
    }
}

#[test]
fn records_are_classified() {
    let folder = Folder::new();
    let mut table = "record,label,x,y\n".to_owned();
    for record in 0..60 {
        let (label, period) = if record % 2 == 0 { ("slow", 16.0) } else { ("fast", 5.0) };
        for row in 0..24 + record % 9 {
            let turn = (f64::from(row) + f64::from(record)) * std::f64::consts::TAU / period;
            let _ = writeln!(table, "r{record},{label},{},{}", turn.sin(), turn.cos());
        }
    }
    folder.write("records.csv", &table);
    let task = "task_name = \"classification\"\ndata_path = \"records.csv\"\ntrain_epochs = 8\n";
    folder.write("records.toml", &format!("{task}{SMALL}"));
    let trained = folder.run(&["train", "records.toml"]);
    assert_eq!(trained["classes"], serde_json::json!(["fast", "slow"]));
    let tested = folder.run(&["test", "records"]);
    assert_eq!(tested["samples"], 12);
    let accuracy = figure(&tested, "all", "accuracy");
    assert!(accuracy > 0.9, "{tested}");
    assert_eq!(figure(&tested, "always the largest class", "accuracy"), 0.5);
    folder.drawn("records/test.svg");
    // Without labels, and with the columns in another order.
    let unlabelled: String = table
        .lines()
        .take(200)
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            format!("{},{},{}\n", cells[3], cells[0], cells[2])
        })
        .collect();
    folder.write("new.csv", &unlabelled);
    folder.run(&["predict", "records", "--input", "new.csv", "--out", "new"]);
    folder.drawn("new/prediction.svg");
    let rows = folder.rows("new/prediction.csv");
    let right = |row: &&Vec<String>| {
        let even = row[0][1..].parse::<u32>().unwrap().is_multiple_of(2);
        (row[1] == "slow") == even
    };
    assert!(rows.iter().filter(right).count() + 1 >= rows.len(), "{rows:?}");
    // A record alone is of the class that it is of in company.
    let mine = |line: &&str| line.contains(",r3,") || line.contains("record");
    let alone: String = unlabelled.lines().filter(mine).map(|line| format!("{line}\n")).collect();
    folder.write("alone.csv", &alone);
    folder.run(&["predict", "records", "--input", "alone.csv", "--out", "alone"]);
    let alone = folder.rows("alone/prediction.csv");
    assert_eq!((alone.len(), &alone[0][..2]), (1, &rows[3][..2]));
    for (one, other) in alone[0][2..].iter().zip(&rows[3][2..]) {
        let (one, other): (f64, f64) = (one.parse().unwrap(), other.parse().unwrap());
        assert!((one - other).abs() < 1e-5, "{one} {other}");
    }
    let sum: f64 = rows[0][3..].iter().map(|p| p.parse::<f64>().unwrap()).sum();
    assert!((sum - 1.0).abs() < 1e-5);
}

/// The published split and names, on the published table; far too few steps to be good.
#[test]
fn the_published_table_with_the_published_names() {
    let Some(table) = shared("data/ett/ETTh1.csv") else { return };
    let folder = Folder::new();
    let task = format!(
        "task_name = \"long_term_forecast\"\nis_training = 1\nmodel_id = \"ETTh1_96_96\"\n\
         model = \"TimesNet\"\ndata = \"ETTh1\"\ndata_path = \"{}\"\nfeatures = \"M\"\n\
         freq = \"h\"\nembed = \"timeF\"\nseq_len = 96\nlabel_len = 48\npred_len = 24\n\
         e_layers = 1\nd_layers = 1\nfactor = 3\nenc_in = 7\ndec_in = 7\nc_out = 7\nd_model = 4\n\
         d_ff = 4\ndes = \"Exp\"\nitr = 1\ntop_k = 1\nnum_kernels = 1\ntrain_epochs = 1\n\
         learning_rate = 0.005\nmax_windows = 640\n",
        table.display()
    );
    folder.write("etth1.toml", &task);
    let trained = folder.run(&["train", "etth1.toml"]);
    assert_eq!(trained["report"]["train_windows"], 8640 - 96 - 24 + 1);
    let tested = folder.run(&["test", "etth1"]);
    assert_eq!(tested["samples"], 2880 - 24 + 1);
    let mse = figure(&tested, "all", "mse");
    assert!(mse < 0.9, "{mse}");
    folder.run(&["predict", "etth1"]);
    // The table ends with 2018-06-26 19:00.
    assert_eq!(folder.rows("etth1/prediction.csv")[0][0], "2018-06-26T20:00:00Z");
}
