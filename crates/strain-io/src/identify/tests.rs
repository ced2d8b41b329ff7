use super::*;
use crate::CatalogueFormat::{CencText, Csv, Eqt, FdsnText, QuakeMl, Zmap};
use crate::FileKind::{Catalogue, Recording, Stations, Strainmeters};
use crate::{RecordingFormat as Format, Result, StationFormat, StrainIoError};

fn of(name: &str, content: &[u8]) -> Result<Identified> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    std::fs::write(&path, content).unwrap();
    identify(path)
}

#[track_caller]
fn is(content: &[u8], kind: FileKind, because: &str) {
    let identified = of("a", content).unwrap();
    assert_eq!(identified.kind, kind, "{}", String::from_utf8_lossy(content));
    assert!(identified.because.contains(because), "{}", identified.because);
}

#[test]
fn every_kind_is_told() {
    is(b"PAR1\0...", Recording(Format::Parquet), "PAR1");
    is(b"ARROW1\0\0...", Recording(Format::Arrow), "ARROW1");
    is(b"000001D WNM  ....", Recording(Format::MiniSeed), "miniSEED 2");
    is(b"#Reference position 103.39", Recording(Format::Neu), ".neu");
    is(b"DateTime(UTC) Eee+Enn(ms) Version\n", Recording(Format::PboLevel2), "");
    is(b"2009022000 1.5\n", Recording(Format::CencText), "a value");
    is(b"time,s1\n", Recording(Format::Csv), "commas");
    is(b"<?xml version='1.0'?><q:quakeml xmlns:q='x'>", Catalogue(QuakeMl), "root");
    is(b"#EventID|Time|Latitude\n", Catalogue(FdsnText), "FDSN event");
    is(b"2008-05-12 14:28:04.0 31.0 103.4 14 Ms8.0 x\n", Catalogue(CencText), "date, time");
    is(b"103.4\t31.0\t2008\t5\t12\t8.0\t14\t14\t28\t4\n", Catalogue(Zmap), "ten numbers");
    is(b" 1970 1 42050 0 47.00 117.004.00 -1  0\n", Catalogue(Eqt), "fixed width");
    is(b"time,latitude,longitude,depth,mag\n", Catalogue(Csv), "magnitude");
    is(b"<FDSNStationXML>", Stations(StationFormat::StationXml), "root");
    is(b"#Network|Station|Latitude\n", Stations(StationFormat::FdsnText), "FDSN station");
    is(b"station_code,lat,lon,elev_m\n", Stations(StationFormat::Csv), "station and a place");
    is(b"sta4,nlat,elon,elev.m\n", Strainmeters, "strainmeters");
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(identify(folder.path()).unwrap().kind, Recording(Format::ParquetDays));
}

#[test]
fn what_could_be_more_than_one_is_what_the_rules_say() {
    // A station's name beside the event is no list of stations, a time beside a station no catalogue.
    is(b"time,station,lat,lon,mag\n", Catalogue(Csv), "magnitude");
    is(b"time,station,lat,lon,s1\n", Stations(StationFormat::Csv), "station and a place");
    // A place alone is neither: the track of an instrument is a recording.
    is(b"time,lat,lon,s1\n", Recording(Format::Csv), "commas");
    // The readers of lists take commas only.
    is(b"time;lat;lon;mag\n", Recording(Format::Csv), "semicolons");
    // A compact time with a value stands for a recording, whatever the width.
    is(b"2008051200                        1.5 \n", Recording(Format::CencText), "a value");
    // Ten numbers that are an event are one, though they could be a row of a table.
    is(b"103 31 2008 5 12 8 14 14 28 4 7\n", Catalogue(Zmap), "ten numbers");
    is(b"2008\t31\t103\t5\t12\t8\t14\t14\t28\t4\n", Recording(Format::Csv), "tabs");
    // The name of a CENC file counts before what its lines look like.
    let named = of("51010_5_2321.txt", b"20090220 1 2 3\n").unwrap();
    assert_eq!(named.kind, Recording(Format::CencText));
}

#[test]
fn what_is_no_known_file_says_what_it_looks_like() {
    for (content, word) in
        [(&b"<html>"[..], "XML"), (b"\x89HDF\r\n\0", "binary"), (b"Dear reader\n", "Dear reader")]
    {
        let error = of("a", content).unwrap_err();
        assert!(matches!(error, StrainIoError::Format { .. }), "{error}");
        assert!(error.to_string().contains(word), "{error}");
    }
    assert!(matches!(of("a", b" \n"), Err(StrainIoError::NoRows { .. })));
    assert!(matches!(identify("/no/such/file"), Err(StrainIoError::Io { .. })));
}

#[test]
fn kind_and_format_are_written_side_by_side() {
    let json = |content: &[u8]| serde_json::to_value(of("a", content).unwrap()).unwrap();
    let event = json(b"#EventID|Time\n");
    assert_eq!((&event["kind"], &event["format"]), (&"catalogue".into(), &"fdsn_text".into()));
    assert_eq!(json(b"sta4,nlat,elon\n")["kind"], "strainmeters");
}
