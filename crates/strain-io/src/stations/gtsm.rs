use std::path::Path;

use serde::{Deserialize, Serialize};

use super::csv::optional_number;
use crate::bad_row::{BadRow, RowProblem};
use crate::pbo::Linearisation;
use crate::read::{BadRows, Skipped};
use crate::text::{Fields, Header, Lines, decode};
use crate::{Result, StrainIoError};

/// From gauge 0 to each of the four, degrees clockwise: gauges are 60 degrees apart, the last one is
/// across the second.
const BETWEEN_GAUGES: [f64; 4] = [0.0, 120.0, 240.0, 210.0];

/// One GTSM borehole strainmeter of the Plate Boundary Observatory: where it is, where its gauges
/// point and how their counts become strain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct GtsmSite {
    /// Station code, four characters.
    pub station_code: String,
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
    /// Metres above sea level, if known.
    pub elevation_m: Option<f64>,
    /// Direction of gauge 0, degrees east of north, if known.
    pub azimuth_degrees: Option<f64>,
    /// Gap of the gauges in metres, if known.
    pub gap_m: Option<f64>,
    /// Counts of zero strain of gauges 0 to 3, where known.
    pub reference_counts: [Option<f64>; 4],
}

impl GtsmSite {
    /// Directions of gauges 0 to 3, degrees east of north from 0 to 180; none where that of gauge 0
    /// is not known.
    ///
    /// Roeloffs, E. (2010), Tidal calibration of Plate Boundary Observatory borehole strainmeters,
    /// *J. Geophys. Res.* 115, B06405, doi:10.1029/2009JB006407.
    pub fn gauge_azimuths(&self) -> [Option<f64>; 4] {
        BETWEEN_GAUGES.map(|turn| Some((self.azimuth_degrees? + turn).rem_euclid(180.0)))
    }

    /// How the counts of `CH0` to `CH3` become strain, of the gauges for which that is known.
    pub fn linearisations(&self) -> Vec<Linearisation> {
        let counts = self.reference_counts.iter().enumerate();
        let known = counts.filter_map(|(gauge, counts)| {
            Some(Linearisation::new(format!("CH{gauge}"), (*counts)?, self.gap_m?))
        });
        known.collect()
    }
}

/// Whether a header is that of the network's table of strainmeters.
pub(crate) fn is_gtsm_header(header: &Header<'_>) -> bool {
    let has = |name: &str| header.names.iter().any(|found| found == name);
    ["sta4", "nlat", "elon"].into_iter().all(has)
}

/// Reads the network's table of strainmeters: CSV with a header that has `sta4`, `nlat`, `elon`,
/// `elev.m`, `CH0(EofN)`, `GAP(m)` and `L0(cnts)` to `L3(cnts)`, in any order; fields may be empty
/// but for the code and the coordinates.
///
/// # Errors
///
/// As [`read_stations_csv`](crate::read_stations_csv).
///
/// # Example
///
/// ```
/// use strain_io::read_gtsm_sites;
///
/// let dir = tempfile::tempdir()?;
/// let path = dir.path().join("sites.csv");
/// std::fs::write(&path, "\
/// sta4,nlat,elon,elev.m,CH0(EofN),GAP(m),L0(cnts),L1(cnts),L2(cnts),L3(cnts)
/// B001,48.04307,-123.13141,237.0,200.2,0.0002,50935230,50185604,50654939,51914278
/// ")?;
/// let site = &read_gtsm_sites(&path)?[0];
/// assert_eq!(site.gauge_azimuths().map(|a| (a.unwrap() * 10.0).round() / 10.0), [20.2, 140.2, 80.2, 50.2]);
/// assert_eq!(site.linearisations()[3].reference_counts, 51_914_278.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read_gtsm_sites(path: impl AsRef<Path>) -> Result<Vec<GtsmSite>> {
    read(path.as_ref(), &mut BadRows::new(false))
}

/// As [`read_gtsm_sites`], but lines that are no strainmeter are listed and passed over.
///
/// # Errors
///
/// As [`read_gtsm_sites`], without [`StrainIoError::Row`].
pub fn read_gtsm_sites_skipping(path: impl AsRef<Path>) -> Result<Skipped<Vec<GtsmSite>>> {
    let mut bad = BadRows::new(true);
    let sites = read(path.as_ref(), &mut bad)?;
    Ok(bad.beside(sites))
}

fn read(path: &Path, bad: &mut BadRows) -> Result<Vec<GtsmSite>> {
    let mut lines = Lines::open(path)?;
    let mut fields = Fields::new(b',');
    let Some((number, header)) = lines.next_filled()? else {
        return Err(StrainIoError::NoRows { file: path.to_owned() });
    };
    let names: Vec<_> = fields.split(header).iter().map(|n| decode(n).into_owned()).collect();
    let mut places = [0; COLUMNS.len()];
    for (place, (name, ..)) in places.iter_mut().zip(COLUMNS) {
        let found = names.iter().position(|found| found == name);
        *place = found.ok_or_else(|| StrainIoError::NoColumn {
            file: path.to_owned(),
            line: number,
            name: name.to_owned(),
            found: names.clone(),
        })?;
    }
    let mut sites = Vec::new();
    while let Some((number, line)) = lines.next_filled()? {
        let record = fields.split(line);
        let found = places.iter().map(|&place| record.get(place)).collect::<Option<Vec<_>>>();
        let site = match found {
            Some(found) => parse(&found),
            None => {
                let reason = RowProblem::FieldCount { expected: names.len(), got: record.len() };
                Err((None, reason, line))
            }
        };
        match site {
            Ok(site) => sites.push(site),
            Err((column, reason, text)) => {
                bad.meet(BadRow::new(path, number, column, reason, text))?;
            }
        }
    }
    if sites.is_empty() {
        return Err(StrainIoError::NoRows { file: path.to_owned() });
    }
    Ok(sites)
}

/// Names, limits of the numbers, and what has to be there.
const COLUMNS: [(&str, f64, f64, bool); 10] = [
    ("sta4", 0.0, 0.0, false),
    ("nlat", -90.0, 90.0, true),
    ("elon", -180.0, 360.0, true),
    ("elev.m", -12_000.0, 9_000.0, false),
    ("CH0(EofN)", -360.0, 360.0, false),
    ("GAP(m)", 1e-6, 1e-2, false),
    ("L0(cnts)", 0.0, 1e8, false),
    ("L1(cnts)", 0.0, 1e8, false),
    ("L2(cnts)", 0.0, 1e8, false),
    ("L3(cnts)", 0.0, 1e8, false),
];

fn parse<'a>(
    fields: &[&'a [u8]],
) -> Result<GtsmSite, (Option<&'static str>, RowProblem, &'a [u8])> {
    let mut numbers = [None; COLUMNS.len()];
    for ((number, field), (name, low, high, needed)) in
        numbers.iter_mut().zip(fields).zip(COLUMNS).skip(1)
    {
        let found = optional_number(field, low, high).and_then(|found| match found {
            None if needed => Err(RowProblem::NotANumber),
            found => Ok(found),
        });
        *number = found.map_err(|reason| (Some(name), reason, *field))?;
    }
    let [_, latitude, longitude, elevation_m, azimuth_degrees, gap_m, counts @ ..] = numbers;
    Ok(GtsmSite {
        station_code: decode(fields[0]).into_owned(),
        latitude: latitude.unwrap_or_default(),
        longitude: longitude.unwrap_or_default(),
        elevation_m,
        azimuth_degrees,
        gap_m,
        reference_counts: counts,
    })
}
