//! Any bytes are a recording or an error; what was kept and what was skipped add up.
#![no_main]

use std::io::Write;

use libfuzzer_sys::fuzz_target;
use strain_io::{CsvOptions, read_csv};

fuzz_target!(|bytes: &[u8]| {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(bytes).expect("a temporary file that can be written");
    for skip in [false, true] {
        if let Ok(read) = read_csv(file.path(), &CsvOptions::default().with_skip_bad_rows(skip)) {
            assert!(skip || read.bad_rows.is_empty());
            assert!(read.rows[0] - read.bad_rows.len() <= read.recording.grid().len());
        }
    }
});
