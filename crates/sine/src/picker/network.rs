use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;

use super::HIDDEN;
use super::decoder::Decoder;
use super::encoder::Encoder;
use crate::layers::{LstmDirection, SequenceAttention};
use crate::prepare::{detrend, scale_to_unit};
use crate::{EventWindow, Pick, PickerConfig, Result, SineError};

/// Degree of the polynomial that the published code takes out of every window.
const DETREND_DEGREE: usize = 10;

/// What the picker says about a batch of windows.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct PickerOutput {
    /// Probability that an earthquake is under way, `[batch, sample]`.
    pub detection: Tensor,
    /// Probability that the P wave arrives, `[batch, sample]`.
    pub pick: Tensor,
}

/// The P picker, station by station: seven convolutions with halvings, seven residual blocks, two
/// bidirectional recurrent blocks, two attention blocks; then one decoder for detection and one,
/// behind another recurrent and attention layer, for the arrival.
///
/// In evaluation mode: dropout is off, batch normalisation uses its running moments.
///
/// # Parameters
///
/// Names as published (`encoder.0.convs.0.weight`, …), 320,005 values beside the running moments.
///
/// ```
/// use sine::candle_core::{DType, Device, Tensor};
/// use sine::{Picker, PickerConfig};
///
/// let parameters = candle_seeded::SeededVars::new(1, DType::F32, &Device::Cpu);
/// let picker = Picker::new(&PickerConfig::default(), parameters.builder())?;
/// let x = Tensor::zeros((2, 1, 1_000), DType::F32, &Device::Cpu)?;
/// assert_eq!(picker.forward(&x)?.pick.dims(), [2, 1_000]);
///
/// let short = Tensor::zeros((2, 1, 999), DType::F32, &Device::Cpu)?;
/// let error = picker.forward(&short).unwrap_err();
/// assert!(error.to_string().contains("built for [batch, 1, 1000]"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Picker {
    config: PickerConfig,
    device: Device,
    encoder: Encoder,
    detection: Decoder,
    pick: Decoder,
    pick_recurrent: LstmDirection,
    pick_attention: SequenceAttention,
}

impl Picker {
    /// A picker from parameters: a file's
    /// ([`parameters_from_safetensors`](crate::parameters_from_safetensors)) or a seed's.
    ///
    /// # Errors
    ///
    /// [`SineError::Setting`], or [`SineError::Network`] for a parameter that is missing or of
    /// another shape.
    pub fn new(config: &PickerConfig, parameters: VarBuilder<'_>) -> Result<Self> {
        config.check()?;
        Self::build(config, &parameters).map_err(SineError::network("building the picker"))
    }

    fn build(config: &PickerConfig, parameters: &VarBuilder<'_>) -> candle_core::Result<Self> {
        let attention = parameters.pp("pick_attentions");
        let recurrent = parameters.pp("pick_lstms");
        Ok(Self {
            config: config.clone(),
            device: parameters.device().clone(),
            encoder: Encoder::new(config.channels, &parameters.pp("encoder"))?,
            detection: Decoder::new(config.samples, &parameters.pp("Decoder_detection"))?,
            pick: Decoder::new(config.samples, &parameters.pp("Pick_detection"))?,
            pick_recurrent: LstmDirection::new((HIDDEN, HIDDEN), 0, false, &recurrent)?,
            pick_attention: SequenceAttention::new(HIDDEN, Some(3), &attention)?,
        })
    }

    /// The size it was built for.
    pub fn config(&self) -> &PickerConfig {
        &self.config
    }

    /// Features `[batch, 16, sample / 128]` of prepared waveforms `[batch, channel, sample]`.
    ///
    /// # Errors
    ///
    /// [`SineError::Shape`], [`SineError::Network`].
    pub fn encode(&self, x: &Tensor) -> Result<Tensor> {
        self.check(x)?;
        self.encoder.forward(x).map_err(SineError::network("the picker's encoder"))
    }

    /// Both probabilities for prepared waveforms `[batch, channel, sample]`.
    ///
    /// # Errors
    ///
    /// [`SineError::Shape`], [`SineError::Network`].
    pub fn forward(&self, x: &Tensor) -> Result<PickerOutput> {
        let encoded = self.encode(x)?;
        let run = || -> candle_core::Result<PickerOutput> {
            let detection = self.detection.forward(&encoded)?;
            let recurrent = self.pick_recurrent.forward(&encoded.transpose(1, 2)?)?;
            let attended = self.pick_attention.forward(&recurrent.transpose(1, 2)?)?;
            Ok(PickerOutput { detection, pick: self.pick.forward(&attended)? })
        };
        run().map_err(SineError::network("the picker's decoders"))
    }

    /// The most probable arrival at every station of a window, which is scaled to 0..1 and
    /// detrended first, as published. A window without an earthquake has a largest value too: the
    /// caller judges the probability.
    ///
    /// # Errors
    ///
    /// [`SineError::Shape`] for a window of another length or a picker of more than one channel,
    /// [`SineError::Network`].
    pub fn pick(&self, window: &EventWindow) -> Result<Vec<Pick>> {
        let x = prepared(window, DETREND_DEGREE, &self.device)?;
        let output = self.forward(&x)?;
        let traces: Vec<Vec<f32>> =
            output.pick.to_vec2().map_err(SineError::network("reading the picks"))?;
        Ok(most_probable(window, &traces))
    }

    fn check(&self, x: &Tensor) -> Result<()> {
        let PickerConfig { channels, samples, .. } = self.config;
        match x.dims() {
            [_, c, s] if (*c, *s) == (channels, samples) => Ok(()),
            got => Err(SineError::Shape {
                what: "the picker's input",
                expected: format!("[batch, {channels}, {samples}]"),
                got: got.to_vec(),
            }),
        }
    }
}

/// `[station, 1, sample]`, scaled and detrended.
pub(crate) fn prepared(window: &EventWindow, degree: usize, device: &Device) -> Result<Tensor> {
    let mut values = Vec::with_capacity(window.stations().len() * window.samples());
    for station in window.stations() {
        values.extend(detrend(&scale_to_unit(station.samples()), degree)?);
    }
    let shape = (window.stations().len(), 1, window.samples());
    Tensor::from_vec(values, shape, device)
        .and_then(|x| x.to_dtype(DType::F32))
        .map_err(SineError::network("moving the waveforms to the device"))
}

/// The first of the largest values of each trace.
pub(crate) fn most_probable(window: &EventWindow, traces: &[Vec<f32>]) -> Vec<Pick> {
    let best = |trace: &Vec<f32>| {
        let later = |best: (usize, f32), (i, &p): (usize, &f32)| {
            if p > best.1 { (i, p) } else { best }
        };
        trace.iter().enumerate().fold((0, f32::MIN), later)
    };
    window
        .stations()
        .iter()
        .zip(traces.iter().map(best))
        .map(|(station, (sample, probability))| Pick::new(station, sample, probability))
        .collect()
}
