use std::collections::BTreeSet;

use stmn_tests::refused;

use crate::pages::page;

/// Keys in the first cells of the page's tables, and those that it lists as without effect.
fn listed() -> BTreeSet<String> {
    let page = page("docs/src/reference/forecast-keys.md");
    let mut keys = BTreeSet::new();
    let mut unused = false;
    for line in page.prose() {
        unused |= line.starts_with("## Understood, and without effect");
        let names = match line.split('|').nth(1) {
            Some(cell) => cell,
            // The list itself is the lines that begin with a key.
            None if unused && line.starts_with('`') => line,
            None => continue,
        };
        for key in names.split('`').skip(1).step_by(2) {
            assert!(keys.insert(key.to_owned()), "{key} is listed twice");
        }
    }
    keys
}

#[test]
fn every_key_of_a_forecast_is_listed_and_every_listed_key_exists() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("x.toml"), "nobody = 1\n").unwrap();
    let message = refused(folder.path(), ["forecast", "train", "x.toml"]);
    let line = message.lines().next().unwrap();
    let (_, known) = line.split_once("expected one of ").unwrap();
    let (known, _) = known.split_once("; did you mean").unwrap();
    let known: BTreeSet<String> = known.split('`').skip(1).step_by(2).map(str::to_owned).collect();
    assert!(known.len() > 60, "{known:?}");
    assert_eq!(listed(), known);
}
