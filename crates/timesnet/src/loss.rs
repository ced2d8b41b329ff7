//! What training makes small.

use candle_core::{D, DType, Result, Tensor};
use serde::{Deserialize, Serialize};

use crate::squared_error_op::SquaredErrorOp;

/// Loss of a batch. Classification always uses the cross-entropy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Loss {
    /// Mean squared error.
    #[default]
    Mse,
    /// Mean absolute error.
    Mae,
    /// 200·|ŷ − y|/(|ŷ| + |y|), the M4 competition's.
    Smape,
    /// |ŷ − y|/|y|; zero where y is.
    Mape,
    /// |ŷ − y| over the input's own error when forecast by the value one season before (Hyndman &
    /// Koehler 2006).
    Mase {
        /// Samples in a season.
        season: usize,
    },
}

/// x/y, and zero where y is.
fn safe_ratio(x: &Tensor, y: &Tensor) -> Result<Tensor> {
    let zeros = y.zeros_like()?;
    let defined = y.ne(0f32)?;
    defined.where_cond(&x.div(&defined.where_cond(y, &y.ones_like()?)?)?, &zeros)
}

impl Loss {
    /// The loss of `output` against `target`, `[batch, time, channel]`, where `scored` (everywhere
    /// without it) is one; `seen` is the input.
    pub(crate) fn of(
        self,
        output: &Tensor,
        target: &Tensor,
        scored: Option<&Tensor>,
        seen: &Tensor,
    ) -> Result<Tensor> {
        if self == Self::Mse && scored.is_none() {
            return squared_error(output, target);
        }
        let difference = (output - target)?;
        let points = match self {
            Self::Mse => difference.sqr()?,
            Self::Mae => difference.abs()?,
            Self::Smape => {
                // The denominator carries no gradient, as published.
                let size = (output.detach().abs()? + target.abs()?)?;
                (safe_ratio(&difference.abs()?, &size)? * 200.0)?
            }
            Self::Mape => safe_ratio(&difference.abs()?, &target.abs()?)?,
            Self::Mase { season } => {
                let len = seen.dim(1)?;
                if season == 0 || season >= len {
                    candle_core::bail!("a season of {season} samples does not fit {len} seen ones")
                }
                let naive =
                    (seen.narrow(1, season, len - season)? - seen.narrow(1, 0, len - season)?)?;
                let naive = naive.abs()?.mean_keepdim(1)?.broadcast_as(difference.shape())?;
                safe_ratio(&difference.abs()?, &naive)?
            }
        };
        match scored {
            None => points.mean_all(),
            Some(scored) => (points * scored)?.sum_all()?.div(&scored.sum_all()?),
        }
    }
}

/// The mean squared error of `output` against `target`, of one shape, for a training loop of the caller's
/// own (see [`Stepper`](crate::Stepper)): what `candle_nn::loss::mse` computes, on the CPU as one
/// operation that keeps neither the differences nor their squares.
///
/// ```
/// use timesnet::candle_core::{Device, Tensor};
///
/// let output = Tensor::new(&[1f32, 2.0], &Device::Cpu)?;
/// let target = Tensor::new(&[0f32, 4.0], &Device::Cpu)?;
/// assert_eq!(timesnet::mean_squared_error(&output, &target)?.to_scalar::<f32>()?, 2.5);
/// # Ok::<(), timesnet::TimesNetError>(())
/// ```
///
/// # Errors
///
/// Where the shapes differ, the tensors are empty, not both f32 or not on one device.
pub fn mean_squared_error(output: &Tensor, target: &Tensor) -> crate::Result<Tensor> {
    Ok(squared_error(output, target)?)
}

fn squared_error(output: &Tensor, target: &Tensor) -> Result<Tensor> {
    let kinds = [output, target].map(|tensor| (tensor.dims(), tensor.dtype()));
    if kinds[0] != kinds[1] || output.elem_count() == 0 || output.dtype() != DType::F32 {
        candle_core::bail!(
            "a mean squared error of {kinds:?}; both must be f32, of one shape and not empty"
        )
    }
    if output.device().is_cpu() && target.device().is_cpu() {
        return output.contiguous()?.apply_op2(&target.contiguous()?, SquaredErrorOp);
    }
    (output - target)?.sqr()?.mean_all()
}

/// Mean cross-entropy of `logits` `[batch, class]` against class numbers `[batch]`. From candle's
/// elementary operations: its fused softmax drops gradients.
pub(crate) fn cross_entropy(logits: &Tensor, classes: &Tensor) -> Result<Tensor> {
    let peak = logits.max_keepdim(D::Minus1)?.detach();
    let shifted = logits.broadcast_sub(&peak)?;
    let total = shifted.exp()?.sum_keepdim(D::Minus1)?.log()?;
    let picked = shifted.broadcast_sub(&total)?.gather(&classes.unsqueeze(1)?, 1)?;
    picked.neg()?.mean_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::{Device, Var};

    fn row(values: &[f32]) -> Tensor {
        Tensor::from_slice(values, (1, values.len(), 1), &Device::Cpu).unwrap()
    }

    fn value(loss: Loss, output: &[f32], target: &[f32], seen: &[f32]) -> f32 {
        loss.of(&row(output), &row(target), None, &row(seen)).unwrap().to_scalar().unwrap()
    }

    /// By hand.
    #[test]
    fn values_are_the_definitions() {
        let (output, target, seen) = ([2.0, 0.0, 1.0], [1.0, 0.0, 4.0], [0.0, 3.0, 1.0, 5.0]);
        assert!((value(Loss::Mse, &output, &target, &seen) - 10.0 / 3.0).abs() < 1e-6);
        assert!((value(Loss::Mae, &output, &target, &seen) - 4.0 / 3.0).abs() < 1e-6);
        let smape = 200.0 * (1.0 / 3.0 + 3.0 / 5.0) / 3.0;
        assert!((value(Loss::Smape, &output, &target, &seen) - smape).abs() < 1e-4);
        assert!((value(Loss::Mape, &output, &target, &seen) - (1.0 + 0.75) / 3.0).abs() < 1e-6);
        // The seasonal forecast's error is mean(|1 − 0|, |5 − 3|) = 1.5.
        let mase = value(Loss::Mase { season: 2 }, &output, &target, &seen);
        assert!((mase - 4.0 / 3.0 / 1.5).abs() < 1e-6);
        let short = Loss::Mase { season: 4 };
        assert!(short.of(&row(&output), &row(&target), None, &row(&seen)).is_err());
    }

    /// Whatever the tensors' layout, and also where both sides are one.
    #[test]
    fn squared_errors_of_views_are_those_of_their_values() {
        let var = Var::new(&[[1f32, 2.0, 4.0], [0.0, 5.0, 7.0]], &Device::Cpu).unwrap();
        let (turned, target) = (var.t().unwrap(), Tensor::new(&[[1f32, 0.0]; 3], &Device::Cpu));
        let loss = mean_squared_error(&turned, &target.unwrap()).unwrap();
        assert!((loss.to_scalar::<f32>().unwrap() - 84.0 / 6.0).abs() < 1e-5);
        let grads = loss.backward().unwrap();
        let got = grads.get(var.as_tensor()).unwrap().to_vec2::<f32>().unwrap();
        let want = [[0.0, 1.0, 3.0], [0.0, 5.0, 7.0]].map(|row| row.map(|d: f32| d / 3.0));
        assert!(got.iter().flatten().zip(want.iter().flatten()).all(|(a, b)| (a - b).abs() < 1e-6));
        let itself = mean_squared_error(&var, &var).unwrap();
        assert_eq!(itself.to_scalar::<f32>().unwrap(), 0.0);
        let grads = itself.backward().unwrap();
        let zeros = grads.get(var.as_tensor()).unwrap().flatten_all().unwrap();
        assert_eq!(zeros.to_vec1::<f32>().unwrap(), [0.0; 6]);
    }

    #[test]
    fn squared_errors_of_what_does_not_fit_are_refused() {
        let zeros = |rows, dtype| Tensor::zeros((rows, 2), dtype, &Device::Cpu).unwrap();
        let (two, three) = (zeros(2, DType::F32), zeros(3, DType::F32));
        let (none, double) = (zeros(0, DType::F32), zeros(2, DType::F64));
        for (output, target) in
            [(&two, &three), (&none, &none), (&two, &double), (&double, &double)]
        {
            let error = format!("{:?}", mean_squared_error(output, target).unwrap_err());
            assert!(error.contains("mean squared error of"), "{error}");
        }
    }

    #[test]
    fn cross_entropy_and_its_gradient_are_the_softmax() {
        let logits = Var::new(&[[1f32, 2.0, 0.5], [300.0, 0.0, 0.0]], &Device::Cpu).unwrap();
        let classes = Tensor::new(&[1u32, 0], &Device::Cpu).unwrap();
        let loss = cross_entropy(logits.as_tensor(), &classes).unwrap();
        let soft: Vec<f32> = [1f32, 2.0, 0.5].iter().map(|x| x.exp()).collect();
        let total: f32 = soft.iter().sum();
        let want = -(soft[1] / total).ln() / 2.0;
        assert!((loss.to_scalar::<f32>().unwrap() - want).abs() < 1e-6);
        let grads = loss.backward().unwrap();
        let got = grads.get(logits.as_tensor()).unwrap().to_vec2::<f32>().unwrap();
        for (class, exponential) in soft.iter().enumerate() {
            let want = (exponential / total - f32::from(u8::from(class == 1))) / 2.0;
            assert!((got[0][class] - want).abs() < 1e-6);
        }
        assert!(got[1].iter().all(|g| g.abs() < 1e-6));
    }
}
