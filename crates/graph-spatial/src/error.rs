use thiserror::Error;

/// This crate's result.
pub type Result<T, E = SpatialError> = std::result::Result<T, E>;

/// What can be wrong with the input of this crate's functions.
#[derive(Debug, Error, Clone, PartialEq)]
#[non_exhaustive]
pub enum SpatialError {
    /// A latitude or longitude that is not a place on Earth.
    #[error(
        "site {id}: {coordinate} {value} is outside {low}..={high} degrees: give WGS84 degrees, \
         east and north positive (subtract 360 from longitudes above 180)"
    )]
    Coordinate {
        /// The site's name.
        id: String,
        /// `latitude` or `longitude`.
        coordinate: &'static str,
        /// What was given.
        value: f64,
        /// Smallest allowed value.
        low: f64,
        /// Largest allowed value.
        high: f64,
    },
    /// No sites were given, or fewer than the computation needs.
    #[error("{what} needs at least {needed} stations, got {got}")]
    TooFewStations {
        /// The computation.
        what: &'static str,
        /// How many it needs.
        needed: usize,
        /// How many there were.
        got: usize,
    },
    /// Two sites of one name.
    #[error("stations {first} and {second} are both named {id:?}: names must be unique")]
    DuplicateSite {
        /// The name.
        id: String,
        /// Index of the first.
        first: usize,
        /// Index of the second.
        second: usize,
    },
    /// A station index beyond the network.
    #[error("station {index} does not exist: the network has {stations} stations, counted from 0")]
    NoSuchStation {
        /// The index asked for.
        index: usize,
        /// Number of stations.
        stations: usize,
    },
    /// An axis of the wrong length.
    #[error("{what}: the {axis} axis has length {got}, expected {expected}")]
    Shape {
        /// The array.
        what: &'static str,
        /// Its axis.
        axis: &'static str,
        /// The length it must have.
        expected: usize,
        /// The length it has.
        got: usize,
    },
    /// An infinity (or a NaN where no missing value is allowed).
    #[error("{what}: the value at {place} is {value}; {remedy}")]
    NotFinite {
        /// The array.
        what: &'static str,
        /// Where, as axis names with indices.
        place: String,
        /// The value.
        value: f64,
        /// What to do about it.
        remedy: &'static str,
    },
    /// A setting out of its range.
    #[error("{name} = {value} is not usable: it must be {requirement}")]
    Setting {
        /// The setting.
        name: &'static str,
        /// What was given.
        value: f64,
        /// What it must be.
        requirement: &'static str,
    },
    /// A weight mode that is defined by the epicentre, without an epicentre.
    #[error("weights by epicentral decay need an epicentre: pass Some(&site) or use inter_station")]
    NoEpicentre,
    /// An activation other than the printed one in the mode that promises the printed recipe.
    #[error(
        "the published graph step has ReLU after its first layer: leave `activation` unset or \
         choose another mode"
    )]
    PublishedActivation,
    /// Trainable layers were applied before they were fitted.
    #[error("the layers are trainable and not fitted yet: call `fit` first or set layers to fixed")]
    NotFitted,
    /// `fit` on a step whose layers are fixed.
    #[error("the layers are fixed, there is nothing to fit: set layers to trainable")]
    FixedLayers,
    /// Nothing to estimate from.
    #[error("{what}: {reason}")]
    Degenerate {
        /// The computation.
        what: &'static str,
        /// Why it has no answer.
        reason: String,
    },
    /// The linear algebra below failed.
    #[error("the eigenproblem or least squares problem failed")]
    Linalg(#[from] stmn_linalg::LinalgError),
}
