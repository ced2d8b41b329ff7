use serde_json::{Map, Value};

use super::figure::Figure;
use super::results::ResultRow;

/// What a test has shown.
pub(super) struct Tested {
    /// Windows, series, rows or records that were judged.
    pub(super) samples: usize,
    pub(super) results: Vec<ResultRow>,
    /// What to mind.
    pub(super) notes: Vec<String>,
    pub(super) figure: Figure,
}

/// What a prediction says.
pub(super) struct Predicted {
    /// The lines of the table, its header first.
    pub(super) lines: Vec<Vec<String>>,
    /// In short.
    pub(super) summary: Map<String, Value>,
    pub(super) figure: Figure,
}

/// Cells of a line of a table: a name or a time, then numbers, empty where there is none.
pub(super) fn line(first: String, values: impl IntoIterator<Item = f64>) -> Vec<String> {
    // The network's numbers, and what it was given, are of 32 bits.
    let cell = |value: f64| match value.is_finite() {
        true => (value as f32).to_string(),
        false => String::new(),
    };
    std::iter::once(first).chain(values.into_iter().map(cell)).collect()
}
