//! Whether what the stations show depends on where they are.

mod correlogram;
mod distance_correlation;
mod moran;
mod pair_correlation;
mod permutation;

pub use correlogram::{Correlogram, DistanceBin, correlogram};
pub use distance_correlation::{DistanceCorrelation, distance_correlation};
pub use moran::{MoransI, morans_i};
pub use pair_correlation::{PairCorrelation, pair_correlations};
pub use permutation::{PermutationTest, PermutationValues};
