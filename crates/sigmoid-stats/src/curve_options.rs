use serde::{Deserialize, Serialize};

use crate::curves::CurveKind;
use crate::error::{Result, StatsError};
use crate::sigmoid::SigmoidOptions;

/// Ranges of the non-linear parameters that [`fit_curve_within`](crate::fit_curve_within) searches.
/// Where none is given, or a wider one, the default is searched.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct CurveOptions {
    /// Of the sigmoid.
    pub sigmoid: SigmoidOptions,
    /// The exponential's k, per unit of t. Default: e^(±60) over the span.
    pub growth: Option<[f64; 2]>,
    /// The power law's failure time, unit of t. Default: from a thousandth of the span after the last time
    /// to ten spans after it.
    pub failure_time: Option<[f64; 2]>,
    /// The power law's exponent. Default: 0.05 to 0.95.
    pub exponent: Option<[f64; 2]>,
    /// The time at which two lines meet, unit of t. Default: from the second time to the last but one.
    pub break_time: Option<[f64; 2]>,
}

impl CurveOptions {
    /// Settings of the sigmoid.
    pub fn with_sigmoid(mut self, sigmoid: SigmoidOptions) -> Self {
        self.sigmoid = sigmoid;
        self
    }

    /// Keeps the exponential's k inside `[low, high]`, per unit of t.
    pub fn with_growth(mut self, range: [f64; 2]) -> Self {
        self.growth = Some(range);
        self
    }

    /// Keeps the power law's failure time inside `[low, high]`, unit of t.
    pub fn with_failure_time(mut self, range: [f64; 2]) -> Self {
        self.failure_time = Some(range);
        self
    }

    /// Keeps the power law's exponent inside `[low, high]`.
    pub fn with_exponent(mut self, range: [f64; 2]) -> Self {
        self.exponent = Some(range);
        self
    }

    /// Keeps the time at which two lines meet inside `[low, high]`, unit of t.
    pub fn with_break_time(mut self, range: [f64; 2]) -> Self {
        self.break_time = Some(range);
        self
    }

    /// Refuses settings out of range.
    ///
    /// # Errors
    /// An empty or non-finite range, and as [`SigmoidOptions::validate`].
    pub fn validate(&self) -> Result<()> {
        let ranges = [
            ("growth", self.growth),
            ("failure_time", self.failure_time),
            ("exponent", self.exponent),
            ("break_time", self.break_time),
        ];
        for (name, range) in ranges {
            let Some([low, high]) = range else { continue };
            if !(low.is_finite() && high.is_finite() && low < high) {
                let range = format!("[{low}, {high}]");
                return Err(StatsError::setting(name, range, "a finite range that is not empty"));
            }
        }
        self.sigmoid.validate()
    }

    /// Ranges for times scaled to 0..1 from `first` on: growth over the span; ln of the spans from the end
    /// to the failure, and the exponent; the break. `inner` are the scaled second time and last but one.
    pub(crate) fn scaled(
        &self,
        kind: CurveKind,
        [first, span]: [f64; 2],
        inner: [f64; 2],
    ) -> Result<Vec<[f64; 2]>> {
        // A failure at the end or before it is none: its logarithm is then below any default.
        let until = |time: f64| ((time - first) / span - 1.0).max(0.0).ln();
        Ok(match kind {
            CurveKind::PowerLaw => vec![
                within("failure_time", [-7.0, 2.3], self.failure_time, until)?,
                within("exponent", [0.05, 0.95], self.exponent, |m| m)?,
            ],
            // Two points on either side, so that both lines are determined.
            CurveKind::Piecewise => {
                vec![within("break_time", inner, self.break_time, |at| (at - first) / span)?]
            }
            _ => vec![within("growth", [-60.0, 60.0], self.growth, |k| k * span)?],
        })
    }
}

/// What a range that was asked for leaves of the default.
fn within(
    name: &'static str,
    [low, high]: [f64; 2],
    asked: Option<[f64; 2]>,
    scaled: impl Fn(f64) -> f64,
) -> Result<[f64; 2]> {
    let Some(asked) = asked else { return Ok([low, high]) };
    let range = [scaled(asked[0]).max(low), scaled(asked[1]).min(high)];
    if range[0] < range[1] {
        return Ok(range);
    }
    let [from, to] = asked;
    Err(StatsError::setting(name, format!("[{from}, {to}]"), "a range that these times allow"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Curve, CurveBound, StatsError, fit_curve, fit_curve_within};

    fn times() -> Vec<f64> {
        (0..120).map(|i| 3.0 + 1.5 * f64::from(i)).collect()
    }

    /// Each curve, kept from the parameter that it was made with, ends at the bound next to it; a range that
    /// holds it changes nothing.
    #[test]
    fn a_bound_that_was_asked_for_is_kept_and_named() {
        let options = CurveOptions::default;
        let sigmoid =
            |range| options().with_sigmoid(SigmoidOptions::default().with_inflection(range));
        let cases = [
            (
                Curve::Exponential { a: 0.5, k: 0.02, d: 7.0, t0: 0.0 },
                options().with_growth([-0.1, 0.015]),
                options().with_growth([0.01, 0.03]),
                CurveBound::GrowthUpper,
                (1, 0.015),
            ),
            (
                Curve::PowerLaw { a: 12.0, failure_time: 190.0, m: 0.35, d: 90.0 },
                options().with_failure_time([200.0, 260.0]).with_exponent([0.3, 0.9]),
                options().with_failure_time([100.0, 200.0]).with_exponent([0.3, 0.9]),
                CurveBound::FailureTimeLower,
                (1, 200.0),
            ),
            (
                Curve::PowerLaw { a: 12.0, failure_time: 190.0, m: 0.35, d: 90.0 },
                options().with_exponent([0.5, 0.9]),
                options().with_exponent([0.2, 0.9]),
                CurveBound::ExponentLower,
                (2, 0.5),
            ),
            (
                Curve::Piecewise {
                    slope_before: 0.5,
                    slope_after: 2.0,
                    break_time: 100.3,
                    intercept: -4.0,
                },
                options().with_break_time([20.0, 90.0]),
                options().with_break_time([-20.0, 900.0]),
                CurveBound::BreakUpper,
                (2, 90.0),
            ),
            (
                Curve::Sigmoid { a: 120.0, b: 0.12, c: 90.0, d: 3.0 },
                sigmoid([95.0, 120.0]),
                sigmoid([80.0, 120.0]),
                CurveBound::Sigmoid(crate::Bound::InflectionLower),
                (2, 95.0),
            ),
        ];
        for (curve, beside, around, bound, (place, at)) in cases {
            let kind = match curve {
                Curve::Exponential { .. } => CurveKind::Exponential,
                Curve::PowerLaw { .. } => CurveKind::PowerLaw,
                Curve::Piecewise { .. } => CurveKind::Piecewise,
                _ => CurveKind::Sigmoid,
            };
            let t = times();
            let y: Vec<f64> = t.iter().map(|t| curve.value(*t)).collect();
            let kept = fit_curve_within(kind, &t, &y, &beside).unwrap();
            assert!(kept.bounds_hit.contains(&bound), "{kept:?}");
            assert!((kept.curve.parameters()[place] - at).abs() < 1e-6 * at.abs(), "{kept:?}");
            assert!(kept.covariance.is_none());
            let free = fit_curve(kind, &t, &y).unwrap();
            let same = fit_curve_within(kind, &t, &y, &around).unwrap();
            assert!(kept.sse > 1e3 * free.sse.max(1e-12) && same.bounds_hit.is_empty(), "{same:?}");
            for (a, b) in same.curve.parameters().iter().zip(free.curve.parameters()) {
                assert!((a - b).abs() < 1e-4 * (1.0 + b.abs()), "{same:?} {free:?}");
            }
        }
    }

    #[test]
    fn ranges_that_hold_nothing_are_refused_by_name() {
        let t = times();
        let y: Vec<f64> = t.iter().map(|t| t * t).collect();
        let named = |kind, options: CurveOptions| match fit_curve_within(kind, &t, &y, &options) {
            Err(StatsError::Setting { name, .. }) => name,
            other => panic!("{other:?}"),
        };
        let options = CurveOptions::default;
        let empty = options().with_growth([1.0, 1.0]);
        assert_eq!(named(CurveKind::Line, empty), "growth");
        let nan = options().with_exponent([f64::NAN, 1.0]);
        assert_eq!(named(CurveKind::PowerLaw, nan), "exponent");
        // No failure before the end, no break outside of the times.
        let past = options().with_failure_time([10.0, 100.0]);
        assert_eq!(named(CurveKind::PowerLaw, past), "failure_time");
        let later = options().with_break_time([500.0, 600.0]);
        assert_eq!(named(CurveKind::Piecewise, later), "break_time");
        let read: CurveOptions = serde_json::from_str(r#"{"growth": [0.0, 0.1]}"#).unwrap();
        assert_eq!(read, options().with_growth([0.0, 0.1]));
        assert!(serde_json::from_str::<CurveOptions>(r#"{"grow": [0.0, 0.1]}"#).is_err());
    }
}
