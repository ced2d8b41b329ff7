//! Tides: constituents with their astronomical arguments, which of them a span can tell apart, and
//! the solid Earth's tide from the positions of Moon and Sun.

mod astronomy;
mod constituent;
mod ephemeris;
mod groups;
mod love;
mod site;
mod solid;
mod wave;

pub use groups::TidalSet;
pub use love::LoveNumbers;
pub use site::TideSite;
pub use solid::{SolidTide, solid_tide};

pub(crate) use groups::{Group, LONGEST_TIDE_INTERVAL, TidalGroups};
