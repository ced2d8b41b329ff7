//! How the workspace is built: floors, one version of what signatures speak, licences, advisories.
//!
//! All of it works offline: from the manifests, `Cargo.lock`, and what cargo has already fetched.

#![allow(clippy::unwrap_used, reason = "a failed helper is a failed test")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

const LEAVES: [&str; 5] = ["strain-io", "stmn-vmd", "timesnet", "graph-spatial", "sigmoid-stats"];
/// Below the leaves: what two of them need alike.
const FOUNDATIONS: [&str; 2] = ["stmn-linalg", "candle-seeded"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The packages that a default build for this machine resolves to, ours among them.
fn packages() -> Vec<Value> {
    let version = Command::new("rustc").arg("-vV").output().expect("rustc runs");
    let version = String::from_utf8(version.stdout).unwrap();
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).expect("a host");
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--offline"])
        .args(["--filter-platform", host])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

fn text<'a>(package: &'a Value, key: &str) -> &'a str {
    package[key].as_str().unwrap_or_default()
}

/// Packages of the workspace: they have no source.
fn ours(packages: &[Value]) -> impl Iterator<Item = &Value> {
    packages.iter().filter(|package| package["source"].is_null())
}

fn published(packages: &[Value]) -> impl Iterator<Item = &Value> {
    // `publish = false` is an empty list, the default is null.
    ours(packages).filter(|package| package["publish"].is_null())
}

/// Names of our crates that a package depends on, dev-dependencies aside.
fn own_dependencies(package: &Value) -> BTreeSet<&str> {
    let dependencies = package["dependencies"].as_array().unwrap().iter();
    dependencies
        .filter(|dependency| dependency["path"].is_string() && dependency["kind"] != "dev")
        .map(|dependency| text(dependency, "name"))
        .collect()
}

#[test]
fn leaf_crates_do_not_depend_on_each_other() {
    let packages = packages();
    let allowed = |name: &str| -> Vec<&str> {
        match name {
            _ if FOUNDATIONS.contains(&name) => vec![],
            _ if LEAVES.contains(&name) => FOUNDATIONS.to_vec(),
            "sine" => [FOUNDATIONS.as_slice(), &["graph-spatial"]].concat(),
            "stmn-pipeline" => [FOUNDATIONS.as_slice(), &LEAVES].concat(),
            "stmn" => [FOUNDATIONS.as_slice(), &LEAVES, &["sine", "stmn-pipeline"]].concat(),
            other => panic!("{other} is a new crate: say here what it may depend on"),
        }
    };
    let mut seen = 0;
    for package in published(&packages) {
        let name = text(package, "name");
        let allowed = allowed(name);
        for dependency in own_dependencies(package) {
            assert!(allowed.contains(&dependency), "{name} must not depend on {dependency}");
        }
        seen += 1;
    }
    assert_eq!(seen, LEAVES.len() + FOUNDATIONS.len() + 3);
}

#[test]
fn what_public_signatures_speak_has_one_version() {
    let locked = locked();
    for name in ["ndarray", "candle-core", "candle-nn", "jiff"] {
        let versions: Vec<&str> =
            locked.iter().filter(|(n, _)| n == name).map(|(_, v)| v.as_str()).collect();
        assert_eq!(versions.len(), 1, "{name} has the versions {versions:?}");
    }
}

#[test]
fn every_crate_can_be_published() {
    let root = root();
    let packages = packages();
    for package in published(&packages) {
        let name = text(package, "name");
        let folder = Path::new(text(package, "manifest_path")).parent().unwrap();
        for key in ["description", "license", "repository", "readme", "rust_version"] {
            assert!(!text(package, key).is_empty(), "{name} has no {key}");
        }
        let keywords = package["keywords"].as_array().unwrap();
        assert!((1..=5).contains(&keywords.len()), "{name}: one to five keywords");
        assert!(keywords.iter().all(|k| k.as_str().unwrap().len() <= 20), "{name}: {keywords:?}");
        assert!(!package["categories"].as_array().unwrap().is_empty(), "{name} has no category");
        for licence in ["LICENSE-MIT", "LICENSE-APACHE"] {
            let own = std::fs::read(folder.join(licence)).unwrap_or_default();
            let common = std::fs::read(root.join(licence)).unwrap();
            assert!(own == common, "{name}: {licence} is not the one of the workspace");
        }
        for dependency in package["dependencies"].as_array().unwrap() {
            let published = dependency["kind"] != "dev" && dependency["path"].is_string();
            let fixed = text(dependency, "req") != "*";
            assert!(!published || fixed, "{name}: {} has no version", dependency["name"]);
        }
    }
}

#[test]
fn no_dependency_needs_a_newer_compiler_than_we_state() {
    let packages = packages();
    let stated = ours(&packages).map(|p| text(p, "rust_version")).next().unwrap();
    for package in &packages {
        let needed = text(package, "rust_version");
        let (name, version) = (text(package, "name"), text(package, "version"));
        assert!(
            numbers(needed) <= numbers(stated),
            "{name} {version} needs Rust {needed}, the workspace states {stated}"
        );
    }
}

/// Licences that a program under MIT or Apache-2.0 can be built from.
const ALLOWED: [&str; 11] = [
    "MIT",
    "MIT-0",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "0BSD",
    "Zlib",
    "CC0-1.0",
    "Unlicense",
    "Unicode-3.0",
];

#[test]
fn every_licence_is_allowed() {
    let packages = packages();
    assert!(packages.len() > 100, "only {} packages: is the list complete?", packages.len());
    for package in &packages {
        let licence = text(package, "license");
        let (name, version) = (text(package, "name"), text(package, "version"));
        assert!(allowed(licence), "{name} {version} is under `{licence}`");
    }
}

/// Whether an SPDX expression (or the old form `MIT/Apache-2.0`) can be met.
fn allowed(expression: &str) -> bool {
    let expression = expression.replace('/', " OR ");
    split(&expression, " OR ").iter().any(|either| {
        split(either, " AND ").iter().all(|each| {
            let each = each.split_whitespace().collect::<Vec<_>>().join(" ");
            match each.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')) {
                Some(inner) => allowed(inner),
                None => ALLOWED.contains(&each.as_str()),
            }
        })
    })
}

/// Splits at an operator that stands outside parentheses.
fn split<'a>(expression: &'a str, operator: &str) -> Vec<&'a str> {
    let mut parts = Vec::new();
    let (mut depth, mut start) = (0, 0);
    for (index, character) in expression.char_indices() {
        match character {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ if depth == 0 && index >= start && expression[index..].starts_with(operator) => {
                parts.push(&expression[start..index]);
                start = index + operator.len();
            }
            _ => {}
        }
    }
    parts.push(&expression[start..]);
    parts
}

#[test]
fn licence_expressions_are_understood() {
    for yes in ["MIT", "MIT/GPL-3.0", "(MIT OR GPL-3.0) AND Unicode-3.0", "Apache-2.0 / MIT"] {
        assert!(allowed(yes), "{yes}");
    }
    for no in ["", "GPL-3.0", "MIT AND GPL-3.0", "(MIT AND GPL-3.0) OR AGPL-3.0"] {
        assert!(!allowed(no), "{no}");
    }
}

/// Names and versions in `Cargo.lock`, which holds every feature and platform.
fn locked() -> Vec<(String, String)> {
    let lock = std::fs::read_to_string(root().join("Cargo.lock")).unwrap();
    let field = |block: &str, key: &str| {
        let line = block.lines().find_map(|line| line.strip_prefix(key));
        line.map(|value| value.trim_matches([' ', '=', '"']).to_owned())
    };
    lock.split("[[package]]")
        .skip(1)
        .map(|block| (field(block, "name").unwrap(), field(block, "version").unwrap()))
        .collect()
}

/// The numbers of a version, without pre-release and build.
fn numbers(version: &str) -> Vec<u64> {
    let plain = version.split(['-', '+']).next().unwrap_or_default();
    let mut numbers: Vec<u64> = plain.split('.').filter_map(|part| part.parse().ok()).collect();
    numbers.resize(3, 0);
    numbers
}

#[test]
fn no_locked_version_has_a_known_advisory() {
    let path = root().join(".ci/advisories.csv");
    let mut reader =
        csv::ReaderBuilder::new().comment(Some(b'#')).from_path(path).expect("the list is there");
    let locked = locked();
    let mut rows = 0;
    for row in reader.records() {
        let row = row.unwrap();
        let (name, from, fixed, id, accepted) = (&row[0], &row[1], &row[2], &row[3], &row[4]);
        rows += 1;
        for (_, version) in locked.iter().filter(|(n, _)| n == name) {
            let after = numbers(version) >= numbers(from);
            let before = fixed.is_empty() || numbers(version) < numbers(fixed);
            assert!(
                !(after && before && accepted.is_empty()),
                "{name} {version} has {id}; it is fixed in `{fixed}`"
            );
        }
    }
    assert!(rows > 20, "the list has {rows} rows");
}
