use serde::{Deserialize, Serialize};

use crate::{Result, StrainIoError};

/// Which column of a list of stations in CSV is what. A column that is left open is found by the names
/// that such lists use for it, in any case.
///
/// ```
/// use strain_io::{StationOptions, borehole_sites, read_stations_csv_with};
///
/// let dir = tempfile::tempdir()?;
/// let path = dir.path().join("sites.csv");
/// std::fs::write(&path, "kod,lat,lon,g1,g2\nGZ,30.1,102.2,51,96\nXC,26.0,101.5,,10\n")?;
/// let options =
///     StationOptions::default().with_station("kod").with_gauge_azimuths(["g1", "g2"]);
/// let sites = borehole_sites(&read_stations_csv_with(&path, &options)?);
/// assert_eq!(sites[0].gauge_azimuths, [Some(51.0), Some(96.0), None, None]);
/// assert_eq!((sites[1].station_code.as_str(), sites[1].latitude), ("XC", 26.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct StationOptions {
    /// The station's code; open: `station_code`, `station`, `code`, `id`.
    pub station: Option<String>,
    /// Degrees north; open: `lat`, `latitude`.
    pub latitude: Option<String>,
    /// Degrees east; open: `lon`, `longitude`, `long`.
    pub longitude: Option<String>,
    /// Metres above sea level; open: `elev_m`, `elevation_m`, `elevation`, or none.
    pub elevation: Option<String>,
    /// The network's code; open: `network_code`, `network`, or none.
    pub network: Option<String>,
    /// The measuring point; open: `point_code`, `point`, or none.
    pub point: Option<String>,
    /// The station's name; open: `station_name`, `name`, or none.
    pub name: Option<String>,
    /// What is measured, as a code; open: `item_code`, `item`, or none.
    pub item: Option<String>,
    /// What is measured, in words; open: `item_name`, or none.
    pub item_name: Option<String>,
    /// Direction of the sensor, degrees east of north; open: `azimuth_deg`, `azimuth_degrees`,
    /// `azimuth`, or none.
    pub azimuth: Option<String>,
    /// Of a list with one line a station: the directions of gauges 1 to 4, degrees east of north, a
    /// column each. A line is then as many channels, of the items 2321 to 2324, and `item`, `item_name`
    /// and `azimuth` have no place.
    pub gauge_azimuths: Vec<String>,
}

impl StationOptions {
    /// Names the column of the stations' codes.
    pub fn with_station(mut self, name: impl Into<String>) -> Self {
        self.station = Some(name.into());
        self
    }

    /// Names the columns of latitudes and longitudes.
    pub fn with_place(mut self, latitude: impl Into<String>, longitude: impl Into<String>) -> Self {
        self.latitude = Some(latitude.into());
        self.longitude = Some(longitude.into());
        self
    }

    /// Names the columns of codes and directions of a list with one line a channel.
    pub fn with_channel(mut self, item: impl Into<String>, azimuth: impl Into<String>) -> Self {
        self.item = Some(item.into());
        self.azimuth = Some(azimuth.into());
        self
    }

    /// Names the columns of directions of a list with one line a station, gauge by gauge.
    pub fn with_gauge_azimuths<N: Into<String>>(
        mut self,
        names: impl IntoIterator<Item = N>,
    ) -> Self {
        self.gauge_azimuths = names.into_iter().map(Into::into).collect();
        self
    }

    /// Checks what can be checked without a file.
    ///
    /// # Errors
    ///
    /// [`StrainIoError::Config`] for more than four gauges, or gauges beside columns of channels.
    pub fn validate(&self) -> Result<()> {
        let gauges = self.gauge_azimuths.len();
        let of_channels =
            [&self.item, &self.item_name, &self.azimuth].into_iter().any(Option::is_some);
        let advice = match gauges {
            0 => return Ok(()),
            5.. => "a strainmeter has at most four gauges",
            _ if of_channels => {
                "give it without `item`, `item_name` and `azimuth`, or these without it"
            }
            _ => return Ok(()),
        };
        let value = self.gauge_azimuths.join(", ");
        Err(StrainIoError::Config { name: "gauge_azimuths", value, advice })
    }
}
