use super::{Aligned, Vector};

/// Numbers that any instruction set's registers divide: bins are padded to a multiple of this.
pub(crate) const PADDING: usize = 16;

/// The frequencies of the bins times √α, padded, so that d = (x − w)² needs no further factor.
#[derive(Debug, Clone)]
pub(crate) struct Grid<T: Vector> {
    values: Aligned<T>,
    wide: Aligned<f64>,
    /// Distance of two bins.
    pub(crate) spacing: f64,
}

impl<T: Vector> Grid<T> {
    /// Bins 0..`bins` of the half spectrum of 2 · `bins` samples.
    pub(crate) fn new(bins: usize, root_alpha: f64) -> Self {
        let padded = bins.next_multiple_of(PADDING);
        let (mut values, mut wide) = (Aligned::new(padded), Aligned::new(T::widened_len(padded)));
        let at = |bin: usize| root_alpha * (bin as f64 / (2 * bins) as f64);
        values.iter_mut().enumerate().for_each(|(bin, slot)| *slot = T::of(at(bin)));
        wide.iter_mut().enumerate().for_each(|(bin, slot)| *slot = at(bin));
        Self { values, wide, spacing: root_alpha / (2 * bins) as f64 }
    }

    pub(crate) fn values(&self) -> &[T] {
        &self.values
    }

    pub(crate) fn wide(&self) -> &[f64] {
        T::widened(&self.values, &self.wide)
    }
}
