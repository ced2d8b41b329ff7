//! The same input gives the same bytes: run by run, folder by folder, whatever the threads.

use serde_json::Value;
use stmn_tests::{SmallNetwork, assert_same, tree};

/// A document without what names its folder.
fn without_paths(mut document: Value) -> Value {
    let keys = document.as_object_mut().expect("an object");
    keys.remove("directory");
    keys.remove("report");
    document
}

#[test]
fn two_runs_and_any_number_of_threads_give_the_same_bytes() {
    let network = SmallNetwork::new();
    let first = network.run("first", &["--threads", "1"]);
    let tree_of = |out: &str| tree(&network.path(out));
    for (out, threads) in [("again", "1"), ("two", "2"), ("three", "3")] {
        let document = network.run(out, &["--threads", threads]);
        assert_eq!(without_paths(document), without_paths(first.clone()), "{threads} threads");
        assert_same(&tree_of(out), &tree_of("first"));
    }
    // A finished run started again changes nothing.
    let before = tree_of("first");
    let document = network.run("first", &[]);
    assert_eq!(document, first);
    assert_same(&tree_of("first"), &before);
}

#[test]
fn another_seed_gives_another_null_distribution() {
    let network = SmallNetwork::new();
    let first = network.run("first", &[]);
    network.write_config("small.toml", &network.config().replace("seed = 11", "seed = 12"));
    let other = network.run("other", &[]);
    let null = |document: &Value| document["stations"][0]["series"][0]["null"].clone();
    assert_ne!(null(&first), null(&other));
}
