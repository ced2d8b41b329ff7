//! What is measured.

use candle_core::{Device, Tensor};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use timesnet::{InceptionKind, Task, TimesNetConfig, candle_core};

/// A network and a batch for it.
pub(crate) struct Shape {
    pub(crate) name: String,
    pub(crate) config: TimesNetConfig,
    pub(crate) kernels: usize,
    pub(crate) batch: usize,
    /// Periods planted in the series, samples; none leaves noise.
    pub(crate) tones: Vec<f64>,
    /// With little noise, so that the blocks fold at the planted periods, as a trained network's do.
    pub(crate) smooth: bool,
}

fn network(task: Task, len: usize, channels: usize, width: (usize, usize)) -> TimesNetConfig {
    TimesNetConfig::new(task, len, channels).with_width(width.0, width.1).with_layers(2)
}

/// The shapes of the benchmark. B is run on tides and on noise: long periods, wide
/// planes of few rows.
pub(crate) fn named() -> Vec<Shape> {
    let forecast = || {
        network(Task::LongTermForecast, 96, 7, (16, 32))
            .with_pred_len(96)
            .with_top_k(5)
            .with_time_features(4)
    };
    let daily = vec![24.0, 12.0, 8.0, 168.0];
    let shape = |name: &str, config, batch, tones: Vec<f64>, smooth| Shape {
        name: name.to_owned(),
        config,
        kernels: 6,
        batch,
        tones,
        smooth,
    };
    let reconstruct = |len, channels, width, top_k| {
        network(Task::AnomalyDetection, len, channels, width).with_top_k(top_k)
    };
    vec![
        shape("A", forecast(), 32, daily.clone(), false),
        shape("A, trained", forecast(), 32, daily, true),
        shape("B", reconstruct(1440, 4, (32, 32), 3), 8, vec![745.0, 720.0, 1440.0], false),
        shape("B, noise", reconstruct(1440, 4, (32, 32), 3), 8, vec![], false),
        shape("PSM", reconstruct(100, 25, (64, 64), 3), 128, vec![50.0, 20.0, 10.0], false),
    ]
}

/// Networks drawn at random: task, length, channels, widths, kernels, periods and batch.
pub(crate) fn random(count: usize) -> Vec<Shape> {
    let mut rng = ChaCha8Rng::seed_from_u64(20);
    (0..count)
        .map(|number| {
            let len = rng.random_range(24..400);
            let channels = rng.random_range(1..20);
            let widths = [4, 8, 12, 16, 24, 32, 48, 64];
            let mut width = || widths[rng.random_range(0..widths.len())];
            let width = (width(), width());
            let kernels = rng.random_range(1..=6);
            let layers = rng.random_range(1..=3);
            let top_k = rng.random_range(1..=5);
            let (batch, forecasts) = (rng.random_range(1..=48), rng.random_bool(0.5));
            let config = if forecasts {
                network(Task::LongTermForecast, len, channels, width)
                    .with_pred_len(rng.random_range(1..=len))
            } else {
                network(Task::AnomalyDetection, len, channels, width)
            };
            let config = config
                .with_layers(layers)
                .with_top_k(top_k)
                .with_inception(InceptionKind::MeanOdd { num_kernels: kernels });
            let tones = vec![len as f64 / rng.random_range(2.0..12.0)];
            let name = format!(
                "{number}: {}{len} × {channels}, {}/{}, {layers} blocks, k {top_k}, {kernels} \
                 kernels, batch {batch}",
                if forecasts { "forecast " } else { "" },
                width.0,
                width.1
            );
            Shape { name, config, kernels, batch, tones, smooth: rng.random_bool(0.5) }
        })
        .collect()
}

impl Shape {
    /// Input, target and time features.
    pub(crate) fn tensors(&self) -> candle_core::Result<(Tensor, Tensor, Option<Tensor>)> {
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let (len, channels) = (self.config.seq_len, self.config.enc_in);
        let total = len + self.config.pred_len;
        let mut x = Vec::with_capacity(self.batch * len * channels);
        let mut y = Vec::new();
        for _ in 0..self.batch {
            let phases: Vec<f64> =
                (0..channels).map(|_| rng.random_range(0.0..std::f64::consts::TAU)).collect();
            for t in 0..total {
                for phase in &phases {
                    let tone = |(k, period): (usize, &f64)| {
                        let turn = std::f64::consts::TAU * t as f64 / period + phase;
                        turn.sin() / (k + 1) as f64
                    };
                    let wave: f64 = self.tones.iter().enumerate().map(tone).sum();
                    let noise = if self.smooth { 0.05 } else { 0.5 };
                    let value = (wave + noise * rng.random_range(-1.0..1.0)) as f32;
                    if t < len {
                        x.push(value);
                    }
                    let judged = if self.config.pred_len > 0 { t >= len } else { t < len };
                    if judged {
                        y.push(value);
                    }
                }
            }
        }
        let out = self.config.out_len();
        let x = Tensor::from_vec(x, (self.batch, len, channels), &Device::Cpu)?;
        let y = Tensor::from_vec(y, (self.batch, out, channels), &Device::Cpu)?;
        let mark = match self.config.time_features {
            0 => None,
            features => {
                let value = |_| rng.random_range(-0.5f32..0.5);
                let marks = (0..self.batch * len * features).map(value).collect::<Vec<_>>();
                Some(Tensor::from_vec(marks, (self.batch, len, features), &Device::Cpu)?)
            }
        };
        Ok((x, y, mark))
    }

    /// Multiplications and additions of the direct convolutions of one pass over the blocks,
    /// counting only taps that meet the plane, given the periods of each block.
    pub(crate) fn arithmetic(&self, periods: &[Vec<usize>]) -> f64 {
        let half = self.kernels - 1;
        let met = |cells: usize| -> f64 {
            let of = |i: usize| (i.min(half) + (cells - 1 - i).min(half) + 1) as f64;
            (0..cells).map(of).sum()
        };
        let len = self.config.inner_len();
        let area = |period: &usize| met(len.div_ceil(*period)) * met(*period);
        let mut total = 0.0;
        for block in periods {
            let mut block = block.clone();
            block.sort_unstable();
            block.dedup();
            total += block.iter().map(area).sum::<f64>();
        }
        let widths = (self.config.d_model * self.config.d_ff) as f64;
        total * 2.0 * 2.0 * widths * self.batch as f64
    }
}
