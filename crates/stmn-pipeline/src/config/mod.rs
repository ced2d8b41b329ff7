//! What a run is told: one `serde` struct per stage, checked once, refusing unknown keys.

mod decompose;
mod detect;
mod event;
mod load;
mod method;
mod model;
mod run;
mod span;
mod station;

pub use decompose::DecomposeConfig;
pub use detect::{BoundKind, DetectConfig, QuietConfig};
pub use event::EventConfig;
pub use load::{load_config, parse_config, parse_toml};
pub use method::{MethodConfig, SpatialConfig};
pub use model::{ModeFeatures, ModelConfig, ObjectiveKind};
pub use run::{CatalogueConfig, RunConfig};
pub use span::Span;
pub use station::StationConfig;
pub use strain_io::CatalogueFormat;
