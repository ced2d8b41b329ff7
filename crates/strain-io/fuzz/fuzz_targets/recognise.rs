//! Whatever the format is taken for, any bytes are a recording or an error.
#![no_main]

use std::io::Write;

use libfuzzer_sys::fuzz_target;
use strain_io::{ReadOptions, read_recording};

fuzz_target!(|bytes: &[u8]| {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(bytes).expect("a temporary file that can be written");
    if let Ok(read) = read_recording(file.path(), &ReadOptions::default()) {
        assert!(read.recording.grid().len() > 0 && !read.recording.channels().is_empty());
    }
});
