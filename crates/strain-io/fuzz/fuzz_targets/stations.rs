//! Any bytes are a list of stations or an error.
#![no_main]

use std::io::Write;

use libfuzzer_sys::fuzz_target;
use strain_io::{borehole_sites, read_stations_csv, read_stations_csv_skipping};

fuzz_target!(|bytes: &[u8]| {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(bytes).expect("a temporary file that can be written");
    let strict = read_stations_csv(file.path());
    let skipping = read_stations_csv_skipping(file.path());
    if let Ok(strict) = strict {
        assert_eq!(strict, skipping.expect("what is read strictly is read").value);
        assert!(borehole_sites(&strict).len() <= strict.len());
    }
});
