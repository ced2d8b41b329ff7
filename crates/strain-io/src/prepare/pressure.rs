use crate::robust::spread;

/// Goes along a barometer's record and keeps its last value.
pub(super) struct Barometer {
    /// The mean over the fit span, hPa.
    reference: f64,
    max_fill: usize,
    /// The last value and its sample.
    last: (f64, usize),
    next: usize,
}

/// Air pressure less its mean over the fit span, hPa, of some samples.
pub(super) struct Pressure {
    /// As observed, NaN where missing: for fitting.
    pub(super) observed: Vec<f64>,
    /// Short gaps bridged by the last value: for correcting.
    pub(super) held: Vec<f64>,
}

impl Barometer {
    /// Before the first sample of a record, of which `fit` are the values of the fit span.
    pub(super) fn new(fit: &[f64], max_fill: usize) -> Self {
        let reference = spread(fit.iter().copied()).map_or(0.0, |(mean, _)| mean);
        Self { reference, max_fill, last: (f64::NAN, 0), next: 0 }
    }

    /// The samples that follow.
    pub(super) fn read(&mut self, values: &[f64]) -> Pressure {
        let observed: Vec<f64> = values.iter().map(|value| value - self.reference).collect();
        let held = observed.iter().zip(self.next..).map(|(&value, index)| {
            if !value.is_nan() {
                self.last = (value, index);
            }
            if index - self.last.1 <= self.max_fill { self.last.0 } else { f64::NAN }
        });
        let held = held.collect();
        self.next += values.len();
        Pressure { observed, held }
    }
}
