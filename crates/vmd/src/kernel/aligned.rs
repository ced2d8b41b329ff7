use std::ops::{Deref, DerefMut};

/// One cache line; the widest register fits into it.
const LINE: usize = 64;

/// A buffer that starts on a cache line, so that no register straddles two.
#[derive(Debug)]
pub(crate) struct Aligned<T> {
    data: Vec<T>,
    start: usize,
    len: usize,
}

impl<T: Copy + Default> Aligned<T> {
    /// `len` zeros.
    pub(crate) fn new(len: usize) -> Self {
        let spare = LINE / size_of::<T>();
        let data = vec![T::default(); len + spare];
        // An address that cannot be aligned is only slower.
        let start = data.as_ptr().align_offset(LINE).min(spare);
        Self { data, start, len }
    }
}

impl<T: Copy + Default> Clone for Aligned<T> {
    fn clone(&self) -> Self {
        let mut copy = Self::new(self.len);
        copy.copy_from_slice(self);
        copy
    }
}

impl<T> Deref for Aligned<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.data[self.start..self.start + self.len]
    }
}

impl<T> DerefMut for Aligned<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.data[self.start..self.start + self.len]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_are_aligned_too_and_hold_the_same() {
        for len in [0, 1, 7, 1000] {
            let mut buffer = Aligned::<f32>::new(len);
            buffer.iter_mut().enumerate().for_each(|(i, slot)| *slot = i as f32);
            let copy = buffer.clone();
            assert_eq!(*copy, *buffer);
            assert_eq!((copy.as_ptr().addr() % LINE, copy.len()), (0, len));
        }
    }
}
