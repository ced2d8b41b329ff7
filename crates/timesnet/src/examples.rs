//! What a training loop takes its batches from.

use candle_core::{Device, Tensor};
use rand_chacha::ChaCha8Rng;

use crate::batch::{Batch, Target, WindowId, batch};
use crate::{LabelledSet, Objective, Result, WindowedSeries};

/// Numbered examples that can be gathered into batches.
pub(crate) trait Examples {
    fn count(&self) -> usize;
    fn batch(&self, ids: &[usize], device: &Device, rng: &mut ChaCha8Rng) -> Result<Batch>;
    fn hash(&self, hasher: &mut blake3::Hasher);
}

/// The windows of several series, for one objective.
pub(crate) struct WindowExamples<'a> {
    pub(crate) objective: Objective,
    pub(crate) series: &'a [WindowedSeries],
    /// Whether the network takes the series' time features.
    pub(crate) marked: bool,
    ids: Vec<WindowId>,
}

impl<'a> WindowExamples<'a> {
    pub(crate) fn new(objective: Objective, series: &'a [WindowedSeries], marked: bool) -> Self {
        let of = |(which, one): (usize, &WindowedSeries)| (0..one.len()).map(move |i| (which, i));
        let ids = series.iter().enumerate().flat_map(of).collect();
        Self { objective, series, marked, ids }
    }
}

impl Examples for WindowExamples<'_> {
    fn count(&self) -> usize {
        self.ids.len()
    }

    fn batch(&self, ids: &[usize], device: &Device, rng: &mut ChaCha8Rng) -> Result<Batch> {
        let ids: Vec<WindowId> = ids.iter().map(|&id| self.ids[id]).collect();
        batch(&self.objective, self.series, &ids, self.marked, device, rng)
    }

    fn hash(&self, hasher: &mut blake3::Hasher) {
        for series in self.series {
            let shape = [series.series().nrows(), series.channels(), series.window()];
            for number in shape.iter().chain(series.starts()) {
                hasher.update(&(*number as u64).to_le_bytes());
            }
            for channel in series.judged().into_iter().flatten() {
                hasher.update(b"judged");
                hasher.update(&(*channel as u64).to_le_bytes());
            }
            let marks = series.marks().filter(|_| self.marked);
            for value in series.series().iter().chain(marks.iter().flatten()) {
                hasher.update(&value.to_le_bytes());
            }
        }
    }
}

impl Examples for &LabelledSet {
    fn count(&self) -> usize {
        self.len()
    }

    fn batch(&self, ids: &[usize], device: &Device, _: &mut ChaCha8Rng) -> Result<Batch> {
        let input = self.gather(ids, device)?;
        let classes: Vec<u32> = ids.iter().map(|&id| self.classes()[id] as u32).collect();
        let classes = Tensor::from_vec(classes, ids.len(), device)?;
        Ok(Batch { input, target: Target::Classes(classes) })
    }

    fn hash(&self, hasher: &mut blake3::Hasher) {
        for (sample, class) in self.samples().iter().zip(self.classes()) {
            hasher.update(&(*class as u64).to_le_bytes());
            hasher.update(&(sample.nrows() as u64).to_le_bytes());
            for value in sample {
                hasher.update(&value.to_le_bytes());
            }
        }
    }
}
