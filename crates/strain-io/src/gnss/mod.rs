//! Daily positions of GNSS stations.

mod neu;
mod options;
#[cfg(test)]
mod tests;

pub(crate) use neu::is_neu;
pub use neu::read_neu;
pub use options::NeuOptions;
