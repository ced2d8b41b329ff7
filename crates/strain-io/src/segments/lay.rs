use std::path::PathBuf;

use jiff::SignedDuration;
use ndarray::{Array2, ArrayView1, s};

use super::seam::{Seam, SeamKind};
use super::segment::Segment;
use crate::table::{room, timestamp};
use crate::{Channel, Result, StrainIoError, TimeGrid};

/// Shifts below this part of a step are rounding in the files and not worth a word.
const UNSAID_SHIFT: f64 = 0.001;

/// All pieces on one grid.
pub(crate) struct Joined {
    pub(crate) grid: TimeGrid,
    /// `[time, channel]`, NaN where no piece has a sample.
    pub(crate) values: Array2<f64>,
    /// Samples read, per channel.
    pub(crate) rows: Vec<usize>,
    pub(crate) seams: Vec<Seam>,
}

/// Lays `segments` on the grid that begins with the earliest of them.
///
/// A piece that lies between the samples of the grid is moved to the nearest ones if it is at most
/// `tolerance` steps (0 to 0.5) away from them; where pieces overlap, the one that begins earlier
/// counts.
pub(crate) fn lay(
    mut segments: Vec<Segment>,
    channels: &[Channel],
    tolerance: f64,
) -> Result<Joined> {
    segments.sort_by_key(|segment| (segment.channel, segment.start));
    let (grid, rows) = common_grid(&segments, channels)?;
    let earliest = segments.iter().min_by_key(|segment| segment.start);
    let mut layer = Layer {
        grid,
        origin: earliest.map(|segment| segment.file.clone()).unwrap_or_default(),
        channels,
        tolerance,
        values: Array2::from_elem((grid.len(), channels.len()), f64::NAN),
        seams: Vec::new(),
    };
    for of_channel in segments.chunk_by(|a, b| a.channel == b.channel) {
        layer.channel(of_channel)?;
    }
    Ok(Joined { grid, values: layer.values, rows, seams: layer.seams })
}

/// The grid of all pieces and, per channel, their samples.
fn common_grid(segments: &[Segment], channels: &[Channel]) -> Result<(TimeGrid, Vec<usize>)> {
    let mut rows = vec![0; channels.len()];
    for segment in segments {
        rows[segment.channel] += segment.values.len();
    }
    let first = segments.iter().min_by_key(|segment| segment.start);
    let Some(first) = first.filter(|_| rows.iter().any(|&samples| samples > 0)) else {
        return Err(StrainIoError::NoChannels { station: String::new() });
    };
    let seconds = |step: i64| step as f64 / 1e9;
    let changed =
        |pair: &&[Segment]| pair[0].channel == pair[1].channel && pair[0].step != pair[1].step;
    if let Some([before, after]) = segments.windows(2).find(changed) {
        return Err(StrainIoError::Join {
            file: after.file.clone(),
            other: before.file.clone(),
            problem: format!(
                "{} is sampled every {} s and from {} on every {} s; read the files of each rate by \
                 themselves (one with both has to be split), or name the channels without it",
                channels[after.channel].name,
                seconds(before.step),
                timestamp(after.start),
                seconds(after.step)
            ),
        });
    }
    if let Some(other) = segments.iter().find(|segment| segment.step != first.step) {
        return Err(StrainIoError::Join {
            file: other.file.clone(),
            other: first.file.clone(),
            problem: format!(
                "{} is sampled every {} s and {} every {} s; name the channels to read",
                channels[other.channel].name,
                seconds(other.step),
                channels[first.channel].name,
                seconds(first.step)
            ),
        });
    }
    let step = i128::from(first.step);
    let end = segments.iter().map(Segment::end).max().unwrap_or_default();
    // Half a step more: the last piece may be moved to a later sample.
    let samples = (end - i128::from(first.start) + step / 2) / step;
    // Of a piece that is on a grid already, the samples that its file had.
    let present = |segment: &Segment| segment.values.iter().filter(|value| !value.is_nan()).count();
    let held: usize = segments.iter().map(present).sum();
    let fits = |_: &usize| samples * channels.len() as i128 <= room(held);
    let len = usize::try_from(samples).ok().filter(fits).ok_or_else(|| {
        let (file, interval_s) = (first.file.clone(), step as f64 / 1e9);
        StrainIoError::TooSparse { file, rows: held, samples, interval_s }
    })?;
    let interval = SignedDuration::from_nanos(first.step);
    Ok((TimeGrid::new(timestamp(first.start), interval, len.max(1))?, rows))
}

struct Layer<'a> {
    grid: TimeGrid,
    /// The file of the piece that the grid begins with.
    origin: PathBuf,
    channels: &'a [Channel],
    tolerance: f64,
    values: Array2<f64>,
    seams: Vec<Seam>,
}

impl Layer<'_> {
    /// Lays the pieces of one channel, ascending by start.
    fn channel(&mut self, segments: &[Segment]) -> Result<()> {
        let mut next = None;
        let mut largest: Option<(f64, usize)> = None;
        for segment in segments {
            let (index, shift) = self.place(segment)?;
            if shift.abs() > largest.map_or(UNSAID_SHIFT, |(shift, _)| shift.abs()) {
                largest = Some((shift, index));
            }
            let from = next.unwrap_or(index);
            if index > from {
                self.note(segment.channel, from, SeamKind::Gap { samples: index - from });
            }
            self.fill(segment, index, from);
            next = Some(from.max(index + segment.values.len()));
        }
        if let (Some((shift, index)), Some(segment)) = (largest, segments.first()) {
            let seconds = shift * self.grid.interval_seconds();
            self.note(segment.channel, index, SeamKind::Shift { seconds });
        }
        Ok(())
    }

    /// The sample on which the piece begins, and how many steps it is moved to get there.
    fn place(&self, segment: &Segment) -> Result<(usize, f64)> {
        let since = i128::from(segment.start) - self.grid.start().as_nanosecond();
        let step = i128::from(segment.step);
        let index = (since + step / 2).div_euclid(step);
        let shift = (index * step - since) as f64 / step as f64;
        if shift.abs() > self.tolerance {
            return Err(StrainIoError::Join {
                problem: format!(
                    "{} at {} lies {shift:.3} of a step beside the grid that begins at {}; allow \
                     it by a larger `tolerance`, at most 0.5",
                    self.channels[segment.channel].name,
                    timestamp(segment.start),
                    self.grid.start()
                ),
                file: segment.file.clone(),
                other: self.origin.clone(),
            });
        }
        // The grid begins with the earliest piece, so the index is not negative.
        Ok((usize::try_from(index).unwrap_or_default(), shift))
    }

    /// Writes the samples; those before `from` are there already.
    fn fill(&mut self, segment: &Segment, index: usize, from: usize) {
        let mut cells = self.values.column_mut(segment.channel);
        // The last piece may have been moved past the end by a sample.
        let fits = segment.values.len().min(cells.len().saturating_sub(index));
        let twice = from.saturating_sub(index).min(fits);
        let (known, new) = segment.values[..fits].split_at(twice);
        let mut differing = 0;
        for (cell, &value) in cells.slice_mut(s![index..index + twice]).iter_mut().zip(known) {
            if cell.is_nan() {
                *cell = value;
            } else if *cell != value && !value.is_nan() {
                differing += 1;
            }
        }
        cells.slice_mut(s![index + twice..index + fits]).assign(&ArrayView1::from(new));
        if twice > 0 {
            self.note(segment.channel, index, SeamKind::Overlap { samples: twice, differing });
        }
    }

    fn note(&mut self, channel: usize, index: usize, kind: SeamKind) {
        let channel = self.channels[channel].name.clone();
        self.seams.push(Seam { channel, time: self.grid.time(index), kind });
    }
}
