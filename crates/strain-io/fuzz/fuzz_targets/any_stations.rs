//! Any bytes are a list of stations or an error.
#![no_main]

use std::io::Write;

use libfuzzer_sys::fuzz_target;
use strain_io::{borehole_sites, read_gtsm_sites, read_stations};

fuzz_target!(|bytes: &[u8]| {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(bytes).expect("a temporary file that can be written");
    let strict = read_stations(file.path(), false);
    let skipping = read_stations(file.path(), true);
    if let Ok(strict) = strict {
        assert_eq!(strict.channels, skipping.expect("what is read strictly is read").channels);
        assert!(borehole_sites(&strict.channels).len() <= strict.channels.len());
    }
    for site in read_gtsm_sites(file.path()).unwrap_or_default() {
        let _ = (site.gauge_azimuths(), site.linearisations());
    }
});
