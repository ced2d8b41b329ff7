use graph_spatial::Site;
use jiff::{SignedDuration, Timestamp};
use ndarray::Array2;
use serde::Serialize;

use crate::{Result, SineError};

/// One station's vertical component over a window.
///
/// ```
/// use sine::{Site, StationWaveform};
///
/// let site = Site::new("CI.WNM", 35.84, -117.90)?;
/// let start = "2019-07-06T08:00:00Z".parse()?;
/// let waveform = StationWaveform::new(site, 0.97, start, 100.0, vec![0.0; 1_000])?;
/// assert_eq!(waveform.samples().len(), 1_000);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct StationWaveform {
    site: Site,
    elevation_km: f64,
    start: Timestamp,
    sampling_hz: f64,
    samples: Vec<f32>,
}

impl StationWaveform {
    /// A waveform in any unit of ground motion.
    ///
    /// # Units
    ///
    /// Elevation in kilometres above sea level, sampling in hertz, `start` the time of the first
    /// sample.
    ///
    /// # Errors
    ///
    /// [`SineError::NotFinite`] for a sample, [`SineError::Setting`] for a sampling rate or an
    /// elevation, [`SineError::Site`] for a place.
    pub fn new(
        site: Site,
        elevation_km: f64,
        start: Timestamp,
        sampling_hz: f64,
        samples: Vec<f32>,
    ) -> Result<Self> {
        // The site's fields are public and may have changed since it was made.
        let site = Site::new(site.id, site.latitude, site.longitude)?;
        if !(sampling_hz.is_finite() && sampling_hz > 0.0) {
            let requirement = "a positive number of hertz";
            return Err(SineError::Setting {
                name: "sampling_hz",
                value: sampling_hz,
                requirement,
            });
        }
        if !elevation_km.is_finite() {
            let (name, requirement) = ("elevation_km", "a finite number of kilometres");
            return Err(SineError::Setting { name, value: elevation_km, requirement });
        }
        if let Some((sample, &value)) = samples.iter().enumerate().find(|(_, v)| !v.is_finite()) {
            return Err(SineError::NotFinite { id: site.id, sample, value });
        }
        Ok(Self { site, elevation_km, start, sampling_hz, samples })
    }

    /// Where it was recorded.
    pub fn site(&self) -> &Site {
        &self.site
    }

    /// Kilometres above sea level.
    pub fn elevation_km(&self) -> f64 {
        self.elevation_km
    }

    /// Time of the first sample.
    pub fn start(&self) -> Timestamp {
        self.start
    }

    /// Samples per second.
    pub fn sampling_hz(&self) -> f64 {
        self.sampling_hz
    }

    /// The samples.
    pub fn samples(&self) -> &[f32] {
        &self.samples
    }

    /// Time of a sample, which may lie beyond the end; saturates at the calendar's ends.
    pub fn time_of(&self, sample: usize) -> Timestamp {
        let nanos = (sample as f64 / self.sampling_hz * 1e9).round();
        let offset = SignedDuration::from_nanos_i128(nanos as i128);
        self.start.saturating_add(offset).unwrap_or(self.start)
    }
}

/// The same window at several stations: one input of the network.
#[derive(Debug, Clone, PartialEq)]
pub struct EventWindow {
    stations: Vec<StationWaveform>,
}

impl EventWindow {
    /// A window of at least one station; all start together, at one rate, and are equally long.
    ///
    /// # Errors
    ///
    /// [`SineError::Setting`] without stations or samples, [`SineError::Mismatch`] where a station
    /// differs from the first.
    pub fn new(stations: Vec<StationWaveform>) -> Result<Self> {
        let empty = |name, requirement| SineError::Setting { name, value: 0.0, requirement };
        let first = stations.first().ok_or_else(|| empty("stations", "at least 1"))?;
        if first.samples.is_empty() {
            return Err(empty("samples", "at least 1"));
        }
        for (station, waveform) in stations.iter().enumerate() {
            let pairs = [
                ("samples", first.samples.len().to_string(), waveform.samples.len().to_string()),
                ("start", first.start.to_string(), waveform.start.to_string()),
                ("sampling rate", first.sampling_hz.to_string(), waveform.sampling_hz.to_string()),
            ];
            if let Some((what, expected, got)) = pairs.into_iter().find(|(_, a, b)| a != b) {
                let id = waveform.site.id.clone();
                return Err(SineError::Mismatch { station, id, what, expected, got });
            }
        }
        Ok(Self { stations })
    }

    /// The stations, in the order of all outputs.
    pub fn stations(&self) -> &[StationWaveform] {
        &self.stations
    }

    /// Samples per station.
    pub fn samples(&self) -> usize {
        self.stations[0].samples.len()
    }

    /// `[station, sample]`, as recorded.
    pub fn waveforms(&self) -> Array2<f32> {
        Array2::from_shape_fn((self.stations.len(), self.samples()), |(s, t)| {
            self.stations[s].samples[t]
        })
    }

    /// `[station, 4]`: latitude, longitude, elevation in kilometres, and 1, as the published
    /// station lists have it.
    pub fn station_table(&self) -> Array2<f32> {
        Array2::from_shape_fn((self.stations.len(), 4), |(s, column)| {
            let station = &self.stations[s];
            let row = [station.site.latitude, station.site.longitude, station.elevation_km, 1.0];
            row[column] as f32
        })
    }
}

/// A P arrival at one station.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Pick {
    /// The station's name.
    pub station: String,
    /// Sample of the window at which the picker's output is largest.
    pub sample: usize,
    /// Its time.
    pub time: Timestamp,
    /// The output there, in 0..=1.
    pub probability: f32,
}

impl Pick {
    pub(crate) fn new(waveform: &StationWaveform, sample: usize, probability: f32) -> Self {
        let station = waveform.site.id.clone();
        Self { station, sample, time: waveform.time_of(sample), probability }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waveform(id: &str, samples: usize, hertz: f64) -> StationWaveform {
        let start = "2019-08-23T00:00:00Z".parse().unwrap();
        let site = Site::new(id, 35.0, -117.0).unwrap();
        StationWaveform::new(site, 0.5, start, hertz, vec![0.0; samples]).unwrap()
    }

    #[test]
    fn stations_must_fit_together() {
        let error =
            EventWindow::new(vec![waveform("a", 9, 100.0), waveform("b", 8, 100.0)]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "station b (number 1) has samples 8 where the first station has 9: cut all stations to \
             one window"
        );
        assert!(EventWindow::new(vec![waveform("a", 9, 100.0), waveform("b", 9, 50.0)]).is_err());
        assert!(
            EventWindow::new(vec![]).is_err()
                && EventWindow::new(vec![waveform("a", 0, 1.0)]).is_err()
        );
    }

    #[test]
    fn times_and_tables() {
        let window = EventWindow::new(vec![waveform("a", 300, 100.0)]).unwrap();
        let time = window.stations()[0].time_of(250);
        assert_eq!(time.to_string(), "2019-08-23T00:00:02.5Z");
        assert_eq!(window.station_table().as_slice().unwrap(), [35.0, -117.0, 0.5, 1.0]);
        assert_eq!(window.waveforms().dim(), (1, 300));
    }

    #[test]
    fn gaps_are_refused_where_they_are() {
        let start = "2019-08-23T00:00:00Z".parse().unwrap();
        let site = Site::new("x", 35.0, -117.0).unwrap();
        let error = StationWaveform::new(site, 0.0, start, 1.0, vec![0.0, f32::NAN]).unwrap_err();
        assert!(error.to_string().starts_with("station x: sample 1 is NaN"));
    }
}
