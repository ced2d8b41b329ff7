//! Damaged model documents, folders that take no file, tables of another interval.

use serde_json::{Value, json};
use stmn_tests::says;

use crate::data::{Folder, SMALL, plain, waves};

/// Puts `value` at `pointer` of the model's document and checks that each command refuses it with a
/// message that has these parts; then the document is as it was.
fn damaged(folder: &Folder, (pointer, value): (&str, Value), commands: &[&str], parts: &[&str]) {
    let path = folder.path("model/forecast.json");
    let sound = std::fs::read_to_string(&path).unwrap();
    let mut document: Value = serde_json::from_str(&sound).unwrap();
    *document.pointer_mut(pointer).unwrap() = value;
    std::fs::write(&path, document.to_string()).unwrap();
    for &command in commands {
        says(&folder.refused(&[command, "model"]), parts);
    }
    std::fs::write(&path, sound).unwrap();
}

const USE: &[&str] = &["test", "predict"];
const TEST: &[&str] = &["test"];

fn trained(task: &str, table: &str) -> Folder {
    let folder = Folder::new();
    folder.write("table.csv", table);
    let config = format!("{task}data_path = \"table.csv\"\ntrain_epochs = 1\n{SMALL}");
    folder.write("model.toml", &config);
    folder.run(&["train", "model.toml"]);
    folder
}

#[test]
fn settings_that_no_configuration_could_have_given() {
    let folder = trained("task_name = \"anomaly_detection\"\nseq_len = 24\n", &waves(300, plain));
    let file = "forecast.json";
    for newest in [0, 25] {
        let parts = [file, "`score_last` = ", "from 1 to `seq_len` (24)"];
        damaged(&folder, ("/experiment/score_last", json!(newest)), USE, &parts);
    }
    let split = ("/experiment/data/split", json!([0.7, 0.1, 5.0]));
    damaged(&folder, split, USE, &[file, "`split`", "sum 1"]);
    // These are a configuration's, but another one's: rows that were trained on would be judged.
    let split = ("/experiment/data/split", json!([0.2, 0.1, 0.7]));
    damaged(&folder, split, TEST, &["table.csv", "contradict each other"]);
    let name = ("/experiment/data/name", json!("ETTh1"));
    damaged(&folder, name, TEST, &["table.csv", "contradict each other"]);
    let ratio = ("/experiment/anomaly_ratio", json!(-1.0));
    damaged(&folder, ratio, USE, &[file, "`anomaly_ratio` = -1"]);
    let length = ("/experiment/network/seq_len", json!(u64::MAX));
    damaged(&folder, length, USE, &[file, "`seq_len` = 18446744073709551615"]);
    let channels = ("/learned/channels", json!(["a", "b"]));
    damaged(&folder, channels, USE, &[file, "2 channels are named, the network has 3"]);
    let scaler = ("/learned/scaler", json!({"mean": [1.0], "deviation": [1.0]}));
    damaged(&folder, scaler, USE, &[file, "1 scaled channels"]);
    // Nothing of it has changed the model.
    folder.run(&["test", "model"]);
}

#[test]
fn classes_that_the_network_does_not_have() {
    let mut table = "record,label,x\n".to_owned();
    for record in 0..20 {
        for row in 0..12 {
            let value = f64::from(row * (1 + record % 2)).sin();
            table.push_str(&format!("r{record},c{},{value}\n", record % 2));
        }
    }
    let folder = trained("task_name = \"classification\"\n", &table);
    let classes = ("/learned/classes", json!(["c0"]));
    damaged(&folder, classes, USE, &["forecast.json", "1 classes are named, the network has 2"]);
    let largest = ("/learned/largest_class", json!(2));
    damaged(&folder, largest, USE, &["forecast.json", "`largest_class` = 2, there are 2 classes"]);
    let batch = ("/experiment/training/batch", json!(0));
    damaged(&folder, batch, USE, &["forecast.json", "`batch` = 0"]);
    folder.run(&["predict", "model"]);
}

#[test]
fn short_term_tables_of_another_interval() {
    let folder = Folder::new();
    folder.write("waves.csv", &waves(60, plain));
    let task = "task_name = \"short_term_forecast\"\ndata_path = \"waves.csv\"\npred_len = 4\n";
    folder.write("waves.toml", &format!("{task}train_epochs = 1\n{SMALL}"));
    folder.run(&["train", "waves.toml"]);
    let mut days = "date,a\n".to_owned();
    for day in 0..40 {
        let date = jiff::civil::date(2020, 1, 1).checked_add(jiff::Span::new().days(day)).unwrap();
        days.push_str(&format!("{date},{}\n", (day as f64).sin()));
    }
    folder.write("days.csv", &days);
    for &command in USE {
        let arguments = [command, "waves", "--input", "days.csv", "--out", "days"];
        says(&folder.refused(&arguments), &["days.csv", "every 86400 s", "every 3600 s"]);
    }
}

/// Even root makes no file there.
#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_takes_no_file_is_refused_before_training() {
    let folder = Folder::new();
    folder.write("waves.csv", &waves(300, plain));
    let task = "task_name = \"imputation\"\ndata_path = \"waves.csv\"\nseq_len = 24\n";
    folder.write("waves.toml", &format!("{task}train_epochs = 1\n{SMALL}"));
    let message = folder.refused(&["train", "waves.toml", "--out", "/proc"]);
    says(&message, &["cannot write into /proc", "training.state"]);
}
