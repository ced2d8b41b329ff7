//! Embedding, layer norm and linear layers on `[batch, time, channel]`.

use candle_core::{DType, Device, Result, Tensor};
use rand::RngExt;

use crate::embedding_op::EmbeddingOp;
use crate::params::Params;
use crate::restore_op::RestoreOp;

/// The sine and cosine table of Vaswani et al. (2017), section 3.5: `[len, width]`.
pub(crate) fn positions(len: usize, width: usize, device: &Device) -> Result<Tensor> {
    let value = |i: usize| {
        let (time, channel) = (i / width, i % width);
        let pair = (channel - channel % 2) as f64;
        let angle = time as f64 * (-pair * 10_000f64.ln() / width as f64).exp();
        (if channel % 2 == 0 { angle.sin() } else { angle.cos() }) as f32
    };
    Tensor::from_vec((0..len * width).map(value).collect::<Vec<_>>(), (len, width), device)
}

/// Rows of the calendar tables, in the order of the mark's columns: month, day, weekday, hour,
/// quarter of an hour.
pub(crate) const CALENDAR: [(&str, usize); 5] =
    [("month", 13), ("day", 32), ("weekday", 7), ("hour", 24), ("minute", 4)];

/// The published `fixed` time embedding: for each calendar number `[batch, len, columns]` the row of
/// a sine table, summed.
pub(crate) fn fixed_embedding(mark: &Tensor, width: usize) -> Result<Tensor> {
    let mut total: Option<Tensor> = None;
    for (column, (name, rows)) in CALENDAR.iter().take(mark.dim(2)?).enumerate() {
        let index = mark.narrow(2, column, 1)?.squeeze(2)?;
        let values = index.flatten_all()?.to_vec1::<f32>()?;
        if let Some(value) =
            values.iter().find(|v| !(0.0..*rows as f32).contains(*v) || v.fract() != 0.0)
        {
            candle_core::bail!("the calendar's {name} is {value}, not one of 0 to {}", rows - 1)
        }
        let table = positions(*rows, width, mark.device())?;
        let index = index.flatten_all()?.to_dtype(DType::U32)?;
        let (batch, len, _) = mark.dims3()?;
        let part = table.index_select(&index, 0)?.reshape((batch, len, width))?;
        total = Some(match total {
            Some(total) => (total + part)?,
            None => part,
        });
    }
    match total {
        Some(total) => Ok(total),
        None => candle_core::bail!("a mark without columns"),
    }
}

/// Circular convolution of width three without bias, plus `positions` `[len, width]`: from
/// `[batch, len, channels]` to `[batch, len, width]`.
pub(crate) fn token_embedding(
    series: &Tensor,
    positions: &Tensor,
    params: &Params,
) -> Result<Tensor> {
    let (batch, len, channels) = series.dims3()?;
    let width = positions.dim(1)?;
    let name = "enc_embedding.value_embedding.tokenConv.weight";
    let weight = params.get((width, channels, 3), name)?;
    if series.device().is_cpu() {
        return series.contiguous()?.apply_op3(&weight, positions, EmbeddingOp);
    }
    // Neighbours side by side turn the convolution into one product.
    let before = series.roll(1, 1)?;
    let after = series.roll(-1, 1)?;
    let rows = Tensor::cat(&[&before, series, &after], 2)?.reshape((batch * len, 3 * channels))?;
    let weight = weight.permute((2, 1, 0))?.contiguous()?.reshape((3 * channels, width))?;
    rows.matmul(&weight)?.reshape((batch, len, width))?.broadcast_add(positions)
}

/// `x Wᵀ (+ b)` over the last dimension.
pub(crate) fn linear(
    x: &Tensor,
    outputs: usize,
    params: &Params,
    name: &str,
    bias: bool,
) -> Result<Tensor> {
    let mut shape = x.dims().to_vec();
    let inputs = shape.pop().unwrap_or(1);
    let weight = params.get((outputs, inputs), &format!("{name}.weight"))?;
    let rows = x.contiguous()?.reshape(((), inputs))?.matmul(&weight.t()?)?;
    shape.push(outputs);
    let rows = if bias {
        rows.broadcast_add(&params.get(outputs, &format!("{name}.bias"))?)?
    } else {
        rows
    };
    rows.reshape(shape)
}

/// Layer norm over the last dimension of candle's own operations (its fused one drops gradients).
pub(crate) fn layer_norm(x: &Tensor, params: &Params) -> Result<Tensor> {
    let width = x.dim(candle_core::D::Minus1)?;
    let weight = params.get(width, "layer_norm.weight")?;
    let bias = params.get(width, "layer_norm.bias")?;
    let centred = x.broadcast_sub(&x.mean_keepdim(candle_core::D::Minus1)?)?;
    let variance = centred.sqr()?.mean_keepdim(candle_core::D::Minus1)?;
    let scaled = centred.broadcast_div(&(variance + 1e-5)?.sqrt()?)?;
    scaled.broadcast_mul(&weight)?.broadcast_add(&bias)
}

/// Zeroes each value with `probability` and scales the rest, by the mask of one seed and place.
pub(crate) fn dropout(
    x: &Tensor,
    probability: f64,
    seed: Option<u64>,
    place: &str,
) -> Result<Tensor> {
    let Some(seed) = seed.filter(|_| probability > 0.0) else {
        return Ok(x.clone());
    };
    let mut rng = candle_seeded::named_rng(seed, place);
    let scale = (1.0 / (1.0 - probability)) as f32;
    let keep = |_| if rng.random_bool(1.0 - probability) { scale } else { 0.0 };
    let mask: Vec<f32> = (0..x.elem_count()).map(keep).collect();
    x * Tensor::from_vec(mask, x.shape(), x.device())?
}

/// Mean and standard deviation of each sample's channels over what `observed` says.
pub(crate) struct WindowScale {
    mean: Tensor,
    deviation: Tensor,
}

impl WindowScale {
    /// Normalises `[batch, len, channels]`: (x − mean)/√(biased variance + 1e-5), with hidden
    /// samples out of both and zero in the result.
    pub(crate) fn normalise(series: &Tensor, observed: Option<&Tensor>) -> Result<(Tensor, Self)> {
        let total = |x: &Tensor| x.sum_keepdim(1);
        let count = match observed {
            Some(observed) => total(observed)?.maximum(1.0)?,
            None => Tensor::full(series.dim(1)? as f32, (1, 1, 1), series.device())?
                .to_dtype(DType::F32)?,
        };
        let mean = total(series)?.broadcast_div(&count)?;
        let mut centred = series.broadcast_sub(&mean)?;
        if let Some(observed) = observed {
            centred = (centred * observed)?;
        }
        let variance = total(&centred.sqr()?)?.broadcast_div(&count)?;
        let deviation = (variance + 1e-5)?.sqrt()?;
        Ok((centred.broadcast_div(&deviation)?, Self { mean, deviation }))
    }

    /// Undoes it for `series + bias`.
    pub(crate) fn restore(&self, series: &Tensor, bias: &Tensor) -> Result<Tensor> {
        if series.device().is_cpu() && !self.mean.track_op() {
            let values = |scale: &Tensor| scale.flatten_all()?.to_vec1::<f32>();
            let op = RestoreOp { mean: values(&self.mean)?, deviation: values(&self.deviation)? };
            return series.contiguous()?.apply_op2(bias, op);
        }
        let biased = series.broadcast_add(bias)?;
        biased.broadcast_mul(&self.deviation)?.broadcast_add(&self.mean)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What stays is scaled so that the mean stays; nothing is dropped without a seed.
    #[test]
    fn dropout_zeroes_as_often_as_it_says() {
        let ones = Tensor::ones((100, 400), candle_core::DType::F32, &Device::Cpu).unwrap();
        let values = |seed, place| -> Vec<f32> {
            dropout(&ones, 0.3, seed, place).unwrap().flatten_all().unwrap().to_vec1().unwrap()
        };
        let dropped = values(Some(7), "head");
        assert!(dropped.iter().all(|&value| value == 0.0 || (value - 1.0 / 0.7).abs() < 1e-6));
        let zeros = dropped.iter().filter(|value| **value == 0.0).count() as f64;
        // Five standard deviations of a binomial count.
        assert!((zeros - 12_000.0).abs() < 5.0 * (40_000f64 * 0.3 * 0.7).sqrt(), "{zeros}");
        assert_eq!(dropped, values(Some(7), "head"));
        assert_ne!(dropped, values(Some(8), "head"));
        assert_ne!(dropped, values(Some(7), "embedding"));
        assert_eq!(values(None, "head"), vec![1.0; 40_000]);
    }

    /// Row v of a table is sin and cos of v/10000^(2i/d), as Vaswani et al. (2017) write it.
    #[test]
    fn fixed_embeddings_are_sines_of_the_calendar() {
        const WIDTH: usize = 6;
        let wave = |value: f32, d: usize| {
            let angle = f64::from(value) / 10_000f64.powf((d / 2 * 2) as f64 / WIDTH as f64);
            if d.is_multiple_of(2) { angle.sin() } else { angle.cos() }
        };
        // The smallest and the largest of each column, and what lies between.
        let times = [
            [1.0f32, 1.0, 0.0, 0.0, 0.0],
            [12.0, 31.0, 6.0, 23.0, 3.0],
            [7.0, 15.0, 2.0, 13.0, 1.0],
        ];
        for columns in [4, 5] {
            let mark: Vec<f32> = times.iter().flat_map(|row| &row[..columns]).copied().collect();
            let mark = Tensor::from_vec(mark, (1, 3, columns), &Device::Cpu).unwrap();
            let got = fixed_embedding(&mark, WIDTH).unwrap().squeeze(0).unwrap();
            for (row, got) in times.iter().zip(got.to_vec2::<f32>().unwrap()) {
                for (d, got) in got.into_iter().enumerate() {
                    let wanted: f64 = row[..columns].iter().map(|value| wave(*value, d)).sum();
                    assert!((f64::from(got) - wanted).abs() < 2e-6, "{row:?}, {d}");
                }
            }
        }
        let late = Tensor::new(&[[[13f32, 1.0, 0.0, 0.0]]], &Device::Cpu).unwrap();
        let error = fixed_embedding(&late, WIDTH).unwrap_err().to_string();
        assert!(error.contains("month is 13"), "{error}");
    }
}
