use std::ops::Range;

use ndarray::s;

use super::setup::Setup;
use crate::response::named_lag;
use crate::robust::spread;
use crate::{Driver, Recording, Result, TimeGrid};

/// A driver and its lags in samples, ascending.
pub(super) struct Lagged {
    pub(super) driver: Driver,
    lags: Vec<usize>,
}

impl Lagged {
    /// On a grid; `name` is the setting that the lags are of.
    pub(super) fn new(driver: Driver, grid: &TimeGrid, name: &'static str) -> Result<Self> {
        let lags = driver.lags_hours.iter().map(|&hours| named_lag(grid, hours, name));
        Ok(Self { lags: lags.collect::<Result<_>>()?, driver })
    }
}

/// Some samples of a driver, and as many before them as its longest lag.
#[derive(Debug, Clone)]
struct Reaching {
    lags: Vec<usize>,
    values: Vec<f64>,
}

impl Reaching {
    fn before(&self) -> usize {
        self.lags.last().copied().unwrap_or(0)
    }
}

/// Some samples of all drivers.
#[derive(Debug, Clone, Default)]
pub(super) struct Driving {
    series: Vec<Reaching>,
}

impl Driving {
    /// One column for each lag of each driver: its values so much before the samples `rows`.
    pub(super) fn columns(&self, rows: Range<usize>) -> Vec<&[f64]> {
        let columns = self.series.iter().flat_map(|it| {
            let now = rows.start + it.before()..rows.end + it.before();
            it.lags.iter().map(move |lag| &it.values[now.start - lag..now.end - lag])
        });
        columns.collect()
    }

    /// Adds the samples that follow.
    pub(super) fn append(&mut self, next: &Self) {
        if self.series.is_empty() {
            self.series.clone_from(&next.series);
            return;
        }
        for (it, next) in self.series.iter_mut().zip(&next.series) {
            it.values.extend_from_slice(&next.values[next.before()..]);
        }
    }

    /// Lets go of the first `over` samples.
    pub(super) fn forget(&mut self, over: usize) {
        self.series.iter_mut().for_each(|it| drop(it.values.drain(..over)));
    }
}

/// Drivers less their means over the fit span, of some samples.
pub(super) struct Driven {
    /// As observed, NaN where missing: for fitting.
    pub(super) observed: Driving,
    /// Short gaps bridged by the last value: for correcting.
    pub(super) held: Driving,
}

/// Goes along the records of all drivers.
pub(super) struct Drivers {
    followers: Vec<Follower>,
}

impl Drivers {
    /// Before the first sample of a record, of which `head` is the beginning.
    pub(super) fn new(setup: &Setup, head: &Recording) -> Result<Self> {
        let followers = setup.drivers.iter().map(|it| {
            let fit = column(head, &it.driver.channel, setup.fit.clone())?;
            Ok(Follower::new(&fit, setup.max_fill, it.lags.clone()))
        });
        Ok(Self { followers: followers.collect::<Result<_>>()? })
    }

    /// The samples that follow, which are the rows of a piece.
    pub(super) fn read(
        &mut self,
        setup: &Setup,
        piece: &Recording,
        rows: Range<usize>,
    ) -> Result<Driven> {
        let (mut observed, mut held) = (Driving::default(), Driving::default());
        for (follower, it) in self.followers.iter_mut().zip(&setup.drivers) {
            let (seen, kept) = follower.read(&column(piece, &it.driver.channel, rows.clone())?);
            observed.series.push(seen);
            held.series.push(kept);
        }
        Ok(Driven { observed, held })
    }
}

/// Goes along one driver's record and keeps its last values.
struct Follower {
    /// The mean over the fit span.
    reference: f64,
    max_fill: usize,
    /// The last value and its sample.
    last: (f64, usize),
    next: usize,
    /// The samples before the next one that lags reach, observed and held; before the record's first
    /// one nothing is known.
    observed: Reaching,
    held: Reaching,
}

impl Follower {
    /// Before the first sample of a record, of which `fit` are the values of the fit span.
    fn new(fit: &[f64], max_fill: usize, lags: Vec<usize>) -> Self {
        let reference = spread(fit.iter().copied()).map_or(0.0, |(mean, _)| mean);
        let mut nothing = Reaching { lags, values: Vec::new() };
        nothing.values.resize(nothing.before(), f64::NAN);
        let (observed, held) = (nothing.clone(), nothing);
        Self { reference, max_fill, last: (f64::NAN, 0), next: 0, observed, held }
    }

    fn read(&mut self, values: &[f64]) -> (Reaching, Reaching) {
        let (mut observed, mut held) = (self.observed.clone(), self.held.clone());
        observed.values.reserve_exact(values.len());
        held.values.reserve_exact(values.len());
        for (value, index) in values.iter().map(|value| value - self.reference).zip(self.next..) {
            if !value.is_nan() {
                self.last = (value, index);
            }
            let (last, since) = (self.last.0, index - self.last.1);
            observed.values.push(value);
            held.values.push(if since <= self.max_fill { last } else { f64::NAN });
        }
        self.next += values.len();
        for (tail, all) in [(&mut self.observed, &observed), (&mut self.held, &held)] {
            tail.values.copy_from_slice(&all.values[values.len()..]);
        }
        (observed, held)
    }
}

/// Some samples of a channel.
fn column(recording: &Recording, channel: &str, rows: Range<usize>) -> Result<Vec<f64>> {
    let column = recording.channel_index(channel)?;
    Ok(recording.values().slice(s![rows, column]).to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bits(columns: Vec<&[f64]>) -> Vec<Vec<u64>> {
        columns.iter().map(|column| column.iter().map(|value| value.to_bits()).collect()).collect()
    }

    #[test]
    fn a_lag_reaches_into_earlier_pieces_and_is_bridged_as_then() {
        let nan = f64::NAN;
        let record = [3.0, nan, nan, nan, 7.0, 5.0, nan, 1.0];
        let mut follower = Follower::new(&[2.0, 4.0], 1, vec![0, 3]);
        let mut all = Driven { observed: Driving::default(), held: Driving::default() };
        for piece in [&record[..2], &record[2..3], &record[3..]] {
            let (observed, held) = follower.read(piece);
            all.observed.append(&Driving { series: vec![observed] });
            all.held.append(&Driving { series: vec![held] });
        }
        let observed = [0.0, nan, nan, nan, 4.0, 2.0, nan, -2.0];
        let held = [0.0, 0.0, nan, nan, 4.0, 2.0, 2.0, -2.0];
        let later = |values: [f64; 8]| [[nan; 3].as_slice(), &values[..5]].concat();
        let expected = |values: [f64; 8]| bits(vec![&values, &later(values)]);
        assert_eq!(bits(all.observed.columns(0..8)), expected(observed));
        assert_eq!(bits(all.held.columns(0..8)), expected(held));
        let part = bits(vec![&held[4..7], &held[1..4]]);
        assert_eq!(bits(all.held.columns(4..7)), part);
        all.held.forget(2);
        assert_eq!(bits(all.held.columns(2..5)), part);
    }
}
