use std::collections::VecDeque;

use crate::robust::median_absolute;

/// The trailing window must hold this share of its length before it is believed.
const LEAST_SHARE: f64 = 0.25;
/// A quiet spell does not lower the scale below this share of the fit span's.
const LEAST_SCALE: f64 = 0.5;

/// The robust standard deviation of trailing changes, renewed once a day.
pub(super) struct TrailingScale {
    changes: VecDeque<f64>,
    capacity: usize,
    per_day: usize,
    /// That of the fit span, for a start.
    fitted: f64,
    current: f64,
}

impl TrailingScale {
    pub(super) fn new(fitted: f64, capacity: usize, per_day: usize) -> Self {
        let capacity = capacity.max(1);
        Self {
            changes: VecDeque::with_capacity(capacity),
            capacity,
            per_day,
            fitted,
            current: fitted,
        }
    }

    /// The scale at sample `index`, from changes that came before it.
    pub(super) fn at(&mut self, index: usize) -> f64 {
        if index.is_multiple_of(self.per_day) {
            let enough = self.changes.len() as f64 >= LEAST_SHARE * self.capacity as f64;
            self.current = if enough {
                median_absolute(self.changes.make_contiguous()).max(LEAST_SCALE * self.fitted)
            } else {
                self.fitted
            };
        }
        self.current
    }

    pub(super) fn push(&mut self, change: f64) {
        if self.changes.len() == self.capacity {
            self.changes.pop_front();
        }
        self.changes.push_back(change);
    }
}
