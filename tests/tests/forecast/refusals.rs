use stmn_tests::{says, stmn};

use crate::data::{Folder, SMALL, plain, time, wave, waves};

const TASK: &str = "task_name = \"long_term_forecast\"\ndata_path = \"waves.csv\"\nseq_len = 48\n\
                    pred_len = 12\ntrain_epochs = 1\n";

/// A folder with a table of waves whose training is refused with a message that has these parts,
/// and leaves nothing.
fn refused(table: &str, config: &str, parts: &[&str]) {
    let folder = Folder::new();
    folder.write("waves.csv", table);
    folder.write("waves.toml", config);
    let message = folder.refused(&["train", "waves.toml", "--out", "out"]);
    says(&message, parts);
    assert!(!folder.path("out").exists(), "a refused training left a folder: {message}");
}

#[test]
fn settings_that_cannot_be() {
    let table = waves(300, plain);
    let own = |line: &&str| !line.starts_with("top_k") && !line.starts_with("lradj");
    let small: Vec<&str> = SMALL.lines().filter(own).collect();
    let small = small.join("\n");
    let cases: [(&str, &[&str]); 16] = [
        ("batchsize = 3", &["waves.toml:6:1", "`batchsize`", "did you mean `batch_size`"]),
        ("train_epoch = 3", &["did you mean `train_epochs`"]),
        ("dropout = \"much\"", &["waves.toml:6:11", "string \"much\""]),
        ("top_k = 31", &["`top_k` = 31", "30 frequencies"]),
        ("top_k = 0", &["`top_k` = 0"]),
        ("freq = \"fortnight\"", &["unknown time frequency `fortnight`", "s, t, h, d, b, w, m"]),
        ("enc_in = 7", &["`enc_in` = 7", "3 channels"]),
        ("c_out = 2", &["`c_out` = 2", "3 channels"]),
        ("split = [0.5, 0.2, 0.2]", &["`split`", "sum 1"]),
        ("model = \"Informer\"", &["`model` = Informer"]),
        ("augmentation_ratio = 2.0", &["augmentation_ratio"]),
        ("target = \"d\"", &["no channel `d`", "a, b, c"]),
        ("lradj = \"type9\"", &["type9", "type1"]),
        ("use_norm = 3", &["`use_norm` = 3"]),
        ("embed = \"learned\"", &["learned", "timeF"]),
        ("data = \"ETTh1\"", &["waves.csv has 300 rows"]),
    ];
    for (line, parts) in cases {
        // What stands last is what is wrong, on the line that is named.
        refused(&table, &format!("{TASK}{line}\n{small}\n"), parts);
    }
    let without = |name: &str| -> String {
        let lines = TASK.lines().filter(|line| !line.starts_with(name));
        lines.map(|line| format!("{line}\n")).collect()
    };
    refused(&table, &without("task_name"), &["`task_name` is needed", "imputation"]);
    refused(&table, &without("data_path"), &["`data_path` is needed"]);
    for (name, part) in
        [("batch_size", "batch"), ("train_epochs", "epochs"), ("seq_len", "seq_len")]
    {
        let rest: String = without(name);
        let config = match name {
            "batch_size" => format!("{rest}batch_size = 0\n"),
            _ => format!("{rest}{name} = 0\n"),
        };
        refused(&table, &config, &[&format!("`{part}` = 0"), "at least 1"]);
    }
}

#[test]
fn tables_that_cannot_be_used() {
    let config = format!("{TASK}{SMALL}");
    let gap = waves(300, |row, channel| match (row, channel) {
        (250, 1) => String::new(),
        _ => plain(row, channel),
    });
    // Row 251 is line 252; the table begins on the first of January.
    refused(&gap, &config, &["channel b", "2020-01-11T10:00:00Z", "row 251", "imputation"]);
    let flat = waves(300, |row, channel| match channel {
        2 => "5".to_owned(),
        _ => plain(row, channel),
    });
    refused(&flat, &config, &["channel c never changes", "it is 5", "constant_channels"]);
    refused(&waves(100, plain), &config, &["the validation part has 58", "one window takes 60"]);
    refused(&waves(60, plain), &config, &["the training part has 42 rows"]);
    let irregular = waves(300, plain).replace("2020-01-03 04:00", "2020-01-03 04:20");
    refused(&irregular, &config, &["waves.csv, line 54", "not on the grid of 3600 s"]);
    let text = waves(300, |row, channel| match (row, channel) {
        (7, 0) => "1O.5".to_owned(),
        _ => plain(row, channel),
    });
    refused(&text, &config, &["waves.csv, line 9", "column a", "`1O.5`"]);
    refused("", &config, &["waves.csv"]);
    // Without times nothing can be told the network about them, but nothing needs be either.
    let folder = Folder::new();
    let lines: Vec<String> =
        (0..300).map(|row| format!("{},{}", wave(row, 0), wave(row, 1))).collect();
    folder.write("waves.csv", &format!("a,b\n{}\n", lines.join("\n")));
    folder.write("waves.toml", &format!("{config}times = false\n"));
    folder.run(&["train", "waves.toml"]);
    folder.run(&["predict", "waves"]);
    assert_eq!(folder.rows("waves/prediction.csv")[0][0], "301");
    folder.write("more.csv", &format!("a,b\n{}\n", lines[..200].join("\n")));
    let tested = folder.run(&["test", "waves", "--input", "more.csv", "--out", "more"]);
    says(&tested["notes"].to_string(), &["cannot be told whether the model was trained on"]);
}

#[test]
fn records_and_series_that_cannot_be_used() {
    let classify = "task_name = \"classification\"\ndata_path = \"waves.csv\"\n";
    let record = |rows: &[&str]| format!("record,label,x\n{}\n", rows.join("\n"));
    let two = record(&["r1,a,1", "r1,b,2", "r2,b,3"]);
    refused(&two, classify, &["line 3", "record r1", "`b` here", "`a` before"]);
    let gap = record(&["r1,a,1", "r1,a,", "r2,b,3"]);
    refused(&gap, classify, &["line 3", "channel x has no value"]);
    refused("id,label,x\n1,a,2\n", classify, &["`record`", "id, label, x"]);
    refused("record,x\n1,2\n", classify, &["`label`", "record, x"]);
    let one = record(&["r1,a,1", "r1,a,2", "r2,a,3", "r2,a,5"]);
    refused(&one, &format!("{classify}top_k = 1\n"), &["num_class", "at least 2"]);

    let short =
        "task_name = \"short_term_forecast\"\ndata_path = \"waves.csv\"\nlayout = \"rows\"\n";
    refused("V1,V2\nQ1,2\n", short, &["`pred_len` or `seasonal_patterns`"]);
    let short = format!("{short}pred_len = 2\n");
    refused("V1,V2,V3,V4\nQ1,2,,4\n", &short, &["line 2", "series Q1", "column V3"]);
    refused("V1,V2,V3,V4\nQ1,2,3,4\n", &short, &["none of the 1 series", "10 values"]);
}

/// Under another name it would be a channel, and the network would be given the answer.
#[test]
fn a_label_that_is_not_there() {
    let table = waves(300, |row, channel| match channel {
        2 => u8::from(row == 250).to_string(),
        _ => plain(row, channel),
    });
    let odd = "task_name = \"anomaly_detection\"\ndata_path = \"waves.csv\"\nseq_len = 24\n";
    let missing = "no column of numbers `d` (the `label`): it has a, b, c";
    refused(&table, &format!("{odd}label = \"d\"\n{SMALL}"), &["waves.toml", missing]);
}

#[test]
fn models_that_cannot_be_used() {
    let folder = Folder::new();
    folder.write("waves.csv", &waves(300, plain));
    folder.write("waves.toml", &format!("{TASK}{SMALL}"));
    says(&folder.refused(&["test", "waves"]), &["waves holds no trained model"]);
    says(&folder.refused(&["test", "waves.toml"]), &["is a file", "--checkpoint"]);
    folder.run(&["train", "waves.toml"]);
    // Again is no other model; other settings are.
    assert_eq!(folder.run(&["train", "waves.toml"])["reused"], true);
    let message = folder.refused(&["train", "waves.toml", "--seed", "3"]);
    says(&message, &["waves holds a model of other settings"]);

    folder.write("other.csv", &waves(300, plain).replacen("date,a,b", "date,a,x", 1));
    let message = folder.refused(&["predict", "waves", "--input", "other.csv"]);
    says(&message, &["other.csv", "a, x, c", "trained on a, b, c"]);
    folder.write("short.csv", &waves(40, plain));
    let message = folder.refused(&["predict", "waves", "--input", "short.csv"]);
    says(&message, &["short.csv", "40 rows", "48"]);
    let hours = waves(300, plain);
    let minutes = hours.lines().enumerate().map(|(line, text)| match line {
        0 => format!("{text}\n"),
        _ => {
            let (minute, hour) = ((line - 1) % 60, (line - 1) / 60);
            let rest = text.split_once(',').unwrap().1;
            format!("2020-01-01 {hour:02}:{minute:02}:00,{rest}\n")
        }
    });
    folder.write("minutes.csv", &minutes.collect::<String>());
    let message = folder.refused(&["predict", "waves", "--input", "minutes.csv"]);
    says(&message, &["minutes.csv", "every 60 s", "every 3600 s"]);
    // The test part of a table that has grown is another one.
    folder.write("waves.csv", &waves(310, plain));
    let message = folder.refused(&["test", "waves"]);
    says(&message, &["has changed since", "--input", "after 2020-01-10T23:00:00Z"]);
    // That concerns no prediction.
    folder.run(&["predict", "waves"]);
    assert_eq!(folder.rows("waves/prediction.csv")[0][0], format!("{}Z", time(310)));

    std::fs::write(folder.path("waves/model.safetensors"), b"nothing").unwrap();
    says(&folder.refused(&["predict", "waves"]), &["model.safetensors"]);
}

#[test]
fn a_training_that_learns_nothing_fails_and_says_what_to_do() {
    let config = format!("{TASK}{SMALL}").replace("learning_rate = 0.01", "learning_rate = 1e30");
    let parts = ["not a number in the first epoch", "lower `learning_rate` or set `clip`"];
    refused(&waves(300, plain), &config, &parts);
}

#[test]
fn why_a_training_stopped_is_said() {
    let folder = Folder::new();
    folder.write("waves.csv", &waves(300, plain));
    let text = |config: String| {
        folder.write("waves.toml", &config);
        let out = tempfile::tempdir().unwrap();
        let out = out.path().to_str().unwrap();
        let outcome = stmn(folder.root(), ["forecast", "train", "waves.toml", "--out", out]);
        assert_eq!(outcome.code, Some(0), "{outcome:?}");
        outcome.stdout
    };
    let small = format!("{TASK}{SMALL}");
    says(&text(small.clone()), &["stopped: all 1 epochs are done (`train_epochs`)"]);
    let hasty = small.replace("train_epochs = 1", "train_epochs = 40\npatience = 1");
    let hasty = hasty.replace("learning_rate = 0.01", "learning_rate = 0.1");
    says(&text(hasty), &["no better validation loss for 1 epochs (`patience`)"]);
}

#[test]
fn a_usage_error_ends_with_status_2() {
    let folder = Folder::new();
    for arguments in [&["forecast"][..], &["forecast", "guess"], &["forecast", "train"]] {
        assert_eq!(stmn(folder.root(), arguments).code, Some(2), "{arguments:?}");
    }
}

/// What is left out of a table is said.
#[test]
fn columns_and_rows_that_are_left_out_are_named() {
    let folder = Folder::new();
    let table: String = waves(600, plain)
        .lines()
        .enumerate()
        .map(|(line, text)| match line {
            0 => format!("{text},remark\n"),
            40 => format!("{},x,1,2,\n", text.split(',').next().unwrap()),
            _ => format!("{text},fine\n"),
        })
        .collect();
    folder.write("waves.csv", &table);
    let fill = TASK.replace("long_term_forecast", "imputation");
    let read = "[read.csv]\nskip_bad_rows = true\n";
    let season = "seasonal_patterns = \"Hourly\"\n";
    folder.write("waves.toml", &format!("{fill}{SMALL}{season}{read}"));
    let outcome = stmn(folder.root(), ["forecast", "train", "waves.toml"]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    says(&outcome.stderr, &["1 rows of", "waves.csv, line 41, column a", "left out: remark"]);
    says(&outcome.stderr, &["without effect here: pred_len, seasonal_patterns\n"]);
}

/// Only tables of channels with times are read in other ways than as plain CSV.
#[test]
fn a_way_of_reading_that_is_not_followed_is_refused() {
    let read = "[read.csv]\nskip_bad_rows = true\n";
    let table = waves(300, plain);
    let config = format!("{TASK}{SMALL}times = false\n{read}");
    refused(&table, &config, &["waves.toml", "`read`", "`times = false`"]);
    let short = "task_name = \"short_term_forecast\"\ndata_path = \"waves.csv\"\npred_len = 2\n";
    let short = format!("{short}layout = \"rows\"\n{read}");
    refused("V1,V2\nQ1,2\n", &short, &["`read`", "`layout = \"rows\"`"]);
    let classify = "task_name = \"classification\"\ndata_path = \"waves.csv\"\n";
    refused("record,label,x\n", &format!("{classify}{read}"), &["`read`", "records"]);
}

/// What was understood but changes nothing is said.
#[test]
fn keys_without_effect_are_named() {
    let folder = Folder::new();
    folder.write("waves.csv", &waves(300, plain));
    let more = "n_heads = 8\nlabel_len = 24\nmask_rate = 0.5\nuse_gpu = false\n";
    folder.write("waves.toml", &format!("{TASK}{SMALL}{more}"));
    let outcome = stmn(folder.root(), ["forecast", "train", "waves.toml"]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    says(&outcome.stderr, &["without effect here: label_len, mask_rate, n_heads, use_gpu\n"]);
    // The written settings are settings again, and say the same.
    std::fs::copy(folder.path("waves/config.toml"), folder.path("again.toml")).unwrap();
    folder.run(&["train", "again.toml"]);
    let written = |name: &str| std::fs::read_to_string(folder.path(name)).unwrap();
    assert_eq!(written("again/config.toml"), written("waves/config.toml"));
    assert_eq!(written("again/forecast.json"), written("waves/forecast.json"));
}
