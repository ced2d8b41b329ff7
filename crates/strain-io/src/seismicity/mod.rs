//! What a catalogue says about the seismicity: preparation zones, clusters, completeness, b-value.

mod b_value;
mod cluster;
mod completeness;
mod gardner_knopoff;
mod mixture;
mod nearest_neighbour;
mod preparation;
#[cfg(test)]
mod tests;

pub use b_value::{BValue, b_value};
pub use cluster::Clusters;
pub use completeness::{Completeness, completeness_goodness_of_fit, completeness_max_curvature};
pub use gardner_knopoff::{GardnerKnopoff, decluster_gardner_knopoff};
pub use nearest_neighbour::{
    NearestNeighbour, NearestNeighbours, Neighbour, decluster_nearest_neighbour,
};
pub use preparation::{dobrovolsky_radius_km, preparing_at};
