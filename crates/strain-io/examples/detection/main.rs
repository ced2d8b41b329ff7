//! How surely cleaning finds what is planted, and how well it restores the truth: spikes, offsets and
//! gaps of several sizes in seeded records, for each step alone and for `prepare`.
//!
//! `cargo run --release -p strain-io --example detection -- crates/strain-io/tests/data/detection.json`
//!
//! prints the tables of the book's page "Measured" and writes the counts behind them, which a test
//! holds new records against.

mod causal;
mod record;
mod standalone;
mod study;
mod table;
mod tally;

use std::error::Error;
use std::path::PathBuf;

use strain_io::write_atomically;

/// Records of each cell, by their seeds.
const SEEDS: std::ops::Range<u64> = 0..200;

fn main() -> Result<(), Box<dyn Error>> {
    let groups = study::study(SEEDS)?;
    print!("{}", table::tables(&groups));
    if let Some(path) = std::env::args().nth(1).map(PathBuf::from) {
        let text = serde_json::to_string_pretty(&groups)? + "\n";
        write_atomically(&path, |file| std::io::Write::write_all(file, text.as_bytes()))?;
    }
    Ok(())
}
