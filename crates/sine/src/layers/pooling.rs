//! Pooling and upsampling from reshapes and maxima, all of which have gradients in candle (its own
//! pooling has none where windows overlap).

use candle_core::{D, Result, Tensor};

/// Greatest of each pair along time; a last single sample stands for its pair.
pub(crate) fn halve(x: &Tensor) -> Result<Tensor> {
    let (batch, channels, length) = x.dims3()?;
    let even = if length % 2 == 1 {
        // Repeating the sample leaves its pair's maximum what it is.
        Tensor::cat(&[x, &x.narrow(2, length - 1, 1)?], 2)?
    } else {
        x.contiguous()?
    };
    even.reshape((batch, channels, length.div_ceil(2), 2))?.max(D::Minus1)
}

/// Each sample twice.
pub(crate) fn double(x: &Tensor) -> Result<Tensor> {
    let (batch, channels, length) = x.dims3()?;
    Tensor::stack(&[x, x], 3)?.reshape((batch, channels, 2 * length))
}

/// Greatest of three neighbours around every second sample (the ends have two).
pub(crate) fn pool_three_by_two(x: &Tensor) -> Result<Tensor> {
    let (batch, channels, length) = x.dims3()?;
    let out = length.div_ceil(2);
    // Padded as (x₀) x₀ x₁ … xₙ (xₙ), the ends repeated, to out + 1 pairs.
    let missing = 2 * (out + 1) - 1 - length;
    let mut parts = vec![x.narrow(2, 0, 1)?, x.clone()];
    parts.extend((0..missing).map(|_| x.narrow(2, length - 1, 1)).collect::<Result<Vec<_>>>()?);
    let pairs = Tensor::cat(&parts, 2)?.reshape((batch, channels, out + 1, 2))?;
    let (left, middle) = (pairs.narrow(3, 0, 1)?.squeeze(3)?, pairs.narrow(3, 1, 1)?.squeeze(3)?);
    let middle = middle.narrow(2, 0, out)?;
    let right = left.narrow(2, 1, out)?;
    left.narrow(2, 0, out)?.maximum(&middle)?.maximum(&right)
}

#[cfg(test)]
mod tests {
    use candle_core::Device;
    use proptest::prelude::*;

    use super::*;

    fn line(values: &[f32]) -> Tensor {
        Tensor::from_slice(values, (1, 1, values.len()), &Device::Cpu).unwrap()
    }

    fn back(x: &Tensor) -> Vec<f32> {
        x.flatten_all().unwrap().to_vec1().unwrap()
    }

    proptest! {
        /// Against the definitions, sample by sample.
        #[test]
        fn pools_are_maxima_over_their_windows(
            values in prop::collection::vec(-9.0..9.0_f32, 1..40),
        ) {
            let greatest = |low: isize, high: isize| {
                let inside = |i: &isize| (0..values.len() as isize).contains(i);
                (low..=high).filter(inside).map(|i| values[i as usize]).fold(f32::MIN, f32::max)
            };
            let n = values.len().div_ceil(2) as isize;
            let pairs: Vec<f32> = (0..n).map(|i| greatest(2 * i, 2 * i + 1)).collect();
            prop_assert_eq!(back(&halve(&line(&values)).unwrap()), pairs);
            let threes: Vec<f32> = (0..n).map(|i| greatest(2 * i - 1, 2 * i + 1)).collect();
            prop_assert_eq!(back(&pool_three_by_two(&line(&values)).unwrap()), threes);
            let twice = double(&line(&values)).unwrap();
            prop_assert_eq!(back(&halve(&twice).unwrap()), values);
        }
    }
}
