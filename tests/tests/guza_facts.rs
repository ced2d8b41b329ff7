//! What is known of the record of station 51010, its catalogue and its place from elsewhere.

#![allow(clippy::unwrap_used, reason = "a failed helper is a failed test")]

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use geographiclib_rs::{Geodesic, InverseGeodesic};
use serde_json::Value;
use stmn_tests::{root, shared, succeeds};

const SHIPPED: &str = "examples/data/guza_51010_yry4_hourly.csv.gz";
/// Guza, and the epicentre of the Wenchuan earthquake as the example has it.
const GUZA: [f64; 2] = [30.11722, 102.1728];
const EPICENTRE: [f64; 2] = [31.0, 103.4];

fn check_quality(document: &Value) {
    assert_eq!(document["schema"], "stmn.quality/1");
    let recording = &document["recordings"][0];
    assert_eq!(recording["start"], "2006-10-31T16:00:00Z");
    assert_eq!(recording["end"], "2010-09-30T15:00:00Z");
    assert_eq!(recording["interval_s"], 3600.0);
    let channels = recording["channels"].as_array().unwrap();
    for name in ["s1", "s2", "s3", "s4"] {
        let channel = channels.iter().find(|channel| channel["name"] == name).unwrap();
        assert_eq!(channel["rows"], 34_320, "{name}");
        assert_eq!(channel["samples"], 34_320, "{name}");
        assert_eq!(channel["missing"], 76, "{name}");
        let continuity = channel["continuity"].as_f64().unwrap();
        assert_eq!(continuity, 1.0 - 76.0 / 34_320.0, "{name}");
        assert_eq!(format!("{continuity:.5}"), "0.99779", "{name}");
    }
    let agreement = &recording["self_consistency"];
    let rounded =
        |key: &str, digits: usize| format!("{:.digits$}", agreement[key].as_f64().unwrap());
    assert_eq!(rounded("correlation", 4), "0.9976");
    assert_eq!(rounded("difference_correlation", 3), "0.937");
    assert_eq!(rounded("difference_slope", 3), "0.871");
}

#[test]
fn quality_of_the_shipped_record() {
    check_quality(&succeeds(&root(), ["quality", SHIPPED, "--json"]).json());
}

#[test]
fn quality_of_the_shared_record() {
    let Some(data) = shared("data/guza") else { return };
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("read.toml"), "[csv]\nzone = \"+08:00\"\n").unwrap();
    let table = data.join("guza_51010_yry4_hourly.csv.gz");
    let arguments = ["quality", table.to_str().unwrap(), "--read", "read.toml", "--json"];
    check_quality(&succeeds(folder.path(), arguments).json());
}

/// The columns of a compressed CSV file, each field as it stands there.
fn fields(path: &Path) -> BTreeMap<String, Vec<String>> {
    let mut text = String::new();
    let file = std::fs::File::open(path).unwrap();
    flate2::read::MultiGzDecoder::new(file).read_to_string(&mut text).unwrap();
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    let mut columns: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in lines {
        let row: Vec<&str> = line.split(',').collect();
        assert_eq!(row.len(), names.len(), "{line}");
        for (name, field) in names.iter().zip(row) {
            columns.entry((*name).to_owned()).or_default().push(field.to_owned());
        }
    }
    columns
}

fn bits(fields: &[String]) -> Vec<Option<u64>> {
    let one = |field: &String| (!field.is_empty()).then(|| field.parse::<f64>().unwrap().to_bits());
    fields.iter().map(one).collect()
}

#[test]
fn the_shipped_record_holds_the_published_values_bit_for_bit() {
    let Some(data) = shared("data/guza") else { return };
    let shipped = fields(&root().join(SHIPPED));
    let table = fields(&data.join("guza_51010_yry4_hourly.csv.gz"));
    assert_eq!(shipped["time"], table["time_utc"]);
    for name in ["s1", "s2", "s3", "s4", "pressure_hpa", "water_level"] {
        assert!(bits(&shipped[name]) == bits(&table[name]), "{name} differs from the table");
    }
    // And the files that the table was made from.
    let files = [
        ("s1", "h1-51.DAT"),
        ("s2", "h2-96.dat"),
        ("s3", "h3-141.dat"),
        ("s4", "h4-6.DAT"),
        ("pressure_hpa", "hpr.DAT"),
        ("water_level", "hwl.DAT"),
    ];
    for (name, file) in files {
        let text = std::fs::read_to_string(data.join(file)).unwrap();
        let published: Vec<Option<u64>> = text
            .split([',', '\n', '\r', ' ', '\t'])
            .filter(|field| !field.is_empty())
            .skip(1)
            .step_by(2)
            .map(|field| field.parse::<f64>().unwrap())
            .map(|value| (value != 99_999.0).then(|| value.to_bits()))
            .collect();
        assert!(bits(&shipped[name]) == published, "{name} differs from {file}");
    }
}

#[test]
fn the_catalogue_of_the_region() {
    let Some(path) = shared("data/catalog/china3msN.eqt") else { return };
    let catalogue = strain_io::read_eqt(&path, jiff::tz::Offset::constant(8)).unwrap();
    assert_eq!(catalogue.events().len(), 39_611);
    let region = catalogue.min_magnitude(3.0).in_box(21.0..=34.0, 97.0..=107.0);
    assert_eq!(region.events().len(), 7_626);
    assert_eq!(catalogue.duplicates(), 49);
    assert_eq!(catalogue.without_duplicates().events().len(), 39_611 - 49);
}

/// Vincenty's inverse formula, km: another algorithm than the one under test, good to 0.1 mm at
/// such distances (Vincenty 1975, Survey Review 23, 88–93).
fn vincenty([lat1, lon1]: [f64; 2], [lat2, lon2]: [f64; 2]) -> f64 {
    let (a, f) = (6_378_137.0, 1.0 / 298.257_223_563);
    let b = (1.0 - f) * a;
    let reduced = |latitude: f64| ((1.0 - f) * latitude.to_radians().tan()).atan().sin_cos();
    let ((su1, cu1), (su2, cu2)) = (reduced(lat1), reduced(lat2));
    let l = (lon2 - lon1).to_radians();
    let mut lambda = l;
    loop {
        let (sl, cl) = lambda.sin_cos();
        let ss = (cu2 * sl).hypot(cu1 * su2 - su1 * cu2 * cl);
        let cs = su1 * su2 + cu1 * cu2 * cl;
        let sigma = ss.atan2(cs);
        let sin_alpha = cu1 * cu2 * sl / ss;
        let cos2_alpha = 1.0 - sin_alpha * sin_alpha;
        let c2m = cs - 2.0 * su1 * su2 / cos2_alpha;
        let c = f / 16.0 * cos2_alpha * (4.0 + f * (4.0 - 3.0 * cos2_alpha));
        let inner = c2m + c * cs * (2.0 * c2m * c2m - 1.0);
        let next = l + (1.0 - c) * f * sin_alpha * (sigma + c * ss * inner);
        if (next - lambda).abs() < 1e-14 {
            let u2 = cos2_alpha * (a * a - b * b) / (b * b);
            let k = ((1.0 + u2).sqrt() - 1.0) / ((1.0 + u2).sqrt() + 1.0);
            let (big_a, big_b) = ((1.0 + k * k / 4.0) / (1.0 - k), k * (1.0 - 0.375 * k * k));
            let square = cs * (2.0 * c2m * c2m - 1.0)
                - big_b / 6.0 * c2m * (4.0 * ss * ss - 3.0) * (4.0 * c2m * c2m - 3.0);
            let delta = big_b * ss * (c2m + big_b / 4.0 * square);
            return b * big_a * (sigma - delta) / 1000.0;
        }
        lambda = next;
    }
}

#[test]
fn the_distance_to_the_epicentre_is_geodesic() {
    // JFK to Heathrow in GeographicLib's manual.
    assert!((vincenty([40.6, -73.8], [51.6, -0.5]) - 5_551.759_4).abs() < 1e-4);
    let metres: f64 = Geodesic::wgs84().inverse(GUZA[0], GUZA[1], EPICENTRE[0], EPICENTRE[1]);
    assert!((vincenty(GUZA, EPICENTRE) - metres / 1000.0).abs() < 1e-6);

    let site = |name, [latitude, longitude]: [f64; 2]| {
        graph_spatial::Site::new(name, latitude, longitude).unwrap()
    };
    let km = graph_spatial::distance_km(&site("51010", GUZA), &site("epicentre", EPICENTRE));
    assert!((km - metres / 1000.0).abs() < 1e-9);
    // The station's record says about 153 km.
    assert_eq!(km.round(), 153.0);
    // The example's configuration holds these very coordinates.
    let config = stmn_pipeline::load_config(root().join("examples/guza-wenchuan.toml")).unwrap();
    assert_eq!([config.event.latitude, config.event.longitude], EPICENTRE);
    let target = &config.target[0];
    assert_eq!([target.latitude, target.longitude], GUZA);
}

/// The station near the great earthquakes is no quiet reference, and the command says why.
#[test]
fn the_ranking_of_references_reads_stations_and_catalogue() {
    let Some(catalogue) = shared("data/catalog/china3msN.eqt") else { return };
    let Some(stations) = shared("data/stations/cenc_borehole_strain_4c.csv") else { return };
    let folder = tempfile::tempdir().unwrap();
    let read = "[csv]\nstation = \"51010\"\n";
    std::fs::write(folder.path().join("read.toml"), read).unwrap();
    let record = root().join(SHIPPED);
    let arguments = [
        "quality",
        record.to_str().unwrap(),
        "--read",
        "read.toml",
        "--json",
        "--stations",
        stations.to_str().unwrap(),
        "--catalogue",
        catalogue.to_str().unwrap(),
    ];
    let document = succeeds(folder.path(), arguments).json();
    let rank = &document["references"][0];
    assert_eq!(rank["station"], "51010");
    assert_eq!(rank["suitable"], false, "{rank}");
    assert!(!rank["reasons"].as_array().unwrap().is_empty(), "{rank}");
}
