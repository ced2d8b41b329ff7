use candle_core::{Result as CandleResult, Tensor};
use candle_nn::ops::leaky_relu;
use candle_nn::{Init, VarBuilder};

use super::routing::route;
use super::station_graph::{StationGraphLayer, mutual_neighbours};
use crate::{Result, SineConfig, SineError};

/// The disentangling block: a projection into capsules, routing among the stations, and for each
/// capsule a station graph of its own.
///
/// ```
/// use sine::candle_core::{DType, Device, Tensor};
/// use sine::{CapsuleGraph, SineConfig};
///
/// let config = SineConfig::default().with_capsule_width(8);
/// let parameters = candle_seeded::SeededVars::new(1, DType::F32, &Device::Cpu);
/// let block = CapsuleGraph::new(&config, parameters.builder())?;
/// let features = Tensor::ones((3, 5, 100), DType::F32, &Device::Cpu)?;
/// assert_eq!(block.forward(&features)?.output.dims(), [3, 32]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct CapsuleGraph {
    weight: Tensor,
    bias: Tensor,
    graphs: Vec<StationGraphLayer>,
    config: SineConfig,
}

/// The block's output and what it passes through on the way.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CapsuleTrace {
    /// After the projection and its activation, `[batch, station, capsule · width]`.
    pub projected: Tensor,
    /// After the routing, same shape.
    pub routed: Tensor,
    /// Mean over the stations of each capsule's graph, `[batch, capsule · width]`.
    pub output: Tensor,
}

impl CapsuleGraph {
    /// Parameters under their published names (`pca.weight`, `graph_conv1_0.lin_key.weight`, …).
    ///
    /// # Errors
    ///
    /// [`SineError::Setting`], or [`SineError::Network`] for a parameter that is missing or of
    /// another shape.
    pub fn new(config: &SineConfig, parameters: VarBuilder<'_>) -> Result<Self> {
        config.check()?;
        Self::build(config, &parameters).map_err(SineError::network("building the capsules"))
    }

    pub(super) fn build(config: &SineConfig, parameters: &VarBuilder<'_>) -> CandleResult<Self> {
        let wide = config.capsules * config.capsule_width;
        let bound = 1.0 / (wide as f64).sqrt();
        let init = Init::Uniform { lo: -bound, up: bound };
        let projection = parameters.pp("pca");
        let graph = |i: usize| {
            let name = format!("graph_conv1_{i}");
            StationGraphLayer::new(config.capsule_width, &parameters.pp(name))
        };
        Ok(Self {
            weight: projection.get_with_hints((config.features, wide), "weight", init)?,
            bias: projection.get_with_hints(wide, "bias", init)?,
            graphs: (0..config.capsules).map(graph).collect::<CandleResult<_>>()?,
            config: config.clone(),
        })
    }

    /// Features `[batch, station, feature]` of one segment, any number of batches.
    ///
    /// # Errors
    ///
    /// [`SineError::Shape`], [`SineError::Network`].
    pub fn forward(&self, x: &Tensor) -> Result<CapsuleTrace> {
        let SineConfig { stations, features, .. } = self.config;
        match x.dims() {
            [_, s, f] if (*s, *f) == (stations, features) => {}
            got => {
                return Err(SineError::Shape {
                    what: "the capsules' input",
                    expected: format!("[batch, {stations}, {features}]"),
                    got: got.to_vec(),
                });
            }
        }
        self.trace(x).map_err(SineError::network("the capsules"))
    }

    pub(super) fn trace(&self, x: &Tensor) -> CandleResult<CapsuleTrace> {
        let (batch, stations, _) = x.dims3()?;
        let SineConfig { capsules, capsule_width: width, .. } = self.config;
        let wide = capsules * width;
        let projected = x.contiguous()?.broadcast_matmul(&self.weight)?;
        let projected = leaky_relu(&projected.broadcast_add(&self.bias)?, 0.01)?;
        let parts = projected.reshape((batch, stations, capsules, width))?;
        let routed = route(&parts, self.config.routing_iterations)?;
        let mut outputs = Vec::with_capacity(capsules);
        for (i, graph) in self.graphs.iter().enumerate() {
            let own = routed.narrow(2, i, 1)?.squeeze(2)?.contiguous()?;
            let edges = mutual_neighbours(&own, self.config.latent_neighbours)?;
            outputs.push(graph.forward(&own, &edges)?.mean(1)?);
        }
        let output = Tensor::cat(&outputs, 1)?;
        Ok(CapsuleTrace { projected, routed: routed.reshape((batch, stations, wide))?, output })
    }
}
