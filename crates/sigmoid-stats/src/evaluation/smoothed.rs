use serde::{Deserialize, Serialize};

use crate::error::{Result, StatsError, check_at_least, check_finite};

/// Rate of events per km² and day, constant in time: each past event spread over space by a
/// Gaussian kernel whose width is the distance to its k-th neighbour (adaptive smoothing, Helmstetter,
/// Kagan & Jackson 2007), plus a floor, so that no place is impossible. The baseline that a forecast
/// has to beat.
///
/// Positions are kilometres on a plane; project them first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SmoothedPoisson {
    events: Vec<[f64; 2]>,
    width: Vec<f64>,
    days: f64,
    floor: f64,
}

impl SmoothedPoisson {
    /// From the events of `days` days. The width of a kernel is at least `smallest_km`; the share
    /// `floor_share` of the rate is spread evenly over `area_km2`.
    ///
    /// ```
    /// use sigmoid_stats::SmoothedPoisson;
    ///
    /// let past = [[0.0, 0.0], [3.0, 0.0], [0.0, 4.0], [500.0, 0.0]];
    /// let baseline = SmoothedPoisson::new(&past, 1000.0, 2, 5.0, 0.01, 1e6)?;
    /// assert!(baseline.rate([1.0, 1.0]) > 100.0 * baseline.rate([250.0, 250.0]));
    /// # Ok::<(), sigmoid_stats::StatsError>(())
    /// ```
    ///
    /// # Errors
    /// No more events than `neighbour`; a position that is not finite; days, widths or area not
    /// positive; a share outside 0..1.
    pub fn new(
        events: &[[f64; 2]],
        days: f64,
        neighbour: usize,
        smallest_km: f64,
        floor_share: f64,
        area_km2: f64,
    ) -> Result<Self> {
        check_at_least("events of the baseline", events.len(), neighbour + 1)?;
        check_finite("position", &events.concat())?;
        for (name, value) in [("days", days), ("smallest_km", smallest_km), ("area_km2", area_km2)]
        {
            if !(value > 0.0 && value.is_finite()) {
                return Err(StatsError::setting(name, value, "positive and finite"));
            }
        }
        if neighbour == 0 {
            return Err(StatsError::setting("neighbour", neighbour, "1 or more"));
        }
        if !(floor_share > 0.0 && floor_share < 1.0) {
            return Err(StatsError::setting("floor_share", floor_share, "between 0 and 1"));
        }
        let width = |here: &[f64; 2]| {
            let mut distance: Vec<f64> = events.iter().map(|e| distance(*here, *e)).collect();
            distance.sort_unstable_by(f64::total_cmp);
            distance[neighbour].max(smallest_km)
        };
        Ok(SmoothedPoisson {
            width: events.iter().map(width).collect(),
            events: events.to_vec(),
            days: days / (1.0 - floor_share),
            floor: floor_share * events.len() as f64 / days / area_km2,
        })
    }

    /// Events per km² and day at a place.
    pub fn rate(&self, place: [f64; 2]) -> f64 {
        let kernel = |(event, width): (&[f64; 2], &f64)| {
            let r = distance(place, *event) / width;
            (-0.5 * r * r).exp() / (std::f64::consts::TAU * width * width)
        };
        self.events.iter().zip(&self.width).map(kernel).sum::<f64>() / self.days + self.floor
    }
}

fn distance(a: [f64; 2], b: [f64; 2]) -> f64 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

/// Information gain of one forecast over another.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct InformationGain {
    /// Mean over the events of ln(rate/baseline), less the difference of the expected numbers per
    /// event, in nats (Rhoades et al. 2011).
    pub per_event: f64,
    /// Its confidence interval by Student's t.
    pub interval: [f64; 2],
    /// Probability gain e^per_event.
    pub probability_gain: f64,
}

/// Gain per event of forecast rates at the events over the baseline's, with the numbers of events
/// that each expected in all (T-test of Rhoades et al. 2011).
///
/// # Errors
/// Fewer than two events, unequal lengths, a rate or number that is not positive, a confidence
/// outside 0..1.
pub fn information_gain(
    rates: &[f64],
    baseline: &[f64],
    expected: [f64; 2],
    confidence: f64,
) -> Result<InformationGain> {
    crate::error::check_length("baseline", baseline.len(), rates.len(), "event")?;
    check_at_least("events", rates.len(), 2)?;
    for (what, values) in [("rate", rates), ("baseline", baseline), ("expected", &expected[..])] {
        check_finite(what, values)?;
        if let Some(index) = values.iter().position(|v| *v <= 0.0) {
            return Err(StatsError::NotPositive { what, index, value: values[index] });
        }
    }
    if !(confidence > 0.0 && confidence < 1.0) {
        return Err(StatsError::setting("confidence", confidence, "between 0 and 1"));
    }
    let n = rates.len() as f64;
    let logs: Vec<f64> = rates.iter().zip(baseline).map(|(r, b)| (r / b).ln()).collect();
    let mean = logs.iter().sum::<f64>() / n;
    let spread = (logs.iter().map(|l| (l - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt();
    let per_event = mean - (expected[0] - expected[1]) / n;
    let half = crate::tails::t_quantile(confidence, n - 1.0) * spread / n.sqrt();
    Ok(InformationGain {
        per_event,
        interval: [per_event - half, per_event + half],
        probability_gain: per_event.exp(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_integrates_to_the_events_per_day() {
        let past = [[10.0, 20.0], [12.0, 21.0], [40.0, 35.0]];
        let side = 100.0;
        let baseline = SmoothedPoisson::new(&past, 50.0, 1, 3.0, 0.1, side * side).unwrap();
        let step = 0.5;
        // Ten kernel widths around the square hold the kernels; the floor belongs to the square.
        let mut sum = 0.0;
        for i in -600..800 {
            for j in -600..800 {
                let place = [(f64::from(i) + 0.5) * step, (f64::from(j) + 0.5) * step];
                let inside = place.iter().all(|x| (0.0..side).contains(x));
                let floor = 0.1 * 3.0 / 50.0 / (side * side);
                sum += baseline.rate(place) - if inside { 0.0 } else { floor };
            }
        }
        assert!((sum * step * step / (3.0 / 50.0) - 1.0).abs() < 1e-3, "{}", sum * step * step);
    }

    #[test]
    fn twice_the_rate_at_every_event_gains_ln_two_less_the_number() {
        let gain = information_gain(&[2.0, 4.0, 6.0], &[1.0, 2.0, 3.0], [3.0, 3.0], 0.95).unwrap();
        assert!((gain.per_event - 2f64.ln()).abs() < 1e-12);
        assert!((gain.interval[1] - gain.interval[0]).abs() < 1e-12);
        assert!((gain.probability_gain - 2.0).abs() < 1e-12);
        let paid = information_gain(&[2.0; 3], &[1.0; 3], [6.0, 3.0], 0.95).unwrap();
        assert!((paid.per_event - (2f64.ln() - 1.0)).abs() < 1e-12);
        assert!(information_gain(&[1.0], &[1.0], [1.0, 1.0], 0.95).is_err());
        assert!(information_gain(&[1.0, 0.0], &[1.0, 1.0], [1.0, 1.0], 0.95).is_err());
    }
}
