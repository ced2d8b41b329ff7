use ndarray::{Array1, Array2, Axis};

use super::{GraphStepConfig, WeightMode};
use crate::graph::gaussian;
use crate::{Result, Site, SpatialError, StationGraph, distance_km};

/// The weights `[station, station]` that one layer applies.
pub(super) fn of(
    graph: &StationGraph,
    epicentre: Option<&Site>,
    config: &GraphStepConfig,
) -> Result<Array2<f64>> {
    epicentre.map_or(Ok(()), Site::check)?;
    match config.mode {
        // w_ii / Σ_k w_ik = 1 whatever the distances; computing the quotient would only add an
        // underflow to 0/0 beyond 39 τ.
        WeightMode::Published => Ok(Array2::eye(graph.len())),
        WeightMode::EpicentralDecay => {
            let epicentre = epicentre.ok_or(SpatialError::NoEpicentre)?;
            let decay = |site| gaussian(distance_km(site, epicentre), config.tau_km);
            Ok(Array2::from_diag(&graph.sites().iter().map(decay).collect::<Array1<f64>>()))
        }
        WeightMode::InterStation => {
            // The diagonal is 1, so no row sum can vanish.
            let mut weights = graph.gaussian_weights(config.tau_km)?;
            let sums = weights.sum_axis(Axis(1)).insert_axis(Axis(1));
            weights /= &sums;
            Ok(weights)
        }
    }
}
