use serde::{Deserialize, Serialize};

/// One tidal constituent of a channel: amplitude · f(t) · cos(V(t) + u(t) − phase), V the argument
/// at Greenwich, f and u the nodal corrections.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Harmonic {
    /// Darwin's name (`M2`).
    pub name: String,
    /// Period, hours.
    pub period_hours: f64,
    /// Amplitude, in the channel's unit.
    pub amplitude: f64,
    /// Its standard error, from the noise beside the constituent's own frequency.
    pub amplitude_error: f64,
    /// Greenwich phase lag, degrees in 0..360.
    pub phase_degrees: f64,
    /// Its standard error, degrees; 180 at most, where the amplitude is below its error.
    pub phase_error_degrees: f64,
    /// Where the span does not tell it apart: the larger neighbour that it is taken from.
    pub inferred_from: Option<String>,
}

/// How a channel answers to another one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DriverResponse {
    /// The other channel.
    pub channel: String,
    /// The coefficients, by lag.
    pub lags: Vec<LagCoefficient>,
    /// Their covariance, row by row, squares of the coefficients' unit.
    pub covariance: Vec<Vec<f64>>,
}

/// One coefficient of a lagged response.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LagCoefficient {
    /// The lag, hours.
    pub hours: u32,
    /// Channel's unit per driver's unit.
    pub coefficient: f64,
    /// Its standard error.
    pub standard_error: f64,
}

/// A response at one frequency.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Transfer {
    /// Channel's unit per driver's unit.
    pub gain: f64,
    /// Standard error of the gain.
    pub gain_error: f64,
    /// By how many degrees the channel comes after the driver, in −180..=180.
    pub lag_degrees: f64,
}

impl DriverResponse {
    /// The response to a slow change: the sum of the coefficients, and its standard error.
    pub fn total(&self) -> (f64, f64) {
        let variance: f64 = self.covariance.iter().flatten().sum();
        (self.lags.iter().map(|lag| lag.coefficient).sum(), variance.max(0.0).sqrt())
    }

    /// The response H = Σ bₖ e^(−2πi·lag/period) at a period in hours: how it depends on frequency.
    ///
    /// Rasmussen, T. C. and Crawford, L. A. (1997), Identifying and removing barometric pressure
    /// effects in confined and unconfined aquifers, *Ground Water* 35, 502–511,
    /// doi:10.1111/j.1745-6584.1997.tb00111.x.
    pub fn transfer(&self, period_hours: f64) -> Transfer {
        let turn =
            |lag: &LagCoefficient| std::f64::consts::TAU * f64::from(lag.hours) / period_hours;
        let (mut re, mut im) = (0.0, 0.0);
        for lag in &self.lags {
            re += lag.coefficient * turn(lag).cos();
            im -= lag.coefficient * turn(lag).sin();
        }
        let gain = re.hypot(im);
        // The gain's slope in each coefficient is that coefficient's part along H.
        let slope: Vec<f64> = self
            .lags
            .iter()
            .map(|lag| {
                let (sin, cos) = turn(lag).sin_cos();
                if gain > 0.0 { (re * cos - im * sin) / gain } else { 1.0 }
            })
            .collect();
        let variance: f64 = self
            .covariance
            .iter()
            .zip(&slope)
            .map(|(row, a)| a * row.iter().zip(&slope).map(|(c, b)| c * b).sum::<f64>())
            .sum();
        let lag_degrees = -im.atan2(re).to_degrees();
        Transfer { gain, gain_error: variance.max(0.0).sqrt(), lag_degrees }
    }
}
