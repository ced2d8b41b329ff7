use ndarray::{Array2, s};

use crate::{Real, SegmentedConfig};

/// The weighted sum of the windows that cover what the last one covers.
pub(crate) struct Blend {
    /// `[mode, time]`
    sums: Array2<f64>,
    weights: Vec<f64>,
    step: usize,
}

impl Blend {
    pub(crate) fn new(config: &SegmentedConfig) -> Self {
        Self {
            sums: Array2::zeros((config.vmd.modes, config.window)),
            weights: vec![0.0; config.window],
            step: config.step,
        }
    }

    /// Adds the next window and gives its oldest samples, which no later window covers.
    pub(crate) fn add<T: Real>(&mut self, modes: &Array2<T>) -> Array2<T> {
        let window = self.weights.len();
        let triangle = |t: usize| (t + 1).min(window - t) as f64;
        for (t, weight) in self.weights.iter_mut().enumerate() {
            *weight += triangle(t);
        }
        for (mut sums, mode) in self.sums.rows_mut().into_iter().zip(modes.rows()) {
            for (t, (sum, value)) in sums.iter_mut().zip(mode).enumerate() {
                *sum += triangle(t) * value.wide();
            }
        }
        let finished = self.means(self.step);
        self.move_on();
        finished
    }

    /// What the windows so far say about the samples behind those that were given.
    pub(crate) fn rest<T: Real>(&self) -> Array2<T> {
        self.means(self.weights.len() - self.step)
    }

    fn means<T: Real>(&self, samples: usize) -> Array2<T> {
        Array2::from_shape_fn((self.sums.nrows(), samples), |(k, t)| {
            T::of(self.sums[[k, t]] / self.weights[t])
        })
    }

    fn move_on(&mut self) {
        let left = self.weights.len() - self.step;
        self.weights.rotate_left(self.step);
        self.weights[left..].fill(0.0);
        for mut sums in self.sums.rows_mut() {
            for t in 0..left {
                sums[t] = sums[t + self.step];
            }
        }
        self.sums.slice_mut(s![.., left..]).fill(0.0);
    }
}
