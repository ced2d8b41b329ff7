use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Result, StrainIoError};

/// How values that leave their level and come back are treated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct SpikeConfig {
    /// Whether spikes are taken out.
    pub remove: bool,
    /// How many samples a spike may last. What stays away longer is a step. 3 by default.
    pub longest: usize,
    /// Whether the first sample of a jump becomes missing; otherwise it is replaced by the last
    /// level. Either way it is flagged [`SPIKE`](crate::Provenance::SPIKE).
    pub leave_missing: bool,
}

impl Default for SpikeConfig {
    fn default() -> Self {
        Self { remove: true, longest: 3, leave_missing: false }
    }
}

impl SpikeConfig {
    /// Sets whether spikes are taken out.
    pub fn with_remove(mut self, remove: bool) -> Self {
        self.remove = remove;
        self
    }

    /// Sets how many samples a spike may last.
    pub fn with_longest(mut self, samples: usize) -> Self {
        self.longest = samples;
        self
    }

    /// Sets whether the first sample of a jump becomes missing.
    pub fn with_leave_missing(mut self, missing: bool) -> Self {
        self.leave_missing = missing;
        self
    }

    pub(super) fn validate(&self) -> Result<()> {
        if self.longest == 0 {
            return Err(StrainIoError::Config {
                name: "spikes.longest",
                value: self.longest.to_string(),
                advice: "a spike lasts at least one sample; switch spikes.remove off instead",
            });
        }
        Ok(())
    }
}

/// How lasting offsets are treated, and what counts as a jump at all.
///
/// A jump (spike or step) is a change from one sample to the next, tide and pressure removed, that
/// exceeds `threshold` × 1.4826 × the median of such changes over the trailing `window_days`, and
/// `min_size`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct StepConfig {
    /// Whether steps are looked for; known ones are taken out in any case.
    pub detect: bool,
    /// The jump's least size in robust standard deviations of the trailing changes. 15 by default.
    pub threshold: f64,
    /// The trailing days whose changes give that deviation, renewed once a day. 30 by default.
    pub window_days: f64,
    /// The jump's least size, nanostrain. 1 by default.
    pub min_size: f64,
    /// Whether a detected step that an earthquake explains is left in, without a flag, and reported as
    /// kept. Needs a catalogue: see [`prepare_with_catalogue`](crate::prepare_with_catalogue), which says
    /// what that means for causality, too. Known steps are taken out in any case. Off by default.
    pub keep_coseismic: bool,
    /// Steps that the operator knows.
    pub known: Vec<KnownStep>,
}

impl Default for StepConfig {
    fn default() -> Self {
        Self {
            detect: true,
            threshold: 15.0,
            window_days: 30.0,
            min_size: 1.0,
            keep_coseismic: false,
            known: Vec::new(),
        }
    }
}

impl StepConfig {
    /// Sets whether steps are looked for.
    pub fn with_detect(mut self, detect: bool) -> Self {
        self.detect = detect;
        self
    }

    /// Sets the least size of a jump, in robust standard deviations of the trailing changes.
    pub fn with_threshold(mut self, threshold: f64) -> Self {
        self.threshold = threshold;
        self
    }

    /// Sets the trailing days whose changes the threshold is taken from.
    pub fn with_window_days(mut self, days: f64) -> Self {
        self.window_days = days;
        self
    }

    /// Sets the least size of a jump, nanostrain.
    pub fn with_min_size(mut self, nanostrain: f64) -> Self {
        self.min_size = nanostrain;
        self
    }

    /// Sets whether a detected step that an earthquake explains is left in.
    pub fn with_keep_coseismic(mut self, keep: bool) -> Self {
        self.keep_coseismic = keep;
        self
    }

    /// Adds a step that the operator knows.
    pub fn with_known(mut self, step: KnownStep) -> Self {
        self.known.push(step);
        self
    }

    pub(super) fn validate(&self, gauges: &[String; 4]) -> Result<()> {
        let settings = [
            ("steps.threshold", self.threshold, "give a number above 0, usually 8 to 30"),
            ("steps.window_days", self.window_days, "give days above 0, usually 7 to 60"),
        ];
        for (name, value, advice) in settings {
            if !(value > 0.0 && value.is_finite()) {
                return Err(StrainIoError::Config { name, value: value.to_string(), advice });
            }
        }
        if !(self.min_size >= 0.0 && self.min_size.is_finite()) {
            return Err(StrainIoError::Config {
                name: "steps.min_size",
                value: self.min_size.to_string(),
                advice: "give nanostrain of at least 0",
            });
        }
        for step in &self.known {
            let gauge = step.gauge.as_ref().filter(|gauge| !gauges.contains(gauge));
            if let Some(value) = gauge.cloned() {
                let advice = "name one of the four gauges, or none for all of them";
                return Err(StrainIoError::Config { name: "steps.known.gauge", value, advice });
            }
            if step.size.is_some_and(|size| !size.is_finite()) {
                let value = format!("{:?}", step.size);
                let advice = "give nanostrain, or leave it out to have it measured";
                return Err(StrainIoError::Config { name: "steps.known.size", value, advice });
            }
        }
        Ok(())
    }
}

/// A step that the operator knows: from the station's log, a coseismic offset, a re-levelling.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct KnownStep {
    /// The first instant that is offset.
    pub time: Timestamp,
    /// The gauge, all four where none is named.
    #[serde(default)]
    pub gauge: Option<String>,
    /// The offset, nanostrain; measured as the change to that sample where it is not given.
    #[serde(default)]
    pub size: Option<f64>,
}

impl KnownStep {
    /// A step of all gauges, its sizes to be measured.
    pub fn new(time: Timestamp) -> Self {
        Self { time, gauge: None, size: None }
    }

    /// Names the gauge.
    pub fn with_gauge(mut self, gauge: &str) -> Self {
        self.gauge = Some(gauge.to_owned());
        self
    }

    /// Gives the size, nanostrain.
    pub fn with_size(mut self, nanostrain: f64) -> Self {
        self.size = Some(nanostrain);
        self
    }
}
