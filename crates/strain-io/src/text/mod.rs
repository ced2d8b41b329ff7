//! What all text formats share: lines with their numbers, fields, times, numbers, nulls.

mod fields;
mod lines;
mod nulls;
mod time;
mod unpack;
pub(crate) mod zone;

pub(crate) use fields::Fields;
pub(crate) use lines::{Lines, decode, head, open};
pub(crate) use nulls::{NotAValue, Nulls, default_nulls};
pub use time::TimeFormat;
pub(crate) use time::parse_time;
