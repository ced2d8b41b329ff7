//! Networks that share parameters and networks that do not.

use std::collections::BTreeMap;

use candle_core::{Tensor, Var};

use super::TimesNet;
use crate::kernel::Workspace;
use crate::{PeriodScope, Result};

impl TimesNet {
    /// The same network (the same parameters, not copies of them) with periods from elsewhere: one
    /// trained with those of the batch can be judged with each sample's own.
    ///
    /// # Errors
    ///
    /// [`crate::TimesNetError::Config`] where fixed frequencies do not fit the network.
    pub fn with_period_scope(&self, scope: PeriodScope) -> Result<Self> {
        let config = self.config.clone().with_period_scope(scope);
        config.validate()?;
        Ok(Self { config, ..self.sharing() })
    }

    /// The same parameters under another value.
    pub(super) fn sharing(&self) -> Self {
        Self {
            config: self.config.clone(),
            device: self.device.clone(),
            vars: self.vars.clone(),
            unused: self.unused.clone(),
            positions: self.positions.clone(),
            workspace: self.workspace.clone(),
            tables: self.tables.clone(),
        }
    }

    /// A network of its own with the same parameters: training one leaves the other.
    ///
    /// ```
    /// use candle_core::Device;
    /// use timesnet::{Task, TimesNet, TimesNetConfig};
    ///
    /// let config = TimesNetConfig::new(Task::AnomalyDetection, 24, 2);
    /// let model = TimesNet::seeded(config, 7, &Device::Cpu)?;
    /// let start = model.try_clone()?;
    /// let bias = &model.vars()["projection.bias"];
    /// bias.set(&bias.ones_like()?)?;
    /// assert_ne!(start.vars()["projection.bias"].to_vec1::<f32>()?, [1.0, 1.0]);
    /// # Ok::<(), timesnet::TimesNetError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`crate::TimesNetError::Candle`] where the device has no memory left.
    pub fn try_clone(&self) -> Result<Self> {
        let copy = |(name, var): (&String, &Var)| {
            Ok((name.clone(), Var::from_tensor(&var.as_tensor().copy()?)?))
        };
        let vars = self.vars.iter().map(copy).collect::<Result<_>>()?;
        // Buffers that wait for their next use are each network's own.
        let workspace = Workspace::new(self.config.inner_len(), self.workspace.lanes);
        Ok(Self { vars, workspace, ..self.sharing() })
    }

    /// With temporal weights of a checkpoint that this network has no use for.
    pub(crate) fn keeping(self, unused: BTreeMap<String, Tensor>) -> Self {
        Self { unused, ..self }
    }

    /// Temporal weights that were loaded and are not used.
    pub(crate) fn unused(&self) -> &BTreeMap<String, Tensor> {
        &self.unused
    }
}
