//! Adam, AdamW and RAdam (Kingma & Ba 2015; Loshchilov & Hutter 2019; Liu et al. 2020), with their
//! state in the open so that it can be saved.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use candle_core::backprop::GradStore;
use candle_core::{CpuStorage, InplaceOp1, Layout, Var};
use rayon::prelude::*;

use crate::joined_adam::{JoinedMoments, Trained};
use crate::kernel_group::KernelGroup;
use crate::merged_gradients::Gradients;
use crate::slope::{Slope, Slopes};
use crate::{Optimizer, Result, TimesNetConfig};

pub(crate) const BETA1: f64 = 0.9;
pub(crate) const BETA2: f64 = 0.999;
pub(crate) const EPSILON: f64 = 1e-8;

/// Running means of a parameter's gradient and its square.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Moments {
    pub(crate) first: Vec<f32>,
    pub(crate) second: Vec<f32>,
}

impl Moments {
    pub(crate) fn zero(count: usize) -> Self {
        Self { first: vec![0.0; count], second: vec![0.0; count] }
    }
}

/// The optimiser's state: the step count and the moments of each parameter that has had a gradient.
#[derive(Clone, Debug, Default)]
pub(crate) struct Adam {
    pub(crate) step: u64,
    moments: BTreeMap<String, Moments>,
    /// Where the parameters are not on the CPU, the moments of those that are trained.
    joined: Option<JoinedMoments>,
}

/// Settings of one step.
pub(crate) struct StepSize {
    pub(crate) rule: Optimizer,
    pub(crate) learning_rate: f64,
    pub(crate) weight_decay: f64,
    pub(crate) clip: Option<f64>,
}

impl StepSize {
    /// The kernels that are moved together: none where decay makes gradients depend on their
    /// parameters' values, and they are no longer crops of one another.
    pub(crate) fn kernel_groups(&self, config: &TimesNetConfig) -> Vec<KernelGroup> {
        match self.rule == Optimizer::AdamW || self.weight_decay == 0.0 {
            true => KernelGroup::all(config),
            false => Vec::new(),
        }
    }
}

impl Adam {
    pub(crate) fn resumed(step: u64, moments: BTreeMap<String, Moments>) -> Self {
        Self { step, moments, joined: None }
    }

    /// By the parameters' names.
    pub(crate) fn moments(&self) -> Result<Cow<'_, BTreeMap<String, Moments>>> {
        let Some(joined) = &self.joined else {
            return Ok(Cow::Borrowed(&self.moments));
        };
        let mut all = joined.split()?;
        all.extend(self.moments.clone());
        Ok(Cow::Owned(all))
    }

    /// One step along `grads`; parameters without a gradient stay as they are. Kernels of `groups`
    /// whose gradients were collected together have their moments together, under the largest
    /// one's name.
    pub(crate) fn step(
        &mut self,
        vars: &BTreeMap<String, Var>,
        grads: &Gradients,
        size: &StepSize,
        groups: &[KernelGroup],
    ) -> Result<()> {
        if vars.values().any(|var| !var.device().is_cpu()) {
            return self.step_joined(vars, &grads.own, size);
        }
        self.step += 1;
        let update = Update::new(size, self.step);
        let slopes = Slopes::new(vars, grads, groups, &mut self.moments)?;
        let scale = match size.clip {
            Some(clip) => clip_factor(slopes.norm()?, clip),
            None => 1.0,
        } as f32;
        for (name, var, slope) in &slopes.0 {
            let step = |grad: &[f32]| {
                let zero = || Moments::zero(grad.len());
                let moments = self.moments.entry((*name).to_owned()).or_insert_with(zero);
                let moments = Mutex::new(moments);
                var.inplace_op1(&VarStep { update: &update, scale, grad, moments })
            };
            slope.with(step)?.transpose()?;
        }
        // After the largest ones' moments.
        for (_, var, slope) in &slopes.0 {
            if let Slope::Crop { group, kernel, .. } = slope
                && let Some(moments) = self.moments.get(group.largest())
            {
                group.follow(*kernel, var, moments, &update)?;
            }
        }
        Ok(())
    }

    /// The same with all parameters as one vector.
    pub(crate) fn step_joined(
        &mut self,
        vars: &BTreeMap<String, Var>,
        grads: &GradStore,
        size: &StepSize,
    ) -> Result<()> {
        self.step += 1;
        let trained = Trained::of(vars, grads);
        let mut joined = match self.joined.take() {
            Some(joined) if joined.is_of(&trained) => joined,
            other => {
                if let Some(other) = other {
                    self.moments.extend(other.split()?);
                }
                JoinedMoments::join(&trained, &mut self.moments)?
            }
        };
        joined.step(&trained, &Update::new(size, self.step), size.clip)?;
        self.joined = Some(joined);
        Ok(())
    }
}

/// One parameter's step, in its place.
struct VarStep<'a> {
    update: &'a Update,
    /// What the gradient is multiplied with.
    scale: f32,
    grad: &'a [f32],
    moments: Mutex<&'a mut Moments>,
}

/// Values that a task works on.
const CHUNK: usize = 1 << 14;

impl VarStep<'_> {
    fn run(&self, values: &mut [f32]) {
        let mut moments = self.moments.lock().unwrap_or_else(PoisonError::into_inner);
        let Moments { first, second } = &mut **moments;
        values
            .par_chunks_mut(CHUNK)
            .zip(self.grad.par_chunks(CHUNK))
            .zip(first.par_chunks_mut(CHUNK).zip(second.par_chunks_mut(CHUNK)))
            .for_each(|((values, grad), (first, second))| {
                let moments = first.iter_mut().zip(second);
                for ((value, grad), (first, second)) in values.iter_mut().zip(grad).zip(moments) {
                    *value = self.update.apply(*value, grad * self.scale, first, second);
                }
            });
    }
}

impl InplaceOp1 for VarStep<'_> {
    fn name(&self) -> &'static str {
        "adam"
    }

    fn cpu_fwd(&self, parameter: &mut CpuStorage, layout: &Layout) -> candle_core::Result<()> {
        match (parameter, layout.contiguous_offsets()) {
            (CpuStorage::F32(parameter), Some((from, to))) if to - from == self.grad.len() => {
                self.run(&mut parameter[from..to]);
                Ok(())
            }
            _ => candle_core::bail!("a parameter is not f32 in one piece like its gradient"),
        }
    }
}

/// The numbers of one step that are the same for every value.
pub(crate) struct Update {
    /// Learning rate over the first moment's bias.
    pub(crate) rate: f32,
    /// Root of the second moment's bias.
    pub(crate) root: f32,
    /// Decoupled decay.
    pub(crate) shrink: f32,
    /// Decay added to the gradient.
    pub(crate) pull: f32,
    /// Whether the second moment is trusted already.
    pub(crate) scaled: bool,
}

/// Gradients below have no square: it would be a denormal number, which many processors compute with
/// slowly, and its root is lost beside [`EPSILON`].
const NO_SQUARE: f32 = 4e-18;

impl Update {
    fn new(size: &StepSize, step: u64) -> Self {
        let power = step as f64;
        let (bias1, bias2) = (1.0 - BETA1.powf(power), 1.0 - BETA2.powf(power));
        let decoupled = size.rule == Optimizer::AdamW;
        let decay = size.weight_decay;
        let rectified = match size.rule {
            Optimizer::RAdam => rectification(power, bias2),
            Optimizer::Adam | Optimizer::AdamW => Some(1.0),
        };
        Self {
            rate: (size.learning_rate / bias1 * rectified.unwrap_or(1.0)) as f32,
            root: bias2.sqrt() as f32,
            shrink: if decoupled { (1.0 - size.learning_rate * decay) as f32 } else { 1.0 },
            pull: if decoupled { 0.0 } else { decay as f32 },
            scaled: rectified.is_some(),
        }
    }

    #[inline]
    fn apply(&self, value: f32, grad: f32, first: &mut f32, second: &mut f32) -> f32 {
        let grad = grad + self.pull * value;
        // The complements are taken before rounding: 1 − 0.999 keeps four digits only in f32.
        *first = BETA1 as f32 * *first + (1.0 - BETA1) as f32 * grad;
        let square = if grad.abs() < NO_SQUARE { 0.0 } else { (1.0 - BETA2) as f32 * grad * grad };
        *second = BETA2 as f32 * *second + square;
        self.moved(value, *first, *second)
    }

    /// Where a value goes from the moments of its gradient.
    #[inline]
    pub(crate) fn moved(&self, value: f32, first: f32, second: f32) -> f32 {
        let size = if self.scaled { second.sqrt() / self.root + EPSILON as f32 } else { 1.0 };
        self.shrink * value - self.rate * first / size
    }
}

/// Liu et al. (2020), equation 5: how far the adaptive step can be trusted after `step` steps;
/// nothing while its variance is not defined.
fn rectification(step: f64, bias2: f64) -> Option<f64> {
    let limit = 2.0 / (1.0 - BETA2) - 1.0;
    let length = limit - 2.0 * step * BETA2.powf(step) / bias2;
    let variance = |length: f64| (length - 4.0) * (length - 2.0) / length;
    (length > 5.0).then(|| (variance(length) / variance(limit)).sqrt())
}

/// What gradients of joint norm `norm` are multiplied with so that it is at most `clip`, as
/// PyTorch's `clip_grad_norm_` does.
pub(crate) fn clip_factor(norm: f64, clip: f64) -> f64 {
    (clip / (norm + 1e-6)).min(1.0)
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
        let size =
            StepSize { rule: Optimizer::AdamW, learning_rate: 0.1, weight_decay: 0.01, clip: None };
        let (mut x, mut m, mut v) = (1f64, 0f64, 0f64);
        for step in 1..=3 {
            let grads = var.as_tensor().sqr().unwrap().sum_all().unwrap().backward().unwrap();
            adam.step(&vars, &Gradients::separate(grads), &size, &[]).unwrap();
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

    /// From zero, so that the smallest steps are seen.
    #[test]
    fn gradients_without_a_square_take_the_step_of_the_formula() {
        let rule = Optimizer::Adam;
        let size = StepSize { rule, learning_rate: 0.1, weight_decay: 0.0, clip: None };
        for gradient in [1e-21f32, 3.9e-18, 4.1e-18, 1e-12] {
            let (mut first, mut second) = (0.0, 0.0);
            let got = Update::new(&size, 1).apply(0.0, gradient, &mut first, &mut second);
            let g = f64::from(gradient);
            let want = -0.1 * g / (g + 1e-8);
            assert!((f64::from(got) / want - 1.0).abs() < 1e-6, "{gradient}: {got}, not {want}");
            assert!(second == 0.0 || second.is_normal());
        }
    }

    const RADAM: [(u64, f32); 5] =
        [(1, 0.799), (5, 0.198_591_77), (6, 0.196_466_09), (7, 0.193_921_22), (10, 0.184_528_1)];
    const ADAM: [(u64, f32); 5] =
        [(1, 0.9), (5, 0.507_963_66), (6, 0.414_236_46), (7, 0.323_420_7), (10, 0.076_249_175)];

    /// PyTorch 2.15's `RAdam(lr=0.1, weight_decay=0.01)` and `Adam` with the same arguments on x² from
    /// x = 1: values after 1, 5, 6, 7 and 10 steps (`benches/timesnet/optimizers.py`).
    #[test]
    fn steps_are_pytorch_s() {
        for (rule, want) in [(Optimizer::RAdam, RADAM), (Optimizer::Adam, ADAM)] {
            let var = Var::new(&[1f32], &Device::Cpu).unwrap();
            let vars = BTreeMap::from([("x".to_owned(), var.clone())]);
            let size = StepSize { rule, learning_rate: 0.1, weight_decay: 0.01, clip: None };
            let mut adam = Adam::default();
            for step in 1..=10 {
                let grads = var.as_tensor().sqr().unwrap().sum_all().unwrap().backward().unwrap();
                adam.step(&vars, &Gradients::separate(grads), &size, &[]).unwrap();
                let got = var.to_vec1::<f32>().unwrap()[0];
                if let Some((_, want)) = want.iter().find(|(at, _)| *at == step) {
                    assert!((got - want).abs() < 2e-5, "{rule:?} step {step}: {got}, not {want}");
                }
            }
        }
    }

    #[test]
    fn clipping_bounds_the_joint_norm() {
        let var = |values: &[f32]| Var::new(values, &Device::Cpu).unwrap();
        let vars =
            BTreeMap::from([("a".to_owned(), var(&[3.0, 0.0])), ("b".to_owned(), var(&[4.0]))]);
        let half = |name: &str| (vars[name].sqr().unwrap().sum_all().unwrap() / 2.0).unwrap();
        let factor = |loss: candle_core::Tensor, clip| {
            let grads = Gradients::separate(loss.backward().unwrap());
            let slopes = Slopes::new(&vars, &grads, &[], &mut BTreeMap::new()).unwrap();
            clip_factor(slopes.norm().unwrap(), clip)
        };
        assert!((factor((half("a") + half("b")).unwrap(), 1.0) - 0.2).abs() < 1e-6);
        assert_eq!(factor(half("b"), 10.0), 1.0);
    }
}
