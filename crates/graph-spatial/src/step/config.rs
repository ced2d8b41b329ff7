use serde::{Deserialize, Serialize};

use crate::graph::check_tau;
use crate::{Result, SpatialError};

/// How one station's features weigh in another's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum WeightMode {
    /// The printed recipe of STMN-EQA: diagonal weights exp(−dᵢ²/2τ²) of the epicentral distance,
    /// divided by their row sums. A diagonal matrix divided by its row sums is the identity, so
    /// the distances cancel, no station sees another, and what remains is the printed ReLU after
    /// the first layer, which sets every negative feature to zero.
    Published,
    /// The same diagonal weights without the division. Each layer multiplies a station's features
    /// by exp(−dᵢ²/2τ²), so the result decays with epicentral distance whatever the data say:
    /// a decay found downstream must be reported as put in.
    EpicentralDecay,
    /// exp(−dᵢⱼ²/2τ²) of the distance between stations, weight 1 for the station itself, rows
    /// divided by their sums: a real graph convolution that knows no epicentre.
    #[default]
    InterStation,
}

/// What is done to the features after the first layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Activation {
    /// Nothing: signed features stay signed.
    Identity,
    /// max(0, x): every negative feature becomes zero.
    Relu,
}

/// The matrices W¹, W² that mix features within a station.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Layers {
    /// Both are the identity; nothing is trained.
    #[default]
    Fixed,
    /// Both are fitted, one after the other, by ridge regression towards the identity.
    Trainable {
        /// Weight λ of the penalty on ‖W − I‖² against the mean squared error: 0 is least squares,
        /// infinity would be [`Layers::Fixed`]. In units of the features' variance.
        ridge: f64,
    },
}

/// Settings of a [`GraphStep`](crate::GraphStep).
///
/// ```
/// use graph_spatial::{GraphStepConfig, Layers, WeightMode};
///
/// let config: GraphStepConfig = serde_json::from_str(
///     r#"{"mode": "published", "layers": {"trainable": {"ridge": 0.1}}}"#,
/// )?;
/// let same = GraphStepConfig::default()
///     .with_mode(WeightMode::Published)
///     .with_layers(Layers::Trainable { ridge: 0.1 });
/// assert_eq!(config, same);
/// assert_eq!(config.tau_km, 200.0);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct GraphStepConfig {
    /// Which weights.
    pub mode: WeightMode,
    /// Range τ of the Gaussian, kilometres.
    pub tau_km: f64,
    /// Fixed or trainable feature matrices.
    pub layers: Layers,
    /// What follows the first layer; unset means what the mode implies
    /// ([`GraphStepConfig::effective_activation`]).
    pub activation: Option<Activation>,
}

impl Default for GraphStepConfig {
    /// Inter-station weights with τ = 200 km and fixed layers.
    fn default() -> Self {
        Self {
            mode: WeightMode::InterStation,
            tau_km: 200.0,
            layers: Layers::Fixed,
            activation: None,
        }
    }
}

impl GraphStepConfig {
    /// Sets which weights.
    #[must_use]
    pub fn with_mode(mut self, mode: WeightMode) -> Self {
        self.mode = mode;
        self
    }

    /// Sets the Gaussian's range in kilometres.
    #[must_use]
    pub fn with_tau_km(mut self, tau_km: f64) -> Self {
        self.tau_km = tau_km;
        self
    }

    /// Sets the layers.
    #[must_use]
    pub fn with_layers(mut self, layers: Layers) -> Self {
        self.layers = layers;
        self
    }

    /// Sets the activation after the first layer.
    #[must_use]
    pub fn with_activation(mut self, activation: Activation) -> Self {
        self.activation = Some(activation);
        self
    }

    /// The activation in force: where none is set, ReLU for [`WeightMode::Published`], as printed,
    /// and none for the others, whose reconstructions of strain are signed.
    pub fn effective_activation(&self) -> Activation {
        let implied = match self.mode {
            WeightMode::Published => Activation::Relu,
            _ => Activation::Identity,
        };
        self.activation.unwrap_or(implied)
    }

    pub(crate) fn check(&self) -> Result<()> {
        check_tau(self.tau_km)?;
        if let Layers::Trainable { ridge } = self.layers
            && !(ridge.is_finite() && ridge >= 0.0)
        {
            let requirement = "a finite number of at least 0";
            return Err(SpatialError::Setting { name: "ridge", value: ridge, requirement });
        }
        let printed = self.effective_activation() == Activation::Relu;
        if self.mode == WeightMode::Published && !printed {
            return Err(SpatialError::PublishedActivation);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serde_names_and_refusals() {
        let config = GraphStepConfig::default().with_activation(Activation::Relu);
        let text = serde_json::to_string(&config).unwrap();
        assert_eq!(
            text,
            r#"{"mode":"inter_station","tau_km":200.0,"layers":"fixed","activation":"relu"}"#
        );
        assert_eq!(serde_json::from_str::<GraphStepConfig>(&text).unwrap(), config);
        let error = serde_json::from_str::<GraphStepConfig>(r#"{"tau": 3}"#).unwrap_err();
        assert!(error.to_string().contains("unknown field `tau`"), "{error}");
    }

    #[test]
    fn settings_out_of_range_are_named() {
        for (config, name) in [
            (GraphStepConfig::default().with_tau_km(0.0), "tau_km"),
            (GraphStepConfig::default().with_tau_km(f64::INFINITY), "tau_km"),
            (GraphStepConfig::default().with_layers(Layers::Trainable { ridge: -1.0 }), "ridge"),
        ] {
            assert!(config.check().unwrap_err().to_string().starts_with(name));
        }
        let unprinted = GraphStepConfig::default()
            .with_mode(WeightMode::Published)
            .with_activation(Activation::Identity);
        assert_eq!(unprinted.check(), Err(SpatialError::PublishedActivation));
    }
}
