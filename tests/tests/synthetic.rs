//! Crates that know nothing of each other, on the same synthetic records: what one takes from
//! another's hands holds there what it holds alone.

#![allow(clippy::unwrap_used, reason = "a failed helper is a failed test")]

use graph_spatial::{GraphStep, GraphStepConfig, Site, distance_km};
use jiff::tz::TimeZone;
use ndarray::{Array1, Array2, Array3};
use proptest::prelude::*;
use sigmoid_stats::daily_counts;
use strain_io::strategies::{planted_recordings, synth_configs};
use strain_io::{Ingredient, SyntheticStation, network, network_with_parts};
use timesnet::WindowedSeries;
use vmd::{VmdConfig, decompose};

/// A gauge that is complete is its modes and what they leave, the larger part in the modes; twice
/// the gauge has twice the modes.
fn check_decomposition(gauge: &Array1<f64>) -> Result<(), TestCaseError> {
    let config = VmdConfig::new(3, 2000.0);
    let found = decompose(gauge, &config).unwrap();
    let size = gauge.fold(0.0_f64, |size, value| size.max(value.abs()));
    let mut left: f64 = 0.0;
    for (sample, value) in gauge.iter().enumerate() {
        let sum = found.modes.column(sample).sum() + found.residual[sample];
        prop_assert!((sum - value).abs() < 1e-9 * size, "sample {}: {} {}", sample, sum, value);
        left += found.residual[sample].powi(2);
    }
    prop_assert!(left < 0.5 * gauge.dot(gauge));
    let twice = decompose(&(gauge * 2.0), &config).unwrap();
    for (two, one) in twice.modes.iter().zip(&found.modes) {
        prop_assert!((two - 2.0 * one).abs() < 1e-6 * size, "{} {}", two, one);
    }
    Ok(())
}

/// Marks of the samples in which a transient begins, `None` where the station recorded nothing.
fn onsets(station: &SyntheticStation) -> Vec<Option<bool>> {
    let mut marks = vec![Some(false); station.recording.grid().len()];
    for transient in station.truth.transients.iter().chain(&station.truth.background) {
        marks[transient.onset] = Some(true);
    }
    for gap in &station.truth.gaps {
        marks[gap.samples.clone()].fill(None);
    }
    marks
}

fn sites(stations: &[SyntheticStation]) -> Vec<Site> {
    let site = |s: &SyntheticStation| Site::new(&s.id, s.latitude, s.longitude).unwrap();
    stations.iter().map(site).collect()
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 12, failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn a_synthetic_gauge_is_the_sum_of_its_modes(
        config in synth_configs(), seed: u64, planted in planted_recordings(), gauge in 0..4_usize,
    ) {
        let week = config.with_interval_s(3600).with_reference_days(7);
        let (_, parts) = network_with_parts(&week, seed).unwrap();
        check_decomposition(&parts[0].clean().column(gauge).to_owned())?;
        let day = planted.clean.values().column(gauge).iter().take(168).copied().collect();
        check_decomposition(&day)?;
    }

    /// `Recording::split` finds what a decomposition and a network may be given.
    #[test]
    fn pieces_are_what_windows_are_cut_from(
        config in synth_configs(), seed: u64, window in 2_usize..60,
    ) {
        for station in network(&config, seed).unwrap().stations() {
            let pieces = station.recording.split(0).unwrap();
            let lengths = pieces.iter().map(|piece| piece.grid().len());
            let expected: usize = lengths.map(|len| (len + 1).saturating_sub(window)).sum();
            let series: Array2<f32> = station.recording.values().mapv(|value| value as f32);
            let windows = WindowedSeries::every(series, window, 1);
            prop_assert_eq!(windows.unwrap().len(), expected);
            let enough = |piece: &&strain_io::Recording| piece.grid().len() >= 48;
            if let Some(piece) = pieces.iter().find(enough) {
                let start = piece.slice(0..48).unwrap();
                let modes = decompose(start.channel("s1").unwrap(), &VmdConfig::new(2, 500.0));
                prop_assert!(modes.is_ok());
            }
        }
    }

    /// Days of the truth, day by day, and no day that a gap ate.
    #[test]
    fn daily_counts_are_those_of_the_truth(config in synth_configs(), seed: u64) {
        for station in network(&config, seed).unwrap().stations() {
            let grid = station.recording.grid();
            let per_day = grid.samples_per_day().unwrap();
            let first_day = TimeZone::UTC.to_datetime(grid.start()).date();
            let marks = onsets(station);
            let counts = daily_counts(&marks, per_day, first_day, 0.5).unwrap();
            prop_assert_eq!(counts.first_day(), first_day);
            prop_assert_eq!(counts.len() * per_day, grid.len());
            let mut onsets: Vec<usize> = station.truth.transients.iter()
                .chain(&station.truth.background).map(|t| t.onset).collect();
            onsets.sort_unstable();
            onsets.dedup();
            for (day, count) in counts.as_slice().iter().enumerate() {
                let samples = day * per_day..(day + 1) * per_day;
                let lost: usize = station.truth.gaps.iter()
                    .map(|gap| gap.samples.end.min(samples.end)
                        .saturating_sub(gap.samples.start.max(samples.start)))
                    .sum();
                let planted = onsets.iter().filter(|onset| samples.contains(onset)).count();
                match count {
                    None => prop_assert!(2 * lost > per_day, "{} lost on day {}", lost, day),
                    Some(count) if lost == 0 => prop_assert_eq!(*count, planted as f64),
                    // Scaled by what was seen, at most twice what there was.
                    Some(count) => prop_assert!(
                        2 * lost <= per_day && *count <= 2.0 * planted as f64
                    ),
                }
            }
        }
    }

    /// Both crates measure the same earth, and the graph step mixes without adding anything.
    #[test]
    fn the_graph_step_keeps_within_what_its_stations_hold(
        config in synth_configs(), seed: u64, tau_km in 10.0..500.0_f64,
    ) {
        let (network, parts) = network_with_parts(&config, seed).unwrap();
        let sites = sites(&network.targets);
        let epicentre = Site::new("E", network.epicentre[0], network.epicentre[1]).unwrap();
        for (site, station) in sites.iter().zip(&network.targets) {
            let far = distance_km(site, &epicentre);
            prop_assert!((far - station.distance_km).abs() < 1e-6, "{} {}", far, station.distance_km);
        }
        let tides: Vec<_> = parts[1..].iter().map(|p| p.series(Ingredient::Tide)).collect();
        let shape = (sites.len(), tides[0].nrows(), 4);
        let features = Array3::from_shape_fn(shape, |(s, t, g)| tides[s][[t, g]]);
        let step = GraphStep::new(&sites, None, &GraphStepConfig::default().with_tau_km(tau_km));
        let mixed = step.unwrap().apply(features.view()).unwrap();
        for ((station, time, gauge), value) in mixed.indexed_iter() {
            let all = || (0..sites.len()).map(|s| features[[s, time, gauge]]);
            let (low, high) = (all().fold(f64::MAX, f64::min), all().fold(f64::MIN, f64::max));
            prop_assert!((low - 1e-9..=high + 1e-9).contains(value), "{}", station);
        }
    }
}
