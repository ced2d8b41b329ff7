/// Numbers that any instruction set's registers divide: bins are padded to a multiple of this.
pub(crate) const PADDING: usize = 16;

/// The frequencies of the bins times √α, so that d = (x − w)² needs no further factor.
#[derive(Debug, Clone)]
pub(crate) struct Grid {
    /// Distance of two bins; bin 0 is at zero.
    pub(crate) spacing: f64,
}

impl Grid {
    /// Bins 0..`bins` of the half spectrum of 2 · `bins` samples.
    pub(crate) fn new(bins: usize, root_alpha: f64) -> Self {
        Self { spacing: root_alpha / (2 * bins) as f64 }
    }

    /// Scaled frequency of a bin.
    pub(crate) fn at(&self, bin: usize) -> f64 {
        bin as f64 * self.spacing
    }
}
