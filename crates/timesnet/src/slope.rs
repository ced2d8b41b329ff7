//! What each parameter moves along in a step of the optimiser.

use std::collections::BTreeMap;

use candle_core::{Result, Tensor, Var};

use crate::cpu_values::with_values;
use crate::kernel_group::KernelGroup;
use crate::merged_gradients::Gradients;
use crate::optimizer::Moments;

/// One parameter's gradient.
pub(crate) enum Slope<'g> {
    Own(&'g Tensor),
    /// The largest kernel's, whose moments all kernels of its group share.
    Whole(&'g [f32]),
    /// A smaller kernel's: a crop of `whole`.
    Crop {
        group: &'g KernelGroup,
        kernel: usize,
        whole: &'g [f32],
    },
    /// A kernel's whose group has been parted.
    Parted(Vec<f32>),
}

impl Slope<'_> {
    /// Calls `job` with the gradient, but for a crop's.
    pub(crate) fn with<T>(&self, job: impl FnOnce(&[f32]) -> T) -> Result<Option<T>> {
        match self {
            Self::Own(grad) => with_values(grad, job).map(Some),
            Self::Whole(grad) => Ok(Some(job(grad))),
            Self::Parted(grad) => Ok(Some(job(grad))),
            Self::Crop { .. } => Ok(None),
        }
    }

    fn add_squares(&self, total: &mut f64) -> Result<()> {
        let mut add = |values: &[f32]| {
            for value in values {
                *total += f64::from(*value).powi(2);
            }
        };
        match self {
            Self::Crop { group, kernel, whole } => add(&group.crop(*kernel, whole)),
            _ => drop(self.with(&mut add)?),
        }
        Ok(())
    }
}

/// The parameters that have a gradient, in the order of their names.
pub(crate) struct Slopes<'g>(pub(crate) Vec<(&'g str, &'g Var, Slope<'g>)>);

impl<'g> Slopes<'g> {
    /// Parts a group's moments where one of its kernels has a gradient beside the merged one.
    pub(crate) fn new(
        vars: &'g BTreeMap<String, Var>,
        grads: &'g Gradients,
        groups: &'g [KernelGroup],
        moments: &mut BTreeMap<String, Moments>,
    ) -> Result<Self> {
        let mut slopes = Vec::new();
        let mut parted = Vec::new();
        for group in groups {
            let own = |name| vars.get(name).is_some_and(|var| grads.own.get(var).is_some());
            if group.names.iter().any(own) || group.is_parted(moments) {
                group.part(moments);
                parted.push(group.largest());
            }
        }
        for (name, var) in vars {
            let member = groups.iter().find_map(|group| Some((group, group.position(name)?)));
            let merged = member.and_then(|(group, kernel)| {
                let largest = vars.get(group.largest())?;
                Some((group, kernel, grads.merged.get(&largest.id())?))
            });
            let own = grads.own.get(var);
            let slope = match (merged, own) {
                (None, None) => continue,
                (None, Some(grad)) => Slope::Own(grad),
                (Some((group, kernel, whole)), own) if parted.contains(&group.largest()) => {
                    let mut sum = group.crop(kernel, whole);
                    if let Some(own) = own {
                        let add = |own: &[f32]| sum.iter_mut().zip(own).for_each(|(a, b)| *a += b);
                        with_values(own, add)?;
                    }
                    Slope::Parted(sum)
                }
                (Some((group, _, whole)), _) if group.largest() == name => Slope::Whole(whole),
                (Some((group, kernel, whole)), _) => Slope::Crop { group, kernel, whole },
            };
            slopes.push((name.as_str(), var, slope));
        }
        Ok(Self(slopes))
    }

    /// Joint norm of all gradients.
    pub(crate) fn norm(&self) -> Result<f64> {
        let mut squares = 0.0;
        for (_, _, slope) in &self.0 {
            slope.add_squares(&mut squares)?;
        }
        Ok(squares.sqrt())
    }
}
