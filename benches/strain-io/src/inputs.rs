//! The files and numbers that both sides get.

use std::fs;
use std::path::{Path, PathBuf};

use strain_io::{Recording, SynthConfig, SynthFaults, network};

pub(crate) fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// Four gauges and air pressure of a synthetic station, without gaps.
pub(crate) fn station(interval_s: u32, days: u32) -> Result<Recording, String> {
    let config = SynthConfig::default()
        .with_interval_s(interval_s)
        .with_reference_days(1)
        .with_target_days(days)
        .with_distances_km([23.5])
        .with_anomalous(false)
        .with_faults(SynthFaults::none().with_spikes(200.0, 50.0));
    let mut network = network(&config, 5).map_err(text)?;
    Ok(network.targets.remove(0).recording)
}

/// The samples of a recording, instant by instant, in a file of f64.
pub(crate) fn write_numbers(path: PathBuf, numbers: &[f64]) -> Result<PathBuf, String> {
    let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
    fs::write(&path, bytes).map_err(text)?;
    Ok(path)
}

pub(crate) fn read_numbers(path: &Path) -> Result<Vec<f64>, String> {
    let bytes = fs::read(path).map_err(text)?;
    let number = |bytes: &[u8]| f64::from_le_bytes(bytes.try_into().unwrap_or_default());
    Ok(bytes.chunks_exact(8).map(number).collect())
}

/// Counts as a digitiser writes them: the strain in picostrain about the middle of its range.
pub(crate) fn counts(strain: &Recording, samples: usize) -> Vec<f64> {
    let strain = strain.values();
    let strain = strain.column(0);
    (0..samples).map(|i| (5e7 + 1e3 * strain[i % strain.len()]).round()).collect()
}

/// A bottle of 32-bit samples at 20 Hz, one in a thousand missing.
pub(crate) fn write_bottle(path: PathBuf, counts: &[f64]) -> Result<PathBuf, String> {
    let length = i32::try_from(counts.len()).map_err(text)?;
    let mut bytes = 0x15d_i32.to_le_bytes().to_vec();
    bytes.extend(40_i32.to_le_bytes());
    bytes.extend(1_239_832_800.0_f64.to_le_bytes());
    bytes.extend(0.05_f32.to_le_bytes());
    for word in [length, 1, 999_999, 0, 0] {
        bytes.extend(word.to_le_bytes());
    }
    for (index, &count) in counts.iter().enumerate() {
        let count = if index % 1000 == 500 { 999_999 } else { count as i32 };
        bytes.extend(count.to_le_bytes());
    }
    fs::write(&path, bytes).map_err(text)?;
    Ok(path)
}
