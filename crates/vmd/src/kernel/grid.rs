use super::Aligned;

/// Numbers that any instruction set's registers divide: bins are padded to a multiple of this.
pub(crate) const PADDING: usize = 16;

/// The frequencies of the bins times √α, padded, so that d = (x − w)² needs no further factor.
#[derive(Debug, Clone)]
pub(crate) struct Grid {
    pub(crate) values: Aligned<f64>,
    /// Distance of two bins.
    pub(crate) spacing: f64,
}

impl Grid {
    /// Bins 0..`bins` of the half spectrum of 2 · `bins` samples.
    pub(crate) fn new(bins: usize, root_alpha: f64) -> Self {
        let mut values = Aligned::new(bins.next_multiple_of(PADDING));
        for (bin, slot) in values.iter_mut().enumerate() {
            *slot = root_alpha * (bin as f64 / (2 * bins) as f64);
        }
        Self { values, spacing: root_alpha / (2 * bins) as f64 }
    }
}
