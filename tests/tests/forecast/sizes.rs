//! Values that 32 bits, which networks compute with, do not hold or do not tell apart.

use std::fmt::Write as _;

use stmn_tests::says;

use crate::data::{Folder, SMALL, plain, waves};

const SHORT: &str = "task_name = \"short_term_forecast\"\ndata_path = \"table.csv\"\npred_len = 4\n\
                     train_epochs = 1\n";

/// Three series of 40 values, one a row.
fn rows(value: impl Fn(usize, usize) -> f64) -> String {
    let head: Vec<String> = (0..=40).map(|column| format!("V{column}")).collect();
    let mut table = format!("{}\n", head.join(","));
    for series in 0..3 {
        let cells: Vec<String> = (0..40).map(|at| value(series, at).to_string()).collect();
        let _ = writeln!(table, "Q{series},{}", cells.join(","));
    }
    table
}

fn swing(series: usize, at: usize) -> f64 {
    2.0 + ((series + at) as f64).sin()
}

/// The message that training on a table is refused with; it leaves nothing.
fn refused(table: &str, config: &str) -> String {
    let folder = Folder::new();
    folder.write("table.csv", table);
    folder.write("table.toml", &format!("{config}{SMALL}"));
    let message = folder.refused(&["train", "table.toml"]);
    assert!(!folder.path("table").exists(), "{message}");
    message
}

#[test]
fn a_series_too_large_for_32_bits_is_named() {
    let of_rows = format!("{SHORT}layout = \"rows\"\n");
    let once = rows(|series, at| if (series, at) == (1, 5) { 1e300 } else { swing(series, at) });
    let parts = ["table.csv, line 3, column V6", "series Q1 is 1e300", "power of ten"];
    says(&refused(&once, &of_rows), &parts);
    let all = rows(|series, at| 1e25 * swing(series, at));
    says(
        &refused(&all, &of_rows),
        &["table.csv, line 2, column V1", "series Q0", "above the 1e18"],
    );
    let columns = waves(60, |row, channel| match (row, channel) {
        (7, 1) => "-1e300".to_owned(),
        _ => plain(row, channel),
    });
    let parts = ["table.csv, 2020-01-01T07:00:00Z (row 8)", "series b is -1e300"];
    says(&refused(&columns, SHORT), &parts);
}

/// Squared errors alone need their squares squared.
#[test]
fn a_series_too_large_for_its_loss_is_named() {
    let table = rows(|series, at| 1e12 * swing(series, at));
    let squares = format!("{SHORT}layout = \"rows\"\nloss = \"MSE\"\n");
    says(&refused(&table, &squares), &["series Q0 varies by more than 1e10", "another loss"]);
    let folder = Folder::new();
    folder.write("table.csv", &table);
    folder.write("table.toml", &format!("{SHORT}layout = \"rows\"\n{SMALL}"));
    folder.run(&["train", "table.toml"]);
}

#[test]
fn a_series_whose_variation_32_bits_lose_is_named() {
    let of_rows = format!("{SHORT}layout = \"rows\"\n");
    let far = |by: f64| rows(move |_, at| 123_456_789.0 + by * [0.0, 1.0, 2.0, 1.0][at % 4]);
    let parts =
        ["table.csv: series Q0 varies by 7.1e-1 around 1.234567900e8", "subtract a constant"];
    says(&refused(&far(1.0), &of_rows), &parts);
    // What varies in its sixth digit is learned, and a model of it continues no other series.
    let folder = Folder::new();
    folder.write("table.csv", &far(1000.0));
    folder.write("table.toml", &format!("{of_rows}{SMALL}"));
    folder.run(&["train", "table.toml"]);
    folder.write("other.csv", &far(1.0));
    for command in ["test", "predict"] {
        let arguments = [command, "table", "--input", "other.csv", "--out", "other"];
        says(&folder.refused(&arguments), &["other.csv: series Q0 varies by 7.1e-1"]);
    }
}

#[test]
fn a_value_too_far_from_the_training_rows_is_named() {
    let far = |at: usize| {
        waves(300, move |row, channel| match (row, channel) {
            (row, 1) if row == at => "1e300".to_owned(),
            _ => plain(row, channel),
        })
    };
    let place = |at: usize| format!("channel b at row {}", at + 1);
    for (task, more) in
        [("imputation", ""), ("anomaly_detection", ""), ("long_term_forecast", "pred_len = 6\n")]
    {
        let task =
            format!("task_name = \"{task}\"\ndata_path = \"table.csv\"\nseq_len = 24\n{more}");
        let config = format!("{task}train_epochs = 1\n");
        // Rows 210 to 240 validate, those behind them test.
        for at in [220, 270] {
            let message = refused(&far(at), &config);
            says(&message, &["table.csv", &place(at), "too far from the training rows"]);
        }
        let folder = Folder::new();
        folder.write("table.csv", &waves(300, plain));
        folder.write("table.toml", &format!("{config}{SMALL}"));
        folder.run(&["train", "table.toml"]);
        folder.write("other.csv", &far(290));
        for command in ["test", "predict"] {
            let arguments = [command, "table", "--input", "other.csv", "--out", "other"];
            let message = folder.refused(&arguments);
            says(&message, &["other.csv: channel b at 2020-01-13T02:00:00Z (row 291)", "too far"]);
        }
    }
    let record = |at: usize| {
        let mut table = "record,label,x\n".to_owned();
        for record in 0..20 {
            for row in 0..12 {
                let value = f64::from(row * (1 + record % 2)).sin();
                let value = if record == 4 && row as usize == at { 1e300 } else { value };
                let _ = writeln!(table, "r{record},c{},{value:e}", record % 2);
            }
        }
        table
    };
    let folder = Folder::new();
    folder.write("table.csv", &record(99));
    let task = "task_name = \"classification\"\ndata_path = \"table.csv\"\ntrain_epochs = 1\n";
    folder.write("table.toml", &format!("{task}{SMALL}"));
    folder.run(&["train", "table.toml"]);
    folder.write("other.csv", &record(7));
    let message = folder.refused(&["predict", "table", "--input", "other.csv", "--out", "other"]);
    says(&message, &["other.csv: channel x at row 8 of record r4", "too far"]);
}
