//! What recordings in Parquet and in Arrow have in common: which column is what, what the file says
//! beside its columns, and the way from stored cells to a recording.

mod cells;
mod layout;
mod metadata;
mod names;
mod options;
mod times;

pub(crate) use cells::{Cells, Decoded, Number, TimeCell};
pub(crate) use layout::{Field, FieldKind, Layout, TimeKind, wrong_column};
pub(crate) use metadata::{Metadata, entries};
pub(crate) use names::{check_names, flagged, flags_name};
pub use options::ParquetOptions;
pub(crate) use times::Ticks;

/// The column of times, and what is put behind a channel's name for its column of flags.
pub(crate) const TIME: &str = "time";
const PROVENANCE: &str = ".provenance";

/// Rows of a row group or batch that is written: a year of minutes fits in two or three.
pub(crate) const GROUP_ROWS: usize = 1 << 18;
