//! Any bytes as the sidecar of sound weights: an error or a network, never a crash.
//!
//!     cargo +nightly fuzz run sidecar fuzz/corpus/sidecar fuzz/seeds/sidecar -- -rss_limit_mb=512
//!
//! The seeds are the weights' own sidecar and two whose sizes no memory holds.

#![no_main]

use libfuzzer_sys::fuzz_target;
use timesnet::TimesNet;
use timesnet::candle_core::Device;

const WEIGHTS: &[u8] = include_bytes!("../seeds/checkpoint/tiny.safetensors");

fuzz_target!(|bytes: &[u8]| {
    let Ok(folder) = tempfile::tempdir() else { return };
    let path = folder.path().join("w.safetensors");
    let beside = folder.path().join("w.json");
    if std::fs::write(&path, WEIGHTS).is_ok() && std::fs::write(&beside, bytes).is_ok() {
        let _ = TimesNet::load(&path, &Device::Cpu);
    }
});
