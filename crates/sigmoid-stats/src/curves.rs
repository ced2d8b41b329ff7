use serde::{Deserialize, Serialize};

use crate::sigmoid_curve::sigmoid;

/// Curves that a running sum may follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CurveKind {
    /// slope·t + intercept: nothing happens.
    Line,
    /// a/(1 + e^(−b(t−c))) + d: a build-up that ends.
    Sigmoid,
    /// a·e^(kt) + d: a build-up that goes on.
    Exponential,
    /// d − a·(T − t)^m: acceleration towards a failure at T after the data (Bufe & Varnes 1993).
    PowerLaw,
    /// Two lines that meet: the rate changes once.
    Piecewise,
}

impl CurveKind {
    /// All of them.
    pub const ALL: [CurveKind; 5] = [
        CurveKind::Line,
        CurveKind::Sigmoid,
        CurveKind::Exponential,
        CurveKind::PowerLaw,
        CurveKind::Piecewise,
    ];

    /// Fitted numbers, the residual variance included.
    pub fn parameters(self) -> usize {
        match self {
            CurveKind::Line => 3,
            CurveKind::Exponential => 4,
            CurveKind::Sigmoid | CurveKind::PowerLaw | CurveKind::Piecewise => 5,
        }
    }
}

/// A curve with its parameters.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
#[allow(missing_docs, reason = "the formulas of `CurveKind` name them")]
pub enum Curve {
    Line { slope: f64, intercept: f64 },
    Sigmoid { a: f64, b: f64, c: f64, d: f64 },
    Exponential { a: f64, k: f64, d: f64 },
    PowerLaw { a: f64, failure_time: f64, m: f64, d: f64 },
    Piecewise { slope_before: f64, slope_after: f64, break_time: f64, intercept: f64 },
}

impl Curve {
    /// Value at `t`; of the power law NaN from its failure time on.
    pub fn value(&self, t: f64) -> f64 {
        match *self {
            Curve::Line { slope, intercept } => slope * t + intercept,
            Curve::Sigmoid { a, b, c, d } => sigmoid(t, a, b, c, d),
            Curve::Exponential { a, k, d } => a * (k * t).exp() + d,
            Curve::PowerLaw { a, failure_time, m, d } => d - a * (failure_time - t).powf(m),
            Curve::Piecewise { slope_before, slope_after, break_time, intercept } => {
                let late = (t - break_time).max(0.0);
                intercept + slope_before * t + (slope_after - slope_before) * late
            }
        }
    }
}
