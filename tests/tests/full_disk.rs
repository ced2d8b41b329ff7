//! A write that fails ends the command with status 1, and what it leaves is no half of a result.

#![allow(clippy::unwrap_used, reason = "a failed helper is a failed test")]

use std::fs;
use std::path::Path;
use std::process::Command;

use stmn_tests::{Outcome, SmallNetwork, assert_same, binary, leftovers, refused, says, tree};

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
        // A run that could write nothing at all takes its empty folder away again.
        let anything = network.path("out").exists();
        assert!(anything || kib == 1, "at {kib} KiB");
        if anything {
            assert_eq!(leftovers(&tree(&network.path("out"))), [""; 0], "at {kib} KiB");
        }
    }
    // Nothing that was left is half a file: with room again the run goes on to the same end.
    network.run("out", &[]);
    assert_same(&tree(&network.path("out")), &undisturbed);
}

#[cfg(unix)]
#[test]
fn a_full_disk_under_every_other_writer() {
    let network = SmallNetwork::new();
    network.write_waves("waves.csv");
    let before = tree(network.folder());
    for (arguments, file) in [
        ("synth --out network2 --days 60", "network2/"),
        ("convert network/T1.csv --out T1.csv.gz", "T1.csv.gz"),
        ("convert network/T1.csv --out T1.parquet", "T1.parquet"),
        (
            "decompose waves.csv --column x --modes 2 --alpha 200 --solver reference \
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
