//! Whatever is read line by line: the first line that cannot be used is the error or, where such
//! lines are to be skipped, the one entry of a list, and all others are read.

#![allow(clippy::unwrap_used, reason = "a failed helper is a failed test")]

use std::path::Path;

use strain_io::{
    BadRow, CatalogueOptions, ReadCatalogueOptions, ReadOptions, Result, StrainIoError,
    read_catalogue, read_catalogue_csv, read_catalogue_csv_skipping, read_eqt, read_eqt_skipping,
    read_gtsm_sites, read_gtsm_sites_skipping, read_recording, read_stations, read_stations_csv,
    read_stations_csv_skipping, read_text_table, read_text_table_skipping,
};

/// How many things were read, and what was passed over.
type Found = Result<(usize, Vec<BadRow>)>;

/// Reads `content` without and with skipping. `line` is the one that cannot be used, `kept` how
/// much the others hold.
fn check(name: &str, content: &str, line: u64, kept: usize, read: impl Fn(&Path, bool) -> Found) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, content).unwrap();
    let error = read(&path, false).unwrap_err();
    let StrainIoError::Row(row) = error else { panic!("{name}: {error}") };
    assert_eq!((row.file.as_path(), row.line), (path.as_path(), line), "{name}");
    let (found, bad) = read(&path, true).unwrap();
    assert_eq!((found, bad), (kept, vec![row]), "{name}");
}

#[test]
fn recordings() {
    let options = |skip| ReadOptions::default().with_skip_bad_rows(skip);
    let cases = [
        ("a.csv", "time,s1\n2009-02-20,1\nx,2\n2009-02-21,2\n", 3),
        ("a.tsv", "time\ts1\n2009-02-20\t1\n2009-02-21\t2\nx\t2\n", 4),
        ("a.csv", "20090220;1;2\n20090221;x;3\n20090222;3;4\n20090223;3;4\n", 2),
        ("65015_7_2311.dat", "2009022000 1\n2009022001 x\n2009022002 3\n2009022003 3\n", 2),
        ("a.neu", "#Reference position 1 2 3 A\n20120401 2012.25 1 2 3 1 1 1\nx\n", 3),
        ("a.txt", "DateTime(UTC) Eee(ms) b\n2011-03-11 1 2\nx\n2011-03-12 1 2\n", 3),
        (
            "gauge",
            "2011-03-11T00:00:00 5 1 0 0 0 0 0 2011298000000\n\
             2011-03-11T00:00:01 x 1 0 0 0 0 0 2011298000000\n\
             2011-03-11T00:00:02 5 1 0 0 0 0 0 2011298000000\n\
             2011-03-11T00:00:03 5 1 0 0 0 0 0 2011298000000\n",
            2,
        ),
        (
            "series",
            "gauge0 2010-01-01T00:00:00 1 55197 -12 0 g 0 0 0 g 2b 1 950\n\
             gauge0 2010-01-01T00:05:00 1 55197 -x 0 g 0 0 0 g 2b 1 950\n\
             gauge0 2010-01-01T00:10:00 1 55197 -12 0 g 0 0 0 g 2b 1 950\n\
             gauge0 2010-01-01T00:15:00 1 55197 -12 0 g 0 0 0 g 2b 1 950\n",
            2,
        ),
    ];
    for (name, content, line) in cases {
        let rows = content.lines().count() - usize::from(!content.starts_with(['2', 'g']));
        check(name, content, line, rows, |path, skip| {
            let read = read_recording(path, &options(skip))?;
            assert!(read.rows.iter().all(|&of_channel| of_channel == rows), "{name}");
            Ok((read.rows[0], read.bad_rows))
        });
    }
}

const EVENTS: &str = "time,latitude,longitude,magnitude\n\
    2008-05-12T06:28:04Z,31,103.4,8\nyesterday,31,103,5\n2008-05-13T06:28:04Z,31,103.4,6\n";
const EQT: &str =
    " 2008 5121428 4 31.00 103.408.00 14  0\nnonsense\n 2008 5131428 4 31.00 103.406.00 14  0\n";

#[test]
fn catalogues() {
    let fdsn = "#EventID|Time|Latitude|Longitude|Depth/km|Author|Catalog|Contributor|ContributorID|MagType|Magnitude|MagAuthor|EventLocationName\n\
        a|2019-07-06T03:19:53|35.7|-117.5|8.0|ci|ci|ci|a|mw|7.1|ci|Ridgecrest\n\
        b|2019-07-06|35.7\n\
        c|2019-07-06T03:20:53|35.7|-117.5|8.0|ci|ci|ci|c|mw|5.1|ci|Ridgecrest\n";
    let cenc = "2013-08-23  16:34:04.1  -22.3   -68.7  100  M5.9  Chile\n\
        2008-05-12  14:28:04.0   131.0   103.4   14  Ms8.0\n\
        2008-05-12  14:28:04.0   31.0   103.4   14  Ms8.0\n";
    let zmap = " -117.5993 35.7695 2019.5106 7 6 7.1 8.0 3 19 53.04\n\
        -117.5993 35.7695 2019.5106 7 6 7.1 8.0 3 19\n\
        -117.5993 35.7695 2019.5106 7 6 7.1 8.0 3 20 53.04\n";
    for (name, content, line) in [
        ("events.csv", EVENTS, 3),
        ("events.eqt", EQT, 2),
        ("fdsn.txt", fdsn, 3),
        ("cenc.txt", cenc, 2),
        ("zmap.dat", zmap, 2),
    ] {
        check(name, content, line, 2, |path, skip| {
            let options = ReadCatalogueOptions::default().with_skip_bad_rows(skip);
            let read = read_catalogue(path, &options)?;
            Ok((read.catalogue.events().len(), read.bad_rows))
        });
    }
}

#[test]
fn catalogues_of_a_format_that_is_known() {
    let options = CatalogueOptions::default();
    check("events.csv", EVENTS, 3, 2, |path, skip| {
        if !skip {
            return Ok((read_catalogue_csv(path, &options)?.events().len(), Vec::new()));
        }
        let read = read_catalogue_csv_skipping(path, &options)?;
        Ok((read.value.events().len(), read.bad_rows))
    });
    let zone = jiff::tz::Offset::constant(8);
    check("events.eqt", EQT, 2, 2, |path, skip| {
        if !skip {
            return Ok((read_eqt(path, zone)?.events().len(), Vec::new()));
        }
        let read = read_eqt_skipping(path, zone)?;
        Ok((read.value.events().len(), read.bad_rows))
    });
}

const STATIONS: &str = "station_code,point_code,station_name,item_code,item_name,lat,lon,elev_m,azimuth_deg\n\
     51010,5,Guza,2321,gauge 1,30.1,102.2,1445,51\n\
     53022,7,Zhaotong,2121,gravity,103.32,27.4,1905,0\n\
     51010,5,Guza,2322,gauge 2,30.1,102.2,1445,96\n";

#[test]
fn lists_of_stations() {
    let channels = "#Network|Station|Location|Channel|Latitude|Longitude|Elevation|Depth|Azimuth|Dip|SensorDescription|Scale|ScaleFreq|ScaleUnits|SampleRate|StartTime|EndTime\n\
        PB|B084|T0|LS1|33.6|-116.4|1271|158.6|20.2|0|GTSM|1|0.01|M/M|1|2006-07-01T00:00:00|\n\
        PB|B084|T0|LS2|33.6|-416.4|1271|158.6|20.2|0|GTSM|1|0.01|M/M|1|2006-07-01T00:00:00|\n\
        PB|B084|T0|LS3|33.6|-116.4|1271|158.6|20.2|0|GTSM|1|0.01|M/M|1|2006-07-01T00:00:00|\n";
    let stations = "#Network|Station|Latitude|Longitude|Elevation|SiteName|StartTime|EndTime\n\
        PB|B084|33.6116|-116.4564|1271.0|Pinyon Flat|2006-07-01T00:00:00|\n\
        PB|B085||-116.4564|1271.0|Pinyon Flat|2006-07-01T00:00:00|\n\
        PB|B086|33.6116|-116.4564|1271.0|Pinyon Flat|2006-07-01T00:00:00|\n";
    for (name, content) in
        [("list.csv", STATIONS), ("channels.txt", channels), ("stations.txt", stations)]
    {
        check(name, content, 3, 2, |path, skip| {
            let read = read_stations(path, skip)?;
            Ok((read.channels.len(), read.bad_rows))
        });
    }
    check("list.csv", STATIONS, 3, 2, |path, skip| {
        if !skip {
            return Ok((read_stations_csv(path)?.len(), Vec::new()));
        }
        let read = read_stations_csv_skipping(path)?;
        Ok((read.value.len(), read.bad_rows))
    });
}

#[test]
fn the_table_of_strainmeters() {
    let sites = "sta4,nlat,elon,elev.m,CH0(EofN),GAP(m),L0(cnts),L1(cnts),L2(cnts),L3(cnts)\n\
        B001,48,-123,237,200.2,0.0002,50935230,50185604,50654939,51914278\n\
        B003,48,-123,237,200.2,2,50935230,50185604,50654939,51914278\n\
        B004,48\n\
        B005,48,-123,,,,,,,\n";
    let one = sites.replace("B004,48\n", "");
    check("sites.csv", &one, 3, 2, |path, skip| {
        if !skip {
            return Ok((read_gtsm_sites(path)?.len(), Vec::new()));
        }
        let read = read_gtsm_sites_skipping(path)?;
        Ok((read.value.len(), read.bad_rows))
    });
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sites.csv");
    std::fs::write(&path, sites).unwrap();
    let read = read_gtsm_sites_skipping(&path).unwrap();
    let codes: Vec<_> = read.value.iter().map(|site| site.station_code.as_str()).collect();
    assert_eq!(codes, ["B001", "B005"]);
    let places: Vec<_> =
        read.bad_rows.iter().map(|row| (row.line, row.column.as_deref())).collect();
    assert_eq!(places, [(3, Some("GAP(m)")), (4, None)]);
    // Where nothing remains there is nothing to give.
    std::fs::write(&path, "sta4,nlat\nB001,48\n").unwrap();
    assert!(matches!(read_gtsm_sites_skipping(&path), Err(StrainIoError::NoColumn { .. })));
}

#[test]
fn tables_of_text() {
    let table = "id,V1,V2\nY1,1,2\nY2,1,2,3\nY3,3\n";
    check("table.csv", table, 3, 2, |path, skip| {
        if !skip {
            return Ok((read_text_table(path)?.len(), Vec::new()));
        }
        let read = read_text_table_skipping(path)?;
        assert_eq!((read.value.text(1, 0), read.value.line(1)), ("Y3", 4));
        Ok((read.value.len(), read.bad_rows))
    });
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("table.csv");
    std::fs::write(&path, "id\nY1,1\n").unwrap();
    assert!(matches!(read_text_table_skipping(path), Err(StrainIoError::NoRows { .. })));
}
