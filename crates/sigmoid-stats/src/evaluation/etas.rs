use serde::{Deserialize, Serialize};

use crate::error::{Result, StatsError, check_at_least, check_finite};

/// An earthquake of a catalogue in time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Shock {
    /// Days since the catalogue's origin of time.
    pub day: f64,
    /// Magnitude.
    pub magnitude: f64,
}

impl Shock {
    /// A shock of a magnitude at a time in days.
    pub fn new(day: f64, magnitude: f64) -> Self {
        Shock { day, magnitude }
    }
}

/// Epidemic-type aftershock sequence in time: every earthquake raises the rate of the next ones.
///
/// ```text
/// λ(t) = μ + Σ_{t_i < t} A e^(α(M_i − M0)) · (p − 1)/c · (1 + (t − t_i)/c)^(−p)
/// ```
///
/// The baseline for a forecast that claims to know more than that earthquakes come in clusters.
///
/// # References
/// Ogata 1988, *J. Am. Stat. Assoc.* 83, 9–27; the normalised form is that of Zhuang, Ogata &
/// Vere-Jones 2002, *J. Am. Stat. Assoc.* 97, 369–380.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "RawModel")]
pub struct EtasModel {
    background: f64,
    productivity: f64,
    alpha: f64,
    c: f64,
    p: f64,
    threshold: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawModel {
    background: f64,
    productivity: f64,
    alpha: f64,
    c: f64,
    p: f64,
    threshold: f64,
}

impl TryFrom<RawModel> for EtasModel {
    type Error = StatsError;

    fn try_from(raw: RawModel) -> Result<Self> {
        let RawModel { background, productivity, alpha, c, p, threshold } = raw;
        EtasModel::new(background, productivity, alpha, [c, p], threshold)
    }
}

impl EtasModel {
    /// Background μ, per day; productivity A, direct aftershocks of a shock of the threshold
    /// magnitude; α, per unit of magnitude; Omori's c, days, and p; threshold M0 of the catalogue.
    ///
    /// # Errors
    /// A rate, productivity, α or c that is not positive, p of one or less, a threshold that is not
    /// finite.
    pub fn new(
        background: f64,
        productivity: f64,
        alpha: f64,
        [c, p]: [f64; 2],
        threshold: f64,
    ) -> Result<Self> {
        let positive = [
            ("background", background),
            ("productivity", productivity),
            ("alpha", alpha),
            ("c", c),
        ];
        for (name, value) in positive {
            if !(value > 0.0 && value.is_finite()) {
                return Err(StatsError::setting(name, value, "positive and finite"));
            }
        }
        if !(p > 1.0 && p.is_finite()) {
            return Err(StatsError::setting("p", p, "greater than 1 and finite"));
        }
        check_finite("threshold", &[threshold])?;
        Ok(EtasModel { background, productivity, alpha, c, p, threshold })
    }

    /// Background rate μ, per day.
    pub fn background(&self) -> f64 {
        self.background
    }

    /// Direct aftershocks A of a shock of the threshold magnitude.
    pub fn productivity(&self) -> f64 {
        self.productivity
    }

    /// Growth α of the productivity, per unit of magnitude.
    pub fn alpha(&self) -> f64 {
        self.alpha
    }

    /// Omori's c, days, and p.
    pub fn omori(&self) -> [f64; 2] {
        [self.c, self.p]
    }

    /// Threshold magnitude M0.
    pub fn threshold(&self) -> f64 {
        self.threshold
    }

    /// Expected direct aftershocks of a magnitude.
    pub fn aftershocks(&self, magnitude: f64) -> f64 {
        self.productivity * (self.alpha * (magnitude - self.threshold)).exp()
    }

    /// Share of a shock's direct aftershocks that come within so many days.
    pub fn share_within(&self, days: f64) -> f64 {
        if days <= 0.0 { 0.0 } else { -((1.0 - self.p) * (days / self.c).ln_1p()).exp_m1() }
    }

    /// Rate at a time, per day, after the shocks before it.
    ///
    /// ```
    /// use sigmoid_stats::{EtasModel, Shock};
    ///
    /// let model = EtasModel::new(0.1, 0.2, 1.5, [0.01, 1.2], 3.0)?;
    /// let shocks = [Shock::new(10.0, 6.0)];
    /// assert_eq!(model.rate(10.0, &shocks), 0.1); // a shock does not raise its own rate
    /// assert!(model.rate(10.5, &shocks) > 10.0 * model.rate(200.0, &shocks));
    /// # Ok::<(), sigmoid_stats::StatsError>(())
    /// ```
    pub fn rate(&self, day: f64, shocks: &[Shock]) -> f64 {
        let raised = |shock: &Shock| {
            let decay = (-self.p * ((day - shock.day) / self.c).ln_1p()).exp();
            self.aftershocks(shock.magnitude) * (self.p - 1.0) / self.c * decay
        };
        self.background + shocks.iter().filter(|s| s.day < day).map(raised).sum::<f64>()
    }

    /// Expected number of shocks on each of `days` days from day `first`, given those before its
    /// start. What the day's own shocks would add is left out, as it is for anybody who forecasts the day at
    /// its start. The shocks' times rise.
    ///
    /// Only the shocks are taken as of each day's start. The parameters are what the model has: one fitted
    /// up to a day after `first` ([`fit_etas`](crate::fit_etas), `to`) has seen what it is to forecast.
    ///
    /// # Errors
    /// Shocks that [`EtasModel::check`] refuses, no day.
    pub fn daily(&self, first: f64, days: usize, shocks: &[Shock]) -> Result<Vec<f64>> {
        self.check(shocks)?;
        check_finite("first day", &[first])?;
        check_at_least("days", days, 1)?;
        let of = |i: usize| {
            let start = first + i as f64;
            let known = &shocks[..shocks.partition_point(|s| s.day < start)];
            let within = |s: &Shock| {
                let x = start - s.day;
                self.aftershocks(s.magnitude) * (self.share_within(x + 1.0) - self.share_within(x))
            };
            self.background + known.iter().map(within).sum::<f64>()
        };
        Ok((0..days).map(of).collect())
    }

    /// Refuses a catalogue that this model is not for.
    ///
    /// # Errors
    /// A time or magnitude that is not finite, times that fall, a magnitude below the threshold.
    pub fn check(&self, shocks: &[Shock]) -> Result<()> {
        check_shocks(shocks, self.threshold)
    }
}

/// See [`EtasModel::check`].
pub(super) fn check_shocks(shocks: &[Shock], threshold: f64) -> Result<()> {
    for (index, shock) in shocks.iter().enumerate() {
        for (what, value) in [("day", shock.day), ("magnitude", shock.magnitude)] {
            if !value.is_finite() {
                return Err(StatsError::NotFinite { what, index, value });
            }
        }
        if shock.magnitude < threshold - 1e-9 {
            let value = format!("{} (shock {index})", shock.magnitude);
            return Err(StatsError::setting("magnitude", value, "at the threshold or above"));
        }
        if index > 0 && shock.day < shocks[index - 1].day {
            return Err(StatsError::NotIncreasing { index });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model() -> EtasModel {
        EtasModel::new(0.2, 0.25, 1.4, [0.02, 1.15], 3.0).unwrap()
    }

    /// The daily expectation is the integral of the rate, summed in small steps.
    #[test]
    fn daily_numbers_are_the_integral_of_the_rate() {
        let shocks = [Shock::new(0.4, 5.0), Shock::new(3.2, 3.0), Shock::new(3.2, 4.1)];
        let daily = model().daily(4.0, 3, &shocks).unwrap();
        for (k, found) in daily.iter().enumerate() {
            let steps = 20_000;
            let at = |i: i32| 4.0 + k as f64 + (f64::from(i) + 0.5) / f64::from(steps);
            let sum: f64 = (0..steps).map(|i| model().rate(at(i), &shocks)).sum();
            assert!((found - sum / f64::from(steps)).abs() < 1e-7, "{found}");
        }
        // Nothing of a day's own shocks is known at its start.
        let before = model().daily(3.0, 1, &shocks).unwrap();
        assert_eq!(before, model().daily(3.0, 1, &shocks[..1]).unwrap());
    }

    #[test]
    fn bad_models_and_catalogues_are_refused() {
        assert!(EtasModel::new(0.0, 0.2, 1.0, [0.01, 1.1], 3.0).is_err());
        assert!(EtasModel::new(0.1, 0.2, 1.0, [0.01, 1.0], 3.0).is_err());
        assert!(EtasModel::new(0.1, 0.2, f64::NAN, [0.01, 1.1], 3.0).is_err());
        for bad in [
            [Shock::new(1.0, 4.0), Shock::new(0.5, 4.0)],
            [Shock::new(1.0, 4.0), Shock::new(1.5, 2.9)],
            [Shock::new(1.0, 4.0), Shock::new(1.5, f64::NAN)],
        ] {
            assert!(model().check(&bad).is_err(), "{bad:?}");
        }
        assert!(model().daily(0.0, 0, &[]).is_err());
        let json = serde_json::to_string(&model()).unwrap();
        assert_eq!(serde_json::from_str::<EtasModel>(&json).unwrap(), model());
        assert!(serde_json::from_str::<EtasModel>(&json.replace("1.15", "0.9")).is_err());
    }
}
