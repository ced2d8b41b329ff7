//! A pass on one of the pool's threads.

use candle_core::Device;

/// Runs `job` on a thread of rayon's pool (the caller's own, where it is one). From outside, each of the
/// hundreds of parallel operations of a pass puts the calling thread to sleep and wakes another, which
/// takes up to a third of a training step; from inside, the first part of each is done on the spot.
///
/// Other devices are driven by the thread that calls.
pub(crate) fn on_worker<T: Send>(device: &Device, job: impl FnOnce() -> T + Send) -> T {
    if device.is_cpu() { rayon::scope(|_| job()) } else { job() }
}
