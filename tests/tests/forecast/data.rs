use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use jiff::civil::date;
use jiff::{Span, civil::DateTime};
use serde_json::Value;
use stmn_tests::{refused, succeeds};
use tempfile::TempDir;

/// Sizes with which a training takes about a second. They are no advice.
pub(crate) const SMALL: &str = "d_model = 8\nd_ff = 8\ne_layers = 1\ntop_k = 2\nnum_kernels = 2\n\
                                batch_size = 16\nlearning_rate = 0.01\nlradj = \"constant\"\n";

/// A folder with tables and configurations.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn root(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    /// Runs `stmn forecast` and gives its JSON document.
    pub(crate) fn run(&self, arguments: &[&str]) -> Value {
        let all = ["forecast"].iter().chain(arguments).chain(&["--json"]);
        succeeds(self.root(), all).json()
    }

    pub(crate) fn refused(&self, arguments: &[&str]) -> String {
        refused(self.root(), ["forecast"].iter().chain(arguments))
    }

    /// Rows of a CSV result without its header.
    pub(crate) fn rows(&self, name: &str) -> Vec<Vec<String>> {
        let text = fs::read_to_string(self.path(name)).unwrap();
        let cells = |line: &str| line.split(',').map(str::to_owned).collect();
        text.lines().skip(1).map(cells).collect()
    }

    /// Checks that a figure was drawn.
    pub(crate) fn drawn(&self, name: &str) {
        let svg = fs::read_to_string(self.path(name)).unwrap();
        assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"), "{name}");
        // No unknown value has found its way into a coordinate.
        assert!(svg.contains("<polyline") || svg.contains("<rect"), "{name}");
        assert!(!svg.contains("NaN"), "{name}");
    }
}

/// Row `row` of an hourly table.
pub(crate) fn time(row: usize) -> DateTime {
    date(2020, 1, 1).at(0, 0, 0, 0).checked_add(Span::new().hours(row as i64)).unwrap()
}

/// Three channels of waves with periods of 12 and 24 hours.
pub(crate) fn wave(row: usize, channel: usize) -> f64 {
    let turn = |period: f64| (row as f64 + 2.0 * channel as f64) * std::f64::consts::TAU / period;
    10.0 * (channel + 1) as f64 + turn(12.0).sin() + 0.5 * turn(24.0).cos()
}

/// A table of [`wave`]s with its cells as `cell` writes them.
pub(crate) fn waves(rows: usize, cell: impl Fn(usize, usize) -> String) -> String {
    let mut text = "date,a,b,c\n".to_owned();
    for row in 0..rows {
        let cells: Vec<String> = (0..3).map(|channel| cell(row, channel)).collect();
        let _ = writeln!(text, "{},{}", time(row).strftime("%Y-%m-%d %H:%M:%S"), cells.join(","));
    }
    text
}

pub(crate) fn plain(row: usize, channel: usize) -> String {
    wave(row, channel).to_string()
}

/// The figure `name` of the row `of` of a test.
pub(crate) fn figure(document: &Value, of: &str, name: &str) -> f64 {
    let rows = document["results"].as_array().unwrap();
    let row = rows.iter().find(|row| row["of"] == of);
    row.and_then(|row| row[name].as_f64())
        .unwrap_or_else(|| panic!("no {name} of {of}: {document}"))
}
