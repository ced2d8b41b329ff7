//! miniSEED 2 and 3, through the crate `miniseed-rs`.

mod byte_order;
mod decode;
mod frame;
mod header2;
mod options;
mod read;
#[cfg(test)]
mod tests;

pub(crate) use frame::is_miniseed;
pub use options::MiniSeedOptions;
pub use read::read_miniseed;
