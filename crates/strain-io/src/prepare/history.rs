use std::ops::Range;

use super::drivers::Driving;

/// The trailing samples that models are renewed from.
pub(super) struct History {
    capacity: usize,
    /// The place of the first sample held.
    from: usize,
    gauges: [Vec<f64>; 4],
    drivers: Driving,
}

impl History {
    pub(super) fn new(capacity: usize) -> Self {
        Self { capacity, from: 0, gauges: Default::default(), drivers: Driving::default() }
    }

    /// The samples held.
    pub(super) fn range(&self) -> Range<usize> {
        self.from..self.from + self.gauges[0].len()
    }

    pub(super) fn gauge(&self, gauge: usize) -> &[f64] {
        &self.gauges[gauge]
    }

    /// The drivers' columns.
    pub(super) fn columns(&self) -> Vec<&[f64]> {
        self.drivers.columns(0..self.gauges[0].len())
    }

    /// Adds the samples that follow of one gauge.
    pub(super) fn push_gauge(&mut self, gauge: usize, values: &[f64]) {
        self.gauges[gauge].extend_from_slice(values);
    }

    /// Adds the same samples of the drivers.
    pub(super) fn push_drivers(&mut self, samples: &Driving) {
        self.drivers.append(samples);
    }

    /// Lets go of the samples that are not needed any more.
    pub(super) fn trim(&mut self) {
        let over = self.gauges[0].len().saturating_sub(self.capacity);
        self.gauges.iter_mut().for_each(|held| drop(held.drain(..over)));
        self.drivers.forget(over);
        self.from += over;
    }
}
