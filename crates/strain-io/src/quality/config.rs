use serde::{Deserialize, Serialize};

use crate::recording::place_of;
use crate::{Channel, Result, StrainIoError, Unit};

/// What [`assess`](crate::assess) needs to be told; the default finds the gauges itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct QualityConfig {
    /// The channels that are gauges 1 to 4, in order. Empty: the channels called `s1` to `s4` or
    /// `2321` to `2324` or, where there are none, the channels in nanostrain if they are four.
    pub gauges: Vec<String>,
    /// The share of each gauge's differences that counts as steps and spikes: samples whose
    /// difference is among the largest of any gauge are left out of the difference statistics,
    /// which a few of them would otherwise decide. 0.0005 by default.
    pub step_share: f64,
}

impl Default for QualityConfig {
    fn default() -> Self {
        Self { gauges: Vec::new(), step_share: 0.0005 }
    }
}

impl QualityConfig {
    /// Names the gauges 1 to 4.
    pub fn with_gauges(mut self, gauges: [&str; 4]) -> Self {
        self.gauges = gauges.map(str::to_owned).to_vec();
        self
    }

    /// Sets the share of differences that counts as steps and spikes.
    pub fn with_step_share(mut self, share: f64) -> Self {
        self.step_share = share;
        self
    }

    /// Checks the settings.
    ///
    /// # Errors
    ///
    /// [`StrainIoError::Config`] where `gauges` names neither none nor four, or `step_share` is not
    /// in 0..0.5.
    pub fn validate(&self) -> Result<()> {
        if !matches!(self.gauges.len(), 0 | 4) {
            return Err(StrainIoError::Config {
                name: "gauges",
                value: format!("{:?}", self.gauges),
                advice: "name gauges 1 to 4, or none to have them found",
            });
        }
        if !(0.0..0.5).contains(&self.step_share) {
            return Err(StrainIoError::Config {
                name: "step_share",
                value: self.step_share.to_string(),
                advice: "give a share from 0 to below 0.5",
            });
        }
        Ok(())
    }

    /// The columns of gauges 1 to 4, if a station's channels have them.
    pub(super) fn find_gauges(
        &self,
        station: &str,
        channels: &[Channel],
    ) -> Result<Option<[usize; 4]>> {
        if let [a, b, c, d] = self.gauges.as_slice() {
            let index = |name: &str| place_of(name, station, channels);
            return Ok(Some([index(a)?, index(b)?, index(c)?, index(d)?]));
        }
        let called = |name: &str| channels.iter().position(|c| c.name.eq_ignore_ascii_case(name));
        for names in [["s1", "s2", "s3", "s4"], ["2321", "2322", "2323", "2324"]] {
            if let [Some(a), Some(b), Some(c), Some(d)] = names.map(called) {
                return Ok(Some([a, b, c, d]));
            }
        }
        let strain: Vec<usize> =
            (0..channels.len()).filter(|&i| channels[i].unit == Unit::Nanostrain).collect();
        Ok(<[usize; 4]>::try_from(strain).ok())
    }
}
