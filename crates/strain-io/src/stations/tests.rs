use proptest::prelude::*;

use super::*;
use crate::{Result, RowProblem, StrainIoError};

const CHANNELS: &str = "\
#Network | Station | Location | Channel | Latitude | Longitude | Elevation | Depth | Azimuth | Dip | SensorDescription | Scale | ScaleFreq | ScaleUnits | SampleRate | StartTime | EndTime
PB|B084|T0|LS1|33.6116|-116.4564|1271.0|158.6|20.2|0.0|GTSM|1.0|0.01|M/M|1.0|2006-07-01T00:00:00|
PB|B084|T0|LS3|33.6116|-116.4564|1271.0|158.6||0.0|GTSM|1.0|0.01|M/M|1.0|2006-07-01T00:00:00|
CI|WNM||EHZ|35.8422|-117.9062|974.3|0.0|0.0|-90.0|L4C|1.0|1|M/S|100.0|1980-01-01T00:00:00|2599-12-31T23:59:59
";

const STATIONS: &str = "\
#Network|Station|Latitude|Longitude|Elevation|SiteName|StartTime|EndTime
PB|B084|33.6116|-116.4564|1271.0|Pinyon Flat|2006-07-01T00:00:00|
";

const XML: &str = "\
<?xml version=\"1.0\" encoding=\"UTF-8\"?>
<FDSNStationXML xmlns=\"http://www.fdsn.org/xml/station/1\" schemaVersion=\"1.1\">
 <Source>us</Source>
 <Network code=\"PB\">
  <Description>PBO</Description>
  <Station code=\"B084\" startDate=\"2006-07-01T00:00:00\">
   <Latitude>33.6116</Latitude><Longitude>-116.4564</Longitude><Elevation>1271</Elevation>
   <Site><Name>Pinyon &amp; Flat</Name></Site>
   <Channel code=\"LS1\" locationCode=\"T0\">
    <Latitude unit=\"DEGREES\">33.6117</Latitude><Longitude>-116.4565</Longitude>
    <Elevation>1270</Elevation><Depth>158.6</Depth><Azimuth>20.2</Azimuth><Dip>0</Dip>
    <Sensor><Description>GTSM</Description></Sensor>
    <Response><Stage number=\"1\"><Azimuth>99</Azimuth></Stage></Response>
   </Channel>
   <Channel code=\"LS2\" locationCode=\"T0\">
    <Latitude>33.6117</Latitude><Longitude>-116.4565</Longitude>
    <Elevation>1270</Elevation><Depth>158.6</Depth>
   </Channel>
  </Station>
  <Station code=\"B081\">
   <Latitude>33.7</Latitude><Longitude>-116.7</Longitude><Elevation>1467</Elevation>
   <Site><Name>Keenwild</Name></Site>
  </Station>
 </Network>
</FDSNStationXML>
";

fn read_with(content: &[u8], skip: bool) -> Result<StationsRead> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("stations");
    std::fs::write(&path, content).unwrap();
    read_stations(path, skip)
}

fn read(content: &str) -> Result<StationsRead> {
    read_with(content.as_bytes(), false)
}

#[test]
fn fdsn_text_of_channels_and_of_stations() {
    let got = read(CHANNELS).unwrap();
    assert_eq!((got.format, got.channels.len()), (StationFormat::FdsnText, 3));
    let vertical = &got.channels[2];
    assert_eq!((&*vertical.network_code, &*vertical.station_code), ("CI", "WNM"));
    assert_eq!((&*vertical.item_code, &*vertical.item_name), ("EHZ", "L4C"));
    assert_eq!((vertical.latitude, vertical.elevation_m), (35.8422, Some(974.3)));
    let sites = borehole_sites(&got.channels);
    assert_eq!(sites.len(), 1);
    assert_eq!((&*sites[0].station_code, &*sites[0].point_code), ("B084", "T0"));
    assert_eq!(sites[0].gauge_azimuths, [Some(20.2), None, None, None]);

    let got = read(STATIONS).unwrap();
    let station = &got.channels[0];
    assert_eq!((&*station.station_name, &*station.item_code), ("Pinyon Flat", ""));
    assert_eq!((station.longitude, station.azimuth_degrees), (-116.4564, None));
}

#[test]
fn station_xml_of_channels_and_of_stations_without_any() {
    let got = read(XML).unwrap();
    assert_eq!((got.format, got.channels.len()), (StationFormat::StationXml, 3));
    let [first, second, third] = got.channels.as_slice() else { panic!() };
    assert_eq!((first.latitude, first.elevation_m), (33.6117, Some(1270.0)));
    assert_eq!((first.azimuth_degrees, second.azimuth_degrees), (Some(20.2), None));
    assert_eq!((&*first.station_name, &*first.item_name), ("Pinyon & Flat", "GTSM"));
    assert_eq!((&*third.station_code, &*third.item_code, third.latitude), ("B081", "", 33.7));
    assert!(got.channels.iter().all(|channel| channel.network_code == "PB"));
    assert_eq!(borehole_sites(&got.channels)[0].gauge_azimuths[0], Some(20.2));
}

#[test]
fn strainmeters_of_two_networks_are_two_sites() {
    let line = |network: &str, azimuth: &str| {
        let place = format!("{network}|B084|T0|LS1|33.6116|-116.4564|1271.0|158.6|{azimuth}|0.0");
        format!("{place}|GTSM|1.0|0.01|M/M|1.0|2006-07-01T00:00:00|\n")
    };
    let header = CHANNELS.lines().next().unwrap();
    let got = read(&format!("{header}\n{}{}", line("PB", "73.6"), line("XX", "12"))).unwrap();
    let sites = crate::borehole_sites(&got.channels);
    let found: Vec<_> = sites.iter().map(|s| (&*s.network_code, s.gauge_azimuths[0])).collect();
    assert_eq!(found, [("PB", Some(73.6)), ("XX", Some(12.0))]);
    // Sites that were kept before they had a network can be read.
    let mut kept = serde_json::to_value(&sites[0]).unwrap();
    kept.as_object_mut().unwrap().remove("network_code");
    let site: crate::BoreholeSite = serde_json::from_value(kept).unwrap();
    assert_eq!((&*site.network_code, &*site.station_code), ("", "B084"));
}

#[test]
fn csv_is_what_remains() {
    let text = "station_code,point_code,station_name,item_code,item_name,lat,lon,elev_m,azimuth_deg\n\
                51010,5,Guza,2321,gauge 1,30.1,102.2,1445,51\n";
    let got = read(text).unwrap();
    assert_eq!((got.format, got.channels.len()), (StationFormat::Csv, 1));
    assert!(matches!(read("a,b\n1,2\n"), Err(StrainIoError::NoColumn { .. })));
    assert!(matches!(read(""), Err(StrainIoError::NoRows { .. })));
}

#[test]
fn what_is_no_channel_is_located() {
    for (line, column, reason) in [
        ("PB|B084|T0", None, RowProblem::FieldCount { expected: 17, got: 3 }),
        ("PB|B084|x|-116|1|a||", Some("latitude"), RowProblem::NotANumber),
        ("PB|B084||-116|1|a||", Some("latitude"), RowProblem::NotANumber),
        (
            "PB|B084|1|400|1|a||",
            Some("longitude"),
            RowProblem::OutOfRange { low: -180.0, high: 360.0 },
        ),
    ] {
        let text = format!("{STATIONS}{line}\n");
        let Err(StrainIoError::Row(row)) = read(&text) else { panic!("{line}") };
        assert_eq!((row.line, row.column.as_deref()), (3, column), "{line}");
        assert_eq!(row.reason, reason, "{line}");
        let got = read_with(text.as_bytes(), true).unwrap();
        assert_eq!((got.channels.len(), got.bad_rows.len()), (1, 1));
    }
    let absent = XML.replace("<Latitude unit=\"DEGREES\">33.6117</Latitude>", "");
    let error = read(&absent).unwrap_err().to_string();
    assert!(error.contains("column Latitude: `LS1` has no Latitude"), "{error}");
    assert_eq!(read_with(absent.as_bytes(), true).unwrap().channels.len(), 2);
    let broken = XML.replace("</Network>", "");
    assert!(matches!(read_with(broken.as_bytes(), true), Err(StrainIoError::Row(_))));
}

#[test]
fn a_gtsm_table_may_have_holes_but_not_in_its_coordinates() {
    let table = |line: &str| {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("sites.csv");
        let header = "sta4,nlat,elon,elev.m,CH0(EofN),GAP(m),L0(cnts),L1(cnts),L2(cnts),L3(cnts)";
        std::fs::write(&path, format!("{header}\n{line}\n")).unwrap();
        read_gtsm_sites(path)
    };
    let site = table("B001,48,-123,,,0.0001,5e7,,,5e7").unwrap().remove(0);
    assert_eq!(site.gauge_azimuths(), [None; 4]);
    let known: Vec<_> = site.linearisations().into_iter().map(|gauge| gauge.channel).collect();
    assert_eq!(known, ["CH0", "CH3"]);
    for line in ["B001,,-123,,,,,,,", "B001,48,-123,,,1,,,,", "B001,48"] {
        assert!(matches!(table(line), Err(StrainIoError::Row(_))), "{line}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes_are_stations_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = read_with(&bytes, false);
        let _ = read_with(&[b"#Network|".as_slice(), &bytes].concat(), true);
        let _ = read_with(&[b"<FDSNStationXML><".as_slice(), &bytes].concat(), true);
    }

    #[test]
    fn damaged_lists_are_stations_or_an_error(
        which in 0_usize..3, damage in prop::collection::vec((0_usize..4000, any::<u8>()), 1..4),
    ) {
        let mut bytes = [CHANNELS, STATIONS, XML][which].as_bytes().to_vec();
        for (place, byte) in damage {
            let place = place % bytes.len();
            bytes[place] = byte;
        }
        let _ = read_with(&bytes, true);
    }
}
