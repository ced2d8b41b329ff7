//! What all text formats share: lines with their numbers, fields, times, numbers, nulls.

mod fields;
mod header;
mod lines;
mod nulls;
mod number;
mod time;
mod times;
mod unpack;
mod words;
pub(crate) mod zone;

pub(crate) use fields::Fields;
pub(crate) use header::Header;
pub(crate) use lines::{Lines, decode, head, open};
pub(crate) use nulls::{NotAValue, Nulls, default_nulls};
pub(crate) use number::bounded_number;
pub use time::TimeFormat;
pub(crate) use time::{assumes_zone, parse_time};
pub(crate) use times::Times;
pub(crate) use words::words;
