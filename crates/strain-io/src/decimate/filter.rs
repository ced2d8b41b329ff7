use std::f64::consts::{PI, TAU};

use super::config::{DecimateConfig, FilterPhase};
use super::minimum_phase;
use crate::Result;

/// Kaiser's length is a fit to examples; this many dB more make short filters keep their promise.
const MARGIN: f64 = 5.0;

/// The finite impulse response that a record is filtered with before samples are dropped.
#[derive(Debug, Clone, PartialEq)]
pub struct FirFilter {
    coefficients: Vec<f64>,
    ahead: usize,
}

impl DecimateConfig {
    /// The filter of these settings: a sinc in a Kaiser window (Kaiser, J. F. (1974),
    /// Nonrecursive digital filter design using the I0-sinh window function, *Proc. IEEE ISCAS*,
    /// 20–23) or, for minimum phase, the spectral factor of one of twice the damping.
    ///
    /// # Errors
    ///
    /// [`StrainIoError::Config`](crate::StrainIoError::Config) for settings that make no sense.
    pub fn filter(&self) -> Result<FirFilter> {
        self.validate()?;
        let stop = 0.5 / self.factor as f64;
        let pass = self.passband * stop;
        Ok(match self.phase {
            FilterPhase::Linear => {
                let coefficients = kaiser_sinc(pass, stop, self.attenuation_db + MARGIN);
                FirFilter { ahead: coefficients.len() / 2, coefficients }
            }
            FilterPhase::Minimum => {
                // The factor's square is the prototype lifted off zero by its own ripple.
                let prototype = kaiser_sinc(pass, stop, 2.0 * self.attenuation_db + 16.0);
                FirFilter { ahead: 0, coefficients: minimum_phase::factor(&prototype) }
            }
        })
    }
}

impl FirFilter {
    /// The coefficients, of sum one: the first belongs to the latest sample.
    pub fn coefficients(&self) -> &[f64] {
        &self.coefficients
    }

    /// How many samples after the output's own go in: half the length, or none.
    pub fn samples_ahead(&self) -> usize {
        self.ahead
    }

    /// The amplitude response at a frequency in cycles per input sample.
    pub fn gain(&self, frequency: f64) -> f64 {
        let (re, im) = self.sums(frequency, |_| 1.0);
        re.hypot(im)
    }

    /// By how many input samples a slow signal is late: the group delay at a frequency in cycles per
    /// input sample. 0 for linear phase. Of no meaning where nothing passes.
    pub fn delay_samples(&self, frequency: f64) -> f64 {
        let (re, im) = self.sums(frequency, |_| 1.0);
        let (moment_re, moment_im) = self.sums(frequency, |place| place);
        (moment_re * re + moment_im * im) / (re * re + im * im)
    }

    fn sums(&self, frequency: f64, weight: impl Fn(f64) -> f64) -> (f64, f64) {
        let mut sums = (0.0, 0.0);
        for (index, coefficient) in self.coefficients.iter().enumerate() {
            let place = index as f64 - self.ahead as f64;
            let (sin, cos) = (TAU * frequency * place).sin_cos();
            sums.0 += coefficient * weight(place) * cos;
            sums.1 -= coefficient * weight(place) * sin;
        }
        sums
    }
}

/// A low-pass of odd length and sum one; edges in cycles per sample.
fn kaiser_sinc(pass: f64, stop: f64, attenuation_db: f64) -> Vec<f64> {
    let beta = match attenuation_db {
        a if a > 50.0 => 0.1102 * (a - 8.7),
        a => 0.5842 * (a - 21.0).powf(0.4) + 0.07886 * (a - 21.0),
    };
    let half = ((attenuation_db - 7.95) / (2.285 * TAU * (stop - pass)) / 2.0).ceil();
    let cutoff = (pass + stop) / 2.0;
    let count = 2 * half as usize + 1;
    let tap = |index: usize| {
        let place = index as f64 - half;
        let angle = TAU * cutoff * place;
        let sinc = if place == 0.0 { 2.0 * cutoff } else { angle.sin() / (PI * place) };
        sinc * bessel_i0(beta * (1.0 - (place / half).powi(2)).max(0.0).sqrt())
    };
    let mut taps: Vec<f64> = (0..count).map(tap).collect();
    let sum: f64 = taps.iter().sum();
    taps.iter_mut().for_each(|tap| *tap /= sum);
    taps
}

/// The modified Bessel function of order zero by its power series, all terms of which are positive.
fn bessel_i0(x: f64) -> f64 {
    let quarter = x * x / 4.0;
    let (mut term, mut sum, mut k) = (1.0, 1.0, 1.0);
    while term > sum * 1e-17 {
        term *= quarter / (k * k);
        sum += term;
        k += 1.0;
    }
    sum
}
