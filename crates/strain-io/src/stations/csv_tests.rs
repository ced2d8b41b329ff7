use proptest::prelude::*;

use super::{StationChannel, StationOptions, read_stations_csv_with};
use crate::{Result, StrainIoError};

const HEADER: &str =
    "station_code,point_code,station_name,item_code,item_name,lat,lon,elev_m,azimuth_deg";

fn read(content: &[u8]) -> Result<Vec<StationChannel>> {
    read_with(content, &StationOptions::default())
}

fn read_with(content: &[u8], options: &StationOptions) -> Result<Vec<StationChannel>> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("s.csv");
    std::fs::write(&path, content).unwrap();
    read_stations_csv_with(path, options)
}

#[test]
fn bad_lines_are_located() {
    for (line, column) in [
        ("51010,5,G,2321,g,x,102.1,1445,51", Some("lat")),
        ("51010,5,G,2321,g,,102.1,1445,51", Some("lat")),
        ("51010,5,G,2321,g,30.1,402.1,1445,51", Some("lon")),
        ("51010,5,G,2321,g,30.1,102.1,1445", None),
    ] {
        let error = read(format!("{HEADER}\n{line}\n").as_bytes());
        let Err(StrainIoError::Row(row)) = error else { panic!("{error:?}") };
        assert_eq!((row.line, row.column.as_deref()), (2, column), "{line}");
    }
    let error = read(b"station_code,lat\nx,1\n").unwrap_err().to_string();
    assert!(error.contains("no column `lon` or `longitude`"), "{error}");
}

#[test]
fn columns_are_found_by_their_usual_names_in_any_case_and_order() {
    let channels = read(b"Longitude,ID,Latitude,more\n102.2,GZ,30.1,x\n").unwrap();
    let channel = &channels[0];
    assert_eq!((channel.station_code.as_str(), channel.item_code.as_str()), ("GZ", ""));
    assert_eq!((channel.latitude, channel.longitude), (30.1, 102.2));
    assert_eq!((channel.elevation_m, channel.azimuth_degrees), (None, None));
}

#[test]
fn columns_of_other_names_are_named() {
    let text = b"kod,B,L,h,wo,was,winkel\nGZ,30.1,102.2,1445,Guza,2322,96\n";
    let mut options = StationOptions::default()
        .with_station("kod")
        .with_place("b", "L")
        .with_channel("was", "winkel");
    options.elevation = Some("h".to_owned());
    options.name = Some("wo".to_owned());
    let channel = &read_with(text, &options).unwrap()[0];
    assert_eq!((channel.station_code.as_str(), channel.station_name.as_str()), ("GZ", "Guza"));
    assert_eq!((channel.item_code.as_str(), channel.azimuth_degrees), ("2322", Some(96.0)));
    assert_eq!(channel.elevation_m, Some(1445.0));
    options.azimuth = Some("angle".to_owned());
    let error = read_with(text, &options).unwrap_err().to_string();
    assert!(error.contains("no column `angle`; the columns are kod, B, L"), "{error}");
}

#[test]
fn a_line_a_station_is_a_channel_a_gauge() {
    let options = StationOptions::default().with_gauge_azimuths(["g1", "g2", "g3", "g4"]);
    let text = b"code,lat,lon,g1,g2,g3,g4\nGZ,30.1,102.2,51,96,141,6\nXC,26,101,,10,,\n";
    let channels = read_with(text, &options).unwrap();
    let items: Vec<_> = channels.iter().map(|channel| channel.item_code.as_str()).collect();
    assert_eq!(items, ["2321", "2322", "2323", "2324"].repeat(2));
    let azimuths: Vec<_> = channels.iter().map(|channel| channel.azimuth_degrees).collect();
    assert_eq!(azimuths[..4], [51.0, 96.0, 141.0, 6.0].map(Some));
    assert_eq!(azimuths[4..], [None, Some(10.0), None, None]);
    let bad = b"code,lat,lon,g1,g2,g3,g4\nGZ,30.1,102.2,51,x,141,6\n";
    let Err(StrainIoError::Row(row)) = read_with(bad, &options) else { panic!() };
    assert_eq!((row.line, row.column.as_deref()), (2, Some("g2")));
}

#[test]
fn gauges_that_cannot_be_are_refused() {
    let five = StationOptions::default().with_gauge_azimuths(["1", "2", "3", "4", "5"]);
    let both = StationOptions::default().with_gauge_azimuths(["1"]).with_channel("i", "a");
    for (options, why) in [(five, "at most four gauges"), (both, "without `item`")] {
        let error = read_with(b"code,lat,lon\nx,1,2\n", &options).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    }
}

proptest! {
    #[test]
    fn any_bytes_give_stations_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(&bytes);
        let _ = read(&[HEADER.as_bytes(), b"\n", &bytes].concat());
        let options = StationOptions::default().with_gauge_azimuths(["g1", "g2"]);
        let _ = read_with(&[b"id,lat,lon,g1,g2\n", &bytes[..]].concat(), &options);
    }
}
