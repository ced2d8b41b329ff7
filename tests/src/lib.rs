//! Helpers shared by the end-to-end tests: the built command, the folder of real data, a network
//! small enough to run in seconds, and trees of files to compare.
//!
//! A test here starts the built binary as a user would, or joins crates that know nothing of each
//! other. What a single crate promises is tested in that crate.

mod binary;
#[cfg(doctest)]
mod book;
mod command;
mod network;
mod refusal;
mod shared;
mod tree;

pub use binary::binary;
pub use command::{Outcome, refused, stmn, succeeds};
pub use network::{EVENT, METHOD, SmallNetwork};
pub use refusal::{nothing_left, run_refused, says};
pub use shared::shared;
pub use tree::{assert_same, leftovers, root, tree};
