//! Adam with decoupled weight decay (Kingma & Ba 2015; Loshchilov & Hutter 2019), with its state in
//! the open so that it can be saved.

use std::collections::BTreeMap;

use candle_core::backprop::GradStore;
use candle_core::{Tensor, Var};

use crate::Result;

const BETA1: f64 = 0.9;
const BETA2: f64 = 0.999;
const EPSILON: f64 = 1e-8;

/// Running means of a parameter's gradient and its square.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Moments {
    pub(crate) first: Vec<f32>,
    pub(crate) second: Vec<f32>,
}

/// The optimiser's state: the step count and the moments of each parameter that has had a gradient.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Adam {
    pub(crate) step: u64,
    pub(crate) moments: BTreeMap<String, Moments>,
}

/// Settings of one step.
pub(crate) struct StepSize {
    pub(crate) learning_rate: f64,
    pub(crate) weight_decay: f64,
    pub(crate) clip: Option<f64>,
}

impl Adam {
    /// One step along `grads`; parameters without a gradient stay as they are.
    pub(crate) fn step(
        &mut self,
        vars: &BTreeMap<String, Var>,
        grads: &GradStore,
        size: &StepSize,
    ) -> Result<()> {
        let mut gradients = Vec::new();
        for (name, var) in vars {
            if let Some(grad) = grads.get(var.as_tensor()) {
                gradients.push((name, var, grad.flatten_all()?.to_vec1::<f32>()?));
            }
        }
        let scale = clip_factor(gradients.iter().map(|(_, _, grad)| grad.as_slice()), size.clip);
        self.step += 1;
        let power = self.step as f64;
        let (bias1, bias2) = (1.0 - BETA1.powf(power), 1.0 - BETA2.powf(power));
        let (rate, root) = ((size.learning_rate / bias1) as f32, bias2.sqrt() as f32);
        let shrink = (1.0 - size.learning_rate * size.weight_decay) as f32;
        let (b1, b2) = (BETA1 as f32, BETA2 as f32);
        // Subtracted before rounding: 1 - 0.999 keeps four digits only in f32.
        let (c1, c2) = ((1.0 - BETA1) as f32, (1.0 - BETA2) as f32);
        for (name, var, grad) in gradients {
            let state = self.moments.entry(name.clone()).or_insert_with(|| Moments {
                first: vec![0.0; grad.len()],
                second: vec![0.0; grad.len()],
            });
            let mut values = var.as_tensor().flatten_all()?.to_vec1::<f32>()?;
            let moments = state.first.iter_mut().zip(&mut state.second);
            for ((value, grad), (first, second)) in values.iter_mut().zip(grad).zip(moments) {
                let grad = grad * scale;
                *first = b1 * *first + c1 * grad;
                *second = b2 * *second + c2 * grad * grad;
                *value = shrink * *value - rate * *first / (second.sqrt() / root + EPSILON as f32);
            }
            var.set(&Tensor::from_vec(values, var.shape(), var.device())?)?;
        }
        Ok(())
    }
}

/// What gradients are multiplied with so that their joint norm is at most `clip`.
fn clip_factor<'g>(gradients: impl Iterator<Item = &'g [f32]>, clip: Option<f64>) -> f32 {
    let Some(clip) = clip else { return 1.0 };
    let squares: f64 = gradients.flatten().map(|&g| f64::from(g).powi(2)).sum();
    // As PyTorch's clip_grad_norm_.
    (clip / (squares.sqrt() + 1e-6)).min(1.0) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    /// PyTorch's AdamW on x² from x = 1 (learning rate 0.1, weight decay 0.01, three steps), by
    /// hand: each step of Adam on a steady sign is close to the learning rate.
    #[test]
    fn steps_follow_the_formula() {
        let var = Var::new(&[1f32], &Device::Cpu).unwrap();
        let vars = BTreeMap::from([("x".to_owned(), var.clone())]);
        let mut adam = Adam::default();
        let size = StepSize { learning_rate: 0.1, weight_decay: 0.01, clip: None };
        let (mut x, mut m, mut v) = (1f64, 0f64, 0f64);
        for step in 1..=3 {
            let grads = var.as_tensor().sqr().unwrap().sum_all().unwrap().backward().unwrap();
            adam.step(&vars, &grads, &size).unwrap();
            let g = 2.0 * x;
            m = 0.9 * m + 0.1 * g;
            v = 0.999 * v + 0.001 * g * g;
            x -= 0.1 * 0.01 * x;
            let corrected = v / (1.0 - 0.999f64.powi(step));
            x -= 0.1 * (m / (1.0 - 0.9f64.powi(step))) / (corrected.sqrt() + 1e-8);
            let got = f64::from(var.to_vec1::<f32>().unwrap()[0]);
            assert!((got - x).abs() < 1e-6, "step {step}: {got}, not {x}");
        }
    }

    #[test]
    fn clipping_bounds_the_joint_norm() {
        let (a, b) = ([3f32, 0.0], [4f32]);
        let factor = clip_factor([a.as_slice(), b.as_slice()].into_iter(), Some(1.0));
        assert!((factor - 0.2).abs() < 1e-6);
        assert_eq!(clip_factor([b.as_slice()].into_iter(), Some(10.0)), 1.0);
    }
}
