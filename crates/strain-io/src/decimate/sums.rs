use crate::Provenance;

/// A sample whose weight is below this share of the largest leaves no flag.
const FLAG_SHARE: f64 = 0.01;
/// Kept samples that are summed side by side: they share the coefficients that are loaded.
pub(super) const TOGETHER: usize = 4;
/// Partial sums of one kept sample: a single one would wait for each of its additions.
const LANES: usize = 4;

/// What a filter makes of the samples of one channel.
pub(super) struct Sums<'a> {
    /// The last first, in the order of the samples.
    taps: Vec<f64>,
    heaviest: f64,
    /// The sum of all weights without their signs.
    total: f64,
    input: &'a [f64],
    set: &'a [Provenance],
    /// The flags that every value has, as where a whole channel was corrected.
    pub(super) common: Provenance,
    /// How many of the first samples are missing or flagged otherwise.
    marked: Vec<usize>,
    max_missing: f64,
}

impl<'a> Sums<'a> {
    pub(super) fn new(
        taps: &[f64],
        input: &'a [f64],
        set: &'a [Provenance],
        max_missing: f64,
    ) -> Self {
        let known = input.iter().zip(set).filter(|(value, _)| !value.is_nan());
        let common = known.map(|(_, set)| *set).reduce(Provenance::and).unwrap_or_default();
        let mut marked = vec![0];
        let mut count = 0;
        for (value, set) in input.iter().zip(set) {
            count += usize::from(value.is_nan() || *set != common);
            marked.push(count);
        }
        let heaviest = taps.iter().fold(0.0_f64, |heaviest, tap| heaviest.max(tap.abs()));
        let total = taps.iter().map(|tap| tap.abs()).sum();
        let taps = taps.iter().rev().copied().collect();
        Self { taps, heaviest, total, input, set, common, marked, max_missing }
    }

    /// Kept samples by the last sample that goes into each, where all that goes in is known and
    /// without a flag that not all have: plain sums.
    pub(super) fn plain(&self, latest: [usize; TOGETHER]) -> Option<[f64; TOGETHER]> {
        let window = |latest: usize| {
            let oldest = (latest + 1).checked_sub(self.taps.len())?;
            let window = self.input.get(oldest..=latest)?;
            (self.marked[latest + 1] == self.marked[oldest]).then_some(window)
        };
        let [a, b, c, d] = latest.map(window);
        Some(weighted(&self.taps, [a?, b?, c?, d?]))
    }

    /// A kept sample and its flags, whatever goes in; the same to the bit where that is all known.
    pub(super) fn any(&self, latest: usize) -> (f64, Provenance) {
        let Some(oldest) = (latest + 1).checked_sub(self.taps.len()) else {
            return (f64::NAN, Provenance::OBSERVED);
        };
        let Some(window) = self.input.get(oldest..=latest) else {
            return (f64::NAN, Provenance::OBSERVED);
        };
        let mut flags = Provenance::OBSERVED;
        let (mut sum, mut weight, mut lost) = (0.0, 0.0, 0.0);
        for (tap, (value, set)) in self.taps.iter().zip(window.iter().zip(&self.set[oldest..])) {
            if value.is_nan() {
                lost += tap.abs();
                continue;
            }
            sum += tap * value;
            weight += tap;
            if tap.abs() >= FLAG_SHARE * self.heaviest {
                flags.insert(*set);
            }
        }
        if lost > self.max_missing * self.total {
            return (f64::NAN, flags);
        }
        if lost == 0.0 {
            let [sum] = weighted(&self.taps, [window]);
            return (sum, flags);
        }
        // Taps of both signs: what is left may weigh next to nothing although little was lost, and
        // would be blown up to a value that no sample near it has.
        if weight < 1.0 - self.max_missing {
            return (f64::NAN, flags);
        }
        flags.insert(Provenance::FILLED);
        (sum / weight, flags)
    }
}

/// The sums of the samples of each window, weighted by `taps`. Each is added up in the same order
/// whatever is beside it and whatever the processor can do: `LANES` partial sums, then those.
fn weighted<const COUNT: usize>(taps: &[f64], windows: [&[f64]; COUNT]) -> [f64; COUNT] {
    let (blocks, rest) = taps.as_chunks::<LANES>();
    let split = windows.map(|window| window[..taps.len()].as_chunks::<LANES>());
    let mut lanes = [[0.0; LANES]; COUNT];
    for (index, taps) in blocks.iter().enumerate() {
        for (lanes, (samples, _)) in lanes.iter_mut().zip(&split) {
            for ((lane, tap), sample) in lanes.iter_mut().zip(taps).zip(&samples[index]) {
                *lane += tap * sample;
            }
        }
    }
    std::array::from_fn(|place| {
        let ends = rest.iter().zip(split[place].1);
        ends.fold(lanes[place].iter().sum(), |sum, (tap, sample)| sum + tap * sample)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn weighted_sums_are_weighted_sums(
            taps in prop::collection::vec(-1.0..1.0_f64, 1..80),
            samples in prop::collection::vec(-1e3..1e3_f64, 90),
        ) {
            let windows = [0, 3, 7, 10].map(|start| &samples[start..start + taps.len()]);
            let together = weighted(&taps, windows);
            for (sum, window) in together.into_iter().zip(windows) {
                let one_by_one: f64 = taps.iter().zip(window).map(|(tap, sample)| tap * sample).sum();
                prop_assert!((sum - one_by_one).abs() < 1e-9, "{sum} {one_by_one}");
                let [alone] = weighted(&taps, [window]);
                prop_assert_eq!(alone.to_bits(), sum.to_bits());
            }
        }
    }
}
