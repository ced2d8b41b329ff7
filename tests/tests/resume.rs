//! A run that is killed at any moment and started again ends with the bytes of an undisturbed one.

#![allow(clippy::unwrap_used, reason = "a failed helper is a failed test")]

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use stmn_tests::{SmallNetwork, assert_same, binary, leftovers, tree};

fn start(network: &SmallNetwork, out: &str) -> Child {
    let mut command = Command::new(binary());
    command.current_dir(network.folder()).args(["run", "small.toml", "--out", out]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Waits until the moment has come and kills; `false`: the run ended before.
fn kill_when(mut child: Child, mut moment: impl FnMut() -> bool) -> bool {
    loop {
        // SIGKILL: nothing in the program can tidy up after itself.
        if moment() {
            child.kill().unwrap();
        }
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success() || status.code().is_none(), "{status}");
            return status.code().is_none();
        }
        std::thread::sleep(Duration::from_micros(200));
    }
}

fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect()
}

fn check(network: &SmallNetwork, out: &str) {
    network.run(out, &[]);
    let found = tree(&network.path(out));
    assert_eq!(leftovers(&found), [""; 0]);
    assert_same(&found, &tree(&network.path("undisturbed")));
}

#[test]
fn killed_after_every_stored_result() {
    let network = SmallNetwork::new();
    network.run("undisturbed", &[]);
    let stages = network.path("killed/stages");
    let stored = || -> BTreeSet<String> {
        names(&stages).into_iter().filter(|name| !name.starts_with('.')).collect()
    };
    let mut kills = 0;
    loop {
        let before = stored();
        if !kill_when(start(&network, "killed"), || !stored().is_subset(&before)) {
            break;
        }
        kills += 1;
    }
    assert!(kills >= 5, "killed {kills} times only");
    println!("killed {kills} times");
    check(&network, "killed");
}

#[test]
fn killed_at_moments_of_the_clock() {
    let network = SmallNetwork::new();
    let begin = Instant::now();
    network.run("undisturbed", &[]);
    let whole = begin.elapsed();
    let mut kills = 0;
    for share in [0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.55, 0.7, 0.85, 0.95] {
        let begin = Instant::now();
        let killed =
            kill_when(start(&network, "killed"), || begin.elapsed() >= whole.mul_f64(share));
        kills += usize::from(killed);
    }
    println!("killed {kills} times within {whole:.1?}");
    assert!(kills > 0, "no run was slow enough to be killed");
    check(&network, "killed");
}

/// The name that a half-written file is to take, from `.name.NUMBER.tmp`; of a training state its
/// own, while it is there.
fn unfinished(name: &str) -> Option<String> {
    if let Some(hidden) = name.strip_prefix('.') {
        return Some(hidden.strip_suffix(".tmp")?.rsplit_once('.')?.0.to_owned());
    }
    name.contains(".training").then(|| name.to_owned())
}

/// The moments that need most care: a file is being written, a training state lies on the disk.
#[test]
fn killed_while_a_file_is_half_written() {
    let network = SmallNetwork::new();
    network.run("undisturbed", &[]);
    let folders = ["killed", "killed/stages", "killed/figures"].map(|name| network.path(name));
    // Files by the names that they are to take: each is a moment once.
    let at_work = || -> BTreeSet<String> {
        let names = folders.iter().flat_map(|folder| names(folder));
        names.filter_map(|name| unfinished(&name)).collect()
    };
    let mut seen = BTreeSet::new();
    let mut another = || {
        let before = seen.len();
        seen.append(&mut at_work());
        seen.len() > before
    };
    while kill_when(start(&network, "killed"), &mut another) {}
    println!("killed beside {seen:?}");
    assert!(seen.len() > 5, "too few files were seen half-written: {seen:?}");
    check(&network, "killed");
}
