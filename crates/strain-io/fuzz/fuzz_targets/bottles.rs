//! Any bytes are a recording or an error, as one bottle and as two of one channel.
#![no_main]

use std::io::Write;

use libfuzzer_sys::fuzz_target;
use strain_io::{BottleOptions, Linearisation, read_bottles};

fuzz_target!(|bytes: &[u8]| {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(bytes).expect("a temporary file that can be written");
    for skip in [false, true] {
        let options = BottleOptions::default().with_skip_bad_rows(skip).with_station("S");
        let Ok(read) = read_bottles(&[file.path()], &options) else { continue };
        assert!(skip || read.bad_rows.is_empty());
        // The same bottle twice is one: every sample is there two times and none differs.
        let twice = read_bottles(&[file.path(), file.path()], &options).expect("it was read");
        assert_eq!(twice.recording.grid(), read.recording.grid());
        let linear = options.with_linearisation(Linearisation::new("counts", 5e7, 1e-4));
        let _ = read_bottles(&[file.path()], &linear);
    }
});
