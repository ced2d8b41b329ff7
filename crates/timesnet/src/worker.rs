//! A pass on one of the pool's threads.

use candle_core::Device;

/// Runs `job` on a thread of rayon's pool (the caller's own, where it is one). From outside, each of the
/// hundreds of parallel operations of a pass puts the calling thread to sleep and wakes another, which
/// took a sixth to a quarter of a training step on one thread; from inside, the first part of each is done on the spot.
///
/// Other devices are driven by the thread that calls.
pub(crate) fn on_worker<T: Send>(device: &Device, job: impl FnOnce() -> T + Send) -> T {
    if device.is_cpu() { rayon::scope(|_| job()) } else { job() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_runs_in_the_pool_of_its_caller() {
        assert!(on_worker(&Device::Cpu, rayon::current_thread_index).is_some());
        let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
        let threads = pool.install(|| on_worker(&Device::Cpu, rayon::current_num_threads));
        assert_eq!(threads, 3);
    }
}
