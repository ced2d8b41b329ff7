//! The P picker: an encoder that halves the window seven times, and two decoders that undo it.

mod decoder;
mod encoder;
mod network;

pub use network::{Picker, PickerOutput};
pub(crate) use network::{most_probable, prepared};

/// Channels of the seven convolutions.
const FILTERS: [usize; 7] = [8, 16, 16, 32, 32, 64, 64];
/// Their kernels.
const KERNELS: [usize; 7] = [11, 9, 7, 7, 5, 5, 3];
/// Channels between encoder and decoders.
const HIDDEN: usize = 16;

/// Length before each of the seven halvings; an odd length is made even by one sample.
fn lengths(samples: usize) -> [usize; 7] {
    let mut length = samples;
    std::array::from_fn(|_| {
        let before = length;
        length = before.div_ceil(2);
        before
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_thousand_samples_become_eight() {
        assert_eq!(super::lengths(1_000), [1_000, 500, 250, 125, 63, 32, 16]);
    }
}
