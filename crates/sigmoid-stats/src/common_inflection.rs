use serde::{Deserialize, Serialize};

use crate::error::{Result, StatsError, check_finite};
use crate::tails::z_quantile;

/// Steps of a profile from which a straight line between its points is good enough for an interval's ends.
pub(crate) const WIDE: f64 = 3.0;

/// What the counts of one series say of every inflection that was searched.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(try_from = "RawProfile")]
pub struct InflectionProfile {
    days_before_event: Vec<f64>,
    gain: Vec<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawProfile {
    days_before_event: Vec<f64>,
    gain: Vec<f64>,
}

impl TryFrom<RawProfile> for InflectionProfile {
    type Error = StatsError;

    fn try_from(raw: RawProfile) -> Result<Self> {
        Self::new(raw.days_before_event, raw.gain)
    }
}

/// One inflection for several series.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CommonInflection {
    /// Days from it to the event.
    pub days_before_event: f64,
    /// Its confidence interval, low and high: profile likelihood. It takes the series as
    /// independent; stations that share weather are less than that.
    pub interval: [f64; 2],
    /// How many series had a say: those with a gain anywhere.
    pub series: usize,
}

/// The inflection that all series share: the best sum of their profiles. Amplitude and steepness
/// are each series' own, and a series counts as much as its counts know of the date.
///
/// `None` where no series gains anything by a build-up.
///
/// ```
/// use sigmoid_stats::{InflectionProfile, common_inflection};
///
/// let days: Vec<f64> = (0..100).rev().map(f64::from).collect();
/// let hump = |at: f64, spread: f64| {
///     let gain = days.iter().map(|d| (8.0 - 0.5 * ((d - at) / spread).powi(2)).max(0.0));
///     InflectionProfile::new(days.clone(), gain.collect())
/// };
/// // The more certain one counts four times as much.
/// let found = common_inflection(&[hump(40.0, 4.0)?, hump(45.0, 8.0)?], 0.95)?.unwrap();
/// assert!((found.days_before_event - 41.0).abs() < 0.1);
/// # Ok::<(), sigmoid_stats::StatsError>(())
/// ```
///
/// # Errors
/// No series, profiles of different inflections, a confidence outside 0..1.
pub fn common_inflection(
    profiles: &[InflectionProfile],
    confidence: f64,
) -> Result<Option<CommonInflection>> {
    if !(confidence > 0.0 && confidence < 1.0) {
        return Err(StatsError::setting("confidence", confidence, "between 0 and 1"));
    }
    let Some(first) = profiles.first() else {
        return Err(StatsError::TooFew { what: "profiles", needed: 1, got: 0 });
    };
    let days = &first.days_before_event;
    if profiles.iter().any(|profile| profile.days_before_event != *days) {
        return Err(StatsError::setting("profiles", profiles.len(), "all of the same inflections"));
    }
    let sum: Vec<f64> =
        (0..days.len()).map(|i| profiles.iter().map(|profile| profile.gain[i]).sum()).collect();
    let Some(best) = (0..sum.len()).max_by(|a, b| sum[*a].total_cmp(&sum[*b])) else {
        return Ok(None);
    };
    if sum[best] <= 0.0 {
        return Ok(None);
    }
    let points: Vec<(f64, f64)> = days.iter().copied().zip(sum).collect();
    let (at, top) = vertex(&points, best);
    let drop = 0.5 * z_quantile(confidence).powi(2);
    let straight = interval(&points, (at, top), drop);
    let wide = |ends: &[f64; 2], step: f64| (ends[1] - ends[0]).abs() > WIDE * step.abs();
    let [early, late] = match (straight, near_vertex(&points, best, at, drop)) {
        (Some(ends), Some(_)) if wide(&ends, points[1].0 - points[0].0) => ends,
        (_, Some(ends)) => ends,
        (Some(ends), None) => ends,
        (None, None) => [at, at],
    };
    let series = profiles.iter().filter(|profile| profile.gain.iter().any(|gain| *gain > 0.0));
    Ok(Some(CommonInflection {
        days_before_event: at,
        interval: [late.min(early).min(at), late.max(early).max(at)],
        series: series.count(),
    }))
}

impl InflectionProfile {
    /// Inflections in the order of time (so many days before the event, falling), and their gains.
    ///
    /// # Errors
    /// Two lengths, numbers that are not finite, inflections that do not fall.
    pub fn new(days_before_event: Vec<f64>, gain: Vec<f64>) -> Result<Self> {
        if days_before_event.len() != gain.len() {
            return Err(StatsError::setting("gain", gain.len(), "one for each inflection"));
        }
        check_finite("inflection", &days_before_event)?;
        check_finite("gain", &gain)?;
        if let Some(pair) = days_before_event.windows(2).find(|pair| pair[1] >= pair[0]) {
            let value = format!("…, {}, {}, …", pair[0], pair[1]);
            return Err(StatsError::setting("days_before_event", value, "in falling order"));
        }
        Ok(Self { days_before_event, gain })
    }

    /// Inflections, days before the event, falling.
    pub fn days_before_event(&self) -> &[f64] {
        &self.days_before_event
    }

    /// Log likelihood gained over no build-up by the best sigmoid with each of them, divided by the
    /// factor by which autocorrelation widens the variance of an inflection.
    pub fn gain(&self) -> &[f64] {
        &self.gain
    }
}

/// The top of the parabola through the best point and its neighbours.
fn vertex(points: &[(f64, f64)], best: usize) -> (f64, f64) {
    let (x, y) = points[best];
    if best == 0 || best + 1 == points.len() {
        return (x, y);
    }
    let (left, right) = (points[best - 1].1 - y, points[best + 1].1 - y);
    let bend = left + right;
    if bend >= 0.0 {
        return (x, y);
    }
    let shift = 0.5 * (left - right) / bend;
    (x + shift * (points[best + 1].0 - x), y - 0.125 * (left - right).powi(2) / bend)
}

/// Where that parabola has fallen by `drop`; `None` where the best point is an end or there is no top.
fn near_vertex(points: &[(f64, f64)], best: usize, at: f64, drop: f64) -> Option<[f64; 2]> {
    let [left, middle, right] = points.get(best.checked_sub(1)?..=best + 1)? else { return None };
    let bend = 2.0 * middle.1 - left.1 - right.1;
    let half = (2.0 * drop / bend).sqrt() * (right.0 - middle.0).abs();
    half.is_finite().then_some([at - half, at + half])
}

/// First and last abscissa whose profile lies within `drop` of the best, by linear interpolation;
/// the profile may have several humps, and all of them are covered. `None` where no point does: the best
/// then lies between two of them.
pub(crate) fn interval(points: &[(f64, f64)], best: (f64, f64), drop: f64) -> Option<[f64; 2]> {
    let limit = best.1 - drop;
    let inside = |point: &(f64, f64)| point.1 >= limit;
    let (first, last) = (points.iter().position(inside)?, points.iter().rposition(inside)?);
    let between = |outer: (f64, f64), inner: (f64, f64)| {
        outer.0 + (inner.0 - outer.0) * (limit - outer.1) / (inner.1 - outer.1)
    };
    let start = match first {
        0 => points[0].0,
        first => between(points[first - 1], points[first]),
    };
    let end = match points.get(last + 1) {
        Some(outer) => between(*outer, points[last]),
        None => points[last].0,
    };
    Some([start, end])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parabola(at: f64, spread: f64) -> InflectionProfile {
        let days: Vec<f64> = (0..=120).rev().map(f64::from).collect();
        let gain = days.iter().map(|d| 20.0 - 0.5 * ((d - at) / spread).powi(2)).collect();
        InflectionProfile::new(days, gain).unwrap()
    }

    #[test]
    fn series_count_by_what_they_know_and_together_know_more() {
        let one = common_inflection(&[parabola(40.3, 5.0)], 0.95).unwrap().unwrap();
        assert!((one.days_before_event - 40.3).abs() < 1e-9);
        assert!((one.interval[0] - (40.3 - 1.96 * 5.0)).abs() < 0.1, "{one:?}");
        let four = vec![parabola(40.3, 5.0); 4];
        let four = common_inflection(&four, 0.95).unwrap().unwrap();
        let width = |found: &CommonInflection| found.interval[1] - found.interval[0];
        assert!((width(&four) / width(&one) - 0.5).abs() < 0.01);
        assert_eq!(four.series, 4);
    }

    /// Series whose date is known to less than the step of their profiles.
    #[test]
    fn an_interval_narrower_than_the_profiles_step_has_its_width() {
        for (at, spread) in [(40.5, 0.05), (40.3, 0.1), (40.02, 0.2), (40.4, 0.5)] {
            let days: Vec<f64> = (0..=120).rev().map(f64::from).collect();
            let gain = days.iter().map(|d| 1e6 - 0.5 * ((d - at) / spread).powi(2)).collect();
            let profile = InflectionProfile::new(days, gain).unwrap();
            let found = common_inflection(&[profile], 0.95).unwrap().unwrap();
            let [low, high] = found.interval;
            assert!((found.days_before_event - at).abs() < 1e-6, "{found:?}");
            assert!((high - low) / (2.0 * 1.96 * spread) > 0.99, "{found:?}");
            assert!((high - low) / (2.0 * 1.96 * spread) < 1.01, "{found:?}");
        }
    }

    #[test]
    fn nothing_gained_is_no_inflection_and_an_end_left_open_is_the_ranges_end() {
        let days = vec![3.0, 2.0, 1.0];
        let flat = InflectionProfile::new(days.clone(), vec![0.0; 3]).unwrap();
        assert_eq!(common_inflection(std::slice::from_ref(&flat), 0.95).unwrap(), None);
        let rising = InflectionProfile::new(days, vec![0.0, 9.0, 10.0]).unwrap();
        let found = common_inflection(&[flat, rising], 0.95).unwrap().unwrap();
        assert_eq!((found.days_before_event, found.interval[0], found.series), (1.0, 1.0, 1));
    }

    #[test]
    fn bad_input_is_refused() {
        assert!(common_inflection(&[], 0.95).is_err());
        assert!(common_inflection(&[parabola(4.0, 1.0)], 1.0).is_err());
        let other = InflectionProfile::new(vec![1.0], vec![1.0]).unwrap();
        assert!(common_inflection(&[parabola(4.0, 1.0), other], 0.95).is_err());
        assert!(InflectionProfile::new(vec![1.0], vec![]).is_err());
        assert!(InflectionProfile::new(vec![1.0], vec![f64::NAN]).is_err());
        for unordered in [vec![1.0, 9.0, 4.0, 2.0], vec![3.0, 3.0]] {
            let gain = vec![1.0; unordered.len()];
            let refused = InflectionProfile::new(unordered, gain).unwrap_err();
            assert!(refused.to_string().contains("in falling order"), "{refused}");
        }
    }

    #[test]
    fn a_profile_that_is_read_is_checked_as_one_that_is_made() {
        let profile = InflectionProfile::new(vec![3.0, 2.0], vec![0.5, 1.0]).unwrap();
        let text = serde_json::to_string(&profile).unwrap();
        assert_eq!(text, r#"{"days_before_event":[3.0,2.0],"gain":[0.5,1.0]}"#);
        let read = serde_json::from_str::<InflectionProfile>;
        assert_eq!(read(&text).unwrap(), profile);
        assert!(read(r#"{"days_before_event":[3,2,1],"gain":[1]}"#).is_err());
        assert!(read(r#"{"days_before_event":[1,2],"gain":[1,1]}"#).is_err());
        assert!(read(r#"{"days_before_event":[2],"gain":[1],"gains":[1]}"#).is_err());
    }
}
