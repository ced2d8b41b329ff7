use ndarray::{Array1, Array2, ArrayView2};

/// Coefficients of each fit, one less than the gauges.
const COEFFICIENTS: f64 = 3.0;

/// By how much each sample's misfit moves the four factors, averaged over the gauge that is unity.
pub(super) struct Pulls(Vec<[f64; 4]>);

impl Pulls {
    pub(super) fn new(samples: usize) -> Self {
        Self(vec![[0.0; 4]; samples])
    }

    /// Adds the fit with one gauge as unity, of which the gauges `others` are the columns. All four fits
    /// have the same noise, so that what they say of a sample is summed before it is squared.
    pub(super) fn add(
        &mut self,
        others: &[usize],
        design: ArrayView2<'_, f64>,
        misfit: &Array1<f64>,
        inverse_normal: &Array2<f64>,
    ) {
        let moved = design.dot(inverse_normal);
        for ((pull, moved), misfit) in self.0.iter_mut().zip(moved.rows()).zip(misfit) {
            for (&gauge, moved) in others.iter().zip(moved) {
                pull[gauge] += moved * misfit / 4.0;
            }
        }
    }

    /// Newey and West's: the mean square of sums over all windows of `length` samples, those that reach
    /// over the ends among them, is Bartlett's weighting of the autocovariance.
    pub(super) fn standard_errors(&self) -> [f64; 4] {
        let count = self.0.len();
        let length = (count as f64).cbrt().ceil() as usize;
        let freedom = count as f64 / (count as f64 - COEFFICIENTS).max(1.0);
        std::array::from_fn(|gauge| {
            let at = |index: usize| self.0.get(index).map_or(0.0, |pull| pull[gauge]);
            let (mut sum, mut squares) = (0.0, 0.0);
            for index in 0..count + length - 1 {
                sum += at(index);
                if let Some(left) = index.checked_sub(length) {
                    sum -= at(left);
                }
                squares += sum * sum;
            }
            (freedom * squares / length as f64).sqrt()
        })
    }
}
