use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::ModeIdentity;
use crate::{Real, VmdConfig, VmdError, VmdPlan};

/// What becomes of samples that several windows cover.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SegmentMode {
    /// All windows that cover a sample are averaged with weights that fall linearly from a window's
    /// middle to its ends. Smooth, as published, but a sample's modes depend on later samples.
    Blend,
    /// Only the newest `step` samples of each window are kept: no sample's modes depend on anything
    /// later than the end of its own step.
    #[default]
    Causal,
}

/// What is put behind a window's right end, where mirroring would bend the newest samples.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EndGuard {
    /// Nothing: the window is mirrored where it ends.
    None,
    /// [`EndGuard::Extrapolate`] with `samples` = ⌈5 √α / 2π⌉, five times the decay length of a
    /// mode's filter 1/(1 + α f²), at most the window, and `order` = a third of the window, at
    /// most 64.
    #[default]
    Auto,
    /// The window is continued by an autoregression fitted to itself (Burg's method), never by later
    /// data; the continuation is decomposed with it and thrown away.
    Extrapolate {
        /// Samples to append.
        samples: usize,
        /// Order of the autoregression.
        order: usize,
    },
}

/// How to decompose a long record window by window.
///
/// ```
/// use vmd::{SegmentMode, SegmentedConfig, VmdConfig, VmdError};
///
/// // A week of hourly samples, a day at a time.
/// let config = SegmentedConfig::new(VmdConfig::new(5, 2000.0), 168, 24);
/// assert_eq!(config.mode, SegmentMode::Causal);
/// assert!(config.validate().is_ok());
///
/// let gaps = SegmentedConfig::new(VmdConfig::new(5, 2000.0), 24, 168);
/// assert_eq!(gaps.validate(), Err(VmdError::InvalidStep { step: 168, window: 24 }));
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct SegmentedConfig {
    /// How each window is decomposed.
    pub vmd: VmdConfig,
    /// Window length in samples.
    pub window: usize,
    /// Samples from one window's start to the next one's.
    pub step: usize,
    /// What becomes of samples that several windows cover.
    #[serde(default)]
    pub mode: SegmentMode,
    /// What is put behind a window's right end.
    #[serde(default)]
    pub guard: EndGuard,
    /// By what a mode is known again in the next window.
    #[serde(default)]
    pub identity: ModeIdentity,
}

impl SegmentedConfig {
    /// Causal windows of `window` samples, `step` apart, with the default guard.
    pub fn new(vmd: VmdConfig, window: usize, step: usize) -> Self {
        Self {
            vmd,
            window,
            step,
            mode: SegmentMode::default(),
            guard: EndGuard::default(),
            identity: ModeIdentity::default(),
        }
    }

    /// The same with window and step as durations, given the sampling interval.
    ///
    /// # Errors
    ///
    /// A duration that is not a whole number of intervals.
    ///
    /// ```
    /// use std::time::Duration;
    /// use vmd::{SegmentedConfig, VmdConfig, VmdError};
    ///
    /// let days = |days: u64| Duration::from_secs(86_400 * days);
    /// let minute = Duration::from_secs(60);
    /// let config = SegmentedConfig::lasting(VmdConfig::new(5, 2000.0), days(7), days(1), minute)?;
    /// assert_eq!((config.window, config.step), (10_080, 1_440));
    ///
    /// let week = Duration::from_secs(7 * 60);
    /// assert!(SegmentedConfig::lasting(VmdConfig::new(5, 2000.0), days(7), days(1), week).is_err());
    /// # Ok::<(), VmdError>(())
    /// ```
    pub fn lasting(
        vmd: VmdConfig,
        window: Duration,
        step: Duration,
        interval: Duration,
    ) -> Result<Self, VmdError> {
        let samples = |duration: Duration| {
            let refused = VmdError::NotWholeSamples { duration, interval };
            if interval.is_zero() || !duration.as_nanos().is_multiple_of(interval.as_nanos()) {
                return Err(refused);
            }
            usize::try_from(duration.as_nanos() / interval.as_nanos()).map_err(|_| refused)
        };
        Ok(Self::new(vmd, samples(window)?, samples(step)?))
    }

    /// Sets what becomes of samples that several windows cover.
    pub fn with_mode(mut self, mode: SegmentMode) -> Self {
        self.mode = mode;
        self
    }

    /// Sets what is put behind a window's right end.
    pub fn with_guard(mut self, guard: EndGuard) -> Self {
        self.guard = guard;
        self
    }

    /// Sets by what a mode is known again in the next window.
    pub fn with_identity(mut self, identity: ModeIdentity) -> Self {
        self.identity = identity;
        self
    }

    /// Samples that the guard in force appends, and the order of its autoregression.
    pub fn effective_guard(&self) -> (usize, usize) {
        match self.guard {
            EndGuard::None => (0, 0),
            EndGuard::Extrapolate { samples, order } => (samples, order),
            EndGuard::Auto => {
                let decay = self.vmd.largest_alpha().sqrt() / std::f64::consts::TAU;
                let samples = ((5.0 * decay).ceil() as usize).min(self.window);
                (samples, (self.window / 3).min(64))
            }
        }
    }

    /// Checks everything that can be checked without a signal.
    ///
    /// # Errors
    ///
    /// The first setting that is out of its range, of the window or of its decomposition.
    pub fn validate(&self) -> Result<(), VmdError> {
        self.plan::<f64>().map(|_| ())
    }

    /// A plan for one window with its guard.
    pub(crate) fn plan<T: Real>(&self) -> Result<VmdPlan<T>, VmdError> {
        self.vmd.validate()?;
        if self.window < 2 {
            return Err(VmdError::TooShort { len: self.window, needed: 2 });
        }
        if self.step == 0 || self.step > self.window {
            return Err(VmdError::InvalidStep { step: self.step, window: self.window });
        }
        if self.identity == ModeIdentity::Waveform && self.step == self.window {
            return Err(VmdError::NothingShared { window: self.window });
        }
        if self.vmd.modes > self.window / 2 {
            let (modes, len, max) = (self.vmd.modes, self.window, self.window / 2);
            return Err(VmdError::TooManyModes { modes, len, max });
        }
        let (samples, order) = self.effective_guard();
        if samples > 0 && !(1..self.window).contains(&order) && self.guard != EndGuard::Auto {
            return Err(VmdError::InvalidGuard { order, window: self.window });
        }
        let len = self.window + samples;
        if len % 2 == 1 && self.vmd.keep_odd == Some(false) {
            return Err(VmdError::OddWindow { len });
        }
        VmdPlan::new(len, &self.vmd.clone().with_keep_odd(true))
    }
}
