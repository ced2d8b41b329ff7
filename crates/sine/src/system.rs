use candle_core::{Device, Result as CandleResult, Tensor};
use candle_nn::VarBuilder;
use candle_nn::ops::sigmoid;
use serde::Serialize;

use crate::picker::{most_probable, prepared};
use crate::{
    Estimator, EventWindow, LabelRanges, Origin, Pick, Picker, Result, SineConfig, SineError,
};

/// What the network says about one window.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Estimate {
    /// The most probable P arrival at each station.
    pub picks: Vec<Pick>,
    /// Location, depth and magnitude.
    pub origin: Origin,
}

/// Picker and estimator together.
///
/// ```
/// use sine::candle_core::{DType, Device};
/// use sine::{EventWindow, LabelRanges, Sine, SineConfig, Site, StationWaveform};
///
/// let start: jiff::Timestamp = "2019-08-23T00:00:00Z".parse()?;
/// let station = |i: usize| {
///     let site = Site::new(format!("S{i}"), 34.0 + 0.1 * i as f64, -117.0)?;
///     let samples = (0..1_000).map(|t| ((t * (i + 1)) as f32 * 0.05).sin()).collect();
///     StationWaveform::new(site, 0.5, start, 100.0, samples)
/// };
/// let window = EventWindow::new((0..5).map(station).collect::<Result<_, _>>()?)?;
///
/// // Drawn from a seed: the right shape, and no knowledge.
/// let config = SineConfig::default().with_capsule_width(8).with_model_width(32);
/// let seeded = |seed| candle_seeded::SeededVars::new(seed, DType::F32, &Device::Cpu).builder();
/// let ranges = LabelRanges::southern_california();
/// let sine = Sine::new(&config, ranges, seeded(1), seeded(2))?;
/// let estimate = sine.estimate(&window)?;
/// assert_eq!(estimate.picks.len(), 5);
/// assert!(estimate.origin.magnitude.is_finite());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Sine {
    picker: Picker,
    estimator: Estimator,
    ranges: LabelRanges,
    device: Device,
}

impl Sine {
    /// Both networks from their parameters; `ranges` must be those of the training data.
    ///
    /// # Errors
    ///
    /// As [`Picker::new`] and [`Estimator::new`].
    pub fn new(
        config: &SineConfig,
        ranges: LabelRanges,
        picker: VarBuilder<'_>,
        estimator: VarBuilder<'_>,
    ) -> Result<Self> {
        let device = estimator.device().clone();
        let picker = Picker::new(&config.picker(), picker)?;
        Ok(Self { picker, estimator: Estimator::new(config, estimator)?, ranges, device })
    }

    /// The picker.
    pub fn picker(&self) -> &Picker {
        &self.picker
    }

    /// The estimator.
    pub fn estimator(&self) -> &Estimator {
        &self.estimator
    }

    /// Picks and origin of one window, whose waveforms are scaled to 0..1 and detrended first.
    ///
    /// There is always an answer: whether there was an earthquake is for the caller to judge from
    /// the picks' probabilities.
    ///
    /// # Errors
    ///
    /// [`SineError::Shape`] for another number of stations or samples, [`SineError::Network`].
    pub fn estimate(&self, window: &EventWindow) -> Result<Estimate> {
        let config = self.estimator.config();
        let x = prepared(window, config.detrend_degree, &self.device)?;
        let output = self.picker.forward(&x)?;
        let traces: Vec<Vec<f32>> =
            output.pick.to_vec2().map_err(SineError::network("reading the picks"))?;
        let inputs = || -> CandleResult<(Tensor, Tensor, Tensor)> {
            let table: Vec<f32> = window.station_table().into_iter().collect();
            let shape = (1, window.stations().len(), 4);
            let gain = (sigmoid(&output.pick)? + 1.0)?.unsqueeze(0)?;
            Ok((x.transpose(0, 1)?, gain, Tensor::from_vec(table, shape, &self.device)?))
        };
        let (x, gain, table) =
            inputs().map_err(SineError::network("preparing the estimator's input"))?;
        let scaled = self.estimator.forward(&x, &gain, &table)?;
        let value = |t: &Tensor| t.flatten_all()?.to_vec1::<f32>().map(|v| f64::from(v[0]));
        let values = || -> CandleResult<[f64; 4]> {
            Ok([
                value(&scaled.latitude)?,
                value(&scaled.longitude)?,
                value(&scaled.depth)?,
                value(&scaled.magnitude)?,
            ])
        };
        let values = values().map_err(SineError::network("reading the estimate"))?;
        Ok(Estimate { picks: most_probable(window, &traces), origin: self.ranges.restore(values) })
    }
}
