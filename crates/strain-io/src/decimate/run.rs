use jiff::SignedDuration;
use ndarray::Array2;

use super::config::DecimateConfig;
use super::filter::FirFilter;
use super::sums::{Sums, TOGETHER};
use crate::{Provenance, Recording, Result, StrainIoError, TimeGrid};

/// Filters all channels and keeps one sample of `factor`: those at whole multiples of the new
/// interval since 1970 where the grid has them (full minutes, full hours), else the first and every
/// `factor`-th after it.
///
/// With [`FilterPhase::Linear`](crate::FilterPhase::Linear) a value stands for its instant without
/// delay; with [`FilterPhase::Minimum`](crate::FilterPhase::Minimum) no later sample goes in, and
/// the filter says its delay. A value carries the flags of all samples that weigh a hundredth of
/// the heaviest or more. At the ends, where the filter is not full, values are missing.
///
/// # Errors
///
/// [`StrainIoError::Config`] for settings that make no sense, [`StrainIoError::Grid`] where no sample
/// would be left.
///
/// # Example
///
/// ```
/// use jiff::SignedDuration;
/// use strain_io::{Channel, DecimateConfig, Recording, TimeGrid, Unit, decimate, ndarray::Array2};
///
/// // A slow wave stays, one that would alias goes.
/// let grid = TimeGrid::new(
///     "2008-05-01T00:00:07Z".parse()?, SignedDuration::from_secs(1), 7200)?;
/// let wave = |second: usize, period: f64| (std::f64::consts::TAU * second as f64 / period).sin();
/// let values = Array2::from_shape_fn((7200, 1), |(second, _)| {
///     wave(second, 1800.0) + wave(second, 61.0)
/// });
/// let recording = Recording::new("X", grid, vec![Channel::new("s1", Unit::Nanostrain)], values)?;
/// let minutes = decimate(&recording, &DecimateConfig::new(60))?;
/// assert_eq!(minutes.grid().start(), "2008-05-01T00:01:00Z".parse()?);
/// let values = minutes.channel("s1")?;
/// assert!((values[60] - wave(53 + 3600, 1800.0)).abs() < 1e-3);
/// assert!(values[0].is_nan() && values[118].is_nan());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn decimate(recording: &Recording, config: &DecimateConfig) -> Result<Recording> {
    let filter = config.filter()?;
    let (grid, first) = coarse(recording.grid(), config.factor)?;
    filtered(recording, &filter, config, grid, first + filter.samples_ahead())
}

/// The kept samples of `grid`, the last sample that goes into the first of them being `latest`.
pub(super) fn filtered(
    recording: &Recording,
    filter: &FirFilter,
    config: &DecimateConfig,
    grid: TimeGrid,
    latest: usize,
) -> Result<Recording> {
    let channels = recording.channels().to_vec();
    let shape = (grid.len(), channels.len());
    let mut values = Array2::from_elem(shape, f64::NAN);
    let mut flags = Array2::from_elem(shape, Provenance::OBSERVED);
    for column in 0..channels.len() {
        let input: Vec<f64> = recording.values().column(column).to_vec();
        let set: Vec<Provenance> = recording.provenance().column(column).to_vec();
        let sums = Sums::new(filter.coefficients(), &input, &set, config.max_missing);
        let at = |row: usize| latest + row * config.factor;
        let mut row = 0;
        while row < grid.len() {
            let together = (row + TOGETHER <= grid.len())
                .then(|| sums.plain(std::array::from_fn(|next| at(row + next))));
            if let Some(together) = together.flatten() {
                for (next, sum) in together.into_iter().enumerate() {
                    values[[row + next, column]] = sum;
                    flags[[row + next, column]] = sums.common;
                }
                row += TOGETHER;
                continue;
            }
            (values[[row, column]], flags[[row, column]]) = sums.any(at(row));
            row += 1;
        }
    }
    let empty = Array2::from_elem(shape, f64::NAN);
    Recording::new(recording.station(), grid, channels, empty)?.with_values(values, flags)
}

/// The grid of kept samples and the index of the first.
fn coarse(grid: &TimeGrid, factor: usize) -> Result<(TimeGrid, usize)> {
    let first = first_kept(grid, factor);
    let Some(rest) = grid.len().checked_sub(first).filter(|rest| *rest > 0) else {
        return Err(none_left(grid.len(), factor));
    };
    Ok((spaced(grid, first, factor, rest.div_ceil(factor))?, first))
}

/// The index of the first kept sample of a record that begins as `grid` does.
pub(super) fn first_kept(grid: &TimeGrid, factor: usize) -> usize {
    let nanos = grid.interval().as_nanos();
    let short = (-grid.start().as_nanosecond()).rem_euclid(nanos * factor as i128);
    if short % nanos == 0 { (short / nanos) as usize } else { 0 }
}

/// The grid of `len` kept samples, the first being sample `first` of `grid`.
pub(super) fn spaced(grid: &TimeGrid, first: usize, factor: usize, len: usize) -> Result<TimeGrid> {
    let interval = SignedDuration::from_nanos_i128(grid.interval().as_nanos() * factor as i128);
    TimeGrid::new(grid.time(first), interval, len)
}

pub(super) fn none_left(samples: usize, factor: usize) -> StrainIoError {
    StrainIoError::Grid {
        problem: format!("one sample in {factor} of {samples} leaves none"),
        advice: "give a longer recording or a smaller factor",
    }
}
