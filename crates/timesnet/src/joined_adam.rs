//! The optimiser's step away from the CPU: all parameters as one vector, because there it costs more
//! to start an operation than to do it.

use std::collections::BTreeMap;

use candle_core::backprop::GradStore;
use candle_core::{Result, Tensor, Var};

use crate::optimizer::{BETA1, BETA2, EPSILON, Moments, Update, clip_factor};

/// The moments of all trained parameters, one after another.
#[derive(Clone, Debug)]
pub(crate) struct JoinedMoments {
    /// Name and count of values.
    parts: Vec<(String, usize)>,
    first: Tensor,
    second: Tensor,
}

/// A parameter and its gradient.
pub(crate) struct Trained<'a> {
    pub(crate) name: &'a str,
    pub(crate) var: &'a Var,
    pub(crate) grad: &'a Tensor,
}

impl<'a> Trained<'a> {
    pub(crate) fn of(vars: &'a BTreeMap<String, Var>, grads: &'a GradStore) -> Vec<Self> {
        let with_grad = |(name, var): (&'a String, &'a Var)| {
            grads.get(var).map(|grad| Self { name, var, grad })
        };
        vars.iter().filter_map(with_grad).collect()
    }
}

fn joined<'a>(tensors: impl Iterator<Item = &'a Tensor>) -> Result<Tensor> {
    Tensor::cat(&tensors.map(Tensor::flatten_all).collect::<Result<Vec<_>>>()?, 0)
}

impl JoinedMoments {
    /// Takes what `moments` has of the trained parameters; the others start at zero.
    pub(crate) fn join(
        trained: &[Trained<'_>],
        moments: &mut BTreeMap<String, Moments>,
    ) -> Result<Self> {
        let (mut first, mut second, mut parts) = (Vec::new(), Vec::new(), Vec::new());
        for Trained { name, grad, .. } in trained {
            let count = grad.elem_count();
            parts.push(((*name).to_owned(), count));
            let known = moments.remove(*name).unwrap_or_else(|| Moments::zero(count));
            first.extend(known.first);
            second.extend(known.second);
        }
        let device = match trained.first() {
            Some(trained) => trained.grad.device(),
            None => candle_core::bail!("no parameter has a gradient"),
        };
        let on_device = |values: Vec<f32>| Tensor::new(values, device);
        Ok(Self { parts, first: on_device(first)?, second: on_device(second)? })
    }

    pub(crate) fn is_of(&self, trained: &[Trained<'_>]) -> bool {
        let names = trained.iter().map(|trained| trained.name);
        names.eq(self.parts.iter().map(|(name, _)| name.as_str()))
    }

    /// Each parameter's own.
    pub(crate) fn split(&self) -> Result<BTreeMap<String, Moments>> {
        let (first, second) = (self.first.to_vec1::<f32>()?, self.second.to_vec1::<f32>()?);
        let mut from = 0;
        let part = |(name, count): &(String, usize)| {
            let range = from..from + count;
            from = range.end;
            let moments =
                Moments { first: first[range.clone()].to_vec(), second: second[range].to_vec() };
            (name.clone(), moments)
        };
        Ok(self.parts.iter().map(part).collect())
    }

    /// One step; `clip` bounds the norm of the gradients together.
    pub(crate) fn step(
        &mut self,
        trained: &[Trained<'_>],
        update: &Update,
        clip: Option<f64>,
    ) -> Result<()> {
        let mut grad = joined(trained.iter().map(|trained| trained.grad))?;
        if let Some(clip) = clip {
            let norm = f64::from(grad.sqr()?.sum_all()?.to_scalar::<f32>()?).sqrt();
            grad = (grad * clip_factor(norm, clip))?;
        }
        let values = joined(trained.iter().map(|trained| trained.var.as_tensor()))?.detach();
        let grad =
            if update.pull == 0.0 { grad } else { (grad + (&values * f64::from(update.pull))?)? };
        let blend = |old: &Tensor, beta: f64, new: &Tensor| (old * beta)? + (new * (1.0 - beta))?;
        self.first = blend(&self.first, BETA1, &grad)?;
        self.second = blend(&self.second, BETA2, &grad.sqr()?)?;
        let mut step = (&self.first * f64::from(update.rate))?;
        if update.scaled {
            let size = self.second.sqrt()?.affine(1.0 / f64::from(update.root), EPSILON)?;
            step = (step / size)?;
        }
        let values = ((values * f64::from(update.shrink))? - step)?;
        let mut from = 0;
        for Trained { var, .. } in trained {
            let count = var.elem_count();
            var.set(&values.narrow(0, from, count)?.reshape(var.shape())?)?;
            from += count;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use candle_core::{Device, Var};

    use crate::Optimizer;
    use crate::merged_gradients::Gradients;
    use crate::optimizer::{Adam, StepSize};

    /// Ten steps of each rule with decay and clipping, beside the CPU's own.
    #[test]
    fn joined_parameters_take_the_same_steps() {
        for rule in [Optimizer::Adam, Optimizer::AdamW, Optimizer::RAdam] {
            let size = StepSize { rule, learning_rate: 0.1, weight_decay: 0.01, clip: Some(1.0) };
            let vars = || {
                let var = |values: &[f32]| Var::new(values, &Device::Cpu).unwrap();
                BTreeMap::from([
                    ("a".to_owned(), var(&[1.0, -2.0, 0.5])),
                    ("b".to_owned(), var(&[3.0])),
                    ("unused".to_owned(), var(&[4.0])),
                ])
            };
            let (own, joined) = (vars(), vars());
            let (mut adam, mut other) = (Adam::default(), Adam::default());
            for step in 0..10 {
                let loss = |vars: &BTreeMap<String, Var>| {
                    let a = vars["a"].sqr().unwrap().sum_all().unwrap();
                    // From the sixth step on another parameter takes part.
                    let b = vars["b"].powf(4.0).unwrap().sum_all().unwrap();
                    if step < 5 { a } else { (a + b).unwrap() }
                };
                let grads = Gradients::separate(loss(&own).backward().unwrap());
                adam.step(&own, &grads, &size, &[]).unwrap();
                other.step_joined(&joined, &loss(&joined).backward().unwrap(), &size).unwrap();
                for (name, var) in &own {
                    let (a, b) = (var.to_vec1::<f32>().unwrap(), joined[name].to_vec1::<f32>());
                    for (a, b) in a.iter().zip(b.unwrap()) {
                        assert!(
                            (a - b).abs() < 1e-5,
                            "{rule:?}, {name}, step {step}: {b}, not {a}"
                        );
                    }
                }
            }
            let (own, joined) = (adam.moments().unwrap(), other.moments().unwrap());
            assert_eq!(own.keys().collect::<Vec<_>>(), ["a", "b"]);
            for (name, own) in own.iter() {
                let all = own.first.iter().chain(&own.second);
                for (a, b) in all.zip(joined[name].first.iter().chain(&joined[name].second)) {
                    assert!((a - b).abs() < 1e-5, "{rule:?}, moments of {name}: {b}, not {a}");
                }
            }
        }
    }
}
