use candle_core::{Result as CandleResult, Tensor};
use candle_nn::{Linear, Module, VarBuilder};

use super::capsules::CapsuleGraph;
use super::convolution::{ResidualNetwork, greatest};
use super::regression::{HeadSpec, RegressionHead};
use crate::{Result, SineConfig, SineError};

/// Width of the residual network that reads waveforms.
const WAVEFORM_WIDTH: usize = 512;

const LOCATION: HeadSpec =
    HeadSpec { name: "loc", columns: 0..2, outputs: &["out_conv", "out_conv_lon"] };
const DEPTH: HeadSpec = HeadSpec { name: "dep", columns: 2..3, outputs: &["out_conv"] };
const MAGNITUDE: HeadSpec = HeadSpec { name: "mag", columns: 3..4, outputs: &["out_conv"] };

/// The estimator's outputs, each `[batch, 1]` on the scale of the labels
/// ([`LabelRanges`](crate::LabelRanges)).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ScaledEstimate {
    /// Latitude.
    pub latitude: Tensor,
    /// Longitude.
    pub longitude: Tensor,
    /// Depth.
    pub depth: Tensor,
    /// Magnitude.
    pub magnitude: Tensor,
}

/// Location, depth and magnitude: every station's waveform, weighted by the picker, is cut into
/// segments; each segment passes a residual network and the [`CapsuleGraph`]; the sequence of
/// segments passes one head for location, one for depth, one for magnitude, together with the
/// stations' coordinates.
///
/// In evaluation mode.
///
/// # Parameters
///
/// Names as published. Parameters that a published checkpoint has and its forward pass never uses
/// (`feature_projection`, `MLP_*`, `LN_*`, `a`, `b`, `c`, `graph_modules_`) are not asked for.
#[derive(Debug)]
pub struct Estimator {
    config: SineConfig,
    waveforms: ResidualNetwork,
    features: Linear,
    capsules: CapsuleGraph,
    location: RegressionHead,
    depth: RegressionHead,
    magnitude: RegressionHead,
}

impl Estimator {
    /// An estimator from parameters: a file's or a seed's.
    ///
    /// # Errors
    ///
    /// [`SineError::Setting`], or [`SineError::Network`] for a parameter that is missing or of
    /// another shape.
    pub fn new(config: &SineConfig, parameters: VarBuilder<'_>) -> Result<Self> {
        config.check()?;
        Self::build(config, &parameters).map_err(SineError::network("building the estimator"))
    }

    fn build(config: &SineConfig, parameters: &VarBuilder<'_>) -> CandleResult<Self> {
        let network = parameters.pp("conv_module");
        let sizes = (config.stations, config.capsules * config.capsule_width, config.model_width);
        Ok(Self {
            config: config.clone(),
            waveforms: ResidualNetwork::new(1, WAVEFORM_WIDTH, &network)?,
            features: candle_nn::linear(4 * WAVEFORM_WIDTH, config.features, network.pp("fc"))?,
            capsules: CapsuleGraph::build(config, &parameters.pp("graph_modules"))?,
            location: RegressionHead::new(&LOCATION, sizes, parameters)?,
            depth: RegressionHead::new(&DEPTH, sizes, parameters)?,
            magnitude: RegressionHead::new(&MAGNITUDE, sizes, parameters)?,
        })
    }

    /// The size it was built for.
    pub fn config(&self) -> &SineConfig {
        &self.config
    }

    /// Features of every station in every segment, `[segment, batch, station, feature]`, of
    /// waveforms and gains `[batch, station, sample]`. The gain is 1 plus the sigmoid of the
    /// picker's output.
    ///
    /// # Errors
    ///
    /// [`SineError::Shape`], [`SineError::Network`].
    pub fn segment_features(&self, x: &Tensor, gain: &Tensor) -> Result<Tensor> {
        let SineConfig { stations, samples, .. } = self.config;
        check("the waveforms", x, [stations, samples])?;
        check("the picker's gain", gain, [stations, samples])?;
        self.features_of(x, gain).map_err(SineError::network("the waveform network"))
    }

    fn features_of(&self, x: &Tensor, gain: &Tensor) -> CandleResult<Tensor> {
        let SineConfig { stations, samples, segments, features, .. } = self.config;
        let batch = x.dim(0)?;
        let weighted = (x * gain)?
            .reshape((batch, stations, segments, samples / segments))?
            .permute((2, 0, 1, 3))?
            .contiguous()?
            .reshape((segments * batch * stations, 1, samples / segments))?;
        let summary = greatest(&self.waveforms.forward(&weighted)?)?;
        self.features.forward(&summary)?.reshape((segments, batch, stations, features))
    }

    /// Estimates for waveforms and gains `[batch, station, sample]` and station tables
    /// `[batch, station, 4]` (latitude, longitude, elevation in kilometres, 1).
    ///
    /// # Errors
    ///
    /// [`SineError::Shape`], [`SineError::Network`].
    pub fn forward(&self, x: &Tensor, gain: &Tensor, table: &Tensor) -> Result<ScaledEstimate> {
        let features = self.segment_features(x, gain)?;
        check("the station table", table, [self.config.stations, 4])?;
        self.regress(&features, table).map_err(SineError::network("the estimator's heads"))
    }

    fn regress(&self, features: &Tensor, table: &Tensor) -> CandleResult<ScaledEstimate> {
        let (segments, batch, stations, width) = features.dims4()?;
        let output =
            self.capsules.trace(&features.reshape((segments * batch, stations, width))?)?.output;
        let sequence =
            output.reshape((segments, batch, output.dim(1)?))?.transpose(0, 1)?.contiguous()?;
        let columns = |spec: &HeadSpec| {
            let count = spec.columns.len();
            let part = table.narrow(2, spec.columns.start, count)?.contiguous()?;
            part.reshape((batch, stations * count))
        };
        let location = self.location.forward(&sequence, &columns(&LOCATION)?)?;
        let depth = self.depth.forward(&sequence, &columns(&DEPTH)?)?;
        let magnitude = self.magnitude.forward(&sequence, &columns(&MAGNITUDE)?)?;
        Ok(ScaledEstimate {
            latitude: location[0].clone(),
            longitude: location[1].clone(),
            depth: depth[0].clone(),
            magnitude: magnitude[0].clone(),
        })
    }
}

/// Any number of batches of the expected size.
fn check(what: &'static str, x: &Tensor, expected: [usize; 2]) -> Result<()> {
    match x.dims() {
        [_, a, b] if [*a, *b] == expected => Ok(()),
        got => Err(SineError::Shape {
            what,
            expected: format!("[batch, {}, {}]", expected[0], expected[1]),
            got: got.to_vec(),
        }),
    }
}
