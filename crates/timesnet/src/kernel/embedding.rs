//! The value embedding, a circular convolution of width three, with the positions added.

use rayon::prelude::*;

use super::scalar::{Job, Scalar, multiply_add, vectorised};

/// Numbers of a sum that are computed together.
const LANES: usize = 16;

/// Most pieces a batch is cut into for the weights' gradient; as in [`super::block`].
const PIECES: usize = 16;

/// Taps: the sample before, the sample itself, the one after.
const TAPS: usize = 3;

/// Sizes of the embedding.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token {
    pub(crate) len: usize,
    pub(crate) channels: usize,
    pub(crate) width: usize,
}

impl Token {
    /// The sample under a tap.
    #[inline(always)]
    fn under(&self, time: usize, tap: usize) -> usize {
        (time + self.len + tap - 1) % self.len
    }

    /// Outputs rounded up to whole lanes.
    fn padded(&self) -> usize {
        self.width.next_multiple_of(LANES)
    }

    /// From `[output][channel][tap]` to `[lanes' block][tap][channel][lane]`.
    fn packed<S: Scalar>(&self, weight: &[S]) -> Vec<S> {
        let rows = TAPS * self.channels;
        let mut packed = vec![S::default(); self.padded() * rows];
        for (output, row) in weight.chunks_exact(rows).enumerate() {
            for (at, &value) in row.iter().enumerate() {
                let (channel, tap) = (at / TAPS, at % TAPS);
                let place = (output / LANES * rows + tap * self.channels + channel) * LANES;
                packed[place + output % LANES] = value;
            }
        }
        packed
    }

    /// Undoes [`packed`](Self::packed).
    fn unpacked<S: Scalar>(&self, packed: &[S]) -> Vec<S> {
        let rows = TAPS * self.channels;
        let value = |at: usize| {
            let (output, channel, tap) = (at / rows, at % rows / TAPS, at % TAPS);
            let place = (output / LANES * rows + tap * self.channels + channel) * LANES;
            packed[place + output % LANES]
        };
        (0..self.width * rows).map(value).collect()
    }
}

/// `[sample, len, width]` from `[sample, len, channels]`, `[width, channels, 3]` and `[len, width]`.
pub(crate) fn forward<S: Scalar>(
    token: &Token,
    series: &[S],
    weight: &[S],
    positions: &[S],
) -> Vec<S> {
    let packed = token.packed(weight);
    let samples = series.len() / (token.len * token.channels);
    let mut output = vec![S::default(); samples * token.len * token.width];
    output
        .par_chunks_exact_mut(token.len * token.width)
        .zip(series.par_chunks_exact(token.len * token.channels))
        .for_each(|(into, series)| {
            vectorised(Forward { token, series, packed: &packed, positions, into });
        });
    output
}

struct Forward<'a, S> {
    token: &'a Token,
    series: &'a [S],
    packed: &'a [S],
    positions: &'a [S],
    into: &'a mut [S],
}

impl<S: Scalar> Job for Forward<'_, S> {
    #[inline(always)]
    #[allow(clippy::needless_range_loop)] // the form that becomes vector instructions
    fn run<const FUSED: bool>(self) {
        let Token { channels, width, .. } = *self.token;
        let rows = TAPS * channels;
        let places = self.positions.chunks_exact(width).zip(self.into.chunks_exact_mut(width));
        for (time, (positions, into)) in places.enumerate() {
            let under: [&[S]; TAPS] = std::array::from_fn(|tap| {
                &self.series[self.token.under(time, tap) * channels..][..channels]
            });
            let blocks = self.packed.chunks_exact(rows * LANES);
            let parts = into.chunks_mut(LANES).zip(positions.chunks(LANES));
            for (weights, (into, positions)) in blocks.zip(parts) {
                let mut sum = [S::default(); LANES];
                let weights = weights.as_chunks::<LANES>().0;
                for (x, weights) in under.into_iter().flatten().zip(weights) {
                    for n in 0..LANES {
                        sum[n] = multiply_add::<S, FUSED>(*x, weights[n], sum[n]);
                    }
                }
                for ((to, sum), position) in into.iter_mut().zip(sum).zip(positions) {
                    *to = sum + *position;
                }
            }
        }
    }
}

/// The gradient of the weight `[width, channels, 3]`, summed over the batch.
pub(crate) fn weight_gradient<S: Scalar>(token: &Token, series: &[S], grad: &[S]) -> Vec<S> {
    let (from, to) = (token.len * token.channels, token.len * token.width);
    let piece = (series.len() / from).div_ceil(PIECES).max(1);
    let sums: Vec<Vec<S>> = series
        .par_chunks(piece * from)
        .zip(grad.par_chunks(piece * to))
        .map(|(series, grad)| {
            let mut sums = vec![S::default(); token.padded() * TAPS * token.channels];
            for (series, grad) in series.chunks_exact(from).zip(grad.chunks_exact(to)) {
                vectorised(WeightGradient { token, series, grad, sums: &mut sums });
            }
            sums
        })
        .collect();
    let mut total = vec![S::default(); token.padded() * TAPS * token.channels];
    for sums in &sums {
        total.iter_mut().zip(sums).for_each(|(to, from)| *to = *to + *from);
    }
    token.unpacked(&total)
}

struct WeightGradient<'a, S> {
    token: &'a Token,
    series: &'a [S],
    grad: &'a [S],
    sums: &'a mut [S],
}

impl<S: Scalar> Job for WeightGradient<'_, S> {
    #[inline(always)]
    #[allow(clippy::needless_range_loop)] // as above
    fn run<const FUSED: bool>(self) {
        let Token { channels, width, .. } = *self.token;
        let rows = TAPS * channels;
        for (time, grad) in self.grad.chunks_exact(width).enumerate() {
            let under: [&[S]; TAPS] = std::array::from_fn(|tap| {
                &self.series[self.token.under(time, tap) * channels..][..channels]
            });
            for (sums, grad) in self.sums.chunks_exact_mut(rows * LANES).zip(grad.chunks(LANES)) {
                let mut g = [S::default(); LANES];
                g[..grad.len()].copy_from_slice(grad);
                let sums = sums.as_chunks_mut::<LANES>().0;
                for (x, sum) in under.into_iter().flatten().zip(sums) {
                    for n in 0..LANES {
                        sum[n] = multiply_add::<S, FUSED>(*x, g[n], sum[n]);
                    }
                }
            }
        }
    }
}

/// The gradient of the series `[sample, len, channels]`.
pub(crate) fn series_gradient<S: Scalar>(token: &Token, weight: &[S], grad: &[S]) -> Vec<S> {
    let Token { len, channels, width } = *token;
    let mut output = vec![S::default(); grad.len() / width * channels];
    output.par_chunks_exact_mut(len * channels).zip(grad.par_chunks_exact(len * width)).for_each(
        |(into, grad)| {
            for (time, grad) in grad.chunks_exact(width).enumerate() {
                for (grad, weight) in grad.iter().zip(weight.chunks_exact(TAPS * channels)) {
                    for (at, weight) in weight.iter().enumerate() {
                        let to = token.under(time, at % TAPS) * channels + at / TAPS;
                        into[to] = into[to] + *grad * *weight;
                    }
                }
            }
        },
    );
    output
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// The definition, and both gradients as what makes ⟨embedding, g⟩ linear in weight and
        /// series.
        #[test]
        fn the_embedding_is_its_definition(
            samples in 1usize..40, len in 1usize..9, channels in 1usize..6, width in 1usize..40,
            seed: u64,
        ) {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let mut draw = |count: usize| -> Vec<f64> {
                (0..count).map(|_| rng.random_range(-1.0..1.0)).collect()
            };
            let token = Token { len, channels, width };
            let (x, w) = (draw(samples * len * channels), draw(width * channels * 3));
            let (p, g) = (draw(len * width), draw(samples * len * width));
            let y = forward(&token, &x, &w, &p);
            let mut without = 0.0;
            for (at, &y) in y.iter().enumerate() {
                let (sample, time, output) = (at / width / len, at / width % len, at % width);
                let mut want = 0.0;
                for channel in 0..channels {
                    for tap in 0..3 {
                        let under = (time as i64 + tap as i64 - 1).rem_euclid(len as i64) as usize;
                        want += x[(sample * len + under) * channels + channel]
                            * w[(output * channels + channel) * 3 + tap];
                    }
                }
                without += want * g[at];
                prop_assert!((y - want - p[time * width + output]).abs() < 1e-12);
            }
            let dot = |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(a, b)| a * b).sum() };
            let size = 1.0 + g.len() as f64;
            // Linear in both: by the weight itself, and in another direction.
            let dw = weight_gradient(&token, &x, &g);
            prop_assert!((dot(&dw, &w) - without).abs() < 1e-12 * size);
            let dx = series_gradient(&token, &w, &g);
            prop_assert!((dot(&dx, &x) - without).abs() < 1e-12 * size);
            let zero = vec![0.0; p.len()];
            let (other_w, other_x) = (draw(w.len()), draw(x.len()));
            let along = dot(&forward(&token, &x, &other_w, &zero), &g);
            prop_assert!((dot(&dw, &other_w) - along).abs() < 1e-11 * size);
            let along = dot(&forward(&token, &other_x, &w, &zero), &g);
            prop_assert!((dot(&dx, &other_x) - along).abs() < 1e-11 * size);
        }
    }
}
