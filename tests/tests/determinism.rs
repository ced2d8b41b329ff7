//! The same input gives the same bytes: run by run, folder by folder, whatever the threads.

use serde_json::Value;
use stmn_tests::{SmallNetwork, assert_same, succeeds, tree};

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

/// What is not a run: each of these works with threads of its own.
#[test]
fn no_subcommand_depends_on_the_threads() {
    let network = SmallNetwork::new();
    network.write_waves("waves.csv");
    let day =
        |day: i64| jiff::civil::date(2020, 12, 31).saturating_add(jiff::Span::new().days(day));
    let counts: String = (1..=400).map(|d| format!("{},{}\n", day(d), d * d % 17)).collect();
    std::fs::write(network.path("counts.csv"), format!("date,count\n{counts}"))
        .expect("the counts can be written");
    let decompose = "decompose waves.csv --column x --modes 3 --alpha 500 \
                     --solver reference --max-iterations 20 --window 240 --step 24";
    let commands = [
        "fit counts.csv --event-time 2022-01-20T00:00:00Z --window 60 --draws 200 --json"
            .to_owned(),
        "quality network/T1.csv network/T2.csv --json".to_owned(),
        format!("{decompose} --out THREADS/blend.csv"),
        format!("{decompose} --causal --out THREADS/causal.parquet"),
        "synth --out THREADS/network --days 60".to_owned(),
        "train small.toml --out THREADS/run".to_owned(),
    ];
    for command in commands {
        let with = |threads: &str| {
            std::fs::create_dir_all(network.path(threads)).expect("a folder");
            let command = command.replace("THREADS", threads);
            let arguments = command.split_whitespace().chain(["--threads", threads]);
            let outcome = succeeds(network.folder(), arguments);
            let printed = if command.ends_with("--json") { outcome.stdout } else { String::new() };
            (printed, tree(&network.path(threads)))
        };
        let (text, files) = with("1");
        for threads in ["2", "5"] {
            let (other_text, other_files) = with(threads);
            assert_eq!(other_text, text, "{command}");
            assert_same(&other_files, &files);
        }
    }
}
