use jiff::tz::Offset;
use proptest::prelude::*;

use super::*;
use crate::{Result, RowProblem, StrainIoError};

fn with_file<T>(content: &[u8], read: impl FnOnce(&std::path::Path) -> T) -> T {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("c.txt");
    std::fs::write(&path, content).unwrap();
    read(&path)
}

fn eqt(content: &[u8]) -> Result<Catalogue> {
    with_file(content, |path| read_eqt(path, Offset::constant(8)))
}

fn csv(content: &[u8]) -> Result<Catalogue> {
    with_file(content, |path| read_catalogue_csv(path, &CatalogueOptions::default()))
}

#[test]
fn eqt_blanks_are_zero_and_minus_one_is_no_depth() {
    let catalogue = eqt(b" 1970 1 42050 0 47.00 117.004.00 -1  0\r\n 2023 821 35948-55.90 -27.305.90 50501\n 1970 1 1       24.20 102.455.20").unwrap();
    let [first, second, third] = catalogue.events() else { panic!() };
    assert_eq!(first.time, "1970-01-04T12:50:00Z".parse().unwrap());
    assert_eq!((first.depth_km, first.region.as_deref()), (None, None));
    assert_eq!((second.latitude, second.longitude), (-55.9, -27.3));
    assert_eq!((second.depth_km, second.region.as_deref()), (Some(50.0), Some("501")));
    assert_eq!(third.time, "1969-12-31T16:00:00Z".parse().unwrap());
    assert_eq!(third.depth_km, None);
}

#[test]
fn eqt_place_names_in_gbk() {
    let line = [b" 2008 5121428 4 31.00 103.408.00 14".as_slice(), b"\xe6\xeb\xb4\xa8"].concat();
    assert!(std::str::from_utf8(&line).is_err());
    let gbk = eqt(&line).unwrap().events()[0].region.clone().unwrap();
    let (expected, _, _) = encoding_rs::GBK.decode(b"\xe6\xeb\xb4\xa8");
    assert_eq!(gbk, expected);
}

#[test]
fn eqt_bad_lines_are_located() {
    let good = " 2008 5121428 4 31.00 103.408.00 14  0\n";
    let cases = [
        (" 2008 512", RowProblem::TooShort { expected: 32, got: 9 }, None),
        (" 2008 5321428 4 31.00 103.408.00 14  0", RowProblem::NotATime, Some("time")),
        (" 2008 5121428 4 3x.00 103.408.00 14  0", RowProblem::NotANumber, Some("latitude")),
        (
            " 2008 5121428 4 91.00 103.408.00 14  0",
            RowProblem::OutOfRange { low: -90.0, high: 90.0 },
            Some("latitude"),
        ),
        (" 2008 5121428 4 31.00 103.408.00 1x  0", RowProblem::NotANumber, Some("depth")),
    ];
    for (line, reason, column) in cases {
        let error = eqt(format!("{good}\n{line}\n").as_bytes()).unwrap_err();
        let StrainIoError::Row(row) = error else { panic!("{error}") };
        assert_eq!((row.line, row.column.as_deref()), (3, column), "{line}");
        assert_eq!(row.reason, reason, "{line}");
    }
    assert!(matches!(eqt(b"\n\n"), Err(StrainIoError::NoRows { .. })));

    let text = format!("{good}nonsense\n{good}");
    let skipped = with_file(text.as_bytes(), |p| read_eqt_skipping(p, Offset::UTC)).unwrap();
    assert_eq!((skipped.value.events().len(), skipped.bad_rows[0].line), (2, 2));
}

#[test]
fn csv_by_usual_names_or_by_given_ones() {
    let text = "\u{feff}Longitude,Latitude,Magnitude,Time,Location\n\
                101.39,27.92,3.9,2016-12-25 07:26:06,\"Muli, Sichuan\"\n";
    let event = csv(text.as_bytes()).unwrap().events()[0].clone();
    assert_eq!(event.region.as_deref(), Some("Muli, Sichuan"));
    assert_eq!((event.longitude, event.magnitude, event.depth_km), (101.39, 3.9, None));

    let text = b"t,y,x,ML\n2016-12-25 07:26:06,1,2,3\n";
    assert!(csv(text).unwrap_err().to_string().contains("the columns are t, y, x, ML"));
    let options = CatalogueOptions::default()
        .with_time("t")
        .with_epicentre("y", "x")
        .with_magnitude("ml")
        .with_zone(Offset::constant(8));
    let event =
        with_file(text, |path| read_catalogue_csv(path, &options)).unwrap().events()[0].clone();
    assert_eq!(event.time, "2016-12-24T23:26:06Z".parse().unwrap());
    assert_eq!((event.latitude, event.longitude, event.magnitude), (1.0, 2.0, 3.0));
}

/// 发震时刻, 纬度, 经度, 震级 and 地点, and of the event 汶川: a table as a spreadsheet saves it.
#[test]
fn csv_in_gbk() {
    let header: [&[u8]; 5] = [
        b"\xb7\xa2\xd5\xf0\xca\xb1\xbf\xcc",
        b"\xce\xb3\xb6\xc8",
        b"\xbe\xad\xb6\xc8",
        b"\xd5\xf0\xbc\xb6",
        b"\xb5\xd8\xb5\xe3",
    ];
    let row: &[u8] = b"\r\n2008-05-12 14:28:04,31.0,103.4,8.0,\xe3\xeb\xb4\xa8\r\n";
    let text = [header.join(b",".as_slice()).as_slice(), row].concat();
    let options = CatalogueOptions::default()
        .with_time("发震时刻")
        .with_epicentre("纬度", "经度")
        .with_magnitude("震级")
        .with_zone(Offset::constant(8));
    let read = |text: &[u8]| {
        let options = ReadCatalogueOptions::default().with_csv(options.clone());
        with_file(text, |path| read_catalogue(path, &options)).unwrap()
    };
    let event = read(&text).catalogue.events()[0].clone();
    assert_eq!(event.time, "2008-05-12T06:28:04Z".parse().unwrap());
    assert_eq!((event.latitude, event.longitude, event.magnitude), (31.0, 103.4, 8.0));
    // A usual name tells the column of places.
    assert_eq!(event.region, None);
    let [time, latitude, longitude, magnitude, _] = header;
    let named = [time, latitude, longitude, magnitude, b"place"].join(b",".as_slice());
    let event = read(&[named.as_slice(), row].concat()).catalogue.events()[0].clone();
    assert_eq!(event.region.as_deref(), Some("汶川"));
}

#[test]
fn csv_bad_lines_are_located() {
    for (line, column) in [
        ("yesterday,1,2,3", Some("time")),
        ("2016-12-25,1,,3", Some("longitude")),
        ("2016-12-25,1,2,nan", Some("magnitude")),
        ("2016-12-25,1,2", None),
    ] {
        let error = csv(format!("time,lat,lon,mag\n2016-12-25,1,2,3\n{line}\n").as_bytes());
        let Err(StrainIoError::Row(row)) = error else { panic!("{error:?}") };
        assert_eq!((row.line, row.column.as_deref()), (3, column), "{line}");
    }
    let text = b"time,lat,lon,mag\nx,1,2,3\n2016-12-25,1,2,3\n";
    let options = CatalogueOptions::default();
    let skipped = with_file(text, |path| read_catalogue_csv_skipping(path, &options)).unwrap();
    assert_eq!((skipped.value.events().len(), skipped.bad_rows[0].line), (1, 2));
}

#[test]
fn selections() {
    let event = |time: &str, lat, lon, m| Event::new(time.parse().unwrap(), lat, lon, m);
    let catalogue = Catalogue::new(vec![
        event("2008-01-01T00:00:00Z", 0.0, 0.0, 2.9),
        event("2008-01-02T00:00:00Z", 1.0, 1.0, 3.0),
        event("2008-01-02T00:00:00Z", 1.0, 1.0, 3.4),
        event("2008-01-03T00:00:00Z", 2.0, 179.9, 5.0),
    ]);
    assert_eq!(catalogue.min_magnitude(3.0).events().len(), 3);
    assert_eq!(catalogue.in_box(1.0..=2.0, 0.0..=1.0).events().len(), 2);
    let (start, end) = (catalogue.events()[1].time, catalogue.events()[3].time);
    assert_eq!(catalogue.between(start, end).events().len(), 2);
    assert_eq!((catalogue.duplicates(), catalogue.without_duplicates().events().len()), (1, 3));
    // Across the date line: 0.2 degrees of longitude at 2 N are 22.25 km.
    assert_eq!(catalogue.within_radius(2.0, -179.9, 22.3).events().len(), 1);
    assert_eq!(catalogue.within_radius(2.0, -179.9, 22.2).events().len(), 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes_give_a_catalogue_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = eqt(&bytes);
        let _ = csv(&bytes);
    }

    #[test]
    fn nearly_eqt_gives_a_catalogue_or_an_error(text in "([-. 0-9é]{0,40}\n){0,4}") {
        let _ = eqt(text.as_bytes());
    }

    #[test]
    fn what_is_written_in_fixed_width_is_read(
        second in 0_i64..1_700_000_000, lat in -9000_i32..=9000, lon in -18000_i32..=18000, mag in 0_i32..100,
    ) {
        let time = jiff::Timestamp::from_second(second).unwrap();
        let local = Offset::constant(8).to_datetime(time);
        let line = format!(
            "{:5}{:2}{:2}{:2}{:2}{:2}{:6.2}{:7.2}{:4.1}{:3}{:>3}\n",
            local.year(), local.month(), local.day(), local.hour(), local.minute(), local.second(),
            f64::from(lat) / 100.0, f64::from(lon) / 100.0, f64::from(mag) / 10.0, 7, 0,
        );
        let event = eqt(line.as_bytes()).unwrap().events()[0].clone();
        prop_assert_eq!(event.time, time);
        prop_assert_eq!(event.latitude, f64::from(lat) / 100.0);
        prop_assert_eq!(event.longitude, f64::from(lon) / 100.0);
        prop_assert_eq!(event.magnitude, f64::from(mag) / 10.0);
        prop_assert_eq!(event.depth_km, Some(7.0));
    }
}
