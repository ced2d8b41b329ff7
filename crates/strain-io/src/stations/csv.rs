use std::path::Path;

use csv::ByteRecord;

use super::channel::StationChannel;
use crate::bad_row::{BadRow, RowProblem};
use crate::read::{BadRows, Skipped};
use crate::text::{Fields, Lines, bounded_number, decode};
use crate::{Result, StrainIoError};

/// Reads a list of stations from CSV with the header `station_code,point_code,station_name,
/// item_code,item_name,lat,lon,elev_m,azimuth_deg` (in any order, more columns are passed over);
/// UTF-8 with or without BOM, or GBK. Elevation and azimuth may be empty.
///
/// # Errors
///
/// [`StrainIoError::Io`] where the file cannot be read, [`StrainIoError::NoColumn`],
/// [`StrainIoError::Row`] for the first line that is no channel, [`StrainIoError::NoRows`].
///
/// # Example
///
/// ```
/// use strain_io::{borehole_sites, read_stations_csv};
///
/// let dir = tempfile::tempdir()?;
/// let path = dir.path().join("stations.csv");
/// std::fs::write(&path, "\
/// station_code,point_code,station_name,item_code,item_name,lat,lon,elev_m,azimuth_deg
/// 51010,5,Guza,2321,gauge 1,30.11722,102.1728,1445.0,51.0
/// 51010,5,Guza,2322,gauge 2,30.11722,102.1728,1445.0,96.0
/// 51010,6,Guza,2121,gravity,30.115,102.176,,
/// ")?;
/// let channels = read_stations_csv(&path)?;
/// assert_eq!(channels.len(), 3);
/// let sites = borehole_sites(&channels);
/// assert_eq!(sites.len(), 1);
/// assert_eq!(sites[0].gauge_azimuths, [Some(51.0), Some(96.0), None, None]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read_stations_csv(path: impl AsRef<Path>) -> Result<Vec<StationChannel>> {
    read(path.as_ref(), &mut BadRows::new(false))
}

/// As [`read_stations_csv`], but lines that are no channel are listed and passed over.
///
/// # Errors
///
/// As [`read_stations_csv`], without [`StrainIoError::Row`].
pub fn read_stations_csv_skipping(path: impl AsRef<Path>) -> Result<Skipped<Vec<StationChannel>>> {
    let mut bad = BadRows::new(true);
    let channels = read(path.as_ref(), &mut bad)?;
    Ok(bad.beside(channels))
}

pub(super) fn read(path: &Path, bad: &mut BadRows) -> Result<Vec<StationChannel>> {
    let mut lines = Lines::open(path)?;
    let mut fields = Fields::new(b',');
    let Some((number, header)) = lines.next_filled()? else {
        return Err(StrainIoError::NoRows { file: path.to_owned() });
    };
    let names: Vec<_> = fields.split(header).iter().map(|n| decode(n).into_owned()).collect();
    let mut columns = [0; COLUMNS.len()];
    for (column, name) in columns.iter_mut().zip(COLUMNS) {
        *column = names.iter().position(|found| found == name).ok_or_else(|| {
            StrainIoError::NoColumn {
                file: path.to_owned(),
                line: number,
                name: name.to_owned(),
                found: names.clone(),
            }
        })?;
    }
    let mut channels = Vec::new();
    while let Some((number, line)) = lines.next_filled()? {
        let record = fields.split(line);
        let parsed = if record.len() == names.len() {
            parse(record, &columns)
        } else {
            let reason = RowProblem::FieldCount { expected: names.len(), got: record.len() };
            Err((None, reason))
        };
        match parsed {
            Ok(channel) => channels.push(channel),
            Err((column, reason)) => {
                let text = column.map_or(line, |column: usize| &record[columns[column]]);
                let name = column.map(|column| COLUMNS[column]);
                bad.meet(BadRow::new(path, number, name, reason, text))?;
            }
        }
    }
    if channels.is_empty() {
        return Err(StrainIoError::NoRows { file: path.to_owned() });
    }
    Ok(channels)
}

/// The channel of a line or, as an index into [`COLUMNS`], the column at fault and why.
fn parse(
    record: &ByteRecord,
    columns: &[usize; COLUMNS.len()],
) -> Result<StationChannel, (Option<usize>, RowProblem)> {
    let text = |column: usize| decode(&record[columns[column]]).into_owned();
    let number = |column: usize, low, high| {
        optional_number(&record[columns[column]], low, high)
            .map_err(|reason| (Some(column), reason))
    };
    let needed = |column: usize, low, high| {
        number(column, low, high)?.ok_or((Some(column), RowProblem::NotANumber))
    };
    Ok(StationChannel {
        network_code: String::new(),
        station_code: text(0),
        point_code: text(1),
        station_name: text(2),
        item_code: text(3),
        item_name: text(4),
        latitude: needed(5, -90.0, 90.0)?,
        longitude: needed(6, -180.0, 360.0)?,
        elevation_m: number(7, -12_000.0, 9_000.0)?,
        azimuth_degrees: number(8, -360.0, 360.0)?,
    })
}

const COLUMNS: [&str; 9] = [
    "station_code",
    "point_code",
    "station_name",
    "item_code",
    "item_name",
    "lat",
    "lon",
    "elev_m",
    "azimuth_deg",
];

pub(super) fn optional_number(text: &[u8], low: f64, high: f64) -> Result<Option<f64>, RowProblem> {
    if text.is_empty() {
        return Ok(None);
    }
    bounded_number(text, low, high).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(content: &[u8]) -> Result<Vec<StationChannel>> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s.csv");
        std::fs::write(&path, content).unwrap();
        read_stations_csv(path)
    }

    #[test]
    fn bad_lines_are_located() {
        let header = COLUMNS.join(",");
        for (line, column) in [
            ("51010,5,G,2321,g,x,102.1,1445,51", Some("lat")),
            ("51010,5,G,2321,g,,102.1,1445,51", Some("lat")),
            ("51010,5,G,2321,g,30.1,402.1,1445,51", Some("lon")),
            ("51010,5,G,2321,g,30.1,102.1,1445", None),
        ] {
            let error = read(format!("{header}\n{line}\n").as_bytes());
            let Err(StrainIoError::Row(row)) = error else { panic!("{error:?}") };
            assert_eq!((row.line, row.column.as_deref()), (2, column), "{line}");
        }
        let error = read(b"station_code,lat\nx,1\n").unwrap_err().to_string();
        assert!(error.contains("no column `point_code`"), "{error}");
    }

    proptest! {
        #[test]
        fn any_bytes_give_stations_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let header = COLUMNS.join(",");
            let _ = read(&bytes);
            let _ = read(&[header.as_bytes(), b"\n", &bytes].concat());
        }
    }
}
