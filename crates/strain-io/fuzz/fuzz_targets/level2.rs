//! Any bytes are a recording or an error.
#![no_main]

use std::io::Write;

use libfuzzer_sys::fuzz_target;
use strain_io::{Level2Options, read_pbo_level2};

fuzz_target!(|bytes: &[u8]| {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(bytes).expect("a temporary file that can be written");
    for skip in [false, true] {
        let options = Level2Options::default().with_skip_bad_rows(skip);
        if let Ok(read) = read_pbo_level2(&[file.path()], &options) {
            assert!(skip || read.bad_rows.is_empty());
        }
    }
});
