//! Draws the pictures of the book's page on cleaning: what each step does to a synthetic station, and
//! the page of its quality.
//!
//! `cargo run --release -p strain-io --features plots --example clean_figures -- docs/src/figures`
//!
//! The book's test draws them again and holds them against those that are there.

mod catalogues;
mod draw;
mod figures;
mod stations;

use std::error::Error;
use std::path::PathBuf;

use strain_io::write_atomically;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("usage: clean_figures FOLDER")?;
    for (name, svg) in figures::figures()? {
        let path = PathBuf::from(&folder).join(name);
        write_atomically(&path, |file| std::io::Write::write_all(file, svg.as_bytes()))?;
        println!("{}: {} bytes", path.display(), svg.len());
    }
    Ok(())
}
