use std::ops::Range;

use jiff::Timestamp;
use ndarray::{Array2, ArrayView1, ArrayView2, Axis, Zip, s};
use serde::{Deserialize, Serialize};

use crate::{Provenance, Result, StrainIoError, TimeGrid, Unit};

/// One column of a recording: what it is called, what it measures, where it points.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Channel {
    /// Unique name within the recording (`s1`, `pressure`).
    pub name: String,
    /// Unit of the values.
    #[serde(default)]
    pub unit: Unit,
    /// Direction of a strain gauge, degrees east of north.
    #[serde(default)]
    pub azimuth_degrees: Option<f64>,
}

impl Channel {
    /// A channel without a direction.
    pub fn new(name: impl Into<String>, unit: Unit) -> Self {
        Self { name: name.into(), unit, azimuth_degrees: None }
    }

    /// A strain gauge: nanostrain along `azimuth_degrees` east of north.
    pub fn gauge(name: impl Into<String>, azimuth_degrees: f64) -> Self {
        Self { name: name.into(), unit: Unit::Nanostrain, azimuth_degrees: Some(azimuth_degrees) }
    }
}

/// The channels of one station on one uniform time grid.
///
/// Values are `[time, channel]`, NaN where there is none, each with a [`Provenance`]. A recording
/// never holds an infinite value, two channels of one name, or a NaN that is not flagged missing.
///
/// # Example
///
/// ```
/// use jiff::SignedDuration;
/// use strain_io::ndarray::array;
/// use strain_io::{Channel, Provenance, Recording, TimeGrid, Unit};
///
/// let grid = TimeGrid::new("2008-05-01T00:00:00Z".parse()?, SignedDuration::from_hours(1), 3)?;
/// let channels = vec![Channel::gauge("s1", 51.0), Channel::new("pressure", Unit::Hectopascal)];
/// let values = array![[10.5, 847.0], [f64::NAN, 847.2], [11.0, 847.1]];
/// let recording = Recording::new("51010", grid, channels, values)?;
///
/// assert_eq!(recording.missing_count("s1")?, 1);
/// assert_eq!(recording.provenance()[[1, 0]], Provenance::MISSING);
/// let error = recording.channel("s2").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "station 51010 has no channel `s2`: it has s1, pressure"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Recording {
    station: String,
    grid: TimeGrid,
    channels: Vec<Channel>,
    values: Array2<f64>,
    provenance: Array2<Provenance>,
}

impl Recording {
    /// A recording as observed: `values` is `[time, channel]`, NaN where a value is missing.
    ///
    /// # Errors
    ///
    /// [`StrainIoError::Shape`] where the array does not fit grid and channels,
    /// [`StrainIoError::NoChannels`], [`StrainIoError::DuplicateChannel`], and
    /// [`StrainIoError::Infinite`] for the first infinite value.
    pub fn new(
        station: impl Into<String>,
        grid: TimeGrid,
        channels: Vec<Channel>,
        values: Array2<f64>,
    ) -> Result<Self> {
        let station = station.into();
        if channels.is_empty() {
            return Err(StrainIoError::NoChannels { station });
        }
        if let Some(name) = first_duplicate(&channels) {
            return Err(StrainIoError::DuplicateChannel { station, name });
        }
        let provenance = Array2::from_elem(values.raw_dim(), Provenance::OBSERVED);
        Self::checked(station, grid, channels, values, provenance)
    }

    /// The same station, grid and channels with other values and flags: the result of a cleaning
    /// step. [`Provenance::MISSING`] is set or cleared to agree with the values.
    ///
    /// # Errors
    ///
    /// [`StrainIoError::Shape`] or [`StrainIoError::Infinite`], as for [`Recording::new`].
    pub fn with_values(&self, values: Array2<f64>, provenance: Array2<Provenance>) -> Result<Self> {
        Self::checked(self.station.clone(), self.grid, self.channels.clone(), values, provenance)
    }

    fn checked(
        station: String,
        grid: TimeGrid,
        channels: Vec<Channel>,
        values: Array2<f64>,
        mut provenance: Array2<Provenance>,
    ) -> Result<Self> {
        let expected = (grid.len(), channels.len());
        for (what, got) in [("values", values.dim()), ("provenance", provenance.dim())] {
            if got != expected {
                return Err(StrainIoError::Shape { station, what, expected, got });
            }
        }
        let mut any_infinite = false;
        Zip::from(&values).and(&mut provenance).for_each(|value, flags| {
            any_infinite |= value.is_infinite();
            flags.set(Provenance::MISSING, value.is_nan());
        });
        // Apart, for places are costly to keep along and most recordings have none.
        let infinite = |(_, value): &(_, &f64)| value.is_infinite();
        let first = if any_infinite { values.indexed_iter().find(infinite) } else { None };
        if let Some(((sample, channel), _)) = first {
            let (channel, time) = (channels[channel].name.clone(), grid.time(sample));
            return Err(StrainIoError::Infinite { station, channel, sample, time });
        }
        Ok(Self { station, grid, channels, values, provenance })
    }

    /// The station's code.
    pub fn station(&self) -> &str {
        &self.station
    }

    /// The sampling instants.
    pub fn grid(&self) -> &TimeGrid {
        &self.grid
    }

    /// The channels, in the order of the columns.
    pub fn channels(&self) -> &[Channel] {
        &self.channels
    }

    /// All values, `[time, channel]`, NaN where missing.
    pub fn values(&self) -> ArrayView2<'_, f64> {
        self.values.view()
    }

    /// The flags of all values, `[time, channel]`.
    pub fn provenance(&self) -> ArrayView2<'_, Provenance> {
        self.provenance.view()
    }

    /// The values of the channel called `name`, `[time]`.
    ///
    /// # Errors
    ///
    /// [`StrainIoError::NoChannel`], listing the channels there are.
    pub fn channel(&self, name: &str) -> Result<ArrayView1<'_, f64>> {
        Ok(self.values.column(self.channel_index(name)?))
    }

    /// The column of the channel called `name`.
    ///
    /// # Errors
    ///
    /// [`StrainIoError::NoChannel`], listing the channels there are.
    pub fn channel_index(&self, name: &str) -> Result<usize> {
        place_of(name, &self.station, &self.channels)
    }

    /// The number of missing samples of the channel called `name`.
    ///
    /// # Errors
    ///
    /// [`StrainIoError::NoChannel`], listing the channels there are.
    pub fn missing_count(&self, name: &str) -> Result<usize> {
        Ok(self.channel(name)?.iter().filter(|value| value.is_nan()).count())
    }

    /// The named channels, in the order of `names`.
    ///
    /// # Errors
    ///
    /// [`StrainIoError::NoChannel`], [`StrainIoError::NoChannels`] for an empty list,
    /// [`StrainIoError::DuplicateChannel`] where a name is asked for twice.
    pub fn select(&self, names: &[&str]) -> Result<Self> {
        let columns =
            names.iter().map(|name| self.channel_index(name)).collect::<Result<Vec<_>>>()?;
        let channels: Vec<_> = columns.iter().map(|&c| self.channels[c].clone()).collect();
        let station = self.station.clone();
        if channels.is_empty() {
            return Err(StrainIoError::NoChannels { station });
        }
        if let Some(name) = first_duplicate(&channels) {
            return Err(StrainIoError::DuplicateChannel { station, name });
        }
        let values = self.values.select(Axis(1), &columns);
        let provenance = self.provenance.select(Axis(1), &columns);
        Ok(Self { station, grid: self.grid, channels, values, provenance })
    }

    /// The samples `range`.
    ///
    /// # Errors
    ///
    /// [`StrainIoError::Range`] if the range is empty or reaches past the end.
    pub fn slice(&self, range: Range<usize>) -> Result<Self> {
        let grid = self.grid.slice(range.clone())?;
        Ok(Self {
            station: self.station.clone(),
            grid,
            channels: self.channels.clone(),
            values: self.values.slice(s![range.clone(), ..]).to_owned(),
            provenance: self.provenance.slice(s![range, ..]).to_owned(),
        })
    }

    /// The samples at or after `start` and before `end`.
    ///
    /// # Errors
    ///
    /// [`StrainIoError::Span`] if no sample lies there.
    pub fn between(&self, start: Timestamp, end: Timestamp) -> Result<Self> {
        let range = self.grid.index_at_or_after(start)..self.grid.index_at_or_after(end);
        if range.is_empty() {
            return Err(StrainIoError::Span {
                station: self.station.clone(),
                start,
                end,
                first: self.grid.start(),
                last: self.grid.end(),
            });
        }
        self.slice(range)
    }
}

fn first_duplicate(channels: &[Channel]) -> Option<String> {
    let mut seen = std::collections::HashSet::new();
    channels.iter().find(|channel| !seen.insert(channel.name.as_str())).map(|c| c.name.clone())
}

/// Where among `channels` of a station the one called `name` is.
pub(crate) fn place_of(name: &str, station: &str, channels: &[Channel]) -> Result<usize> {
    channels.iter().position(|channel| channel.name == name).ok_or_else(|| {
        StrainIoError::NoChannel {
            station: station.to_owned(),
            name: name.to_owned(),
            available: channels.iter().map(|channel| channel.name.clone()).collect(),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;
    use ndarray::array;

    fn sample() -> Recording {
        let start = "2008-05-01T00:00:00Z".parse().unwrap();
        let grid = TimeGrid::new(start, SignedDuration::from_hours(1), 4).unwrap();
        let channels = ["a", "b", "c"].map(|name| Channel::new(name, Unit::Count)).to_vec();
        let values = array![
            [0.0, 10.0, 20.0],
            [1.0, f64::NAN, 21.0],
            [2.0, 12.0, f64::NAN],
            [3.0, 13.0, f64::NAN]
        ];
        Recording::new("X", grid, channels, values).unwrap()
    }

    #[test]
    fn select_reorders_values_and_flags() {
        let picked = sample().select(&["c", "a"]).unwrap();
        assert_eq!(picked.channels()[0].name, "c");
        assert_eq!(picked.channel("a").unwrap().to_vec(), [0.0, 1.0, 2.0, 3.0]);
        assert_eq!(picked.missing_count("c").unwrap(), 2);
        assert!(picked.provenance()[[3, 0]].contains(Provenance::MISSING));
        assert!(matches!(sample().select(&[]), Err(StrainIoError::NoChannels { .. })));
        assert!(matches!(
            sample().select(&["a", "a"]),
            Err(StrainIoError::DuplicateChannel { .. })
        ));
    }

    #[test]
    fn between_is_half_open() {
        let start = "2008-05-01T00:30:00Z".parse().unwrap();
        let end = "2008-05-01T03:00:00Z".parse().unwrap();
        let part = sample().between(start, end).unwrap();
        assert_eq!(part.channel("a").unwrap().to_vec(), [1.0, 2.0]);
        assert_eq!(part.grid().start(), "2008-05-01T01:00:00Z".parse().unwrap());
        let error = sample().between(end, start).unwrap_err().to_string();
        assert!(error.contains("2008-05-01T00:00:00Z"), "{error}");
    }

    #[test]
    fn refuses_bad_parts() {
        let good = sample();
        let grid = *good.grid();
        let two = vec![Channel::new("a", Unit::Count), Channel::new("a", Unit::Count)];
        let new = |channels, values| Recording::new("X", grid, channels, values);
        assert!(matches!(
            new(two, Array2::zeros((4, 2))),
            Err(StrainIoError::DuplicateChannel { .. })
        ));
        assert!(matches!(
            new(vec![], Array2::zeros((4, 0))),
            Err(StrainIoError::NoChannels { .. })
        ));
        let one = || vec![Channel::new("a", Unit::Count)];
        assert!(matches!(new(one(), Array2::zeros((3, 1))), Err(StrainIoError::Shape { .. })));
        let infinite = array![[0.0], [1.0], [f64::NEG_INFINITY], [2.0]];
        let error = new(one(), infinite).unwrap_err().to_string();
        assert!(error.contains("sample 2") && error.contains("02:00:00Z"), "{error}");
    }

    #[test]
    fn the_missing_flag_follows_the_values() {
        let before = sample();
        let mut values = before.values().to_owned();
        let mut flags = before.provenance().to_owned();
        values[[1, 1]] = 11.0;
        flags[[1, 1]].insert(Provenance::FILLED);
        values[[0, 0]] = f64::NAN;
        let after = before.with_values(values, flags).unwrap();
        assert_eq!(after.provenance()[[1, 1]], Provenance::FILLED);
        assert_eq!(after.provenance()[[0, 0]], Provenance::MISSING);
        assert_eq!(after.provenance()[[0, 1]], Provenance::OBSERVED);
    }
}
