//! Real recordings and catalogues in, published facts out.
//!
//! The files are found through `STMN_SHARED` (default: `shared` beside the checkout). Where they
//! are absent the tests say so and pass, except in CI.

mod common;

use std::path::PathBuf;

use common::data;
use jiff::SignedDuration;
use jiff::tz::Offset;
use strain_io::{
    CatalogueOptions, CencOptions, ColumnSpec, CsvOptions, Event, QualityConfig, ReadNote,
    Recording, StrainIoError, Unit, assess_read, borehole_sites, read_catalogue_csv,
    read_cenc_text, read_csv, read_eqt, read_stations_csv, read_stations_csv_skipping, write_csv,
};

/// Name and azimuth of the gauges' files; the file's unit is 1e-10 strain.
const GAUGES: [(&str, &str, f64); 4] = [
    ("h1-51.DAT", "s1", 51.0),
    ("h2-96.dat", "s2", 96.0),
    ("h3-141.dat", "s3", 141.0),
    ("h4-6.DAT", "s4", 6.0),
];

fn gauge(source: &str, name: &str, azimuth: f64) -> ColumnSpec {
    ColumnSpec::new(source).with_name(name).with_unit(Unit::Nanostrain, 0.1).with_azimuth(azimuth)
}

fn guza_options() -> CencOptions {
    let options = CencOptions::default().with_station("51010").with_null("99999");
    let options = GAUGES.iter().fold(options, |options, &(file, name, azimuth)| {
        options.with_column(gauge(file, name, azimuth))
    });
    let pressure = ColumnSpec::new("hpr").with_name("pressure").with_unit(Unit::Hectopascal, 1.0);
    options.with_column(pressure).with_column(ColumnSpec::new("hwl.DAT").with_name("water_level"))
}

fn guza_files(data: &std::path::Path) -> Vec<PathBuf> {
    let names = GAUGES.iter().map(|gauge| gauge.0).chain(["hpr.DAT", "hwl.DAT"]);
    names.map(|name| data.join("guza").join(name)).collect()
}

fn assert_same_values(a: &Recording, b: &Recording) {
    assert_eq!(a.grid(), b.grid());
    for (index, (a, b)) in a.values().iter().zip(b.values()).enumerate() {
        assert!(a == b || (a.is_nan() && b.is_nan()), "value {index}: {a} against {b}");
    }
}

#[test]
fn guza_has_34320_hours_of_which_76_are_missing() {
    let Some(data) = data() else { return };
    let read = read_cenc_text(&guza_files(&data), &guza_options()).unwrap();
    let grid = read.recording.grid();
    assert_eq!((grid.len(), grid.interval()), (34_320, SignedDuration::from_hours(1)));
    assert_eq!(grid.start(), "2006-10-31T16:00:00Z".parse().unwrap());
    assert_eq!(grid.end(), "2010-09-30T15:00:00Z".parse().unwrap());
    assert_eq!(read.rows, [34_320; 6]);

    let report = assess_read(&read, &QualityConfig::default()).unwrap();
    for channel in &report.channels[..4] {
        assert_eq!((channel.missing, channel.rows), (76, Some(34_320)), "{}", channel.name);
        assert!((channel.continuity - 0.99779).abs() < 5e-6);
    }
    let agreement = report.self_consistency.unwrap();
    let three_digits = |value: Option<f64>| (value.unwrap() * 1000.0).round() / 1000.0;
    assert!((agreement.correlation.unwrap() - 0.9976).abs() < 5e-5);
    assert_eq!(three_digits(agreement.difference_correlation), 0.937);
    assert_eq!(three_digits(agreement.difference_slope), 0.871);
}

#[test]
fn guza_gaps_are_where_the_manifest_says() {
    let Some(data) = data() else { return };
    let recording = read_cenc_text(&guza_files(&data), &guza_options()).unwrap().recording;
    let days = [
        ("2007-04-10", 14),
        ("2008-03-16", 5),
        ("2010-03-09", 36),
        ("2010-03-13", 16),
        ("2010-03-18", 5),
    ];
    let mut total = 0;
    for (day, hours) in days {
        // From Beijing's midnight on; the gap of 36 hours runs into the next day.
        let start: jiff::Timestamp = format!("{day}T00:00:00+08:00").parse().unwrap();
        let end = start + SignedDuration::from_hours(if hours > 24 { 48 } else { 24 });
        let part = recording.between(start, end).unwrap();
        total += part.missing_count("s1").unwrap();
        assert_eq!(part.missing_count("s1").unwrap(), hours, "{day}");
    }
    assert_eq!(total, 76);
}

/// The station stands at about 1,500 m, where the air weighs so much.
#[test]
fn guza_pressure_is_about_847_hpa() {
    let Some(data) = data() else { return };
    let recording = common::guza(&data);
    let pressure = recording.channel("pressure").unwrap();
    let known: Vec<f64> = pressure.iter().copied().filter(|value| !value.is_nan()).collect();
    let mean = known.iter().sum::<f64>() / known.len() as f64;
    assert_eq!(known.len(), 34_246);
    assert!((mean - 846.724).abs() < 5e-4, "{mean}");
    assert!(known.iter().all(|value| (817.0..870.0).contains(value)));
}

#[test]
fn guza_csv_and_guza_text_are_the_same_recording() {
    let Some(data) = data() else { return };
    let path = data.join("guza/guza_51010_yry4_hourly.csv.gz");
    let text = read_cenc_text(&guza_files(&data), &guza_options()).unwrap().recording;
    let mut options = CsvOptions::default().with_station("51010").with_time_column("time_utc");
    for (_, name, azimuth) in GAUGES {
        options = options.with_column(gauge(name, name, azimuth));
    }
    let pressure = ColumnSpec::new("pressure_hpa").with_unit(Unit::Hectopascal, 1.0);
    let options = options.with_column(pressure).with_column(ColumnSpec::new("water_level"));
    let utc = read_csv(&path, &options).unwrap();
    assert_same_values(&utc.recording, &text);
    assert_eq!(utc.rows, [34_320; 6]);

    let beijing = options.with_time_column("time_bjt").with_zone(Offset::constant(8));
    assert_same_values(&read_csv(&path, &beijing).unwrap().recording, &text);

    // Left to itself the reader takes the columns of numbers and says what it left out.
    let free = read_csv(&path, &CsvOptions::default()).unwrap();
    assert_eq!(free.ignored_columns, ["time_utc"]);
    assert_eq!(free.recording.channels().len(), 6);
    let again = tempfile::tempdir().unwrap();
    let again = again.path().join("guza.csv");
    write_csv(&free.recording, &again).unwrap();
    assert_same_values(
        &read_csv(&again, &CsvOptions::default()).unwrap().recording,
        &free.recording,
    );
}

#[test]
fn without_the_null_being_named_99999_is_a_value() {
    let Some(data) = data() else { return };
    let path = data.join("guza/h1-51.DAT");
    let read = read_cenc_text(&[&path], &CencOptions::default()).unwrap();
    let recording = read.recording;
    assert_eq!(recording.missing_count("h1-51").unwrap(), 0);
    let [ReadNote::UnnamedNull { number, count, .. }] = read.notes.as_slice() else { panic!() };
    assert_eq!((*number, *count), (99_999.0, 76));
    let named = CencOptions::default().with_null("99999");
    assert_eq!(read_cenc_text(&[path], &named).unwrap().notes, []);
    let largest = recording.values().iter().copied().fold(f64::MIN, f64::max);
    assert_eq!(largest, 99_999.0);
}

#[test]
fn korla_and_the_theoretical_tide() {
    let Some(data) = data() else { return };
    let korla = [data.join("other/65015_7_2311.Dat")];
    let options = CencOptions::default().with_null("999999");
    let korla = read_cenc_text(&korla, &options).unwrap();
    assert_eq!(korla.recording.station(), "65015");
    assert_eq!(korla.recording.grid().start(), "2009-02-19T16:00:00Z".parse().unwrap());
    assert_eq!(korla.recording.grid().interval(), SignedDuration::from_hours(1));
    // 2022-02-22 23h of Beijing. 113,856 rows of its 114,024 hours; 608 of them are null.
    assert_eq!(korla.recording.grid().end(), "2022-02-22T15:00:00Z".parse().unwrap());
    assert_eq!(
        (korla.rows.as_slice(), korla.recording.grid().len()),
        ([113_856].as_slice(), 114_024)
    );
    assert_eq!(korla.recording.missing_count("2311").unwrap(), 168 + 608);
    let tide = [data.join("guza/theory_areal_strain.txt")];
    let tide = read_cenc_text(&tide, &CencOptions::default()).unwrap().recording;
    assert_eq!(tide.grid().len(), 34_320);
    assert_eq!(tide.missing_count("theory_areal_strain").unwrap(), 0);
}

#[test]
fn a_strainmeter_tensor_and_a_transformer() {
    let Some(data) = data() else { return };
    let b084 = read_csv(
        data.join("pbo/B084_Tohoku_1sps.csv.gz"),
        &CsvOptions::default().with_null("999999"),
    )
    .unwrap();
    assert_eq!(b084.recording.grid().len(), 16_000);
    assert_eq!(b084.recording.grid().end(), "2011-03-11T08:19:59Z".parse().unwrap());
    assert_eq!(b084.ignored_columns, ["epoch"]);
    let ett = read_csv(data.join("ett/ETTh1.csv"), &CsvOptions::default()).unwrap();
    assert_eq!((ett.recording.grid().len(), ett.recording.channels().len()), (17_420, 7));
    assert_eq!(ett.recording.channel("OT").unwrap()[0], 30.531_000_137_329_1);
}

#[test]
fn the_chinese_catalogue() {
    let Some(data) = data() else { return };
    let catalogue = read_eqt(data.join("catalog/china3msN.eqt"), Offset::constant(8)).unwrap();
    assert_eq!(catalogue.events().len(), 39_611);
    assert_eq!(catalogue.duplicates(), 49);
    assert_eq!(catalogue.without_duplicates().events().len(), 39_562);
    let region = catalogue.min_magnitude(3.0).in_box(21.0..=34.0, 97.0..=107.0);
    assert_eq!(region.events().len(), 7_626);

    let wenchuan = catalogue.min_magnitude(8.0).in_box(30.0..=32.0, 102.0..=105.0);
    let [event] = wenchuan.events() else { panic!("{wenchuan:?}") };
    assert_eq!(event.time, "2008-05-12T06:28:04Z".parse().unwrap());
    assert_eq!((event.latitude, event.longitude), (31.0, 103.4));
    assert!((event.distance_km(30.11722, 102.1728) - 152.9).abs() < 0.5);
}

/// November 2006 to October 2007 around Guza: what makes it a reference in time.
#[test]
fn the_quiet_stretch_has_three_of_magnitude_3_and_none_of_4() {
    let Some(data) = data() else { return };
    let catalogue = read_eqt(data.join("catalog/china3msN.eqt"), Offset::constant(8)).unwrap();
    let instant = |text: &str| text.parse::<jiff::Timestamp>().unwrap();
    let from = instant("2006-11-01T00:00:00+08:00");
    let within = |least: f64, to: &str| {
        let strong = catalogue.min_magnitude(least);
        let near = strong.events().iter().filter(|event| {
            (from..instant(to)).contains(&event.time)
                && event.distance_km(30.11722, 102.1728) <= 200.0
        });
        near.map(|event| event.magnitude).collect::<Vec<_>>()
    };
    let end = "2007-11-01T00:00:00+08:00";
    assert_eq!(within(3.0, end), [3.6, 3.1, 3.8]);
    assert!(within(4.0, end).is_empty());
    // Not because the search finds nothing: with Wenchuan's year they are many.
    assert_eq!(within(4.0, "2008-11-01T00:00:00+08:00").len(), 94);
}

#[test]
fn the_derived_catalogue_is_the_same() {
    let Some(data) = data() else { return };
    let eqt = read_eqt(data.join("catalog/china3msN.eqt"), Offset::constant(8)).unwrap();
    let path = data.join("catalog/china_m3_1970_2023.csv.gz");
    let csv = read_catalogue_csv(path, &CatalogueOptions::default()).unwrap();
    assert_eq!(csv.events().len(), 39_611);
    let without_region = |event: &Event| {
        let mut event = event.clone();
        event.region = None;
        event
    };
    for (index, (a, b)) in eqt.events().iter().zip(csv.events()).enumerate() {
        assert_eq!(without_region(a), without_region(b), "event {index}");
    }
    let path = data.join("catalog/aeta_eqlst_2016-2020.csv");
    let options = CatalogueOptions::default().with_zone(Offset::constant(8));
    let aeta = read_catalogue_csv(path, &options).unwrap();
    assert_eq!(aeta.events().len(), 189);
    // Its column of Unix seconds is an independent witness of the zone.
    assert_eq!(aeta.events()[0].time.as_second(), 1_482_621_966);
}

#[test]
fn the_stations() {
    let Some(data) = data() else { return };
    let stations = data.join("stations");
    let channels = read_stations_csv(stations.join("cenc_borehole_strain_4c.csv")).unwrap();
    assert_eq!(channels.len(), 400);

    // Two gravimeters of the full list have latitude and longitude exchanged.
    let all = stations.join("cenc_deformation_stations_all.csv");
    assert!(matches!(read_stations_csv(&all), Err(StrainIoError::Row(_))));
    let all = read_stations_csv_skipping(&all).unwrap();
    let found: Vec<_> = all.bad_rows.iter().map(|row| row.text.as_str()).collect();
    assert_eq!((all.value.len(), found.as_slice()), (1_979, ["103.32", "101.55"].as_slice()));

    let sites = borehole_sites(&channels);
    assert_eq!(sites.len(), 103);
    let azimuths =
        |code: &str| sites.iter().find(|site| site.station_code == code).unwrap().gauge_azimuths;
    assert_eq!(azimuths("51010"), [51.0, 96.0, 141.0, 6.0].map(Some));
    assert_eq!(azimuths("62003"), [114.0, 159.0, 24.0, 69.0].map(Some));
}
