//! The shared real data. It is found through `STMN_SHARED` (default: `shared` beside the checkout);
//! where it is absent a test says so and passes, except in CI.

#![allow(dead_code, reason = "no test program uses all of it")]

use std::path::{Path, PathBuf};

use strain_io::{ColumnSpec, CsvOptions, Recording, Unit, read_csv};

/// The folder of shared data, or nothing where there is none.
pub(crate) fn data() -> Option<PathBuf> {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared");
    let shared = std::env::var_os("STMN_SHARED").map_or_else(|| default.into(), PathBuf::from);
    let data = shared.join("data");
    if data.is_dir() {
        return Some(data);
    }
    assert!(std::env::var_os("CI").is_none(), "no shared data at {}", data.display());
    eprintln!("skipped: no shared data at {} (set STMN_SHARED)", data.display());
    None
}

/// The record of Guza, gauges in nanostrain with their azimuths, and air pressure.
///
/// # Panics
///
/// Where it cannot be read.
pub(crate) fn guza(data: &Path) -> Recording {
    let mut options = CsvOptions::default().with_station("51010").with_time_column("time_utc");
    for (name, azimuth) in [("s1", 51.0), ("s2", 96.0), ("s3", 141.0), ("s4", 6.0)] {
        let column = ColumnSpec::new(name).with_unit(Unit::Nanostrain, 0.1);
        options = options.with_column(column.with_azimuth(azimuth));
    }
    let pressure = ColumnSpec::new("pressure_hpa").with_name("pressure");
    let options = options.with_column(pressure.with_unit(Unit::Hectopascal, 1.0));
    let file = data.join("guza/guza_51010_yry4_hourly.csv.gz");
    read_csv(file, &options).expect("the record of Guza").recording
}
