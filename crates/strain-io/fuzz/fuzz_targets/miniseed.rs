//! Any bytes are a recording or an error.
#![no_main]

use std::io::Write;
use std::sync::Once;

use libfuzzer_sys::fuzz_target;
use strain_io::{MiniSeedOptions, read_miniseed};

fuzz_target!(|bytes: &[u8]| {
    // The decoder's panics are caught, and the fuzzer's own hook would stop at them; one that is not
    // caught still ends the run.
    static QUIET: Once = Once::new();
    QUIET.call_once(|| std::panic::set_hook(Box::new(|_| {})));
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(bytes).expect("a temporary file that can be written");
    for skip in [false, true] {
        let options = MiniSeedOptions::default().with_skip_bad_rows(skip);
        if let Ok(read) = read_miniseed(&[file.path()], &options) {
            assert!(skip || read.bad_rows.is_empty());
        }
    }
});
