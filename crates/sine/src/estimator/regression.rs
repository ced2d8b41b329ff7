use candle_core::{Result, Tensor};
use candle_nn::{Conv1d, Linear, Module, VarBuilder};

use super::convolution::{ResidualNetwork, greatest};
use crate::layers::{BidirectionalLstm, convolution};

/// One regression head: the segments through a recurrent network, the station table through a
/// linear layer, both through a residual network of width 1.
#[derive(Debug)]
pub(super) struct RegressionHead {
    recurrent: BidirectionalLstm,
    station_encoder: Linear,
    network: ResidualNetwork,
    outputs: Vec<Conv1d>,
}

/// Names and sizes that differ between the heads.
pub(super) struct HeadSpec {
    /// `loc`, `dep` or `mag`.
    pub(super) name: &'static str,
    /// Columns of the station table that it reads.
    pub(super) columns: std::ops::Range<usize>,
    /// Its output layers.
    pub(super) outputs: &'static [&'static str],
}

impl RegressionHead {
    pub(super) fn new(
        spec: &HeadSpec,
        (stations, input, width): (usize, usize, usize),
        parameters: &VarBuilder<'_>,
    ) -> Result<Self> {
        let name = spec.name;
        let network = parameters.pp(format!("conv_module_{name}"));
        let encoder = parameters.pp(format!("{name}_encoder"));
        let recurrent = parameters.pp(format!("lstm_{name}"));
        let output = |layer: &&str| convolution((4, 1), 3, 1, network.pp(*layer));
        Ok(Self {
            recurrent: BidirectionalLstm::new(input, width / 2, 2, &recurrent)?,
            station_encoder: candle_nn::linear(stations * spec.columns.len(), width, encoder)?,
            network: ResidualNetwork::new(2, 1, &network)?,
            outputs: spec.outputs.iter().map(output).collect::<Result<_>>()?,
        })
    }

    /// `segments` is `[batch, segment, feature]`, `table` the head's columns,
    /// `[batch, station · column]`; one `[batch, 1]` per output layer.
    pub(super) fn forward(&self, segments: &Tensor, table: &Tensor) -> Result<Vec<Tensor>> {
        let summary = self.recurrent.forward(segments)?.mean(1)?;
        let encoded = self.station_encoder.forward(table)?;
        let features = self.network.forward(&Tensor::stack(&[summary, encoded], 1)?)?;
        self.outputs.iter().map(|output| greatest(&output.forward(&features)?)).collect()
    }
}
