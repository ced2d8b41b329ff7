//! What the default settings make stays what it was: the demo, its page and every measured number
//! of the book rest on it.

use super::super::network;
use super::{SyntheticNetwork, small};

/// FNV-1a of 64 bits (Fowler, Noll, Vo): the same wherever it runs, which the standard library's
/// hasher does not promise.
fn fnv(bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

fn values(network: &SyntheticNetwork) -> Vec<f64> {
    network.stations().flat_map(|station| station.recording.values().to_owned()).collect()
}

/// Every value to 0.0001 nanostrain or hPa, which rounding that differs between processors does not
/// reach: at 1e-12 it moves one value in 1e8 across a boundary.
#[test]
fn the_default_network_is_the_one_it_was() {
    let network = network(&small(), 20).unwrap();
    let rounded = values(&network)
        .into_iter()
        .map(|v| if v.is_nan() { i64::MIN } else { (v * 1e4).round() as i64 });
    assert_eq!(fnv(rounded.flat_map(i64::to_le_bytes)), 9_169_678_333_275_545_965);
}

/// Every bit, where the Fourier transform takes the path that the stored number was made on.
#[cfg(all(target_arch = "x86_64", target_os = "linux", target_env = "gnu"))]
#[test]
fn the_default_network_is_the_one_it_was_to_the_last_bit() {
    if !(is_x86_feature_detected!("avx") && is_x86_feature_detected!("fma")) {
        return;
    }
    let network = network(&small(), 20).unwrap();
    let bits =
        values(&network).into_iter().map(|v| if v.is_nan() { u64::MAX } else { v.to_bits() });
    assert_eq!(fnv(bits.flat_map(u64::to_le_bytes)), 1_761_819_641_595_264_601);
}
