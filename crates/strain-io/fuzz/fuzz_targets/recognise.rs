//! Whatever the kind and the format are taken for, any bytes are a recording, a catalogue, a list or an error.
#![no_main]

use std::io::Write;
use std::sync::Once;

use libfuzzer_sys::fuzz_target;
use strain_io::{
    FileKind, ReadCatalogueOptions, ReadOptions, identify, read_catalogue, read_gtsm_sites, read_recording,
    read_stations, recognise,
};

fuzz_target!(|bytes: &[u8]| {
    // Panics of the libraries for Parquet and miniSEED are caught, and the fuzzer's own hook would stop at
    // them; one that is not caught still ends the run.
    static QUIET: Once = Once::new();
    QUIET.call_once(|| std::panic::set_hook(Box::new(|_| {})));
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(bytes).expect("a temporary file that can be written");
    if let Ok(read) = read_recording(file.path(), &ReadOptions::default()) {
        assert!(read.recording.grid().len() > 0 && !read.recording.channels().is_empty());
    }
    let Ok(identified) = identify(file.path()) else { return };
    match identified.kind {
        FileKind::Recording(format) => {
            let recognised = recognise(file.path()).expect("what is identified is recognised");
            assert_eq!((recognised.format, recognised.because), (format, identified.because));
        }
        FileKind::Catalogue(format) => {
            if let Ok(read) = read_catalogue(file.path(), &ReadCatalogueOptions::default()) {
                assert_eq!(read.format, format);
            }
        }
        FileKind::Stations(format) => {
            if let Ok(read) = read_stations(file.path(), false) {
                assert_eq!(read.format, format);
            }
        }
        FileKind::Strainmeters => drop(read_gtsm_sites(file.path())),
        other => panic!("say here how {other:?} is read"),
    }
});
