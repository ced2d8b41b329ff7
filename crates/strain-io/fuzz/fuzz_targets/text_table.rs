//! Any bytes are a table or an error; every cell of a table is a number or an error.
#![no_main]

use std::io::Write;

use libfuzzer_sys::fuzz_target;
use strain_io::read_text_table;

fuzz_target!(|bytes: &[u8]| {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(bytes).expect("a temporary file that can be written");
    if let Ok(table) = read_text_table(file.path()) {
        assert!(!table.is_empty());
        for row in 0..table.len() {
            for column in 0..table.columns().len() {
                assert!(!table.number(row, column).is_ok_and(f64::is_infinite));
            }
        }
    }
});
