//! Few records of a class, and nothing to validate on.

use std::fmt::Write as _;

use stmn_tests::{says, stmn};

use crate::data::{Folder, SMALL, plain, waves};

/// Trains on two classes of so many records each; what is printed beside the result, and the result.
fn trained(folder: &Folder, name: &str, records: usize, more: &str) -> [String; 2] {
    let mut table = "record,label,x\n".to_owned();
    for record in 0..2 * records {
        for row in 0..12 {
            let value = ((row * (1 + record % 2)) as f64).sin();
            let _ = writeln!(table, "r{record},c{},{value}", record % 2);
        }
    }
    folder.write(&format!("{name}.csv"), &table);
    let task = format!("task_name = \"classification\"\ndata_path = \"{name}.csv\"\n");
    let config = format!("{name}.toml");
    folder.write(&config, &format!("{task}train_epochs = 2\n{SMALL}{more}"));
    let outcome = stmn(folder.root(), ["forecast", "train", &config]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    [outcome.stderr, outcome.stdout]
}

#[test]
fn no_part_is_lost_where_a_class_has_a_record_for_each() {
    let folder = Folder::new();
    for (name, records, more, tested) in [
        ("three", 3, "", 2),
        ("five", 5, "", 2),
        ("fifteen", 15, "split = [0.9, 0.05, 0.05]\n", 2),
        ("ten", 10, "", 4),
    ] {
        let [notes, text] = trained(&folder, name, records, more);
        assert!(!notes.contains("note:"), "{notes}");
        says(&text, &["validation loss"]);
        assert_eq!(folder.run(&["test", name])["samples"], tested, "{name}");
    }
}

#[test]
fn a_part_that_stays_empty_is_said() {
    let folder = Folder::new();
    let [notes, text] = trained(&folder, "two", 2, "");
    says(&notes, &["no record of class c0, c1 validates", "a class of 3 or more"]);
    says(&notes, &["nothing validates: the epoch is kept whose last weights do best"]);
    says(&text, &["training loss after it"]);
    assert!(!text.contains("validation loss"), "{text}");
    // Nor when the model is there already.
    let again = stmn(folder.root(), ["forecast", "train", "two.toml"]);
    assert_eq!((again.code, again.stdout.contains("validation loss")), (Some(0), false));
    assert_eq!(folder.run(&["test", "two"])["samples"], 2);
    let [notes, _] = trained(&folder, "one", 1, "");
    says(&notes, &["no record of class c0, c1 is left to test on"]);
    says(&folder.refused(&["test", "one"]), &["no record is left to test on", "--input"]);
}

/// Rows 140 to 160 validate, and all of them are missing.
#[test]
fn a_validation_part_without_values_is_said() {
    let folder = Folder::new();
    let table = waves(200, |row, channel| match row {
        140..160 => String::new(),
        _ => plain(row, channel),
    });
    folder.write("gap.csv", &table);
    let task = "task_name = \"imputation\"\ndata_path = \"gap.csv\"\nseq_len = 12\n\
                train_epochs = 1\n";
    folder.write("gap.toml", &format!("{task}{SMALL}"));
    let outcome = stmn(folder.root(), ["forecast", "train", "gap.toml"]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    says(&outcome.stderr, &["nothing validates"]);
    assert!(!outcome.stdout.contains("validation loss"), "{outcome:?}");
}
