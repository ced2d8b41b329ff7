use ndarray::{Array2, Array3, ArrayView2, ArrayView3, Axis};

use super::propagate::propagate;
use super::{Activation, GraphStepConfig, Layers, ridge, weights};
use crate::{Result, Site, SpatialError, StationGraph};

/// Two graph layers over a network of stations:
///
/// h¹ = σ(S·h⁰·W¹), h² = S·h¹·W²
///
/// with the weights S `[station, station]` of the chosen
/// [`WeightMode`](crate::WeightMode), feature matrices W¹, W² (the identity, or fitted) and the
/// activation σ between them.
///
/// # Missing values
///
/// NaN is missing. Where S mixes stations, the average runs over the stations present, so a
/// station's gap comes back as its neighbours' average, and only what no station saw stays NaN.
/// Where S is diagonal a gap stays a gap. A fitted W mixes features, so a row with one missing
/// feature becomes missing altogether.
///
/// # Complexity
///
/// O(stations² × time × feature) for dense weights.
///
/// ```
/// use graph_spatial::{GraphStep, GraphStepConfig, Site, WeightMode};
/// use ndarray::array;
///
/// let sites = [Site::new("a", 30.0, 102.0)?, Site::new("b", 31.0, 102.0)?];
/// let features = array![[[4.0], [-1.0]], [[2.0], [f64::NAN]]]; // [station, time, feature]
///
/// // As printed: the weights cancel, ReLU remains.
/// let config = GraphStepConfig::default().with_mode(WeightMode::Published);
/// let published = GraphStep::new(&sites, None, &config)?.apply(features.view())?;
/// assert_eq!(published[[0, 1, 0]], 0.0);
/// assert_eq!(published[[1, 0, 0]], 2.0);
///
/// // The default averages over the network.
/// let step = GraphStep::new(&sites, None, &GraphStepConfig::default())?;
/// let mixed = step.apply(features.view())?;
/// assert!(mixed[[0, 0, 0]] < 4.0 && mixed[[1, 0, 0]] > 2.0);
/// assert_eq!(mixed[[1, 1, 0]], -1.0);
/// # Ok::<(), graph_spatial::SpatialError>(())
/// ```
///
/// # References
///
/// The recipe of STMN-EQA (Li et al., Big Earth Data, 2025) with the weights kept apart by name;
/// Kipf, T. N., Welling, M. (2017), Semi-supervised classification with graph convolutional
/// networks, ICLR, for the layer.
#[derive(Debug, Clone)]
pub struct GraphStep {
    config: GraphStepConfig,
    weights: Array2<f64>,
    layers: Option<[Array2<f64>; 2]>,
}

impl GraphStep {
    /// Weights for a network; the epicentre is needed by
    /// [`WeightMode::EpicentralDecay`](crate::WeightMode::EpicentralDecay) alone.
    ///
    /// # Errors
    ///
    /// [`SpatialError::TooFewStations`], [`SpatialError::DuplicateSite`],
    /// [`SpatialError::Coordinate`], [`SpatialError::Setting`], [`SpatialError::NoEpicentre`],
    /// [`SpatialError::PublishedActivation`].
    pub fn new(sites: &[Site], epicentre: Option<&Site>, config: &GraphStepConfig) -> Result<Self> {
        config.check()?;
        let weights = weights::of(&StationGraph::new(sites)?, epicentre, config)?;
        Ok(Self { config: config.clone(), weights, layers: None })
    }

    /// The settings.
    pub fn config(&self) -> &GraphStepConfig {
        &self.config
    }

    /// S, `[station, station]`: row `i` holds what each station gives to station `i`.
    pub fn weights(&self) -> ArrayView2<'_, f64> {
        self.weights.view()
    }

    /// W¹ and W², `[feature in, feature out]`, where they were fitted.
    pub fn layer_weights(&self) -> Option<[ArrayView2<'_, f64>; 2]> {
        self.layers.as_ref().map(|[first, second]| [first.view(), second.view()])
    }

    /// Both layers applied to `[station, time, feature]`; the result has the same shape.
    ///
    /// # Errors
    ///
    /// [`SpatialError::Shape`] for another number of stations (or of features than was fitted),
    /// [`SpatialError::NotFinite`] for an infinity, [`SpatialError::NotFitted`].
    pub fn apply(&self, features: ArrayView3<'_, f64>) -> Result<Array3<f64>> {
        self.check_features("the features", features)?;
        match (&self.layers, self.config.layers) {
            (None, Layers::Trainable { .. }) => Err(SpatialError::NotFitted),
            (None, _) => {
                let hidden = self.activate(self.propagate(features));
                Ok(self.propagate(hidden.view()))
            }
            (Some([first, second]), _) => {
                if features.dim().2 != first.nrows() {
                    return Err(SpatialError::Shape {
                        what: "the features",
                        axis: "feature",
                        expected: first.nrows(),
                        got: features.dim().2,
                    });
                }
                let hidden = self.activate(mix(self.propagate(features), first.view()));
                Ok(mix(self.propagate(hidden.view()), second.view()))
            }
        }
    }

    /// The same step with W¹ and W² fitted, so that each layer in turn comes as near to `target`
    /// as ridge regression towards the identity lets it (closed form, no random start).
    ///
    /// `features` and `target` are `[station, time, feature]` of one shape; (station, time) pairs
    /// with a missing value in either are left out.
    ///
    /// ```
    /// use graph_spatial::{GraphStep, GraphStepConfig, Layers, Site};
    /// use ndarray::Array3;
    ///
    /// let sites = [Site::new("a", 30.0, 102.0)?, Site::new("b", 31.0, 102.0)?];
    /// let x = Array3::from_shape_fn((2, 200, 2), |(s, t, f)| (t as f64 * (0.1 + s as f64) + f as f64).sin());
    /// let config = GraphStepConfig::default().with_layers(Layers::Trainable { ridge: 1e-6 });
    /// let step = GraphStep::new(&sites, None, &config)?.fit(x.view(), x.view())?;
    /// let fixed = GraphStep::new(&sites, None, &GraphStepConfig::default())?;
    /// let error = |y: Array3<f64>| (&y - &x).mapv(|e| e * e).sum();
    /// assert!(error(step.apply(x.view())?) < error(fixed.apply(x.view())?));
    /// # Ok::<(), graph_spatial::SpatialError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`SpatialError::FixedLayers`] where there is nothing to fit, [`SpatialError::Shape`],
    /// [`SpatialError::NotFinite`], [`SpatialError::Degenerate`] without a complete pair,
    /// [`SpatialError::Linalg`].
    pub fn fit(&self, features: ArrayView3<'_, f64>, target: ArrayView3<'_, f64>) -> Result<Self> {
        let Layers::Trainable { ridge } = self.config.layers else {
            return Err(SpatialError::FixedLayers);
        };
        self.check_features("the features", features)?;
        self.check_features("the target", target)?;
        let axes = [
            ("time", features.dim().1, target.dim().1),
            ("feature", features.dim().2, target.dim().2),
        ];
        for (axis, expected, got) in axes {
            if expected != got {
                return Err(SpatialError::Shape { what: "the target", axis, expected, got });
            }
        }
        let target = rows(target);
        let spread = self.propagate(features);
        let first = ridge::towards_identity(rows(spread.view()).view(), target.view(), ridge)?;
        let hidden = self.activate(mix(spread, first.view()));
        let spread = self.propagate(hidden.view());
        let second = ridge::towards_identity(rows(spread.view()).view(), target.view(), ridge)?;
        Ok(Self { layers: Some([first, second]), ..self.clone() })
    }

    fn propagate(&self, features: ArrayView3<'_, f64>) -> Array3<f64> {
        propagate(self.weights.view(), features)
    }

    fn activate(&self, mut features: Array3<f64>) -> Array3<f64> {
        if self.config.effective_activation() == Activation::Relu {
            // Not `max`, which would turn a missing value into zero.
            features.mapv_inplace(|v| if v < 0.0 { 0.0 } else { v });
        }
        features
    }

    fn check_features(&self, what: &'static str, features: ArrayView3<'_, f64>) -> Result<()> {
        let (expected, got) = (self.weights.nrows(), features.len_of(Axis(0)));
        if expected != got {
            return Err(SpatialError::Shape { what, axis: "station", expected, got });
        }
        match features.indexed_iter().find(|(_, v)| v.is_infinite()) {
            None => Ok(()),
            Some(((s, t, f), &value)) => Err(SpatialError::NotFinite {
                what,
                place: format!("station {s}, time {t}, feature {f}"),
                value,
                remedy: "mark missing values with NaN",
            }),
        }
    }
}

/// `[station · time, feature]`.
fn rows(features: ArrayView3<'_, f64>) -> Array2<f64> {
    let (_, times, width) = features.dim();
    Array2::from_shape_fn((features.len_of(Axis(0)) * times, width), |(row, f)| {
        features[[row / times, row % times, f]]
    })
}

/// h·W for every (station, time).
fn mix(features: Array3<f64>, matrix: ArrayView2<'_, f64>) -> Array3<f64> {
    let mut mixed = Array3::zeros(features.raw_dim());
    for (station, mut out) in features.outer_iter().zip(mixed.outer_iter_mut()) {
        out.assign(&station.dot(&matrix));
    }
    mixed
}
