/// What a pass over all bins sums up.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Sums {
    /// Σ|u_k|² for each mode.
    pub(crate) power: Vec<f64>,
    /// Σ(x − w_k)|u_k|² for each mode. An evaluation measures x in units of the mode's own √α.
    pub(crate) moment: Vec<f64>,
    /// A sweep that was asked for it: Σ|Δu|² over all modes. An evaluation: the objective.
    pub(crate) total: f64,
    /// An evaluation with curvature: Σ s_k s_j with s_k = sgn(x − w_k) g_k^1.5 |f̂|, row by row,
    /// lower triangle.
    pub(crate) gram: Vec<f64>,
}

impl Sums {
    pub(crate) fn new(modes: usize) -> Self {
        Self {
            power: vec![0.0; modes],
            moment: vec![0.0; modes],
            total: 0.0,
            gram: vec![0.0; modes * modes],
        }
    }

    pub(crate) fn clear(&mut self) {
        self.power.fill(0.0);
        self.moment.fill(0.0);
        self.total = 0.0;
        self.gram.fill(0.0);
    }

    /// How far mode `k` would move: first moment over power, zero for a mode without power.
    pub(crate) fn step(&self, k: usize) -> f64 {
        if self.power[k] > 0.0 { self.moment[k] / self.power[k] } else { 0.0 }
    }
}
