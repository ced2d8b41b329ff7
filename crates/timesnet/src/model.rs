//! The network.

mod blocks;
mod copies;

use std::collections::BTreeMap;
use std::sync::Arc;

use candle_core::{Device, Tensor, Var};

use crate::composed::Tables;
use crate::inception::Inception;
use crate::input::Input;
use crate::kernel::{self, Lanes, Workspace};
use crate::layers::{self, WindowScale};
use crate::params::{self, Params};
use crate::{Normalization, PeriodScope, Result, Task, TimeEmbedding, TimesNetConfig};

/// TimesNet (Wu et al., ICLR 2023).
///
/// # Example
///
/// ```
/// use candle_core::{DType, Device, Tensor};
/// use timesnet::{Input, Task, TimesNet, TimesNetConfig};
///
/// let config = TimesNetConfig::new(Task::LongTermForecast, 48, 2).with_pred_len(12);
/// let model = TimesNet::seeded(config, 7, &Device::Cpu)?;
/// let series = Tensor::arange(0f32, 96., &Device::Cpu)?.reshape((1, 48, 2))?;
/// let forecast = model.forward(&Input::new(series))?;
/// assert_eq!(forecast.dims(), [1, 12, 2]);
/// # Ok::<(), timesnet::TimesNetError>(())
/// ```
///
/// Training changes a network's parameters in place. It is not `Clone`, so that nothing shares them
/// by accident: [`try_clone`](Self::try_clone) copies them,
/// [`with_period_scope`](Self::with_period_scope) shares them.
pub struct TimesNet {
    config: TimesNetConfig,
    device: Device,
    vars: BTreeMap<String, Var>,
    /// See [`Self::keeping`].
    unused: BTreeMap<String, Tensor>,
    positions: Tensor,
    workspace: Workspace<f32>,
    /// Where the blocks are composed of candle's operations: not on the CPU.
    tables: Option<Arc<Tables>>,
}

impl std::fmt::Debug for TimesNet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TimesNet")
            .field("config", &self.config)
            .field("device", &self.device)
            .field("parameters", &self.vars.values().map(|v| v.elem_count()).sum::<usize>())
            .finish()
    }
}

/// How one pass differs from plain inference.
#[derive(Clone, Copy, Default)]
pub(crate) struct Pass<'a> {
    /// Keep what gradients need; the seed draws the dropout masks.
    pub(crate) train: Option<u64>,
    /// Another period scope than the configured one.
    pub(crate) scope: Option<&'a PeriodScope>,
}

impl TimesNet {
    /// A network with parameters drawn from `seed`: the same seed gives the same bytes.
    ///
    /// # Errors
    ///
    /// [`crate::TimesNetError::Config`] where a setting is out of range.
    pub fn seeded(config: TimesNetConfig, seed: u64, device: &Device) -> Result<Self> {
        config.validate()?;
        let vars = params::draw(&config, seed, device)?;
        Self::with_vars(config, vars, device)
    }

    pub(crate) fn with_vars(
        config: TimesNetConfig,
        vars: BTreeMap<String, Var>,
        device: &Device,
    ) -> Result<Self> {
        let side = Inception::side(&config.inception);
        let lanes = Lanes::for_channels([config.d_model, config.d_ff]);
        let tables = match device {
            Device::Cpu => None,
            _ => Some(Arc::new(Tables::new(config.inner_len(), side, device)?)),
        };
        Ok(Self {
            positions: layers::positions(config.seq_len, config.d_model, device)?,
            tables,
            workspace: Workspace::new(config.inner_len(), lanes),
            device: device.clone(),
            config,
            vars,
            unused: BTreeMap::new(),
        })
    }

    /// What the network is.
    #[must_use]
    pub fn config(&self) -> &TimesNetConfig {
        &self.config
    }

    /// The parameters by their published names.
    #[must_use]
    pub fn vars(&self) -> &BTreeMap<String, Var> {
        &self.vars
    }

    /// Where the parameters are.
    #[must_use]
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// Inference: `[batch, pred_len, c_out]` in forecasting, `[batch, seq_len, c_out]` in
    /// imputation and reconstruction, `[batch, num_class]` (before the softmax) in classification.
    ///
    /// # Errors
    ///
    /// Where a shape does not fit, a value is not finite or the task's mask is missing.
    pub fn forward(&self, input: &Input) -> Result<Tensor> {
        self.run(input, Pass::default())
    }

    /// As [`forward`](Self::forward) with dropout (masks drawn from `dropout_seed`) and with
    /// everything that [`Tensor::backward`] needs.
    ///
    /// # Errors
    ///
    /// As [`forward`](Self::forward).
    pub fn forward_train(&self, input: &Input, dropout_seed: u64) -> Result<Tensor> {
        self.run(input, Pass { train: Some(dropout_seed), scope: None })
    }

    pub(crate) fn run(&self, input: &Input, pass: Pass<'_>) -> Result<Tensor> {
        let input = input.checked(&self.config)?;
        let params = Params::new(&self.vars, pass.train.is_some());
        let normalised = self.config.normalize == Normalization::Window
            && self.config.task != Task::Classification;
        let observed = input.mask().filter(|_| self.config.task == Task::Imputation);
        let (series, scale) = if normalised {
            let (series, scale) = WindowScale::normalise(input.series(), observed)?;
            (series, Some(scale))
        } else {
            (input.series().clone(), None)
        };
        let x = self.embed(&series, &input, &params, pass)?;
        let blocks = 0..self.config.e_layers;
        if self.config.task == Task::Classification {
            let encoded = self.blocks(x, blocks, None, &params, pass)?;
            return self.classify(&encoded, &input, &params, pass);
        }
        let outputs = self.config.c_out;
        let projected = self.blocks(x, blocks, Some(outputs), &params, pass)?;
        let bias = params.get(outputs, "projection.bias")?;
        let output = match scale {
            Some(scale) => scale.restore(&projected, &bias)?,
            None => projected.broadcast_add(&bias)?,
        };
        if self.config.task.forecasts() {
            let (from, len) = (self.config.seq_len, self.config.pred_len);
            return Ok(output.narrow(1, from, len)?);
        }
        Ok(output)
    }

    /// Embedding and extension to the horizon: `[batch, inner_len, d_model]`.
    fn embed(
        &self,
        series: &Tensor,
        input: &Input,
        params: &Params<'_>,
        pass: Pass<'_>,
    ) -> Result<Tensor> {
        let width = self.config.d_model;
        let mut x = layers::token_embedding(series, &self.positions, params)?;
        if let Some(mark) = input.mark() {
            let name = "enc_embedding.temporal_embedding.embed";
            let embedded = match self.config.embed {
                TimeEmbedding::Linear => layers::linear(mark, width, params, name, false)?,
                TimeEmbedding::Fixed => layers::fixed_embedding(mark, width)?,
            };
            x = (x + embedded)?;
        }
        x = layers::dropout(&x, self.config.dropout, pass.train, "embedding")?;
        if self.config.task.forecasts() {
            let len = self.config.inner_len();
            let by_channel = x.transpose(1, 2)?;
            let extended = layers::linear(&by_channel, len, params, "predict_linear", true)?;
            x = extended.transpose(1, 2)?.contiguous()?;
        }
        Ok(x)
    }

    /// GELU, dropout, padding mask, one linear layer over everything.
    fn classify(
        &self,
        x: &Tensor,
        input: &Input,
        params: &Params<'_>,
        pass: Pass<'_>,
    ) -> Result<Tensor> {
        let mut x = layers::dropout(&x.gelu_erf()?, self.config.dropout, pass.train, "head")?;
        if let Some(mask) = input.mask() {
            x = x.broadcast_mul(&mask.unsqueeze(2)?)?;
        }
        let flat = x.flatten_from(1)?;
        Ok(layers::linear(&flat, self.config.num_class, params, "projection", true)?)
    }

    /// The periods (samples) at which each block folds each sample of `input`: `[block][sample][k]`, strongest
    /// first. Useful to see what the network looks at.
    ///
    /// # Errors
    ///
    /// As [`forward`](Self::forward).
    pub fn periods(&self, input: &Input) -> Result<Vec<Vec<Vec<usize>>>> {
        let input = input.checked(&self.config)?;
        let (params, pass) = (Params::new(&self.vars, false), Pass::default());
        let observed = input.mask().filter(|_| self.config.task == Task::Imputation);
        let series = match self.config.normalize {
            Normalization::Window if self.config.task != Task::Classification => {
                WindowScale::normalise(input.series(), observed)?.0
            }
            _ => input.series().clone(),
        };
        let mut x = self.embed(&series, &input, &params, pass)?;
        let mut periods = Vec::new();
        for block in 0..self.config.e_layers {
            let values = x.flatten_all()?.to_vec1::<f32>()?;
            periods.push(kernel::periods(&self.block_shape(block, pass), &values, &self.workspace));
            x = self.blocks(x, block..block + 1, None, &params, pass)?;
        }
        Ok(periods)
    }
}
