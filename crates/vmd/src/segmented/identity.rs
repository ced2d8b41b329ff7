use ndarray::{Array2, Axis, s};
use serde::{Deserialize, Serialize};

use super::window::Solved;
use crate::{Real, SegmentedConfig};

/// By what a mode is known again in the next window, so that its row stays the same.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ModeIdentity {
    /// By its place in the order of frequencies: row 0 is always the slowest mode. Of all ways to
    /// carry K frequencies over into the next window's K this moves them least in total (optimal
    /// transport on a line keeps the order).
    #[default]
    Frequency,
    /// By its waveform: rows go on with the mode that looks most like them over the samples that
    /// both windows cover, the most alike first. The first window's rows are in the order of
    /// frequencies; where modes cross, or a slow one comes and a fast one goes, later rows are not.
    Waveform,
}

/// Carries rows over from window to window.
pub(crate) struct Identity<T> {
    kind: ModeIdentity,
    step: usize,
    previous: Option<Previous<T>>,
}

struct Previous<T> {
    frequencies: Vec<f64>,
    /// Samples that the next window covers too; none for [`ModeIdentity::Frequency`].
    shared: Array2<T>,
}

impl<T: Real> Identity<T> {
    pub(crate) fn new(config: &SegmentedConfig) -> Self {
        Self { kind: config.identity, step: config.step, previous: None }
    }

    /// Puts the next window's rows, which come by frequency, into their order, and notes in its
    /// report whether another way to know them again would have given another one.
    pub(crate) fn carry_on(&mut self, solved: Solved<T>) -> Solved<T> {
        let (mut modes, mut report) = solved;
        if let Some(previous) = &self.previous {
            if self.kind == ModeIdentity::Waveform {
                let shared = modes.slice(s![.., ..modes.ncols() - self.step]).to_owned();
                let order = most_alike(&previous.shared, &shared);
                modes = modes.select(Axis(0), &order);
                let sorted = std::mem::take(&mut report.center_frequencies);
                report.center_frequencies = order.iter().map(|&row| sorted[row]).collect();
            }
            let (before, now) = (&previous.frequencies, &report.center_frequencies);
            report.swapped = nearest_differs(before, now);
        }
        let shared = match self.kind {
            ModeIdentity::Frequency => Array2::from_elem((0, 0), T::zero()),
            ModeIdentity::Waveform => modes.slice(s![.., self.step..]).to_owned(),
        };
        self.previous = Some(Previous { frequencies: report.center_frequencies.clone(), shared });
        (modes, report)
    }
}

/// Whether following each row to the nearest frequency of the previous window would have given
/// another order. A tie is decided for the order that is.
fn nearest_differs(previous: &[f64], now: &[f64]) -> bool {
    now.iter().enumerate().any(|(k, frequency)| {
        let own = (frequency - previous[k]).abs();
        previous.iter().any(|other| (frequency - other).abs() < own)
    })
}

/// For each row of `before` the row of `now` that goes on with it: again and again the two that
/// correlate most of those left; between equals the lower rows.
fn most_alike<T: Real>(before: &Array2<T>, now: &Array2<T>) -> Vec<usize> {
    let modes = before.nrows();
    let alike = Array2::from_shape_fn((modes, modes), |(old, new)| {
        let pairs = before.row(old).into_iter().zip(now.row(new));
        let (mut cross, mut of_old, mut of_new) = (0.0, 0.0, 0.0);
        for (a, b) in pairs {
            let (a, b) = (a.wide(), b.wide());
            cross += a * b;
            of_old += a * a;
            of_new += b * b;
        }
        let size = of_old.sqrt() * of_new.sqrt();
        if size > 0.0 { cross / size } else { 0.0 }
    });
    let mut taken = vec![false; modes];
    let mut order = vec![None; modes];
    for _ in 0..modes {
        let free =
            alike.indexed_iter().filter(|((old, new), _)| order[*old].is_none() && !taken[*new]);
        // The first of the largest, as `max_by` would give the last.
        let best =
            free.fold(None, |best: Option<((usize, usize), f64)>, (at, &value)| match best {
                Some((_, largest)) if value <= largest => best,
                _ => Some((at, value)),
            });
        if let Some(((old, new), _)) = best {
            order[old] = Some(new);
            taken[new] = true;
        }
    }
    order.into_iter().enumerate().map(|(row, new)| new.unwrap_or(row)).collect()
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn rows_go_on_with_what_they_look_like() {
        let before = array![[1.0, 2.0, 3.0, 4.0], [1.0, -1.0, 1.0, -1.0], [0.0, 0.0, 0.0, 0.0]];
        let now = array![[0.1, 0.0, 0.0, 0.1], [1.0, 2.0, 3.1, 4.0], [2.0, -2.1, 2.0, -2.0]];
        assert_eq!(most_alike(&before, &now), [1, 2, 0]);
        // Nothing to go by: rows stay.
        assert_eq!(most_alike(&Array2::<f64>::zeros((3, 2)), &Array2::zeros((3, 2))), [0, 1, 2]);
    }

    #[test]
    fn a_row_that_is_nearer_to_another_one_is_noticed() {
        assert!(!nearest_differs(&[0.1, 0.2], &[0.12, 0.21]));
        assert!(nearest_differs(&[0.1, 0.2], &[0.05, 0.11]));
    }
}
