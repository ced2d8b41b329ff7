//! Memory that is used again.
//!
//! A step's planes and spectra have the sizes of the last step's; mapping fresh memory for them
//! costs more than filling it.

use std::ops::{Deref, DerefMut, Range};
use std::sync::{Arc, Mutex, PoisonError};

use realfft::{RealFftPlanner, RealToComplex};

use super::lanes::Lanes;
use super::scalar::Scalar;
use super::spectrum::turns;

/// What all passes of one network share.
#[derive(Clone)]
pub(crate) struct Workspace<S: Scalar> {
    /// The transform of a whole series.
    pub(crate) plan: Arc<dyn RealToComplex<S>>,
    /// See [`turns`].
    pub(crate) turns: Arc<[(S, S)]>,
    pub(crate) pool: Pool<S>,
    /// Channels side by side in the frequency domain.
    pub(crate) lanes: Lanes,
    /// For what waits for the backward pass: in buffers of about its size, none of the large ones.
    pub(crate) kept: Pool<S>,
}

impl<S: Scalar> Workspace<S> {
    /// For series of `len` samples.
    pub(crate) fn new(len: usize, lanes: Lanes) -> Self {
        let plan = RealFftPlanner::new().plan_fft_forward(len);
        let (pool, kept) = (Pool::new(WASTEFUL), Pool::new(VARYING));
        Self { plan, turns: turns(len).into(), pool, lanes, kept }
    }
}

/// Bytes of a line of the cache. Vectors that begin inside one lie in two, and take twice as long.
const LINE: usize = 64;

/// A buffer so many times larger than what is asked for is left for something larger.
const WASTEFUL: usize = 4;

/// As [`WASTEFUL`] for what is kept: sizes differ from batch to batch with the samples that have a share
/// of a period.
const VARYING: usize = 2;

/// Buffers that wait for their next use. Clones share them.
#[derive(Clone)]
pub(crate) struct Pool<S> {
    free: Arc<Mutex<Vec<Vec<S>>>>,
    /// How many times larger than what is asked for a buffer may be.
    most: usize,
}

impl<S: Scalar> Pool<S> {
    pub(crate) fn new(most: usize) -> Self {
        Self { free: Arc::default(), most }
    }

    /// A buffer of `len` values, whatever they are: each must be written before it is read.
    pub(crate) fn any(&self, len: usize) -> Buffer<S> {
        let room = len + LINE / size_of::<S>();
        let mut values = self.take(room);
        // Never cut again, so that a buffer is filled once in its life.
        if values.len() < room {
            values.resize(room, S::default());
        }
        let start = values.as_ptr().align_offset(LINE).min(room - len);
        // So that a test meets what was not written.
        #[cfg(test)]
        values.fill(S::of(f64::NAN));
        Buffer { values, range: start..start + len, pool: self.clone() }
    }

    /// The smallest buffer that is large enough, if it is not too large. Where there is none, the
    /// largest that is too small is given up for a new one, so that there are never more than were in
    /// use together.
    fn take(&self, len: usize) -> Vec<S> {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let size = |free: &[Vec<S>], at: usize| free.get(at).map_or(0, Vec::len);
        let fitting =
            (0..free.len()).filter(|&at| (len..=self.most * len).contains(&size(&free, at)));
        if let Some(at) = fitting.min_by_key(|&at| size(&free, at)) {
            return free.swap_remove(at);
        }
        let small = (0..free.len()).filter(|&at| size(&free, at) < len);
        if let Some(at) = small.max_by_key(|&at| size(&free, at)) {
            free.swap_remove(at);
        }
        Vec::with_capacity(len)
    }
}

/// A buffer that goes back to its pool when it is dropped.
pub(crate) struct Buffer<S: Scalar> {
    values: Vec<S>,
    /// Those that are asked for.
    range: Range<usize>,
    pool: Pool<S>,
}

impl<S: Scalar> Drop for Buffer<S> {
    fn drop(&mut self) {
        let values = std::mem::take(&mut self.values);
        self.pool.free.lock().unwrap_or_else(PoisonError::into_inner).push(values);
    }
}

impl<S: Scalar> Deref for Buffer<S> {
    type Target = [S];

    fn deref(&self) -> &[S] {
        &self.values[self.range.clone()]
    }
}

impl<S: Scalar> DerefMut for Buffer<S> {
    fn deref_mut(&mut self) -> &mut [S] {
        &mut self.values[self.range.clone()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_that_vary_take_little_more_memory_than_the_largest() {
        let (pool, most, together) = (Pool::<f32>::new(VARYING), 10_000, 6);
        for round in 0..2_000 {
            let size = |n: usize| most / 8 + (round * 7919 + n * 104_729) % (7 * most / 8);
            drop((0..together).map(|n| pool.any(size(n))).collect::<Vec<_>>());
        }
        let held: usize = pool.free.lock().unwrap().iter().map(Vec::len).sum();
        assert!(held < 2 * together * most, "{held}");
    }

    #[test]
    fn a_buffer_is_used_again() {
        let pool = Pool::<f32>::new(WASTEFUL);
        let place = pool.any(100).as_ptr();
        assert_eq!(place.align_offset(LINE), 0);
        let again = pool.any(60);
        assert_eq!((again.as_ptr(), again.len()), (place, 60));
        // A buffer that is much too large is not taken; one that is almost large enough goes.
        drop((again, pool.any(10)));
        drop(pool.any(120));
        let mut sizes: Vec<usize> = pool.free.lock().unwrap().iter().map(Vec::len).collect();
        sizes.sort_unstable();
        let line = LINE / size_of::<f32>();
        assert_eq!(sizes, [10 + line, 120 + line]);
    }
}
