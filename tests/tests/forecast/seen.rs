//! What a model was trained on is not what it is judged by.

use serde_json::Value;
use stmn_tests::says;

use crate::data::{Folder, SMALL, plain, waves};

const TASK: &str = "task_name = \"long_term_forecast\"\ndata_path = \"waves.csv\"\nseq_len = 48\n\
                    pred_len = 12\ntrain_epochs = 1\n";

fn trained() -> Folder {
    let folder = Folder::new();
    folder.write("waves.csv", &waves(300, plain));
    folder.write("waves.toml", &format!("{TASK}{SMALL}"));
    folder.run(&["train", "waves.toml"]);
    folder
}

fn tested(folder: &Folder, table: &str) -> Value {
    folder.run(&["test", "waves", "--input", table, "--out", "tested"])
}

#[test]
fn its_own_table_under_another_name_is_judged_by_its_test_part() {
    let folder = trained();
    let own = folder.run(&["test", "waves"]);
    // The test rows are 240 to 300.
    assert_eq!(own["samples"], 60 - 12 + 1);
    std::fs::copy(folder.path("waves.csv"), folder.path("copy.csv")).unwrap();
    let copy = tested(&folder, "copy.csv");
    assert_eq!((&copy["samples"], &copy["results"]), (&own["samples"], &own["results"]));
    assert_eq!(copy["notes"], own["notes"]);
}

#[test]
fn of_a_table_that_has_grown_the_later_rows_are_judged() {
    let folder = trained();
    folder.write("waves.csv", &waves(340, plain));
    let grown = tested(&folder, "waves.csv");
    assert_eq!(grown["samples"], 100 - 12 + 1);
    says(&grown["notes"].to_string(), &["240 rows up to 2020-01-10T23:00:00Z are not judged"]);
    // Nothing but rows that were trained on.
    folder.write("part.csv", &waves(200, plain));
    let part = tested(&folder, "part.csv");
    assert_eq!(part["samples"], 200 - 60 + 1);
    says(&part["notes"].to_string(), &["all 200 judged rows", "say nothing of new ones"]);
    // Nothing but new ones.
    let new: String = waves(400, plain)
        .lines()
        .enumerate()
        .filter(|(line, _)| *line == 0 || *line > 300)
        .map(|(_, text)| format!("{text}\n"))
        .collect();
    folder.write("new.csv", &new);
    let new = tested(&folder, "new.csv");
    assert_eq!(new["samples"], 100 - 60 + 1);
    assert!(!new["notes"].to_string().contains("judged"), "{new}");
}

#[test]
fn series_and_records_of_another_table_are_not_vouched_for() {
    let folder = Folder::new();
    let series = |values: usize| -> String {
        let row = |name: usize| {
            let cells: Vec<String> =
                (0..values).map(|at| (40 + 3 * (at % 4) + at + name).to_string()).collect();
            format!("Q{name},{}\n", cells.join(","))
        };
        let head: Vec<String> = (0..=values).map(|column| format!("V{column}")).collect();
        format!("{}\n{}{}", head.join(","), row(1), row(2))
    };
    folder.write("m4.csv", &series(24));
    let task = "task_name = \"short_term_forecast\"\ndata_path = \"m4.csv\"\nlayout = \"rows\"\n\
                pred_len = 4\ntrain_epochs = 1\n";
    folder.write("m4.toml", &format!("{task}{SMALL}"));
    folder.run(&["train", "m4.toml"]);
    let note = "are not compared with those that the model was trained on";
    assert!(!folder.run(&["test", "m4"])["notes"].to_string().contains(note));
    folder.write("more.csv", &series(20));
    let more = folder.run(&["test", "m4", "--input", "more.csv", "--out", "more"]);
    says(&more["notes"].to_string(), &[note]);

    let mut records = "record,label,x\n".to_owned();
    for record in 0..20 {
        for row in 0..12 {
            let value = f64::from(row * (1 + record % 2)).sin();
            records.push_str(&format!("{record},{},{value}\n", record % 2));
        }
    }
    folder.write("records.csv", &records);
    let task = "task_name = \"classification\"\ndata_path = \"records.csv\"\ntrain_epochs = 1\n";
    folder.write("records.toml", &format!("{task}{SMALL}"));
    folder.run(&["train", "records.toml"]);
    let own = folder.run(&["test", "records"]);
    assert!(!own["notes"].to_string().contains(note));
    std::fs::copy(folder.path("records.csv"), folder.path("copy.csv")).unwrap();
    let copy = folder.run(&["test", "records", "--input", "copy.csv", "--out", "copy"]);
    assert_eq!(copy["results"], own["results"]);
    let lines: Vec<&str> = records.lines().take(1 + 12 * 6).collect();
    folder.write("part.csv", &format!("{}\n", lines.join("\n")));
    let part = folder.run(&["test", "records", "--input", "part.csv", "--out", "part"]);
    assert_eq!(part["samples"], 6);
    says(&part["notes"].to_string(), &[note]);
}
