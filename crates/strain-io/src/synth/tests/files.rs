use super::super::{NetworkFormat, network, write_network};
use super::{SynthConfig, bits, small};
use crate::{
    CsvOptions, Event, StationTruth, StrainIoError, borehole_sites, read_csv, read_stations_csv,
};

#[test]
fn a_written_network_reads_back() {
    let network = network(&small().with_target_days(60), 2).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let inside = dir.path().join("new/folder");
    for format in [NetworkFormat::Csv, NetworkFormat::CsvGz] {
        let files = write_network(&inside, &network, format).unwrap();
        let wanted = bits(&network);
        for (station, file) in network.stations().zip(&files) {
            let read = read_csv(file, &CsvOptions::default()).unwrap().recording;
            assert_eq!(read.grid(), station.recording.grid());
            let index = network.stations().position(|s| s.id == station.id).unwrap();
            let got: Vec<_> = read.values().iter().map(|v| v.to_bits()).collect();
            assert_eq!(got, wanted[index]);
        }
    }
    let channels = read_stations_csv(inside.join("stations.csv")).unwrap();
    let sites = borehole_sites(&channels);
    assert_eq!(sites.len(), 3);
    for (site, station) in sites.iter().zip(network.stations()) {
        assert_eq!((site.latitude, site.longitude), (station.latitude, station.longitude));
        assert_eq!(site.gauge_azimuths, [0.0, 45.0, 90.0, 135.0].map(Some));
    }
}

#[test]
fn event_and_truth_read_back() {
    let network = network(&small(), 2).unwrap();
    let dir = tempfile::tempdir().unwrap();
    write_network(dir.path(), &network, NetworkFormat::default()).unwrap();
    let text = |name: &str| std::fs::read_to_string(dir.path().join(name)).unwrap();
    assert_eq!(serde_json::from_str::<Event>(&text("event.json")).unwrap(), network.event());
    let truth: serde_json::Value = serde_json::from_str(&text("truth.json")).unwrap();
    assert_eq!(truth["schema"], "strain-io.synth/1");
    assert_eq!(truth["seed"], 2);
    let config: SynthConfig = serde_json::from_value(truth["config"].clone()).unwrap();
    assert_eq!(config, network.config);
    let first: StationTruth =
        serde_json::from_value(truth["stations"][1]["truth"].clone()).unwrap();
    assert_eq!(first, network.targets[0].truth);
}

#[cfg(feature = "parquet")]
#[test]
fn parquet_keeps_units_and_directions() {
    let network = network(&small().with_target_days(60), 2).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let files = write_network(dir.path(), &network, NetworkFormat::Parquet).unwrap();
    let read = crate::read_parquet(&files[1], &crate::ParquetOptions::default()).unwrap().recording;
    assert_eq!(read.channels(), network.targets[0].recording.channels());
    assert_eq!(read.station(), "T1");
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let network = network(&small().with_target_days(60), 2).unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    let error = write_network(file.path(), &network, NetworkFormat::Csv).unwrap_err();
    assert!(matches!(&error, StrainIoError::Io { path, .. } if path == file.path()), "{error}");
}
