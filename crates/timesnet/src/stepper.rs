//! Training steps without the training loop.

use candle_core::Tensor;

use crate::merged_gradients::Gradients;
use crate::optimizer::{Adam, StepSize};
use crate::{Result, TimesNet, TimesNetError, TrainConfig};

/// Steps for a training loop of the caller's own.
///
/// ```
/// use candle_core::{DType, Device, Tensor};
/// use timesnet::{Input, Stepper, Task, TimesNet, TimesNetConfig, TrainConfig, mean_squared_error};
///
/// let model = TimesNet::seeded(
///     TimesNetConfig::new(Task::AnomalyDetection, 24, 1), 7, &Device::Cpu)?;
/// let x = Tensor::arange(0f32, 24., &Device::Cpu)?.reshape((1, 24, 1))?;
/// let mut stepper = Stepper::new(&TrainConfig::default().with_learning_rate(
///     1e-3, Default::default()))?;
/// let mut losses = Vec::new();
/// for step in 0..3 {
///     let output = model.forward_train(&Input::new(x.clone()), step)?;
///     let loss = mean_squared_error(&output, &x)?;
///     losses.push(loss.to_scalar::<f32>()?);
///     stepper.step(&model, &loss)?;
/// }
/// assert!(losses[2] < losses[0]);
/// # Ok::<(), timesnet::TimesNetError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Stepper {
    adam: Adam,
    config: TrainConfig,
}

impl Stepper {
    /// With the optimiser, first learning rate, weight decay and clipping of `config`.
    ///
    /// # Errors
    ///
    /// [`TimesNetError::Config`](crate::TimesNetError::Config) where a setting is out of range.
    pub fn new(config: &TrainConfig) -> Result<Self> {
        config.validate()?;
        Ok(Self { adam: Adam::default(), config: config.clone() })
    }

    /// Changes the parameters of `model` along the gradient of `loss`.
    ///
    /// # Errors
    ///
    /// [`TimesNetError::Loss`](crate::TimesNetError::Loss) where the loss does not come from
    /// [`TimesNet::forward_train`] of `model`, or is not finite: the parameters are as they were.
    pub fn step(&mut self, model: &TimesNet, loss: &Tensor) -> Result<()> {
        let size = StepSize {
            rule: self.config.optimizer,
            learning_rate: self.config.learning_rate,
            weight_decay: self.config.weight_decay,
            clip: self.config.clip,
        };
        let value = loss.to_scalar::<f32>()?;
        if !value.is_finite() {
            let problem = format!("the loss is {value}; lower `learning_rate` or set `clip`");
            return Err(TimesNetError::Loss { problem });
        }
        let groups = size.kernel_groups(model.config());
        let grads = Gradients::of(loss, model.vars(), &groups)?;
        if !model.vars().values().any(|var| grads.own.get(var).is_some()) {
            let problem = "no parameter has a gradient; take the loss of `forward_train`'s output";
            return Err(TimesNetError::Loss { problem: problem.to_owned() });
        }
        self.adam.step(model.vars(), &grads, &size, &groups)
    }
}
