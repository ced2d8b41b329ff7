//! Finds the place whose theoretical areal tide is nearest to a file's: the latitude and longitude of the
//! highest correlation, first on a net of 10° over its first two months, then by smaller and smaller
//! steps over all of it.
//!
//! `cargo run --release -p strain-io --example tide_place -- theory_areal_strain.txt`, the theoretical
//! tide that comes with the record of Guza: hours from 2006-11-01T00:00 Beijing time on, one line each,
//! with the strain in the second column.

use std::error::Error;

use jiff::SignedDuration;
use strain_io::{LoveNumbers, TideSite, TimeGrid, solid_tide};

const START: &str = "2006-11-01T00:00:00+08:00";
const LOVE: LoveNumbers = LoveNumbers::GUTENBERG_BULLEN;

/// Correlation with the tide of a place, and the factor by which the file is the larger.
fn fit(file: &[f64], (latitude, longitude): (f64, f64)) -> Result<(f64, f64), Box<dyn Error>> {
    let grid = TimeGrid::new(START.parse()?, SignedDuration::from_hours(1), file.len())?;
    let tide = solid_tide(&TideSite::new(latitude, longitude), &grid, &LOVE)?.areal();
    let count = file.len() as f64;
    let (file_mean, tide_mean) = (file.iter().sum::<f64>() / count, tide.sum() / count);
    let (mut both, mut of_file, mut of_tide) = (0.0, 0.0, 0.0);
    for (a, b) in file.iter().zip(&tide) {
        let (a, b) = (a - file_mean, b - tide_mean);
        both += a * b;
        of_file += a * a;
        of_tide += b * b;
    }
    Ok((both / (of_file * of_tide).sqrt(), both / of_tide))
}

/// The best of places, with its correlation.
fn best(
    file: &[f64],
    places: impl Iterator<Item = (f64, f64)>,
) -> Result<((f64, f64), f64), Box<dyn Error>> {
    let mut best = ((0.0, 0.0), f64::NEG_INFINITY);
    for place in places {
        let (correlation, _) = fit(file, place)?;
        if correlation > best.1 {
            best = (place, correlation);
        }
    }
    Ok(best)
}

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("usage: tide_place FILE")?;
    let text = std::fs::read_to_string(path)?;
    let value = |line: &str| -> Result<f64, Box<dyn Error>> {
        Ok(line.split_whitespace().nth(1).ok_or("a line without a second column")?.parse()?)
    };
    let file = text.lines().map(value).collect::<Result<Vec<f64>, _>>()?;

    let net = (-8..=8).flat_map(|lat| (0..36).map(move |lon| (lat, lon)));
    let net = net.map(|(lat, lon)| (10.0 * f64::from(lat), 10.0 * f64::from(lon)));
    let (mut place, mut highest) = best(&file[..file.len().min(1440)], net)?;
    println!("from {:.0}° N, {:.0}° E", place.0, place.1);
    highest = highest.min(fit(&file, place)?.0);
    let mut step = 5.0;
    while step > 1e-4 {
        let around = [(step, 0.0), (-step, 0.0), (0.0, step), (0.0, -step)];
        let around = around.map(|(north, east)| (place.0 + north, place.1 + east));
        let (next, correlation) = best(&file, around.into_iter())?;
        if correlation > highest {
            (place, highest) = (next, correlation);
        } else {
            step /= 2.0;
        }
    }
    let (correlation, factor) = fit(&file, place)?;
    println!(
        "{:.4}° N, {:.4}° E: correlation {correlation:.6}, factor {factor:.4}",
        place.0, place.1
    );
    let (correlation, factor) = fit(&file, (30.117, 102.173))?;
    println!("at Guza, 30.117° N, 102.173° E: correlation {correlation:.6}, factor {factor:.4}");
    Ok(())
}
