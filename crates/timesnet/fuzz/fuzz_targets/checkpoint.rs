//! Any bytes as a checkpoint, in both formats: an error or a network, never a crash.
//!
//!     cargo +nightly fuzz run checkpoint fuzz/corpus/checkpoint fuzz/seeds/checkpoint -- -rss_limit_mb=512
//!
//! The seeds are one network of this size, saved by PyTorch in both formats, and a pickle that would
//! grow to 2^40 objects.

#![no_main]

use std::sync::Once;

use libfuzzer_sys::fuzz_target;
use timesnet::candle_core::Device;
use timesnet::{Task, TimesNet, TimesNetConfig};

fuzz_target!(|bytes: &[u8]| {
    // The pickle reader's panics are caught, and the fuzzer's own hook would stop at them; one that
    // is not caught still ends the run.
    static QUIET: Once = Once::new();
    QUIET.call_once(|| std::panic::set_hook(Box::new(|_| {})));
    let Ok(folder) = tempfile::tempdir() else { return };
    for name in ["w.safetensors", "w.pth"] {
        let path = folder.path().join(name);
        if std::fs::write(&path, bytes).is_ok() {
            let config = TimesNetConfig::new(Task::Imputation, 12, 1).with_width(2, 2);
            let _ = TimesNet::load_weights(config, &path, &Device::Cpu);
        }
    }
});
