//! Any bytes are a recording or an error.
#![no_main]

use std::io::Write;
use std::sync::Once;

use libfuzzer_sys::fuzz_target;
use strain_io::{ParquetOptions, read_arrow};

fuzz_target!(|bytes: &[u8]| {
    // The Arrow libraries' panics are caught, and the fuzzer's own hook would stop at
    // them; one that is not caught still ends the run.
    static QUIET: Once = Once::new();
    QUIET.call_once(|| std::panic::set_hook(Box::new(|_| {})));
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(bytes).expect("a temporary file that can be written");
    if let Ok(read) = read_arrow(file.path(), &ParquetOptions::default()) {
        assert!(read.recording.grid().len() > 0 && !read.recording.channels().is_empty());
    }
});
