use std::ops::Range;

use super::config::PrepareConfig;
use super::drivers::Lagged;
use crate::tide::LONGEST_TIDE_INTERVAL;
use crate::{
    Catalogue, Coseismic, CoseismicContext, CoseismicRule, Recording, Result, StrainIoError,
    TimeGrid, Unit,
};

/// A checked request, with what the four gauges share. Samples are counted from the first one of the
/// record, which may go on past the end of the grid.
pub(super) struct Setup {
    pub(super) config: PrepareConfig,
    pub(super) grid: TimeGrid,
    pub(super) fit: Range<usize>,
    pub(super) per_day: usize,
    /// Samples for which a gap is bridged.
    pub(super) max_fill: usize,
    /// What the gauges answer to beside the tide, air pressure first.
    pub(super) drivers: Vec<Lagged>,
    earthquakes: Option<Earthquakes>,
}

/// A [`CoseismicContext`] that a stream keeps.
struct Earthquakes {
    catalogue: Catalogue,
    site: (f64, f64),
    rule: CoseismicRule,
}

impl Setup {
    /// `head` is the beginning of the record.
    pub(super) fn new(
        head: &Recording,
        config: &PrepareConfig,
        fit: Range<usize>,
        earthquakes: Option<&CoseismicContext<'_>>,
    ) -> Result<Self> {
        config.validate()?;
        let earthquakes = keep_earthquakes(config, earthquakes)?;
        let grid = *head.grid();
        grid.slice(fit.clone())?;
        let interval = grid.interval_seconds();
        if config.tide && interval > LONGEST_TIDE_INTERVAL * 3600.0 {
            return Err(StrainIoError::Config {
                name: "tide",
                value: format!("true with a sample every {interval} s"),
                advice: "a tide needs a sample at least every 3 hours; set tide = false",
            });
        }
        let max_fill = (config.max_fill_hours * 3600.0 / interval + 1e-9) as usize;
        let per_day = ((86_400.0 / interval).round() as usize).max(1);
        let mut setup = Self {
            config: config.clone(),
            grid,
            fit,
            per_day,
            max_fill,
            drivers: Vec::new(),
            earthquakes,
        };
        setup.check_units(head)?;
        setup.drivers = setup.lagged()?;
        Ok(setup)
    }

    /// Refuses a recording whose gauges or drivers are not there, or gauges or barometer of another
    /// unit.
    pub(super) fn check_units(&self, recording: &Recording) -> Result<()> {
        for name in &self.config.gauges {
            check_unit(recording, name, &Unit::Nanostrain)?;
        }
        if let Some(name) = self.barometer() {
            check_unit(recording, name, &Unit::Hectopascal)?;
        }
        let mut others = self.config.drivers.iter();
        others.try_for_each(|driver| recording.channel_index(&driver.channel).map(drop))
    }

    /// The drivers with their lags in samples.
    fn lagged(&self) -> Result<Vec<Lagged>> {
        let pressure = usize::from(self.barometer().is_some());
        let drivers = self.config.all_drivers().into_iter().enumerate();
        let lagged = drivers.map(|(nth, driver)| {
            let name = if nth < pressure { "pressure_lags_hours" } else { "drivers.lags_hours" };
            Lagged::new(driver, &self.grid, name)
        });
        lagged.collect()
    }

    /// The barometer's channel, where the pressure is corrected for.
    pub(super) fn barometer(&self) -> Option<&str> {
        self.config.pressure.as_deref().filter(|_| self.config.pressure_correction)
    }

    /// The earthquake that explains a jump at a sample, as far as one is known.
    pub(super) fn explain(&self, index: usize) -> Option<Coseismic> {
        let it = self.earthquakes.as_ref()?;
        let around = CoseismicContext::new(&it.catalogue, it.site).with_rule(it.rule);
        around.label(self.grid.time(index), self.grid.interval_seconds())
    }

    /// Which of the samples may be used for fitting: all but the excluded spans.
    pub(super) fn usable(&self, range: Range<usize>) -> Vec<bool> {
        let excluded = |index: usize| {
            let time = self.grid.time(index);
            self.config.exclude.iter().any(|span| span.start <= time && time < span.end)
        };
        if self.config.exclude.is_empty() {
            return vec![true; range.len()];
        }
        range.map(|index| !excluded(index)).collect()
    }
}

fn keep_earthquakes(
    config: &PrepareConfig,
    earthquakes: Option<&CoseismicContext<'_>>,
) -> Result<Option<Earthquakes>> {
    match earthquakes {
        Some(around) => {
            around.validate()?;
            let CoseismicContext { catalogue, site, rule } = *around;
            Ok(Some(Earthquakes { catalogue: catalogue.clone(), site, rule }))
        }
        None if config.steps.keep_coseismic => Err(StrainIoError::Config {
            name: "steps.keep_coseismic",
            value: "true".to_owned(),
            advice: "say with a catalogue which steps are an earthquake's",
        }),
        None => Ok(None),
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
