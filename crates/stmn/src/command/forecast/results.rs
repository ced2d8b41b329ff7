use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::failure::Failure;
use crate::output::table;

/// Figures of one channel, series or class, or of all.
pub(super) struct ResultRow {
    pub(super) of: String,
    pub(super) values: Vec<(&'static str, Option<f64>)>,
}

impl ResultRow {
    pub(super) fn new(of: impl Into<String>) -> Self {
        Self { of: of.into(), values: Vec::new() }
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Into<Option<f64>>) -> Self {
        self.values.push((name, value.into()));
        self
    }
}

impl Serialize for ResultRow {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.values.len() + 1))?;
        map.serialize_entry("of", &self.of)?;
        for (name, value) in &self.values {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// The names of all figures, in the order in which they are met.
fn names(rows: &[ResultRow]) -> Vec<&'static str> {
    let mut names = Vec::new();
    for (name, _) in rows.iter().flat_map(|row| &row.values) {
        if !names.contains(name) {
            names.push(*name);
        }
    }
    names
}

fn cell(row: &ResultRow, name: &str) -> Option<f64> {
    row.values.iter().find(|(own, _)| *own == name).and_then(|(_, value)| *value)
}

/// As a table for the terminal.
pub(super) fn text(rows: &[ResultRow]) -> String {
    let names = names(rows);
    let head = std::iter::once("").chain(names.iter().copied()).map(str::to_owned).collect();
    let line = |row: &ResultRow| {
        let cells = names.iter().map(|name| shown(cell(row, name)));
        std::iter::once(row.of.clone()).chain(cells).collect()
    };
    table(&std::iter::once(head).chain(rows.iter().map(line)).collect::<Vec<_>>())
}

/// Counts whole, the rest with four figures.
fn shown(value: Option<f64>) -> String {
    match value {
        Some(value) if value.is_finite() && value.fract() == 0.0 && value.abs() < 1e9 => {
            format!("{value:.0}")
        }
        Some(value) if value.is_finite() && (1e-3..1e5).contains(&value.abs()) => {
            let digits = (3 - value.abs().log10().floor() as i32).clamp(0, 6) as usize;
            format!("{value:.digits$}")
        }
        Some(value) if value.is_finite() => format!("{value:.3e}"),
        _ => "–".to_owned(),
    }
}

/// As CSV with every digit.
pub(super) fn csv_text(rows: &[ResultRow]) -> Result<String, Failure> {
    let names = names(rows);
    let mut lines =
        vec![std::iter::once("of").chain(names.iter().copied()).map(str::to_owned).collect()];
    for row in rows {
        let cells =
            names.iter().map(|name| cell(row, name).map_or(String::new(), |v| v.to_string()));
        lines.push(std::iter::once(row.of.clone()).chain(cells).collect());
    }
    csv_lines(lines)
}

/// Lines of CSV, quoted where it needs be.
pub(super) fn csv_lines(lines: Vec<Vec<String>>) -> Result<String, Failure> {
    let failed = |error: Box<dyn std::error::Error + Send + Sync>| {
        Failure::of("cannot write the result as CSV", error)
    };
    let mut writer = csv::Writer::from_writer(Vec::new());
    for line in lines {
        writer.write_record(line).map_err(|error| failed(error.into()))?;
    }
    let bytes = writer.into_inner().map_err(|error| failed(error.to_string().into()))?;
    String::from_utf8(bytes).map_err(|error| failed(error.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_with_different_figures_share_a_table() {
        let rows = [
            ResultRow::new("all").with("mse", 0.38405).with("points", 7.0),
            ResultRow::new("a,b").with("mse", None).with("mse_original", 123_456.0),
        ];
        assert_eq!(
            text(&rows),
            "        mse  points  mse_original\nall  0.3841       7             –\n\
             a,b       –       –        123456\n"
        );
        let csv = csv_text(&rows).unwrap();
        assert_eq!(csv, "of,mse,points,mse_original\nall,0.38405,7,\n\"a,b\",,,123456\n");
        let json = serde_json::to_string(&rows[1]).unwrap();
        assert_eq!(json, r#"{"of":"a,b","mse":null,"mse_original":123456.0}"#);
    }
}
