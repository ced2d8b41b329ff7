//! Whatever the format is taken for, any bytes are a catalogue or an error.
#![no_main]

use std::io::Write;

use libfuzzer_sys::fuzz_target;
use strain_io::{CatalogueFormat, ReadCatalogueOptions, read_catalogue};

fuzz_target!(|bytes: &[u8]| {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(bytes).expect("a temporary file that can be written");
    use CatalogueFormat::{CencText, FdsnText, QuakeMl, Zmap};
    for format in [None, Some(CencText), Some(FdsnText), Some(QuakeMl), Some(Zmap)] {
        let mut options = ReadCatalogueOptions::default();
        options.format = format;
        let strict = read_catalogue(file.path(), &options);
        let skipping = read_catalogue(file.path(), &options.with_skip_bad_rows(true));
        if let Ok(strict) = strict {
            let skipping = skipping.expect("what is read strictly is read");
            assert_eq!(strict.catalogue, skipping.catalogue);
        }
    }
});
