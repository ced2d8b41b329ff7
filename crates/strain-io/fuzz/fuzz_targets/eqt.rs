//! Any bytes are a catalogue or an error.
#![no_main]

use std::io::Write;

use jiff::tz::Offset;
use libfuzzer_sys::fuzz_target;
use strain_io::{read_eqt, read_eqt_skipping};

fuzz_target!(|bytes: &[u8]| {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(bytes).expect("a temporary file that can be written");
    let strict = read_eqt(file.path(), Offset::constant(8));
    let skipping = read_eqt_skipping(file.path(), Offset::constant(8));
    if let Ok(strict) = strict {
        let skipping = skipping.expect("what is read strictly is read");
        assert_eq!(strict, skipping.value);
        assert!(strict.duplicates() < strict.events().len());
    }
});
