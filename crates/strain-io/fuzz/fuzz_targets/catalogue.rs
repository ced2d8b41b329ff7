//! Any bytes are a catalogue or an error.
#![no_main]

use std::io::Write;

use libfuzzer_sys::fuzz_target;
use strain_io::{CatalogueOptions, read_catalogue_csv, read_catalogue_csv_skipping};

fuzz_target!(|bytes: &[u8]| {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(bytes).expect("a temporary file that can be written");
    let options = CatalogueOptions::default();
    let strict = read_catalogue_csv(file.path(), &options);
    let skipping = read_catalogue_csv_skipping(file.path(), &options);
    if let Ok(strict) = strict {
        assert_eq!(strict, skipping.expect("what is read strictly is read").value);
    }
});
