use std::process::{Command, Stdio};
use std::time::Duration;

use stmn_tests::{assert_same, binary, leftovers, tree};

use crate::data::{Folder, SMALL, plain, waves};

/// Starts a training and kills it once its state has been written as often as that; whether it was
/// killed before it ended.
fn kill_after(folder: &Folder, config: &str, out: &str, writes: usize) -> bool {
    let mut command = Command::new(binary());
    command.current_dir(folder.root()).args(["forecast", "train", config, "--out", out]);
    let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = quiet.spawn().unwrap();
    let state = folder.path(out).join("training.state");
    let written = || state.metadata().and_then(|found| found.modified()).ok();
    let (mut last, mut seen) = (written(), 0);
    loop {
        let now = written();
        if now.is_some() && now != last {
            (last, seen) = (now, seen + 1);
        }
        if seen >= writes {
            // SIGKILL: nothing in the program can tidy up after itself.
            child.kill().unwrap();
        }
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success() || status.code().is_none(), "{status}");
            return status.code().is_none();
        }
        std::thread::sleep(Duration::from_micros(200));
    }
}

#[test]
fn a_killed_training_goes_on_and_ends_with_the_same_bytes() {
    let folder = Folder::new();
    folder.write("waves.csv", &waves(400, plain));
    let mut record = "record,label,x\n".to_owned();
    for number in 0..40 {
        let label = if number % 2 == 0 { "even" } else { "odd" };
        for row in 0..16 {
            let value = f64::from(row * (1 + number % 2)).sin();
            record.push_str(&format!("{number},{label},{value}\n"));
        }
    }
    folder.write("records.csv", &record);
    let mut series = "name,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20\n".to_owned();
    for number in 0..60 {
        let value =
            |at: usize| (30 + number % 7 + [0, 4, 9, 3][(at + number) % 4] + at).to_string();
        let cells: Vec<String> = (0..20).map(value).collect();
        series.push_str(&format!("Q{number},{}\n", cells.join(",")));
    }
    folder.write("series.csv", &series);
    let tasks = [
        (
            "long",
            "task_name = \"long_term_forecast\"\ndata_path = \"waves.csv\"\nseq_len = 24\npred_len = 6\n",
        ),
        (
            "short",
            "task_name = \"short_term_forecast\"\ndata_path = \"series.csv\"\nlayout = \"rows\"\n\
             pred_len = 2\n",
        ),
        ("fill", "task_name = \"imputation\"\ndata_path = \"waves.csv\"\nseq_len = 24\n"),
        ("odd", "task_name = \"anomaly_detection\"\ndata_path = \"waves.csv\"\nseq_len = 24\n"),
        ("class", "task_name = \"classification\"\ndata_path = \"records.csv\"\n"),
    ];
    for (name, task) in tasks {
        let config = format!("{name}.toml");
        let epochs = "train_epochs = 8\npatience = 8\n";
        folder.write(&config, &format!("{task}{epochs}{SMALL}"));
        folder.run(&["train", &config, "--out", "whole", "--threads", "1"]);
        let mut kills = 0;
        while kill_after(&folder, &config, "killed", 2) {
            kills += 1;
        }
        assert!(kills > 0, "{name}: no training was slow enough to be killed");
        println!("{name}: killed {kills} times");
        let killed = tree(&folder.path("killed"));
        assert_eq!(leftovers(&killed), [""; 0]);
        assert_same(&killed, &tree(&folder.path("whole")));
        for out in ["whole", "killed"] {
            std::fs::remove_dir_all(folder.path(out)).unwrap();
        }
    }
}
