//! Everything that can be wrong with a recording gives one clear message naming file and line or
//! station, status 1, no panic and no half-written result.

#![allow(clippy::unwrap_used, reason = "a failed helper is a failed test")]

use std::fs;

use stmn_tests::{EVENT, SmallNetwork, refused, run_refused, says, succeeds, tree};

/// What is done to a line.
type Change = fn(&str) -> String;

#[test]
fn a_missing_file() {
    let network = SmallNetwork::new();
    fs::remove_file(network.path("network/T1.csv")).unwrap();
    says(&run_refused(&network), &["T1.csv", "No such file"]);
    assert!(!network.path("out").exists(), "an empty folder was left");
    // One that was there already is the user's.
    std::fs::create_dir(network.path("out")).unwrap();
    run_refused(&network);
    assert!(network.path("out").is_dir());
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
    let broken: [(usize, Change, &str); 4] = [
        (30, |_| "yesterday,1,2,3,4,5".to_owned(), "not a time"),
        (31, |line| line.rsplit_once(',').unwrap().0.to_owned(), "fields"),
        (32, |line| line.replacen(":00:00Z", ":30:00Z", 1), "grid"),
        (
            33,
            |line| line.replacen(',', ",inf,", 1).rsplit_once(',').unwrap().0.to_owned(),
            "finite",
        ),
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
        "decompose",
        "network/T1.csv",
        "--column",
        "s1",
        "--modes",
        "3",
        "--alpha",
        "2000",
        "--window",
        "72",
        "--step",
        "24",
        "--out",
        "modes.csv",
    ];
    says(&refused(network.folder(), arguments), &["T1.csv", "s1", "72", "48"]);
    assert!(!network.path("modes.csv").exists());
}

/// Four days to learn from, of which three are a decomposition window: no window of the network ends
/// in them.
#[test]
fn a_span_to_learn_from_without_a_window() {
    let network = SmallNetwork::new();
    let config = network.config();
    let (before, target) = config.split_once("[[target]]").unwrap();
    let target = target.replacen("2022-05-20", "2022-03-14", 1);
    let plain = "\n[method.prepare]\ntide = false\npressure_correction = false\n";
    let config = format!("{before}[[target]]{target}{plain}");
    network.write_config("small.toml", &config);
    let message = run_refused(&network);
    let span =
        "station T1: the span to learn from, from 2022-03-10T00:00:00Z to 2022-03-14T00:00:00Z";
    says(&message, &[span, "0 residuals of series s1", "need 2", "take a longer `fit`"]);
    says(&message, &["sigma = \"reference_validation\""]);
    // What it advises helps.
    let advised = format!("{config}[method.detect]\nsigma = \"reference_validation\"\n");
    network.write_config("small.toml", &advised);
    network.run("out", &[]);
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
    let counts: String = (1..=28).map(|day| format!("2022-02-{day:02},{}\n", day % 5)).collect();
    fs::write(network.path("counts.csv"), format!("date,count\n{counts}")).unwrap();
    let arguments = ["fit", "counts.csv", "--window", "10", "--event-time", EVENT.0];
    says(&refused(network.folder(), arguments), &["counts.csv", "2022-02"]);
}
