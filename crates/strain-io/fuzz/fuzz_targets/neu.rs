//! Any bytes are a recording or an error.
#![no_main]

use std::io::Write;

use libfuzzer_sys::fuzz_target;
use strain_io::{NeuOptions, read_neu};

fuzz_target!(|bytes: &[u8]| {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(bytes).expect("a temporary file that can be written");
    for skip in [false, true] {
        let options = NeuOptions::default().with_skip_bad_rows(skip);
        if let Ok(read) = read_neu(file.path(), &options) {
            assert!(skip || read.bad_rows.is_empty());
            assert_eq!(read.recording.channels().len(), 6);
        }
    }
});
