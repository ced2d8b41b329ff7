use crate::kernel::{Sums, evaluate};

/// Frequencies (scaled by √α) with what a pass over the spectrum says about them.
#[derive(Debug, Clone)]
pub(crate) struct Point {
    pub(crate) w: Vec<f64>,
    pub(crate) sums: Sums,
}

/// What is decomposed: magnitudes from bin 0 on, and √(α_k/α) of each mode where modes
/// differ. Sums are then in the mode's own scale s: distances are s (x − w).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Problem<'a> {
    pub(crate) magnitude: &'a [f64],
    pub(crate) scale: Option<&'a [f64]>,
    /// Distance of two bins, scaled by √α.
    pub(crate) bin: f64,
}

impl Problem<'_> {
    pub(crate) fn evaluate(&self, point: &mut Point, curvature: bool) {
        let Point { w, sums } = point;
        evaluate(self.bin, self.magnitude, w, self.scale, curvature, sums);
    }

    pub(crate) fn scale(&self, k: usize) -> f64 {
        self.scale.map_or(1.0, |scale| scale[k])
    }

    /// The step that the fixed-point map takes for mode `k`.
    pub(crate) fn step(&self, point: &Point, k: usize) -> f64 {
        point.sums.step(k) / self.scale(k)
    }

    /// Largest step that the fixed-point map would still take, relative to the frequency or to one
    /// bin, whichever is larger.
    pub(crate) fn stationarity(&self, point: &Point, free: usize) -> f64 {
        let relative = |k: usize| self.step(point, k).abs() / point.w[k].max(self.bin);
        (free..point.w.len()).map(relative).fold(0.0, f64::max)
    }
}
