//! Channels side by side.

use super::scalar::{Scalar, wide_vectors};

/// `L` complex numbers, one of each channel: real parts and imaginary parts.
pub(crate) type Element<S, const L: usize> = [[S; L]; 2];

/// Values as elements; their number is a multiple of an element's.
#[inline(always)]
pub(crate) fn elements<S, const L: usize>(values: &[S]) -> &[Element<S, L>] {
    values.as_chunks::<L>().0.as_chunks().0
}

#[inline(always)]
pub(crate) fn elements_mut<S, const L: usize>(values: &mut [S]) -> &mut [Element<S, L>] {
    values.as_chunks_mut::<L>().0.as_chunks_mut().0
}

/// Blocks of `L` channels.
#[inline(always)]
pub(crate) fn blocks<const L: usize>(channels: usize) -> usize {
    channels.div_ceil(L)
}

/// a + b.
#[inline(always)]
#[allow(clippy::needless_range_loop)] // the form that becomes vector instructions
pub(crate) fn sum<S: Scalar, const L: usize>(a: &[S; L], b: &[S; L]) -> [S; L] {
    let mut sum = *a;
    for n in 0..L {
        sum[n] = sum[n] + b[n];
    }
    sum
}

/// How many channels an element holds: those of a vector register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lanes {
    Eight,
    Sixteen,
}

impl Lanes {
    /// Those of this processor's registers or, where they would only hold zeros more, fewer.
    pub(crate) fn for_channels(channels: [usize; 2]) -> Self {
        if wide_vectors() { Self::Sixteen.filled_by(channels) } else { Self::Eight }
    }

    fn filled_by(self, channels: [usize; 2]) -> Self {
        let filled = |channels| self.padded(channels) == Self::Eight.padded(channels);
        if channels.into_iter().all(filled) { self } else { Self::Eight }
    }

    /// Those of elements of `L` channels.
    pub(crate) const fn of<const L: usize>() -> Self {
        if L == 16 { Self::Sixteen } else { Self::Eight }
    }

    fn count(self) -> usize {
        match self {
            Self::Eight => 8,
            Self::Sixteen => 16,
        }
    }

    /// Channels rounded up to whole blocks.
    pub(crate) fn padded(self, channels: usize) -> usize {
        channels.next_multiple_of(self.count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_channel_is_added_for_wide_vectors() {
        for (channels, lanes) in [
            ([16, 32], Lanes::Sixteen),
            ([64, 64], Lanes::Sixteen),
            ([15, 9], Lanes::Sixteen),
            ([8, 16], Lanes::Eight),
            ([16, 24], Lanes::Eight),
            ([17, 16], Lanes::Eight),
        ] {
            assert_eq!(Lanes::Sixteen.filled_by(channels), lanes, "{channels:?}");
        }
    }
}
