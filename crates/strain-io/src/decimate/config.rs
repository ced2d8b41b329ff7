use serde::{Deserialize, Serialize};

use crate::{Result, StrainIoError};

/// The largest factor of one stage: a filter has about 50 times as many coefficients.
const LARGEST_FACTOR: usize = 100;

/// How [`decimate`](crate::decimate) goes from many samples to fewer.
///
/// ```
/// use strain_io::{DecimateConfig, FilterPhase};
///
/// // One second to one minute to five minutes to an hour, with no sample after the output's own.
/// for factor in [60, 5, 12] {
///     let config = DecimateConfig::new(factor).with_phase(FilterPhase::Minimum);
///     let filter = config.filter()?;
///     assert!(filter.gain(0.5 / factor as f64) < 1e-4); // -80 dB from the new Nyquist on
///     assert!((filter.gain(0.4 / factor as f64) - 1.0).abs() < 1e-3);
/// }
/// let error = DecimateConfig::new(1440).filter().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "factor = 1440: give 2 to 100; reach a larger one in stages, such as 60, 5, 12"
/// );
/// # Ok::<(), strain_io::StrainIoError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct DecimateConfig {
    /// Samples that become one.
    pub factor: usize,
    /// Whether a value may depend on later samples.
    #[serde(default)]
    pub phase: FilterPhase,
    /// By how many dB all that would alias, from the new Nyquist frequency on, is damped.
    #[serde(default = "attenuation")]
    pub attenuation_db: f64,
    /// The share of the new Nyquist frequency up to which nothing is damped.
    #[serde(default = "passband")]
    pub passband: f64,
    /// The share of a filter's weight that may fall on missing samples; a value with more is
    /// missing, one with less is the others' and flagged [`FILLED`](crate::Provenance::FILLED)
    /// (missing, too, where the others' weights nearly cancel).
    #[serde(default)]
    pub max_missing: f64,
}

fn attenuation() -> f64 {
    80.0
}

fn passband() -> f64 {
    0.8
}

/// The phase of a filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FilterPhase {
    /// Symmetric about the output's instant: no delay at any frequency, but half the filter's length
    /// of later samples goes in.
    #[default]
    Linear,
    /// The shortest delay that the response allows, and no later sample: causal.
    Minimum,
}

impl DecimateConfig {
    /// `factor` samples become one, with 80 dB, a passband of 0.8 and linear phase.
    pub fn new(factor: usize) -> Self {
        Self {
            factor,
            phase: FilterPhase::default(),
            attenuation_db: attenuation(),
            passband: passband(),
            max_missing: 0.0,
        }
    }

    /// Sets the filter's phase.
    pub fn with_phase(mut self, phase: FilterPhase) -> Self {
        self.phase = phase;
        self
    }

    /// Sets the damping from the new Nyquist frequency on, dB.
    pub fn with_attenuation_db(mut self, attenuation: f64) -> Self {
        self.attenuation_db = attenuation;
        self
    }

    /// Sets the share of the new Nyquist frequency that is passed.
    pub fn with_passband(mut self, share: f64) -> Self {
        self.passband = share;
        self
    }

    /// Sets the share of a filter's weight that may fall on missing samples.
    pub fn with_max_missing(mut self, share: f64) -> Self {
        self.max_missing = share;
        self
    }

    /// Checks the settings.
    ///
    /// # Errors
    ///
    /// [`StrainIoError::Config`], naming the first that makes no sense.
    pub fn validate(&self) -> Result<()> {
        let bad = |name, value, advice| Err(StrainIoError::Config { name, value, advice });
        if !(2..=LARGEST_FACTOR).contains(&self.factor) {
            let advice = "give 2 to 100; reach a larger one in stages, such as 60, 5, 12";
            return bad("factor", self.factor.to_string(), advice);
        }
        if !(30.0..=120.0).contains(&self.attenuation_db) {
            return bad("attenuation_db", self.attenuation_db.to_string(), "give 30 to 120 dB");
        }
        if !(0.1..=0.95).contains(&self.passband) {
            return bad("passband", self.passband.to_string(), "give a share from 0.1 to 0.95");
        }
        if !(0.0..=0.5).contains(&self.max_missing) {
            return bad("max_missing", self.max_missing.to_string(), "give a share from 0 to 0.5");
        }
        Ok(())
    }
}
