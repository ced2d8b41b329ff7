use serde::{Deserialize, Serialize};

use crate::sigmoid::Bound;
use crate::sigmoid_curve::{logistic, logistic_derivative, sigmoid};

/// Curves that a running sum may follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CurveKind {
    /// slope·t + intercept: nothing happens.
    Line,
    /// a/(1 + e^(−b(t−c))) + d: a build-up that ends.
    Sigmoid,
    /// a·e^(k(t−t0)) + d: a build-up that goes on. t0 is the first time, so that a is the exponential there
    /// and neither overflows nor vanishes, however far from zero times are counted; it is not fitted.
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
    Line {
        slope: f64,
        intercept: f64,
    },
    Sigmoid {
        a: f64,
        b: f64,
        c: f64,
        d: f64,
    },
    Exponential {
        a: f64,
        k: f64,
        d: f64,
        #[serde(default)]
        t0: f64,
    },
    PowerLaw {
        a: f64,
        failure_time: f64,
        m: f64,
        d: f64,
    },
    Piecewise {
        slope_before: f64,
        slope_after: f64,
        break_time: f64,
        intercept: f64,
    },
}

impl Curve {
    /// The fitted parameters, in the order in which they stand (of the exponential a, k, d).
    pub fn parameters(&self) -> Vec<f64> {
        match *self {
            Curve::Line { slope, intercept } => vec![slope, intercept],
            Curve::Sigmoid { a, b, c, d } => vec![a, b, c, d],
            Curve::Exponential { a, k, d, .. } => vec![a, k, d],
            Curve::PowerLaw { a, failure_time, m, d } => vec![a, failure_time, m, d],
            Curve::Piecewise { slope_before, slope_after, break_time, intercept } => {
                vec![slope_before, slope_after, break_time, intercept]
            }
        }
    }

    /// How the value at `t` changes with each of them.
    pub(crate) fn gradient(&self, t: f64) -> Vec<f64> {
        match *self {
            Curve::Line { .. } => vec![t, 1.0],
            Curve::Sigmoid { a, b, c, .. } => {
                let x = b * (t - c);
                let slope = a * logistic_derivative(x);
                vec![logistic(x), slope * (t - c), -slope * b, 1.0]
            }
            Curve::Exponential { a, k, t0, .. } => {
                let grown = (k * (t - t0)).exp();
                vec![grown, a * (t - t0) * grown, 1.0]
            }
            Curve::PowerLaw { a, failure_time, m, .. } => {
                let left = failure_time - t;
                let power = left.powf(m);
                vec![-power, -a * m * power / left, -a * power * left.ln(), 1.0]
            }
            Curve::Piecewise { slope_before, slope_after, break_time, .. } => {
                let late = (t - break_time).max(0.0);
                let turned = if late > 0.0 { slope_before - slope_after } else { 0.0 };
                vec![t - late, late, turned, 1.0]
            }
        }
    }

    /// Value at `t`; of the power law NaN from its failure time on.
    pub fn value(&self, t: f64) -> f64 {
        match *self {
            Curve::Line { slope, intercept } => slope * t + intercept,
            Curve::Sigmoid { a, b, c, d } => sigmoid(t, a, b, c, d),
            Curve::Exponential { a, k, d, t0 } => a * (k * (t - t0)).exp() + d,
            Curve::PowerLaw { a, failure_time, m, d } => d - a * (failure_time - t).powf(m),
            Curve::Piecewise { slope_before, slope_after, break_time, intercept } => {
                let late = (t - break_time).max(0.0);
                intercept + slope_before * t + (slope_after - slope_before) * late
            }
        }
    }
}

/// An end of the search for a curve's non-linear parameter: of the default, which is said here, or of the range
/// that [`CurveOptions`](crate::CurveOptions) asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CurveBound {
    /// Of the sigmoid's steepness or inflection.
    Sigmoid(Bound),
    /// An exponential that falls by e⁻⁶⁰ over the data: all of it at the beginning.
    GrowthLower,
    /// One that grows as fast: all of it at the end.
    GrowthUpper,
    /// A failure within a thousandth of the span after the data.
    FailureTimeLower,
    /// One ten spans after the data: nothing accelerates towards it.
    FailureTimeUpper,
    /// An exponent of 0.05: nearly a logarithm.
    ExponentLower,
    /// An exponent of 0.95: nearly a line.
    ExponentUpper,
    /// A break at the second time.
    BreakLower,
    /// A break at the last time but one.
    BreakUpper,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gradients_are_differences() {
        let curves = [
            Curve::Line { slope: 2.0, intercept: 1.0 },
            Curve::Sigmoid { a: 9.0, b: 0.3, c: 12.0, d: 1.0 },
            Curve::Exponential { a: 2.0, k: 0.05, d: 4.0, t0: 5.0 },
            Curve::PowerLaw { a: 20.0, failure_time: 40.0, m: 0.4, d: 130.0 },
            Curve::Piecewise {
                slope_before: 0.5,
                slope_after: 1.5,
                break_time: 12.5,
                intercept: 3.0,
            },
        ];
        for curve in curves {
            for t in [1.0, 12.0, 13.0, 30.0] {
                let gradient = curve.gradient(t);
                assert_eq!(gradient.len(), curve.parameters().len());
                for (place, slope) in gradient.into_iter().enumerate() {
                    let moved = |by: f64| {
                        let mut all = curve.parameters();
                        all[place] += by;
                        match (curve, all.as_slice()) {
                            (Curve::Line { .. }, &[slope, intercept]) => {
                                Curve::Line { slope, intercept }
                            }
                            (Curve::Sigmoid { .. }, &[a, b, c, d]) => Curve::Sigmoid { a, b, c, d },
                            (Curve::Exponential { t0, .. }, &[a, k, d]) => {
                                Curve::Exponential { a, k, d, t0 }
                            }
                            (Curve::PowerLaw { .. }, &[a, failure_time, m, d]) => {
                                Curve::PowerLaw { a, failure_time, m, d }
                            }
                            (
                                Curve::Piecewise { .. },
                                &[slope_before, slope_after, break_time, intercept],
                            ) => Curve::Piecewise {
                                slope_before,
                                slope_after,
                                break_time,
                                intercept,
                            },
                            _ => unreachable!(),
                        }
                        .value(t)
                    };
                    let found = (moved(1e-6) - moved(-1e-6)) / 2e-6;
                    assert!(
                        (found - slope).abs() < 1e-5 * (1.0 + slope.abs()),
                        "{curve:?} {place}"
                    );
                }
            }
        }
    }
}
