//! Everything that can be wrong with the input gives one clear message, the right status, no panic
//! and no half-written result.

#![allow(clippy::unwrap_used, reason = "a failed helper is a failed test")]

use std::fs;
use std::path::Path;
use std::process::Command;

use stmn_tests::{
    EVENT, Outcome, SmallNetwork, assert_same, binary, leftovers, refused, stmn, succeeds, tree,
};

/// A whole run is refused, and no result and no half of one is left.
fn run_refused(network: &SmallNetwork) -> String {
    let message = refused(network.folder(), ["run", "small.toml", "--out", "out", "--json"]);
    nothing_left(&network.path("out"));
    message
}

fn nothing_left(out: &Path) {
    if !out.exists() {
        return;
    }
    let files = tree(out);
    assert_eq!(leftovers(&files), [""; 0]);
    for result in ["result.json", "report.html"] {
        assert!(!files.contains_key(result), "{result} was written");
    }
}

fn says(message: &str, parts: &[&str]) {
    for part in parts {
        assert!(message.contains(part), "`{part}` is expected in: {message}");
    }
}

#[test]
fn a_missing_file() {
    let network = SmallNetwork::new();
    fs::remove_file(network.path("network/T1.csv")).unwrap();
    says(&run_refused(&network), &["T1.csv", "No such file"]);
    let none = tempfile::tempdir().unwrap();
    let nowhere = none.path();
    says(&refused(nowhere, ["run", "nothing.toml"]), &["nothing.toml", "No such file"]);
    says(&refused(nowhere, ["quality", "nothing.csv"]), &["nothing.csv", "No such file"]);
    says(&refused(nowhere, ["fit", "no.csv", "--event-time", EVENT.0]), &["no.csv"]);
    let arguments = ["convert", "nothing.csv", "--out", "there.csv"];
    says(&refused(nowhere, arguments), &["nothing.csv"]);
    assert!(tree(nowhere).is_empty(), "{:?}", tree(nowhere).keys());
}

#[test]
fn a_wrong_column() {
    let network = SmallNetwork::new();
    network.edit("network/T1.csv", |lines| lines[0] = lines[0].replace("s3", "x3"));
    says(&run_refused(&network), &["T1.csv", "line 1", "`s3`", "x3"]);
    let folder = network.folder();
    let decompose = ["decompose", "network/T1.csv", "--modes", "3", "--alpha", "2000"];
    let arguments = decompose.iter().chain(&["--column", "s3", "--out", "modes.csv"]);
    says(&refused(folder, arguments), &["T1", "`s3`", "x3"]);
    assert!(!network.path("modes.csv").exists());
}

#[test]
fn a_date_out_of_order() {
    let network = SmallNetwork::new();
    network.edit("network/T2.csv", |lines| lines.swap(40, 41));
    says(&run_refused(&network), &["T2.csv", "line 42", "out of order", "2022-03-11T15:00:00Z"]);
}

#[test]
fn a_duplicate_hour() {
    let network = SmallNetwork::new();
    network.edit("network/REF.csv", |lines| lines.insert(100, lines[100].clone()));
    says(&run_refused(&network), &["REF.csv", "line 102", "repeats the time"]);
    let message = refused(network.folder(), ["quality", "network/REF.csv", "--json"]);
    says(&message, &["REF.csv", "line 102", "repeats the time"]);
}

#[test]
fn text_in_a_number() {
    let network = SmallNetwork::new();
    network.edit("network/T1.csv", |lines| {
        let mut fields: Vec<&str> = lines[57].split(',').collect();
        fields[2] = "12O.5";
        lines[57] = fields.join(",");
    });
    says(&run_refused(&network), &["T1.csv", "line 58", "column s2", "`12O.5`", "not a number"]);
}

#[test]
fn other_lines_that_are_none() {
    let network = SmallNetwork::new();
    let good = fs::read_to_string(network.path("network/T1.csv")).unwrap();
    let broken: [(usize, fn(&str) -> String, &str); 4] = [
        (30, |_| "yesterday,1,2,3,4,5".to_owned(), "not a time"),
        (31, |line| line.rsplit_once(',').unwrap().0.to_owned(), "fields"),
        (32, |line| line.replacen(":00:00Z", ":30:00Z", 1), "grid"),
        (33, |line| line.replacen(',', ",inf,", 1).rsplit_once(',').unwrap().0.to_owned(), "finite"),
    ];
    for (line, change, problem) in broken {
        network.edit("network/T1.csv", |lines| lines[line] = change(&lines[line]));
        says(&run_refused(&network), &["T1.csv", &format!("line {}", line + 1), problem]);
        fs::write(network.path("network/T1.csv"), &good).unwrap();
    }
}

#[test]
fn files_that_are_no_recording() {
    let network = SmallNetwork::new();
    let contents: [&[u8]; 4] = [b"", b"\n\n", b"\x00\x01\x02\x03\xff\xfe", b"PAR1 and no more"];
    for content in contents {
        fs::write(network.path("network/T1.csv"), content).unwrap();
        says(&run_refused(&network), &["T1.csv"]);
        says(&refused(network.folder(), ["quality", "network/T1.csv"]), &["T1.csv"]);
    }
    // Half of a compressed file.
    succeeds(network.folder(), ["convert", "network/T2.csv", "--out", "T2.csv.gz"]);
    let bytes = fs::read(network.path("T2.csv.gz")).unwrap();
    fs::write(network.path("half.csv.gz"), &bytes[..bytes.len() / 2]).unwrap();
    says(&refused(network.folder(), ["quality", "half.csv.gz"]), &["half.csv.gz"]);
}

#[test]
fn a_recording_shorter_than_one_window() {
    let network = SmallNetwork::new();
    // Two days: learnt from one, a window takes three.
    network.edit("network/T1.csv", |lines| lines.truncate(49));
    let config = network.config();
    let (before, target) = config.split_once("[[target]]").unwrap();
    let target = target.replacen("2022-05-20", "2022-03-11", 1);
    network.write_config("small.toml", &format!("{before}[[target]]{target}"));
    let message = run_refused(&network);
    says(&message, &["T1", "2022-03-1"]);

    // The same without the fits of tide and pressure, which would be refused first.
    let plain = "\n[method.prepare]\ntide = false\npressure_correction = false\n";
    network.write_config("small.toml", &format!("{before}[[target]]{target}{plain}"));
    says(&run_refused(&network), &["T1"]);

    let arguments = [
        "decompose", "network/T1.csv", "--column", "s1", "--modes", "3", "--alpha", "2000",
        "--window", "72", "--step", "24", "--out", "modes.csv",
    ];
    says(&refused(network.folder(), arguments), &["T1.csv", "s1", "72", "48"]);
    assert!(!network.path("modes.csv").exists());
}

#[test]
fn all_missing_gauges() {
    let network = SmallNetwork::new();
    let blank = |lines: &mut Vec<String>, columns: &[usize]| {
        for line in &mut lines[1..] {
            let mut fields: Vec<&str> = line.split(',').collect();
            columns.iter().for_each(|&column| fields[column] = "");
            *line = fields.join(",");
        }
    };
    network.edit("network/T2.csv", |lines| blank(lines, &[2]));
    says(&run_refused(&network), &["T2", "s2"]);
    network.edit("network/T2.csv", |lines| blank(lines, &[1, 2, 3, 4]));
    says(&run_refused(&network), &["T2", "s1"]);
    let arguments = ["decompose", "network/T2.csv", "--column", "s1", "--modes", "3", "--alpha"];
    let arguments = arguments.iter().chain(&["2000", "--out", "modes.csv"]);
    says(&refused(network.folder(), arguments), &["T2.csv", "s1"]);
}

#[test]
fn an_event_outside_the_record() {
    let network = SmallNetwork::new();
    for time in ["2023-09-05T04:52:00Z", "2022-05-25T04:52:00Z", "2010-01-01T00:00:00Z"] {
        network.write_config("small.toml", &network.config().replace(EVENT.0, time));
        says(&run_refused(&network), &["T1", time, "outside", "30 scored days"]);
    }
    let counts: String =
        (1..=28).map(|day| format!("2022-02-{day:02},{}\n", day % 5)).collect();
    fs::write(network.path("counts.csv"), format!("date,count\n{counts}")).unwrap();
    let arguments = ["fit", "counts.csv", "--window", "10", "--event-time", EVENT.0];
    says(&refused(network.folder(), arguments), &["counts.csv", "2022-02"]);
}

#[test]
fn unknown_keys_and_broken_toml() {
    let network = SmallNetwork::new();
    let config = network.config();
    let line = |text: &str, part: &str| {
        let before = &text[..text.find(part).unwrap()];
        format!("small.toml:{}:", before.matches('\n').count() + 1)
    };
    let cases = [
        ("null_draws", "nul_draws", "did you mean `null_draws`"),
        ("window_days", "window_day", "did you mean `window_days`"),
        ("latitude", "latitud", "did you mean `latitude`"),
        ("[method.decompose]", "[method.decompos]", "did you mean `decompose`"),
        ("epochs = 6", "epochs = \"six\"", "string \"six\""),
        ("seed = 11", "seed = -1", "-1"),
        ("alpha", "alpha", ""),
    ];
    for (good, bad, hint) in &cases[..6] {
        let text = config.replacen(good, bad, 1);
        network.write_config("small.toml", &text);
        let place = line(&text, bad.split(['=', '[', '.']).next_back().unwrap().trim());
        let place = if bad.contains('=') || bad.contains('[') { "small.toml:" } else { &place };
        says(&run_refused(&network), &[place, hint]);
    }
    let text = format!("{config}\n[method\n");
    network.write_config("small.toml", &text);
    let place = format!("small.toml:{}:", text.lines().count());
    says(&run_refused(&network), &[&place]);
    assert!(!network.path("out").exists(), "a refused configuration makes no folder");

    fs::write(network.path("read.toml"), "[csv]\ndelimeter = \",\"\n").unwrap();
    let arguments = ["quality", "network/T1.csv", "--read", "read.toml"];
    says(&refused(network.folder(), arguments), &["read.toml", "delimeter", "line 2"]);
}

#[test]
fn settings_that_cannot_be() {
    let network = SmallNetwork::new();
    let cases = [
        ("null_draws = 99", "null_draws = 98", "null_draws"),
        ("keep = [2, 3]", "keep = [2, 4]", "decompose.keep"),
        ("window_hours = 72", "window_hours = 70", "decompose.window_hours"),
        ("magnitude = 6.8", "magnitude = 68", "magnitude"),
        ("latitude = 29.59", "latitude = 129.59", "129.59"),
        ("id = \"T2\"", "id = \"T1\"", "target.id"),
    ];
    for (good, bad, name) in cases {
        network.write_config("small.toml", &network.config().replacen(good, bad, 1));
        says(&run_refused(&network), &[name]);
    }
    assert!(!network.path("out").exists(), "a refused configuration makes no folder");
}

#[test]
fn a_checkpoint_of_another_shape() {
    let network = SmallNetwork::new();
    let folder = network.folder();
    succeeds(folder, ["train", "small.toml", "--out", "trained"]);
    let checkpoint = "trained/model.safetensors";
    let transfer = |checkpoint: &str| {
        let arguments = ["transfer", "small.toml", "--out", "out", "--checkpoint", checkpoint];
        let message = refused(folder, arguments);
        if network.path("out").exists() {
            assert_eq!(leftovers(&tree(&network.path("out"))), [""; 0]);
            assert!(!network.path("out/scores.json").exists());
        }
        message
    };
    let config = network.config();
    for (good, bad) in [
        ("d_model = 4", "d_model = 8"),
        ("keep = [2, 3]", "keep = [1, 2, 3]"),
        ("[method.model]\nwindow_hours = 72", "[method.model]\nwindow_hours = 96"),
    ] {
        network.write_config("small.toml", &config.replace(good, bad));
        says(&transfer(checkpoint), &["model.safetensors", "does not fit"]);
    }
    network.write_config("small.toml", &config);

    says(&transfer("nowhere.safetensors"), &["nowhere", "No such file"]);
    // The weights of a larger network under the small one's description.
    let larger = config.replace("d_model = 4", "d_model = 8");
    network.write_config("larger.toml", &larger);
    succeeds(folder, ["train", "larger.toml", "--out", "larger"]);
    fs::copy(network.path("larger/model.safetensors"), network.path(checkpoint)).unwrap();
    says(&transfer(checkpoint), &["model.safetensors", "shape"]);
    // Half of the weights.
    let bytes = fs::read(network.path(checkpoint)).unwrap();
    fs::write(network.path(checkpoint), &bytes[..bytes.len() / 2]).unwrap();
    says(&transfer(checkpoint), &["model.safetensors"]);
}

#[test]
fn a_usage_error_ends_with_status_2() {
    let folder = tempfile::tempdir().unwrap();
    let cases: [(&[&str], &str); 7] = [
        (&["run"], "CONFIG.toml"),
        (&["run", "a.toml", "--outt", "b"], "--outt"),
        (&["rum", "a.toml"], "rum"),
        (&["fit", "counts.csv"], "--event-time"),
        (&["fit", "counts.csv", "--event-time", "yesterday"], "yesterday"),
        (&["run", "a.toml", "--threads", "0"], "--threads"),
        (&["decompose", "a.csv", "--column", "x", "--modes", "three"], "three"),
    ];
    for (arguments, part) in cases {
        says(&stmn(folder.path(), arguments).refusal(2), &[part]);
    }
    let none = stmn(folder.path(), [""; 0]);
    assert_eq!(none.code, Some(2), "{none:?}");
    assert!(tree(folder.path()).is_empty());
}

/// Runs a command that may not write files of more than `kib` KiB: the write fails as on a full
/// disk, with EFBIG in place of ENOSPC.
#[cfg(unix)]
fn on_a_full_disk(folder: &Path, kib: u32, arguments: &str) -> Outcome {
    let script = format!("trap '' XFSZ; ulimit -f {kib}; exec \"$0\" {arguments}");
    let mut command = Command::new("bash");
    command.current_dir(folder).args(["-c", &script]).arg(binary());
    Outcome::of(&command.output().unwrap())
}

#[cfg(unix)]
#[test]
fn a_full_disk() {
    let network = SmallNetwork::new();
    network.run("undisturbed", &[]);
    let undisturbed = tree(&network.path("undisturbed"));
    // From the first file on to the largest: the run goes a little further each time.
    let mut sizes: Vec<u32> = undisturbed.values().map(|bytes| bytes.len() as u32 / 1024).collect();
    sizes.sort_unstable();
    let largest = *sizes.last().unwrap();
    for kib in [1, 8, sizes[sizes.len() / 2], largest - 1] {
        let outcome = on_a_full_disk(network.folder(), kib, "run small.toml --out out");
        says(&outcome.refusal(1), &["cannot write", "out/", "File too large"]);
        assert_eq!(leftovers(&tree(&network.path("out"))), [""; 0], "at {kib} KiB");
    }
    // Nothing that was left is half a file: with room again the run goes on to the same end.
    network.run("out", &[]);
    assert_same(&tree(&network.path("out")), &undisturbed);
}

#[cfg(unix)]
#[test]
fn a_full_disk_under_every_other_writer() {
    let network = SmallNetwork::new();
    let before = tree(network.folder());
    for (arguments, file) in [
        ("synth --out network2 --days 30", "network2/"),
        ("convert network/T1.csv --out T1.csv.gz", "T1.csv.gz"),
        ("convert network/T1.csv --out T1.parquet", "T1.parquet"),
        (
            "decompose network/REF.csv --column pressure --modes 2 --alpha 200 --solver reference \
             --max-iterations 5 --out modes.csv",
            "modes.csv",
        ),
    ] {
        let message = on_a_full_disk(network.folder(), 8, arguments).refusal(1);
        says(&message, &["cannot write", file, "File too large"]);
        assert_same(&tree(network.folder()), &before);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_under_the_standard_output() {
    let network = SmallNetwork::new();
    for arguments in ["quality network/T1.csv --json", "quality network/T1.csv"] {
        let script = format!("exec \"$0\" {arguments} > /dev/full");
        let mut command = Command::new("bash");
        command.current_dir(network.folder()).args(["-c", &script]).arg(binary());
        let message = Outcome::of(&command.output().unwrap()).refusal(1);
        says(&message, &["standard output", "No space left"]);
    }
}

#[test]
fn a_place_that_cannot_be_written() {
    let network = SmallNetwork::new();
    fs::write(network.path("file"), "").unwrap();
    says(&refused(network.folder(), ["run", "small.toml", "--out", "file/out"]), &["file/out"]);
    let arguments = ["convert", "network/T1.csv", "--out", "no/such/folder/T1.csv"];
    says(&refused(network.folder(), arguments), &["no/such/folder/T1.csv"]);
    let arguments = ["convert", "network/T1.csv", "--out", "T1.xlsx"];
    says(&refused(network.folder(), arguments), &["T1.xlsx", ".parquet"]);
    assert!(!network.path("T1.xlsx").exists());
}
