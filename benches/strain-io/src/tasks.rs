//! What is measured: our side, and what the other is asked to do.

use std::path::Path;

use peer_process::Peer;
use serde_json::{Value, json};
use strain_io::{
    BottleOptions, Channel, ColumnSpec, CsvOptions, DecimateConfig, HampelConfig, MiniSeedOptions,
    Recording, TimeGrid, decimate, ndarray::Array2, read_bottles, read_csv, read_miniseed,
    remove_spikes, write_csv,
};

use crate::inputs::{counts, station, text, write_bottle, write_numbers};

/// Makes a normal distribution's standard deviation of the median deviation.
const DEVIATIONS: f64 = 1.482_602_218_505_602;

pub(crate) struct Task {
    pub(crate) name: &'static str,
    pub(crate) size: String,
    pub(crate) peer: &'static str,
    /// Runs of one round, whose median counts.
    pub(crate) times: usize,
    pub(crate) same: Same,
    pub(crate) ours: Box<dyn Fn() -> Result<Recording, String>>,
    pub(crate) request: Value,
}

/// Which of the numbers must be the same.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Same {
    /// All, missing ones included, to the last bit.
    All,
    /// All, to a share of the largest: sums in another order, text read with less care.
    Within(f64),
    /// Those that are no missing ones of ours, to a share of the largest.
    Known(f64),
    /// None: the peer's filter is another.
    None,
}

pub(crate) fn all(folder: &Path, peer: &mut Peer) -> Result<Vec<Task>, String> {
    let year = station(60, 365)?;
    let seconds = seconds(&station(1, 7)?)?;
    Ok(vec![
        csv(folder, &year)?,
        bottle(folder, &seconds)?,
        miniseed(folder, &seconds, peer)?,
        spikes(folder, &year)?,
        to_minutes(folder, &seconds)?,
        to_five_minutes(folder, &seconds)?,
    ])
}

/// The gauges alone, on a grid that begins with a full hour.
fn seconds(station: &Recording) -> Result<Recording, String> {
    let start = "2020-01-01T00:00:00Z".parse().map_err(text)?;
    let values: Array2<f64> = station.values().select(strain_io::ndarray::Axis(1), &[0, 1, 2, 3]);
    let grid = TimeGrid::new(start, station.grid().interval(), values.nrows()).map_err(text)?;
    let gauge = |i: u32| Channel::gauge(format!("s{i}"), f64::from(45 * i));
    Recording::new("B084", grid, (0..4).map(gauge).collect(), values).map_err(text)
}

fn csv(folder: &Path, year: &Recording) -> Result<Task, String> {
    let path = folder.join("year.csv");
    write_csv(year, &path).map_err(text)?;
    let mebibytes = std::fs::metadata(&path).map_err(text)?.len() >> 20;
    let names = year.channels().iter().map(|channel| ColumnSpec::new(&channel.name));
    let options = names.fold(CsvOptions::default(), CsvOptions::with_column);
    Ok(Task {
        name: "read a station-year at one minute from CSV",
        size: format!("{} rows of {}, {mebibytes} MiB", year.grid().len(), year.channels().len()),
        peer: "pandas `read_csv`",
        times: 1,
        same: Same::Within(1e-15),
        request: json!({ "do": "csv", "path": path }),
        ours: Box::new(move || Ok(read_csv(&path, &options).map_err(text)?.recording)),
    })
}

fn bottle(folder: &Path, strain: &Recording) -> Result<Task, String> {
    let samples = 72_000;
    let path = write_bottle(folder.join("B0840910521CH0"), &counts(strain, samples))?;
    Ok(Task {
        name: "read a bottle, an hour at 20 Hz",
        size: format!("{samples} samples, 32 bit"),
        peer: "earthscopestraintools `Bottle`",
        times: 20,
        same: Same::All,
        request: json!({ "do": "bottle", "path": path }),
        ours: Box::new(move || {
            Ok(read_bottles(&[&path], &BottleOptions::default()).map_err(text)?.recording)
        }),
    })
}

fn miniseed(folder: &Path, strain: &Recording, peer: &mut Peer) -> Result<Task, String> {
    let samples = 1_728_000;
    let input = write_numbers(folder.join("counts"), &counts(strain, samples))?;
    let path = folder.join("day.mseed");
    // Written by the peer, so that it reads what it takes for usual.
    peer.ask(&json!({ "do": "write", "path": path, "input": input, "rate": 20.0 }))?;
    let mebibytes = std::fs::metadata(&path).map_err(text)?.len() as f64 / 1_048_576.0;
    Ok(Task {
        name: "read a day at 20 Hz from miniSEED 2",
        size: format!("{samples} samples, Steim 2, {mebibytes:.1} MiB"),
        peer: "ObsPy `read`",
        times: 5,
        same: Same::All,
        request: json!({ "do": "miniseed", "path": path }),
        ours: Box::new(move || {
            Ok(read_miniseed(&[&path], &MiniSeedOptions::default()).map_err(text)?.recording)
        }),
    })
}

fn spikes(folder: &Path, year: &Recording) -> Result<Task, String> {
    let config = HampelConfig::default();
    let name = year.channels()[0].name.clone();
    let gauge = year.select(&[name.as_str()]).map_err(text)?;
    // The peer leaves the ends, where no window is full, as they are; no spike lies there.
    let known: Vec<f64> = gauge.values().iter().copied().collect();
    let input = write_numbers(folder.join("gauge"), &known)?;
    let request = json!({
        "do": "spikes", "input": input, "columns": 1, "half": config.half_window,
        "threshold": config.threshold, "min_size": config.min_size, "deviations": DEVIATIONS,
    });
    Ok(Task {
        name: "take spikes out of a gauge (Hampel, 24 samples to either side)",
        size: format!("{} samples", known.len()),
        peer: "NumPy, medians of sliding windows",
        times: 1,
        same: Same::All,
        request,
        ours: Box::new(move || Ok(remove_spikes(&gauge, &name, &config).map_err(text)?.recording)),
    })
}

fn gauges_request(folder: &Path, seconds: &Recording) -> Result<Value, String> {
    let numbers: Vec<f64> = seconds.values().iter().copied().collect();
    let input = write_numbers(folder.join("seconds"), &numbers)?;
    Ok(json!({ "input": input, "columns": seconds.channels().len() }))
}

fn to_minutes(folder: &Path, seconds: &Recording) -> Result<Task, String> {
    let config = DecimateConfig::new(60);
    let filter = config.filter().map_err(text)?;
    let mut request = gauges_request(folder, seconds)?;
    request["do"] = json!("decimate");
    request["taps"] = json!(filter.coefficients());
    request["ahead"] = json!(filter.samples_ahead());
    request["factor"] = json!(config.factor);
    request["rows"] = json!(seconds.grid().len().div_ceil(config.factor));
    let seconds = seconds.clone();
    Ok(Task {
        name: "decimate 1 s to 1 min, linear phase",
        size: size_of(&seconds, filter.coefficients().len()),
        peer: "SciPy `upfirdn` with our filter",
        times: 3,
        same: Same::Known(1e-12),
        request,
        ours: Box::new(move || decimate(&seconds, &config).map_err(text)),
    })
}

fn to_five_minutes(folder: &Path, seconds: &Recording) -> Result<Task, String> {
    let mut request = gauges_request(folder, seconds)?;
    request["do"] = json!("agnew");
    let seconds = seconds.clone();
    Ok(Task {
        name: "decimate 1 s to 5 min (ours by way of 1 min)",
        size: format!("{} samples of {} gauges", seconds.grid().len(), seconds.channels().len()),
        peer: "earthscopestraintools, its own filters",
        times: 3,
        same: Same::None,
        request,
        ours: Box::new(move || {
            let minutes = decimate(&seconds, &DecimateConfig::new(60)).map_err(text)?;
            decimate(&minutes, &DecimateConfig::new(5)).map_err(text)
        }),
    })
}

fn size_of(seconds: &Recording, taps: usize) -> String {
    let (samples, gauges) = (seconds.grid().len(), seconds.channels().len());
    format!("{samples} samples of {gauges} gauges, {taps} coefficients")
}
