use std::error::Error;
use std::ops::Range;

use strain_io::FillMethod;

use super::causal::{self, Causal};
use super::record::{residual, white};
use super::standalone::{GAPS, Holed, OFFSETS_STATION, OFFSETS_WHITE, SPIKES, offsets, spikes};
use super::tally::{Group, Trial};

pub(crate) const SPIKE: &str = "spikes";
pub(crate) const OFFSET: &str = "offsets";
pub(crate) const STEP: &str = "steps";
pub(crate) const GAP: &str = "gaps";

/// All groups, from one record of each kind a seed.
pub(crate) fn study(seeds: Range<u64>) -> Result<Vec<Group>, Box<dyn Error>> {
    let mut trials: [Vec<Trial>; 13] = Default::default();
    for seed in seeds {
        let (white, residual) = (white(seed)?, residual(seed)?);
        let holed = Holed::new(seed)?;
        let causal = Causal::new(seed)?;
        let all = [
            spikes(&white, seed, false)?,
            spikes(&white, seed, true)?,
            spikes(&residual, seed, false)?,
            spikes(&residual, seed, true)?,
            causal.spikes,
            causal.mistaken,
            offsets(&white, seed, &OFFSETS_WHITE)?,
            offsets(&residual, seed, &OFFSETS_STATION)?,
            causal.steps,
            holed.fill(FillMethod::Linear)?,
            holed.fill(FillMethod::Cubic)?,
            holed.fill(FillMethod::Model)?,
            causal.gaps,
        ];
        trials.iter_mut().zip(all).for_each(|(trials, trial)| trials.push(trial));
    }
    let kinds: [(&str, &str, &[f64]); 13] = [
        (SPIKE, "white noise, `remove_spikes`", &SPIKES),
        (SPIKE, "white noise, `remove_spikes`, causal", &SPIKES),
        (SPIKE, "station, `remove_spikes`", &SPIKES),
        (SPIKE, "station, `remove_spikes`, causal", &SPIKES),
        (SPIKE, "station, `prepare`", &causal::JUMPS),
        (SPIKE, "station, `prepare`: taken for a step", &causal::JUMPS),
        (OFFSET, "white noise, `find_offsets`", &OFFSETS_WHITE),
        (OFFSET, "station, `find_offsets`", &OFFSETS_STATION),
        (STEP, "station, `prepare`", &causal::JUMPS),
        (GAP, "`fill_gaps`, line", &GAPS),
        (GAP, "`fill_gaps`, cubic", &GAPS),
        (GAP, "`fill_gaps`, model", &GAPS),
        (GAP, "`prepare`, the last level", &causal::GAPS),
    ];
    let groups = kinds.iter().zip(&trials);
    Ok(groups
        .map(|((section, name, sizes), trials)| Group::new(section, name, sizes, trials))
        .collect())
}
