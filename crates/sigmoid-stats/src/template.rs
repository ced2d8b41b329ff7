use crate::filter_grid::Baseline;
use crate::nuisance::Nuisance;
use crate::sigmoid_curve::logistic_derivative;
use crate::split::Split;
use crate::sums::dot;

/// One template of the bank with what it needs of itself.
#[derive(Debug, Clone)]
pub(crate) struct Template {
    pub(crate) weights: Vec<f64>,
    /// Autocorrelation Σ w_i·w_{i+k}, doubled for k > 0, so that the filtered variance is its
    /// product with the autocovariance.
    pub(crate) autocorrelation: Vec<f64>,
}

impl Template {
    pub(crate) fn new(
        b: f64,
        c: f64,
        split: &Split,
        baseline: Baseline,
        nuisance: Option<&Nuisance>,
    ) -> Self {
        let observed = &split.observed;
        let shape = |(i, seen): (usize, &bool)| {
            if *seen { logistic_derivative(b * (i as f64 - c)) } else { 0.0 }
        };
        let mut weights: Vec<f64> = observed.iter().enumerate().map(shape).collect();
        if baseline == Baseline::WindowMean {
            let seen = observed.iter().filter(|o| **o).count() as f64;
            let mean = weights.iter().sum::<f64>() / seen;
            let center = |(w, seen): (&mut f64, &bool)| *w -= if *seen { mean } else { 0.0 };
            weights.iter_mut().zip(observed).for_each(center);
        }
        if let Some(nuisance) = nuisance {
            nuisance.remove_from_window(&mut weights, split);
        }
        let autocorrelation = (0..weights.len())
            .map(|k| {
                let sum = dot(&weights[k..], &weights[..weights.len() - k]);
                if k == 0 { sum } else { 2.0 * sum }
            })
            .collect();
        Template { weights, autocorrelation }
    }
}
