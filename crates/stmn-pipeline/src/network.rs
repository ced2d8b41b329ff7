use std::path::Path;
use std::sync::Arc;

use strain_io::{Catalogue, CatalogueRead, Event, ReadCatalogueOptions};

use crate::config::{CatalogueConfig, EventConfig, RunConfig};
use crate::remarks::CatalogueSource;
use crate::station::{Station, find};
use crate::{PipelineError, Result};

/// A reference station, the stations to judge, and the earthquake.
#[derive(Debug, Clone)]
pub struct Network {
    pub(crate) event: EventConfig,
    pub(crate) reference: Station,
    pub(crate) targets: Vec<Station>,
    pub(crate) catalogue: Option<Catalogue>,
    pub(crate) catalogue_source: Option<CatalogueSource>,
}

impl Network {
    /// A network in memory.
    ///
    /// # Errors
    ///
    /// [`PipelineError::Config`] without targets, and for an event that cannot be.
    pub fn new(event: EventConfig, reference: Station, targets: Vec<Station>) -> Result<Self> {
        event.validate()?;
        if targets.is_empty() {
            return Err(PipelineError::Config {
                name: "target".to_owned(),
                value: "none".to_owned(),
                advice: "name at least one station to judge".to_owned(),
            });
        }
        let mut network =
            Self { event, reference, targets, catalogue: None, catalogue_source: None };
        network.tell_stations();
        Ok(network)
    }

    /// Other earthquakes, whose days are not quiet and whose steps may be kept.
    pub fn with_catalogue(mut self, catalogue: Catalogue) -> Self {
        self.catalogue = Some(catalogue.without_duplicates());
        self.tell_stations();
        self
    }

    /// Gives the stations the earthquakes that may have stepped them, the event itself among them.
    fn tell_stations(&mut self) {
        let it = &self.event;
        let event = Event::new(it.time, it.latitude, it.longitude, it.magnitude);
        let others = self.catalogue.iter().flat_map(|catalogue| catalogue.events()).cloned();
        let all = Catalogue::new(std::iter::once(event).chain(others).collect());
        let all = Arc::new(all.without_duplicates());
        for station in std::iter::once(&mut self.reference).chain(&mut self.targets) {
            station.earthquakes = Some(Arc::clone(&all));
        }
    }

    /// Reads everything that a configuration names; relative paths start at `folder`.
    ///
    /// # Errors
    ///
    /// Those of the readers, naming file, line and column, and those of [`Station::new`].
    pub fn load(config: &RunConfig, folder: &Path) -> Result<Self> {
        let reference = Station::load(&config.reference, folder)?;
        let targets: Vec<Station> = config
            .target
            .iter()
            .map(|target| Station::load(target, folder))
            .collect::<Result<_>>()?;
        let mut events = Vec::new();
        let mut source = None;
        if let Some(catalogue) = &config.catalogue {
            let read = load_catalogue(catalogue, folder)?;
            source = Some(CatalogueSource::new(&catalogue.path, &read));
            events.extend_from_slice(read.catalogue.events());
        }
        events.extend(
            config.other_event.iter().map(|event| {
                Event::new(event.time, event.latitude, event.longitude, event.magnitude)
            }),
        );
        let mut network = Self::new(config.event.clone(), reference, targets)?;
        network.catalogue_source = source;
        Ok(network.with_catalogue(Catalogue::new(events)))
    }

    /// The reference station.
    pub fn reference(&self) -> &Station {
        &self.reference
    }

    /// The stations that are judged.
    pub fn targets(&self) -> &[Station] {
        &self.targets
    }

    /// The earthquake.
    pub fn event(&self) -> &EventConfig {
        &self.event
    }
}

fn load_catalogue(config: &CatalogueConfig, folder: &Path) -> Result<CatalogueRead> {
    let path = find(folder, &config.path);
    let options = ReadCatalogueOptions::default()
        .with_format(config.format)
        .with_csv(config.csv.clone())
        .with_skip_bad_rows(config.skip_bad_rows);
    Ok(strain_io::read_catalogue(path, &options)?)
}
