use std::ops::Range;

use super::config::PrepareConfig;
use crate::robust::spread;
use crate::tide::LONGEST_TIDE_INTERVAL;
use crate::{CoseismicContext, Recording, Result, StrainIoError, Unit};

/// A checked request, with what the four gauges share.
pub(super) struct Input<'a> {
    pub(super) recording: &'a Recording,
    pub(super) config: &'a PrepareConfig,
    pub(super) fit: Range<usize>,
    /// Samples that may be used for fitting: all but the excluded spans.
    pub(super) usable: Vec<bool>,
    pub(super) pressure: Option<Pressure>,
    pub(super) per_day: usize,
    pub(super) max_fill: usize,
    pub(super) coseismic: Option<CoseismicContext<'a>>,
}

/// Air pressure less its mean over the fit span, hPa.
pub(super) struct Pressure {
    /// As observed, NaN where missing: for fitting.
    pub(super) observed: Vec<f64>,
    /// Short gaps bridged by the last value: for correcting.
    pub(super) held: Vec<f64>,
}

impl<'a> Input<'a> {
    pub(super) fn new(
        recording: &'a Recording,
        config: &'a PrepareConfig,
        fit: Range<usize>,
        coseismic: Option<CoseismicContext<'a>>,
    ) -> Result<Self> {
        config.validate()?;
        match &coseismic {
            Some(coseismic) => coseismic.validate()?,
            None if config.steps.keep_coseismic => {
                return Err(StrainIoError::Config {
                    name: "steps.keep_coseismic",
                    value: "true".to_owned(),
                    advice: "say with a catalogue which steps are an earthquake's",
                });
            }
            None => {}
        }
        let grid = recording.grid();
        grid.slice(fit.clone())?;
        let interval = grid.interval_seconds();
        if config.tide && interval > LONGEST_TIDE_INTERVAL * 3600.0 {
            return Err(StrainIoError::Config {
                name: "tide",
                value: format!("true with a sample every {interval} s"),
                advice: "a tide needs a sample at least every 3 hours; set tide = false",
            });
        }
        for name in &config.gauges {
            check_unit(recording, name, &Unit::Nanostrain)?;
        }
        let max_fill = (config.max_fill_hours * 3600.0 / interval + 1e-9) as usize;
        let mut usable = vec![true; grid.len()];
        for span in &config.exclude {
            usable[grid.index_at_or_after(span.start)..grid.index_at_or_after(span.end)]
                .fill(false);
        }
        let pressure = match &config.pressure {
            Some(name) if config.pressure_correction => {
                check_unit(recording, name, &Unit::Hectopascal)?;
                Some(Pressure::new(recording.channel(name)?.to_vec(), fit.clone(), max_fill))
            }
            _ => None,
        };
        let per_day = ((86_400.0 / interval).round() as usize).max(1);
        Ok(Self { recording, config, fit, usable, pressure, per_day, max_fill, coseismic })
    }
}

fn check_unit(recording: &Recording, name: &str, expected: &Unit) -> Result<()> {
    let channel = &recording.channels()[recording.channel_index(name)?];
    if channel.unit != *expected {
        return Err(StrainIoError::WrongUnit {
            station: recording.station().to_owned(),
            channel: name.to_owned(),
            unit: channel.unit.clone(),
            expected: expected.clone(),
        });
    }
    Ok(())
}

impl Pressure {
    fn new(mut observed: Vec<f64>, fit: Range<usize>, max_fill: usize) -> Self {
        let reference = spread(observed[fit].iter().copied()).map_or(0.0, |(mean, _)| mean);
        for value in &mut observed {
            *value -= reference;
        }
        let mut last = (f64::NAN, 0);
        let held = observed.iter().enumerate().map(|(index, &value)| {
            if !value.is_nan() {
                last = (value, index);
            }
            if index - last.1 <= max_fill { last.0 } else { f64::NAN }
        });
        let held = held.collect();
        Self { observed, held }
    }
}
