//! Borehole strainmeters of the Plate Boundary Observatory (GTSM): bottles, level-2 text, and the
//! way from counts to strain.

mod bottle;
mod bottle_name;
mod bottle_options;
mod level2;
mod level2_layout;
mod level2_options;
mod linearise;
#[cfg(test)]
mod packed_tests;
mod read_bottles;
#[cfg(test)]
mod tests;

pub(crate) use bottle::is_bottle;
pub use bottle_name::BottleName;
pub use bottle_options::BottleOptions;
pub use level2::read_pbo_level2;
pub(crate) use level2_layout::Level2Kind;
pub use level2_options::Level2Options;
pub use linearise::Linearisation;
pub use read_bottles::read_bottles;
