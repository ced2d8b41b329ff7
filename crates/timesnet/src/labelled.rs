//! Whole series with a class each.

use candle_core::{Device, Tensor};
use ndarray::{Array2, Axis};

use crate::input::Input;
use crate::predict::{check_finite, infer};
use crate::{Result, Task, TimesNet, TimesNetError};

/// Series `[time, channel]` of at most `length` rows and their classes, counted from zero. Shorter
/// ones are padded with zeros behind their end, where a mask hides the padding from the head. As
/// published there are no time features, whatever the network has.
///
/// ```
/// use ndarray::Array2;
/// use timesnet::LabelledSet;
///
/// let samples = vec![Array2::zeros((20, 2)), Array2::ones((12, 2))];
/// let set = LabelledSet::new(samples, vec![0, 1], 20)?;
/// assert_eq!((set.len(), set.channels()), (2, 2));
/// # Ok::<(), timesnet::TimesNetError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct LabelledSet {
    samples: Vec<Array2<f32>>,
    classes: Vec<usize>,
    length: usize,
    channels: usize,
}

impl LabelledSet {
    /// Checks and keeps the samples.
    ///
    /// # Errors
    ///
    /// [`TimesNetError::NoWindows`] without samples, [`TimesNetError::Shape`] where a sample is
    /// empty, too long or has other channels than the first, or where classes are not as many as
    /// samples; [`TimesNetError::NotFinite`] with sample, row and channel.
    pub fn new(samples: Vec<Array2<f32>>, classes: Vec<usize>, length: usize) -> Result<Self> {
        let Some(channels) = samples.first().map(Array2::ncols) else {
            return Err(TimesNetError::NoWindows { purpose: "to classify" });
        };
        if classes.len() != samples.len() {
            let expected = format!("[{}], one for each sample", samples.len());
            let got = vec![classes.len()];
            return Err(TimesNetError::Shape { what: "the list of classes", expected, got });
        }
        for (index, sample) in samples.iter().enumerate() {
            let fits = (1..=length).contains(&sample.nrows()) && sample.ncols() == channels;
            if !fits || channels == 0 {
                return Err(TimesNetError::Shape {
                    what: "a sample",
                    expected: format!("[1 to {length}, {channels}] (it is number {index})"),
                    got: sample.shape().to_vec(),
                });
            }
            if let Some(((row, channel), &value)) =
                sample.indexed_iter().find(|(_, value)| !value.is_finite())
            {
                return Err(TimesNetError::NotFinite {
                    series: index,
                    row,
                    channel,
                    start: 0,
                    value,
                });
            }
        }
        Ok(Self { samples, classes, length, channels })
    }

    /// Number of samples.
    #[must_use]
    pub fn len(&self) -> usize {
        self.samples.len()
    }

    /// Never: a set without samples cannot be made.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.samples.is_empty()
    }

    /// Channels of every sample.
    #[must_use]
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// Rows after padding.
    #[must_use]
    pub fn length(&self) -> usize {
        self.length
    }

    /// The samples, unpadded.
    #[must_use]
    pub fn samples(&self) -> &[Array2<f32>] {
        &self.samples
    }

    /// Their classes.
    #[must_use]
    pub fn classes(&self) -> &[usize] {
        &self.classes
    }

    pub(crate) fn gather(&self, ids: &[usize], device: &Device) -> Result<Input> {
        let per_sample = self.length * self.channels;
        let mut values = vec![0f32; ids.len() * per_sample];
        let mut mask = vec![0f32; ids.len() * self.length];
        for (position, &id) in ids.iter().enumerate() {
            let sample = &self.samples[id];
            for (to, from) in values[position * per_sample..].iter_mut().zip(sample) {
                *to = *from;
            }
            mask[position * self.length..][..sample.nrows()].fill(1.0);
        }
        let series = Tensor::from_vec(values, (ids.len(), self.length, self.channels), device)?;
        let mask = Tensor::from_vec(mask, (ids.len(), self.length), device)?;
        Ok(Input::new(series).with_mask(mask))
    }

    /// Refuses a network built for other samples.
    pub(crate) fn check(&self, model: &TimesNet) -> Result<()> {
        let config = model.config();
        let largest = self.classes.iter().copied().max().unwrap_or(0);
        let wanted = (Task::Classification, self.length, self.channels);
        let got = (config.task, config.seq_len, config.enc_in);
        if wanted == got && largest < config.num_class {
            return Ok(());
        }
        let problem = format!(
            "(task, seq_len, enc_in) are {got:?} with {} classes, the samples need {wanted:?} with \
             at least {} classes",
            config.num_class,
            largest + 1
        );
        Err(TimesNetError::Objective { problem })
    }
}

/// Probabilities of the classes, `[sample, class]`. Periods are each sample's own whatever the
/// network's own scope (fixed ones stay fixed), so a sample's class depends neither on the others
/// nor, but for rounding, on `batch`, the number that pass through the network together.
///
/// # Errors
///
/// [`TimesNetError::Objective`] where network and samples do not fit together,
/// [`TimesNetError::Config`] for a batch of zero.
pub fn classify(model: &TimesNet, set: &LabelledSet, batch: usize) -> Result<Array2<f32>> {
    set.check(model)?;
    if batch == 0 {
        return Err(TimesNetError::config("batch", 0, "give at least 1 sample"));
    }
    let ids: Vec<usize> = (0..set.len()).collect();
    let mut all = Vec::with_capacity(set.len() * model.config().num_class);
    for ids in ids.chunks(batch) {
        let logits = infer(model, &set.gather(ids, model.device())?)?;
        check_finite(&logits.flatten_all()?.to_vec1::<f32>()?, 1, model.config().num_class)?;
        let peak = logits.max_keepdim(1)?;
        let parts = logits.broadcast_sub(&peak)?.exp()?;
        let shares = parts.broadcast_div(&parts.sum_keepdim(1)?)?;
        all.extend(shares.flatten_all()?.to_vec1::<f32>()?);
    }
    let shape = (set.len(), model.config().num_class);
    let got = vec![all.len()];
    Array2::from_shape_vec(shape, all).map_err(|_| TimesNetError::Shape {
        what: "the output",
        expected: format!("{shape:?}"),
        got,
    })
}

/// Share of samples whose most probable class is theirs, of `probabilities` `[sample, class]`. A sample
/// with a probability that is no number is wrong; NaN where there are not as many classes as samples.
#[must_use]
pub fn accuracy(probabilities: &Array2<f32>, classes: &[usize]) -> f64 {
    if probabilities.nrows() != classes.len() {
        return f64::NAN;
    }
    let right = probabilities.axis_iter(Axis(0)).zip(classes).filter(|(row, class)| {
        let best = row.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1).then(b.0.cmp(&a.0)));
        best.is_some_and(|(index, _)| index == **class) && !row.iter().any(|p| p.is_nan())
    });
    right.count() as f64 / classes.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TimesNetConfig;

    fn sample(number: usize, rows: usize) -> Array2<f32> {
        let period = 3.0 + number as f32;
        Array2::from_shape_fn((rows, 2), |(t, c)| {
            ((t + c) as f32 * std::f32::consts::TAU / period).sin()
        })
    }

    #[test]
    fn a_class_does_not_depend_on_the_other_samples() {
        let config = TimesNetConfig::new(Task::Classification, 24, 2).with_classes(3);
        let model = TimesNet::seeded(config.with_width(8, 8), 7, &Device::Cpu).unwrap();
        let samples: Vec<Array2<f32>> = (0..6).map(|number| sample(number, 24 - number)).collect();
        let set = |samples: Vec<Array2<f32>>| {
            let classes = vec![0; samples.len()];
            LabelledSet::new(samples, classes, 24).unwrap()
        };
        let together = classify(&model, &set(samples.clone()), 6).unwrap();
        let in_pairs = classify(&model, &set(samples.clone()), 2).unwrap();
        for (number, sample) in samples.into_iter().enumerate() {
            let alone = classify(&model, &set(vec![sample]), 6).unwrap();
            for (class, share) in alone.row(0).iter().enumerate() {
                for other in [together[[number, class]], in_pairs[[number, class]]] {
                    assert!((share - other).abs() < 1e-5, "{number}: {share} {other}");
                }
            }
        }
    }
}
