//! What cleaning finds in records that the stated figures do not come from: shares within binomial
//! bounds of those stated, errors and false alarms within their own.

#[path = "../examples/detection/causal.rs"]
mod causal;
#[path = "../examples/detection/record.rs"]
mod record;
#[path = "../examples/detection/standalone.rs"]
mod standalone;
#[path = "../examples/detection/study.rs"]
mod study;
#[path = "../examples/detection/table.rs"]
mod table;
#[path = "../examples/detection/tally.rs"]
mod tally;

use tally::Group;

/// The counts behind the tables, written by the example `detection` from the seeds 0 to 199.
const STATED: &str = include_str!("data/detection.json");
/// Other records.
const SEEDS: std::ops::Range<u64> = 1000..1030;
/// Standard deviations: of some 250 figures one is beyond by chance in 60 runs, had they not their seeds.
const BOUND: f64 = 4.0;

fn stated() -> Vec<Group> {
    serde_json::from_str(STATED).expect("the stated figures")
}

#[test]
fn other_records_show_what_is_stated() {
    let found = study::study(SEEDS).expect("a study");
    let stated = stated();
    assert_eq!(found.len(), stated.len());
    for (found, stated) in found.iter().zip(&stated) {
        assert_eq!((&found.name, &found.sizes), (&stated.name, &stated.sizes));
        for size in 0..stated.sizes.len() {
            share_agrees(found, stated, size);
            error_agrees(found, stated, size);
        }
        alarms_agree(found, stated);
    }
}

/// The number found among n, against n times the stated share, of which the error counts too.
fn share_agrees(found: &Group, stated: &Group, size: usize) {
    let (n, of) = (f64::from(found.planted[size]), f64::from(stated.planted[size]));
    assert!(n >= 30.0 && of >= 200.0);
    let share = (f64::from(stated.found[size]) + 1.0) / (of + 2.0);
    let deviation = (n * share * (1.0 - share) * (1.0 + n / of)).sqrt();
    let off = (f64::from(found.found[size]) - n * f64::from(stated.found[size]) / of).abs();
    let (name, at) = (&found.name, found.sizes[size]);
    assert!(off <= BOUND * deviation, "{name}, {at}: {} of {n}", found.found[size]);
}

/// The mean square error, where enough were found to tell its scatter.
fn error_agrees(found: &Group, stated: &Group, size: usize) {
    let few = |group: &Group| group.found[size] < 20;
    if few(found) || few(stated) || stated.mean_square[size] == 0.0 {
        return;
    }
    let ratio = f64::from(stated.found[size]) / f64::from(found.found[size]);
    let deviation = stated.mean_square_error[size] * (1.0 + ratio).sqrt();
    let off = (found.mean_square[size] - stated.mean_square[size]).abs();
    let (name, at) = (&found.name, found.sizes[size]);
    assert!(off <= BOUND * deviation, "{name}, {at}: {off} off, {deviation} expected");
}

fn alarms_agree(found: &Group, stated: &Group) {
    if stated.years == 0.0 {
        return;
    }
    let expected = (f64::from(stated.false_alarms) + 1.0) * found.years / stated.years;
    let most = expected + BOUND * expected.sqrt();
    assert!(f64::from(found.false_alarms) <= most, "{}: {}", found.name, found.false_alarms);
}

/// The book's tables are these. (A package of the crate has no book beside it.)
#[test]
fn the_book_states_these_figures() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/src/measured.md");
    let Ok(text) = std::fs::read_to_string(page) else { return };
    for line in table::tables(&stated()).lines() {
        assert!(text.lines().any(|there| there == line), "not in the book: {line}");
    }
}
