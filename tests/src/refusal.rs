use std::path::Path;

use crate::{SmallNetwork, leftovers, refused, tree};

/// Runs `small.toml` and checks that the run was refused and left no result and no half of one;
/// gives the message.
///
/// # Panics
///
/// Where any of it is not so.
pub fn run_refused(network: &SmallNetwork) -> String {
    let message = refused(network.folder(), ["run", "small.toml", "--out", "out", "--json"]);
    nothing_left(&network.path("out"));
    message
}

/// Checks that the folder of a refused run holds no result and nothing half-written.
///
/// # Panics
///
/// Where it does.
pub fn nothing_left(out: &Path) {
    if !out.exists() {
        return;
    }
    let files = tree(out);
    assert_eq!(leftovers(&files), [""; 0]);
    for result in ["scores.json", "result.json", "report.html"] {
        assert!(!files.contains_key(result), "{result} was written");
    }
}

/// Checks that a message holds every part.
///
/// # Panics
///
/// Where it does not.
pub fn says(message: &str, parts: &[&str]) {
    for part in parts {
        assert!(message.contains(part), "`{part}` is expected in: {message}");
    }
}
