use ndarray::Array2;
use strain_io::TimeGrid;

/// What a colour stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Observed,
    Expected,
    Truth,
    Alarm,
}

/// Points of one kind, by rows of the table; a line is broken where a value is NaN.
pub(super) struct Marks {
    pub(super) name: &'static str,
    pub(super) role: Role,
    pub(super) points: Vec<(f64, f64)>,
}

impl Marks {
    pub(super) fn new(name: &'static str, role: Role, points: Vec<(f64, f64)>) -> Self {
        Self { name, role, points }
    }
}

/// A pair of axes.
#[derive(Default)]
pub(super) struct Panel {
    pub(super) title: String,
    pub(super) x_label: &'static str,
    pub(super) y_label: String,
    /// The times of the rows, where there are any.
    pub(super) grid: Option<TimeGrid>,
    pub(super) lines: Vec<Marks>,
    pub(super) dots: Vec<Marks>,
    /// A horizontal line.
    pub(super) level: Option<f64>,
    /// Stretches of rows behind everything.
    pub(super) shaded: Vec<[f64; 2]>,
}

impl Panel {
    /// The label of a place on the axis of rows.
    pub(super) fn place(&self, row: f64) -> String {
        match &self.grid {
            None => format!("{}", row.round() + 1.0),
            Some(grid) => {
                let time = grid.time(row.round().max(0.0) as usize).to_string();
                time.get(..16).unwrap_or(&time).replace('T', " ")
            }
        }
    }
}

/// Shares as shades.
pub(super) struct Matrix {
    pub(super) rows: Vec<String>,
    pub(super) columns: Vec<String>,
    /// `[row, column]`, 0 to 1.
    pub(super) shares: Array2<f64>,
    pub(super) x_label: &'static str,
    pub(super) y_label: &'static str,
}

pub(super) enum Content {
    Panels(Vec<Panel>),
    Matrix(Matrix),
}

/// One SVG.
pub(super) struct Figure {
    pub(super) title: String,
    pub(super) content: Content,
}

/// At most so many panels are drawn.
pub(super) const MOST_PANELS: usize = 6;

/// Rows against values from row `from` on.
pub(super) fn points(from: usize, values: impl IntoIterator<Item = f64>) -> Vec<(f64, f64)> {
    values.into_iter().enumerate().map(|(row, value)| ((from + row) as f64, value)).collect()
}
