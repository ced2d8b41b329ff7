use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use serde_json::Value;

/// The built `stmn`, brought up to date once a test program.
///
/// Cargo tells a test where the binaries of its own package are, not those of another one, so the
/// package is built here in the profile and target folder of the running test, and together with this
/// one, so that both have the same features and nothing is compiled twice. Another binary can be named in the environment variable `STMN_BINARY`.
///
/// # Panics
///
/// Where it cannot be built.
pub fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| std::env::var_os("STMN_BINARY").map_or_else(build, PathBuf::from))
}

fn build() -> PathBuf {
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .args(["build", "--package", "stmn", "--package", "stmn-tests", "--bin", "stmn"])
        .arg("--message-format=json-render-diagnostics")
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."))
        .stderr(Stdio::inherit());
    if !cfg!(debug_assertions) {
        cargo.arg("--release");
    }
    if let Some(target) = target_folder() {
        cargo.arg("--target-dir").arg(target);
    }
    let built = cargo.output().expect("cargo starts");
    assert!(built.status.success(), "`stmn` does not build");
    let messages = String::from_utf8_lossy(&built.stdout);
    let mut executable = messages.lines().filter_map(|line| {
        let message: Value = serde_json::from_str(line).ok()?;
        (message["target"]["name"] == "stmn").then_some(())?;
        message["executable"].as_str().map(PathBuf::from)
    });
    executable.next_back().expect("cargo names the binary that it built")
}

/// From `TARGET/PROFILE/deps/test-program` the target folder, wherever the caller has put it.
fn target_folder() -> Option<PathBuf> {
    let program = std::env::current_exe().ok()?;
    let profile = program.parent()?.parent()?;
    profile.parent().map(Path::to_owned)
}
