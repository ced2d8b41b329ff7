//! Any bytes as the days of a station's folder are a recording or an error.
#![no_main]

use std::fs::{create_dir_all, write};
use std::sync::Once;

use libfuzzer_sys::fuzz_target;
use strain_io::{ParquetOptions, read_parquet_days};

fuzz_target!(|bytes: &[u8]| {
    // The Parquet library's panics are caught, and the fuzzer's own hook would stop at
    // them; one that is not caught still ends the run.
    static QUIET: Once = Once::new();
    QUIET.call_once(|| std::panic::set_hook(Box::new(|_| {})));
    let folder = tempfile::tempdir().expect("a temporary folder");
    // The same file as two days: their channels fit, their times may overlap.
    for day in ["day=2008-05-11", "day=2008-05-12"] {
        let day = folder.path().join("station=51010").join(day);
        create_dir_all(&day).expect("a temporary folder that can be written");
        write(day.join("part-0.parquet"), bytes).expect("a temporary file that can be written");
    }
    let options = ParquetOptions::default();
    if let Ok(read) = read_parquet_days(folder.path(), "51010", None, &options) {
        assert!(read.recording.grid().len() > 0 && !read.recording.channels().is_empty());
    }
});
