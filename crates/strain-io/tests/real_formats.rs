//! Real bottles, GNSS positions, miniSEED, catalogues and lists of stations in, published facts out.
//!
//! The files are found through `STMN_SHARED` (default: `shared` beside the checkout). Where they
//! are absent the tests say so and pass, except in CI. Sums were taken in Python from the bytes of
//! the files, with `struct` and `numpy.frombuffer`.

mod common;

use common::data;
use jiff::SignedDuration;
use strain_io::{
    BottleOptions, CatalogueFormat, Linearisation, NeuOptions, ReadCatalogueOptions, ReadOptions,
    RecordingFormat, StationFormat, Unit, read_bottles, read_catalogue, read_gtsm_sites, read_neu,
    read_recording, read_recording_files, read_stations,
};

#[test]
fn consecutive_bottles_are_two_minutes_without_a_seam() {
    let Some(data) = data() else { return };
    let paths = [data.join("pbo/Bott2.20"), data.join("pbo/Bott1.20")];
    let options = BottleOptions::default().with_station("B");
    let read = read_bottles(&paths, &options).unwrap();
    let grid = read.recording.grid();
    assert_eq!((grid.len(), grid.interval()), (2400, SignedDuration::from_millis(50)));
    assert_eq!(grid.start(), "2009-04-15T21:58:00Z".parse().unwrap());
    assert_eq!(grid.end(), "2009-04-15T21:59:59.95Z".parse().unwrap());
    assert!(read.seams.is_empty() && read.rows == [2400]);
    let counts = read.recording.channel("counts").unwrap();
    assert_eq!((counts[0], counts[1199]), (47_927_716.0, 47_927_715.0));
    assert_eq!(counts.sum(), 57_513_273_283.0 + 57_513_278_715.0);
    assert_eq!(read.recording.missing_count("counts").unwrap(), 0);

    // The largest count less the smallest is 47 counts; near 48 % of the range one count is
    // 1e-8/0.52²·gap/0.087 m of strain, so that they are about 2 nanostrain.
    let linear = Linearisation::new("counts", 47_927_706.0, 1e-4);
    let strain = read_bottles(&paths, &options.with_linearisation(linear)).unwrap().recording;
    assert_eq!(strain.channels()[0].unit, Unit::Nanostrain);
    let largest = strain.values().iter().copied().fold(f64::MIN, f64::max);
    let expected = 47.0 * 1e-8 / (1.0 - 0.479_277_3_f64).powi(2) * 1e-4 / 0.087 * 1e9;
    assert!((largest / expected - 1.0).abs() < 1e-5, "{largest} {expected}");
}

#[test]
fn gnss_days_of_all_sites() {
    let Some(data) = data() else { return };
    let mut rows = 0;
    for file in std::fs::read_dir(data.join("gnss")).unwrap() {
        let path = file.unwrap().path();
        let read = read_recording(&path, &ReadOptions::default()).unwrap();
        assert_eq!(read.recognised.unwrap().format, RecordingFormat::Neu);
        let name = path.file_name().unwrap().to_str().unwrap();
        assert_eq!(format!("{}_raw.neu", read.recording.station()), name);
        assert!(read.bad_rows.is_empty());
        let held = read.recording.grid().len() - read.recording.missing_count("e").unwrap();
        assert_eq!(held, read.rows[0], "{name}");
        rows += held;
    }
    assert_eq!(rows, 51_596);

    // LS10 is 5 km from the borehole of Guza.
    let read = read_neu(data.join("gnss/LS10_raw.neu"), &NeuOptions::default()).unwrap();
    let grid = read.recording.grid();
    assert_eq!((grid.len(), read.rows[0]), (395, 389));
    assert_eq!(grid.start(), "2012-04-01T12:00:00Z".parse().unwrap());
    assert_eq!(grid.end(), "2013-04-30T12:00:00Z".parse().unwrap());
    assert_eq!(read.recording.channel("e").unwrap()[394], 180.1);
    assert_eq!(read.recording.channel("sigma_u").unwrap()[0], 2.3);
    let position = read.position.unwrap();
    let here = strain_io::Event::new(grid.start(), position.latitude, position.longitude, 0.0);
    assert!((here.distance_km(30.11722, 102.1728) - 5.0).abs() < 1.5);
}

#[test]
fn an_hour_of_miniseed_at_three_stations() {
    let Some(data) = data() else { return };
    let sums = [
        ("WNM", 0.306_899_498_168_995),
        ("WRV2", 0.870_326_918_903_783_6),
        ("WVP2", 0.349_354_641_960_103_7),
    ];
    let path = |station: &str| {
        data.join(format!("seismic/continuous/CI.{station}.EH.2019-07-06T0800.mseed"))
    };
    for (station, sum) in sums {
        let read = read_recording(path(station), &ReadOptions::default()).unwrap();
        assert_eq!(read.recognised.unwrap().format, RecordingFormat::MiniSeed);
        let recording = read.recording;
        assert_eq!(recording.station(), station);
        assert_eq!(recording.grid().len(), 360_001);
        assert_eq!(recording.grid().start(), "2019-07-06T08:00:00Z".parse().unwrap());
        assert_eq!(recording.grid().end(), "2019-07-06T09:00:00Z".parse().unwrap());
        assert!(read.seams.is_empty());
        assert!((recording.channel("EHZ").unwrap().sum() - sum).abs() < 1e-9);
    }
    let both = [path("WNM"), path("WRV2")];
    let error = read_recording_files(&both, &ReadOptions::default()).unwrap_err().to_string();
    assert!(error.contains("CI.WNM and CI.WRV2"), "{error}");
}

#[test]
fn the_cenc_text_catalogue() {
    let Some(data) = data() else { return };
    let path = data.join("catalog/dz_19990101-20130823_gbk.txt");
    let read = read_catalogue(&path, &ReadCatalogueOptions::default()).unwrap();
    assert_eq!(read.format, CatalogueFormat::CencText);
    let events = read.catalogue.events();
    assert_eq!(events.len(), 1_220);
    // Counted in the file with `cut` and `sort | uniq -c`.
    let of_scale = |scale: &str| {
        events.iter().filter(|event| event.magnitude_type.as_deref() == Some(scale)).count()
    };
    assert_eq!((of_scale("Ms"), of_scale("M"), of_scale("Mw")), (937, 282, 1));
    let first = &events[0];
    assert_eq!(first.time, "2013-08-23T08:34:04.1Z".parse().unwrap());
    assert_eq!((first.latitude, first.longitude, first.depth_km), (-22.3, -68.7, Some(100.0)));
    assert_eq!(first.region.as_deref(), Some("智利"));

    // Wenchuan, 2008-05-12 14:28 Beijing time, is in this catalogue and in the fixed-width one.
    let wenchuan = |catalogue: &strain_io::Catalogue| {
        let start = "2008-05-12T06:20:00Z".parse().unwrap();
        let end = "2008-05-12T06:40:00Z".parse().unwrap();
        let largest = catalogue.between(start, end).min_magnitude(7.5);
        let [event] = largest.events() else { panic!("{largest:?}") };
        event.clone()
    };
    let eqt = data.join("catalog/china3msN.eqt");
    let eqt = read_catalogue(&eqt, &ReadCatalogueOptions::default()).unwrap();
    assert_eq!((eqt.format, eqt.catalogue.events().len()), (CatalogueFormat::Eqt, 39_611));
    let (a, b) = (wenchuan(&read.catalogue), wenchuan(&eqt.catalogue));
    assert_eq!((a.magnitude, b.magnitude), (8.0, 8.0));
    assert!(a.distance_km(b.latitude, b.longitude) < 15.0);
    assert!(a.time.duration_since(b.time).abs() < SignedDuration::from_secs(5));
}

#[test]
fn catalogues_in_csv_are_recognised() {
    let Some(data) = data() else { return };
    for (name, events) in
        [("catalog/china_m3_1970_2023.csv.gz", 39_611), ("catalog/aeta_eqlst_2016-2020.csv", 189)]
    {
        let read = read_catalogue(data.join(name), &ReadCatalogueOptions::default()).unwrap();
        assert_eq!((read.format, read.catalogue.events().len()), (CatalogueFormat::Csv, events));
    }
}

#[test]
fn strainmeters_of_the_pbo_table() {
    let Some(data) = data() else { return };
    let sites = read_gtsm_sites(data.join("pbo/bsmmeta3_coords.csv")).unwrap();
    assert_eq!(sites.len(), 82);
    let b084 = sites.iter().find(|site| site.station_code == "B084").unwrap();
    assert_eq!(b084.linearisations().len(), 4);
    // B001 has the wide gap; the counts are those of its line in the table.
    let b001 = sites.iter().find(|site| site.station_code == "B001").unwrap();
    assert_eq!((b001.gap_m, b001.azimuth_degrees), (Some(0.0002), Some(200.2)));
    assert_eq!(b001.reference_counts[3], Some(51_914_278.0));
    let stations = data.join("stations/cenc_borehole_strain_4c.csv");
    let read = read_stations(stations, false).unwrap();
    assert_eq!((read.format, read.channels.len()), (StationFormat::Csv, 400));
}
