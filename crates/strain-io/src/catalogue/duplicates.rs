use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use super::event::{Catalogue, Event};
use crate::{Result, StrainIoError};

/// How far two entries may be apart and be taken for one earthquake: agencies locate and size it
/// differently. All three have to hold.
///
/// There is no default: what is right depends on the networks. A few seconds and tens of kilometres
/// join regional catalogues; wide bounds also join an earthquake and its aftershock.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct DuplicateTolerance {
    /// Between the origin times, seconds.
    pub seconds: f64,
    /// Between the epicentres on the WGS84 ellipsoid, km.
    pub km: f64,
    /// Between the magnitudes, whatever their scales.
    pub magnitude: f64,
}

impl DuplicateTolerance {
    /// At most `seconds`, `km` and `magnitude` apart, these included.
    pub fn new(seconds: f64, km: f64, magnitude: f64) -> Self {
        Self { seconds, km, magnitude }
    }

    /// Checks the numbers.
    ///
    /// # Errors
    ///
    /// [`StrainIoError::Config`] for one that is negative or not finite.
    pub fn validate(&self) -> Result<()> {
        let all = [("seconds", self.seconds), ("km", self.km), ("magnitude", self.magnitude)];
        match all.into_iter().find(|(_, value)| !value.is_finite() || *value < 0.0) {
            None => Ok(()),
            Some((name, value)) => Err(StrainIoError::Config {
                name,
                value: value.to_string(),
                advice: "give a finite number that is not negative",
            }),
        }
    }

    /// How far apart two events are, as the sum of the shares of the tolerances that they use up; none
    /// where one is exceeded. The same both ways.
    fn apart(&self, a: &Event, b: &Event) -> Option<f64> {
        // The last bits of a geodesic depend on its direction.
        let place = |event: &Event| (event.latitude, event.longitude);
        let (from, to) = match place(a).partial_cmp(&place(b)) {
            Some(Ordering::Greater) => (b, a),
            _ => (a, b),
        };
        let seconds = seconds_between(a, b);
        let magnitude = (a.magnitude - b.magnitude).abs();
        if !(seconds <= self.seconds && magnitude <= self.magnitude) {
            return None;
        }
        let km = from.distance_km(to.latitude, to.longitude);
        let share = |part: f64, of: f64| if part == 0.0 { 0.0 } else { part / of };
        (km <= self.km).then(|| {
            share(seconds, self.seconds) + share(km, self.km) + share(magnitude, self.magnitude)
        })
    }
}

fn seconds_between(a: &Event, b: &Event) -> f64 {
    a.time.duration_since(b.time).as_secs_f64().abs()
}

impl Catalogue {
    /// The earthquakes that both catalogues have: pairs of indices, into this and into `other`, in
    /// ascending order. No event is in two pairs: where several fit, the nearest two are joined first,
    /// nearness being the sum of the shares of the three tolerances. `other`'s pairs with this catalogue
    /// are the same, turned round.
    ///
    /// # Complexity
    ///
    /// O(n log n) and the pairs within the tolerance of time.
    ///
    /// # Errors
    ///
    /// [`StrainIoError::Config`] for a tolerance that is negative or not finite.
    ///
    /// # Example
    ///
    /// ```
    /// use strain_io::{Catalogue, DuplicateTolerance, Event};
    ///
    /// let cenc = Catalogue::new(vec![
    ///     Event::new("2008-05-12T06:28:04Z".parse()?, 31.0, 103.4, 8.0),
    ///     Event::new("2008-05-12T06:43:15Z".parse()?, 31.0, 103.5, 6.0),
    /// ]);
    /// let usgs = Catalogue::new(vec![
    ///     Event::new("2008-05-12T06:28:01.57Z".parse()?, 31.002, 103.322, 7.9),
    /// ]);
    /// let tolerance = DuplicateTolerance::new(10.0, 50.0, 0.5);
    /// assert_eq!(cenc.duplicates_in(&usgs, &tolerance)?, [(0, 0)]);
    /// assert_eq!(cenc.joined_with(&usgs, &tolerance)?.events().len(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn duplicates_in(
        &self,
        other: &Self,
        tolerance: &DuplicateTolerance,
    ) -> Result<Vec<(usize, usize)>> {
        tolerance.validate()?;
        let mut pairs = candidates(self.events(), other.events(), tolerance);
        // Of equal nearness (i, j) and (j, i) may come in either order: they share no event.
        pairs.sort_by(|a, b| {
            let order = |&(_, i, j): &(f64, usize, usize)| (i.min(j), i.max(j));
            a.0.total_cmp(&b.0).then_with(|| order(a).cmp(&order(b)))
        });
        let mut taken = (vec![false; self.events().len()], vec![false; other.events().len()]);
        let mut joined = Vec::new();
        for (_, here, there) in pairs {
            if !taken.0[here] && !taken.1[there] {
                (taken.0[here], taken.1[there]) = (true, true);
                joined.push((here, there));
            }
        }
        joined.sort_unstable();
        Ok(joined)
    }

    /// This catalogue's events and, behind them, those of `other` that it does not have.
    ///
    /// # Errors
    ///
    /// As [`Catalogue::duplicates_in`].
    ///
    /// # Example
    ///
    /// See [`Catalogue::duplicates_in`].
    pub fn joined_with(&self, other: &Self, tolerance: &DuplicateTolerance) -> Result<Self> {
        let mut known = vec![false; other.events().len()];
        for (_, there) in self.duplicates_in(other, tolerance)? {
            known[there] = true;
        }
        let new = other.events().iter().zip(known).filter(|(_, known)| !known);
        Ok(Self::new(self.events().iter().chain(new.map(|(event, _)| event)).cloned().collect()))
    }
}

/// The pairs within the tolerance, and how far apart they are.
fn candidates(
    here: &[Event],
    there: &[Event],
    tolerance: &DuplicateTolerance,
) -> Vec<(f64, usize, usize)> {
    let mut by_time: Vec<usize> = (0..there.len()).collect();
    by_time.sort_by_key(|&index| there[index].time);
    let mut pairs = Vec::new();
    for (index, event) in here.iter().enumerate() {
        let too_early = |&other: &usize| {
            there[other].time < event.time
                && seconds_between(&there[other], event) > tolerance.seconds
        };
        let from = by_time.partition_point(too_early);
        for &other in &by_time[from..] {
            let later = there[other].time > event.time;
            if later && seconds_between(&there[other], event) > tolerance.seconds {
                break;
            }
            if let Some(apart) = tolerance.apart(event, &there[other]) {
                pairs.push((apart, index, other));
            }
        }
    }
    pairs
}
