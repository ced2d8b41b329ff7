use std::ops::Range;

/// The trailing samples that models are renewed from.
pub(super) struct History {
    capacity: usize,
    /// The place of the first sample held.
    from: usize,
    gauges: [Vec<f64>; 4],
    pressure: Vec<f64>,
}

impl History {
    pub(super) fn new(capacity: usize) -> Self {
        Self { capacity, from: 0, gauges: Default::default(), pressure: Vec::new() }
    }

    /// The samples held.
    pub(super) fn range(&self) -> Range<usize> {
        self.from..self.from + self.gauges[0].len()
    }

    pub(super) fn gauge(&self, gauge: usize) -> &[f64] {
        &self.gauges[gauge]
    }

    /// The barometer's samples, none where the pressure is not corrected for.
    pub(super) fn pressure(&self) -> &[f64] {
        &self.pressure
    }

    /// Adds the samples that follow of one gauge.
    pub(super) fn push_gauge(&mut self, gauge: usize, values: &[f64]) {
        self.gauges[gauge].extend_from_slice(values);
    }

    /// Adds the same samples of the barometer.
    pub(super) fn push_pressure(&mut self, values: &[f64]) {
        self.pressure.extend_from_slice(values);
    }

    /// Lets go of the samples that are not needed any more.
    pub(super) fn trim(&mut self) {
        let over = self.gauges[0].len().saturating_sub(self.capacity);
        self.gauges.iter_mut().for_each(|held| drop(held.drain(..over)));
        self.pressure.drain(..over.min(self.pressure.len()));
        self.from += over;
    }
}
