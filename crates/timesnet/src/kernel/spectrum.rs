//! Amplitude spectra, the choice of periods, and the gradient through the amplitudes.

use std::sync::Arc;

use rayon::prelude::*;
use realfft::RealToComplex;
use realfft::num_complex::Complex;

use super::scalar::Scalar;

/// Which frequencies a sample's block looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// The strongest of the batch's mean spectrum, the same for all samples (as published).
    Batch,
    /// The strongest of each sample's own spectrum.
    Sample,
    /// Given ones, in cycles per series.
    Frozen(Vec<usize>),
}

/// The spectra of a batch.
pub(crate) struct Spectra<S> {
    len: usize,
    channels: usize,
    /// `[sample][channel][frequency]`.
    values: Vec<Complex<S>>,
    /// `[sample][frequency]`, mean over channels of the absolute value.
    amplitude: Vec<f64>,
}

/// A frequency (cycles per series) a sample was folded at, with its share of the output.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chosen {
    pub(crate) frequency: usize,
    /// Softmax over the sample's chosen amplitudes.
    pub(crate) weight: f64,
}

/// Number of frequencies of a real series of `len` samples, the mean included.
fn bins(len: usize) -> usize {
    len / 2 + 1
}

impl<S: Scalar> Spectra<S> {
    /// Transforms `[batch, len, channels]`.
    pub(crate) fn of(series: &[S], channels: usize, plan: &Arc<dyn RealToComplex<S>>) -> Self {
        let len = plan.len();
        let (per_sample, bins) = (len * channels, bins(len));
        let batch = series.len() / per_sample;
        let mut values = vec![Complex::default(); batch * channels * bins];
        let mut amplitude = vec![0.0; batch * bins];
        values
            .par_chunks_mut(channels * bins)
            .zip(amplitude.par_chunks_mut(bins))
            .zip(series.par_chunks(per_sample))
            .for_each(|((values, amplitude), sample)| {
                let (mut input, mut scratch) = (plan.make_input_vec(), plan.make_scratch_vec());
                for (channel, spectrum) in values.chunks_exact_mut(bins).enumerate() {
                    for (to, from) in
                        input.iter_mut().zip(sample.iter().skip(channel).step_by(channels))
                    {
                        *to = *from;
                    }
                    // Lengths come from the plan itself, so this cannot fail.
                    let done = plan.process_with_scratch(&mut input, spectrum, &mut scratch);
                    debug_assert!(done.is_ok());
                    for (sum, value) in amplitude.iter_mut().zip(spectrum.iter()) {
                        *sum += value.norm_sqr().root().wide() / channels as f64;
                    }
                }
            });
        Self { len, channels, values, amplitude }
    }

    fn batch(&self) -> usize {
        self.amplitude.len() / bins(self.len)
    }

    fn amplitudes(&self, sample: usize) -> &[f64] {
        &self.amplitude[sample * bins(self.len)..][..bins(self.len)]
    }

    /// The frequencies of each sample, strongest first, with their softmax weights.
    pub(crate) fn choose(&self, scope: &Scope, count: usize) -> Vec<Vec<Chosen>> {
        let common = match scope {
            Scope::Batch => Some(strongest(&self.mean_amplitude(), count)),
            Scope::Frozen(frequencies) => Some(frequencies.clone()),
            Scope::Sample => None,
        };
        (0..self.batch())
            .map(|sample| {
                let amplitude = self.amplitudes(sample);
                let own = || strongest(amplitude, count);
                let frequencies = common.clone().unwrap_or_else(own);
                softmax(&frequencies, amplitude)
            })
            .collect()
    }

    fn mean_amplitude(&self) -> Vec<f64> {
        let mut mean = vec![0.0; bins(self.len)];
        for sample in 0..self.batch() {
            for (sum, value) in mean.iter_mut().zip(self.amplitudes(sample)) {
                *sum += value;
            }
        }
        mean
    }

    /// What the gradients through the amplitudes need.
    pub(crate) fn at(&self, chosen: &[Vec<Chosen>], turns: &Arc<[(S, S)]>) -> Phases<S> {
        let bins = bins(self.len);
        let values = chosen
            .iter()
            .enumerate()
            .map(|(sample, chosen)| {
                let spectrum = &self.values[sample * self.channels * bins..];
                let of = |frequency: usize| {
                    (0..self.channels).map(|c| spectrum[c * bins + frequency]).collect()
                };
                chosen.iter().map(|choice| (choice.frequency, of(choice.frequency))).collect()
            })
            .collect();
        Phases { values, turns: turns.clone() }
    }
}

/// The chosen frequencies of a batch's spectra.
pub(crate) struct Phases<S> {
    /// `[sample][chosen]`: the frequency and its value in each channel.
    values: Vec<Vec<(usize, Vec<Complex<S>>)>>,
    /// Those of the series' length.
    turns: Arc<[(S, S)]>,
}

/// Cosine and sine of the parts of a turn, `len` of them.
pub(crate) fn turns<S: Scalar>(len: usize) -> Vec<(S, S)> {
    let turn = |part: usize| {
        let (sin, cos) = (std::f64::consts::TAU * (part as f64 / len as f64)).sin_cos();
        (S::of(cos), S::of(sin))
    };
    (0..len).map(turn).collect()
}

impl<S> Default for Phases<S> {
    /// Of no sample.
    fn default() -> Self {
        Self { values: Vec::new(), turns: Arc::new([]) }
    }
}

impl<S: Scalar> Phases<S> {
    /// Whether no gradient goes through the amplitudes.
    pub(crate) fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Adds the gradient of one amplitude with respect to a sample's series, times `scale`:
    /// d|X|/dx(t) = (Re X cos ωt − Im X sin ωt)/|X|, and nothing where |X| = 0.
    pub(crate) fn amplitude_gradient(
        &self,
        sample: usize,
        frequency: usize,
        scale: f64,
        into: &mut [S],
    ) {
        let found = self.values[sample].iter().find(|(at, _)| *at == frequency);
        let channels = found.map_or(&[][..], |(_, channels)| channels.as_slice());
        let directions: Vec<(S, S)> = channels
            .iter()
            .map(|value| {
                let (re, im) = (value.re.wide(), value.im.wide());
                let factor = match re.hypot(im) {
                    0.0 => 0.0,
                    size => scale / (channels.len() as f64 * size),
                };
                (S::of(factor * re), S::of(factor * im))
            })
            .collect();
        for (time, sample) in into.chunks_exact_mut(directions.len().max(1)).enumerate() {
            let (cos, sin) = self.turns[frequency * time % self.turns.len()];
            for (to, &(re, im)) in sample.iter_mut().zip(&directions) {
                *to = *to + re * cos - im * sin;
            }
        }
    }
}

/// The `count` strongest frequencies above zero, strongest first; of equals the lowest.
///
/// The published code sets the mean's amplitude to zero and would divide by it on a flat series;
/// here the mean is never a candidate.
pub(crate) fn strongest(amplitude: &[f64], count: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (1..amplitude.len()).collect();
    order.sort_by(|&a, &b| amplitude[b].total_cmp(&amplitude[a]).then(a.cmp(&b)));
    order.truncate(count);
    order
}

fn softmax(frequencies: &[usize], amplitude: &[f64]) -> Vec<Chosen> {
    let peak = frequencies.iter().map(|&f| amplitude[f]).fold(f64::NEG_INFINITY, f64::max);
    let parts: Vec<f64> = frequencies.iter().map(|&f| (amplitude[f] - peak).exp()).collect();
    let total: f64 = parts.iter().sum();
    let chosen = frequencies.iter().zip(parts);
    chosen.map(|(&frequency, part)| Chosen { frequency, weight: part / total }).collect()
}

#[cfg(test)]
mod tests {
    use super::super::lanes::Lanes;
    use super::super::pool::Workspace;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// Three planted tones of clearly different size come back in order, whatever the phases.
        #[test]
        fn planted_frequencies_are_found(
            len in 24usize..200,
            picks in prop::collection::vec(0.0f64..1.0, 3),
            phases in prop::collection::vec(0.0..std::f64::consts::TAU, 3),
        ) {
            let top = (len - 1) / 2;
            let planted: Vec<usize> =
                picks.iter().map(|p| 1 + (p * (top - 1) as f64) as usize).collect();
            prop_assume!(planted[0] != planted[1] && planted[1] != planted[2]
                && planted[0] != planted[2]);
            let series: Vec<f64> = (0..len)
                .map(|t| {
                    (0..3)
                        .map(|i| {
                            let angle = std::f64::consts::TAU * (planted[i] * t) as f64 / len as f64;
                            (3 - i) as f64 * (angle + phases[i]).cos()
                        })
                        .sum::<f64>() + 100.0
                })
                .collect();
            let spectra = Spectra::of(&series, 1, &Workspace::new(len, Lanes::Eight).plan);
            let chosen = spectra.choose(&Scope::Sample, 3);
            let found: Vec<usize> = chosen[0].iter().map(|c| c.frequency).collect();
            prop_assert_eq!(found, planted);
        }
    }

    #[test]
    fn flat_series_have_periods_and_finite_gradients() {
        let series = vec![3.0f64; 2 * 10 * 2];
        let workspace = Workspace::new(10, Lanes::Eight);
        let spectra = Spectra::of(&series, 2, &workspace.plan);
        let chosen = spectra.choose(&Scope::Batch, 5);
        assert!(chosen[0].iter().all(|c| c.frequency > 0 && (c.weight - 0.2).abs() < 1e-12));
        let mut gradient = vec![0.0; 20];
        spectra.at(&chosen, &workspace.turns).amplitude_gradient(0, 1, 1.0, &mut gradient);
        assert!(gradient.iter().all(|g| g.is_finite()));
    }
}
