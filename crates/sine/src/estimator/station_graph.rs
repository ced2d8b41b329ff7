use candle_core::{D, Result, Tensor};
use candle_nn::{Linear, Module, VarBuilder};

/// Graph attention over the stations of one capsule, one head.
#[derive(Debug)]
pub(super) struct StationGraphLayer {
    key: Linear,
    query: Linear,
    value: Linear,
    skip: Linear,
}

impl StationGraphLayer {
    pub(super) fn new(width: usize, parameters: &VarBuilder<'_>) -> Result<Self> {
        let linear = |name: &str| candle_nn::linear(width, width, parameters.pp(name));
        Ok(Self {
            key: linear("lin_key")?,
            query: linear("lin_query")?,
            value: linear("lin_value")?,
            skip: linear("lin_skip")?,
        })
    }

    /// Features `[batch, station, width]` and edges `[batch, station, station]` (1 or 0). A station
    /// without edges keeps its skip connection only.
    pub(super) fn forward(&self, x: &Tensor, edges: &Tensor) -> Result<Tensor> {
        const ABSENT: f64 = -1e30;
        let width = x.dim(D::Minus1)? as f64;
        let (query, key) = (self.query.forward(x)?, self.key.forward(x)?);
        let score = (query.matmul(&key.transpose(1, 2)?.contiguous()?)? / width.sqrt())?;
        // Absent edges get a score so low that they never are the greatest.
        let score = ((score * edges)? + edges.affine(-ABSENT, ABSENT)?)?;
        let weight = score.broadcast_sub(&score.max_keepdim(D::Minus1)?)?.exp()?.mul(edges)?;
        let weight = weight.broadcast_div(&(weight.sum_keepdim(D::Minus1)? + 1e-16)?)?;
        weight.matmul(&self.value.forward(x)?)? + self.skip.forward(x)?
    }
}

/// 1 between stations that are each among the other's `k` nearest in feature space (the station
/// itself counts as the nearest), as the published code keeps mutual edges only; else 0. Without a
/// gradient. `[batch, station, width]` to `[batch, station, station]`.
pub(super) fn mutual_neighbours(x: &Tensor, k: usize) -> Result<Tensor> {
    let (batch, stations, _) = x.dims3()?;
    let features: Vec<Vec<Vec<f32>>> = x.detach().to_vec3()?;
    let mut edges = Vec::with_capacity(batch * stations * stations);
    for window in &features {
        let near: Vec<Vec<bool>> = window.iter().map(|own| nearest(own, window, k)).collect();
        for (i, row) in near.iter().enumerate() {
            let mutual = |j: usize| i != j && row[j] && near[j][i];
            edges.extend((0..stations).map(|j| f32::from(u8::from(mutual(j)))));
        }
    }
    Tensor::from_vec(edges, (batch, stations, stations), x.device())?.to_dtype(x.dtype())
}

/// Which stations lie no farther than the `k`-th nearest.
fn nearest(own: &[f32], window: &[Vec<f32>], k: usize) -> Vec<bool> {
    let distance = |other: &Vec<f32>| {
        own.iter().zip(other).map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>()
    };
    let distances: Vec<f64> = window.iter().map(distance).collect();
    let mut sorted = distances.clone();
    sorted.sort_by(f64::total_cmp);
    let limit = sorted.get(k - 1).copied().unwrap_or(f64::INFINITY);
    distances.iter().map(|d| *d <= limit).collect()
}

#[cfg(test)]
mod tests {
    use candle_core::{DType, Device};
    use candle_seeded::SeededVars;

    use super::*;

    /// Places on a line at 0, 1, 3, 3.5: with k = 2 (itself and one) 0–1 and 3–3.5 are mutual;
    /// with k = 3 station 1 and 3 are too, and 0 to 3 is one-sided.
    #[test]
    fn only_mutual_neighbours_are_joined() {
        let x = Tensor::new(&[[[0f32], [1.0], [3.0], [3.5]]], &Device::Cpu).unwrap();
        let edges = |k| mutual_neighbours(&x, k).unwrap().to_vec3::<f32>().unwrap()[0].clone();
        assert_eq!(edges(2)[0], [0.0, 1.0, 0.0, 0.0]);
        assert_eq!(edges(2)[2], [0.0, 0.0, 0.0, 1.0]);
        assert_eq!(edges(3)[1], [1.0, 0.0, 1.0, 0.0]);
        assert_eq!(edges(3)[0], [0.0, 1.0, 0.0, 0.0]);
    }

    #[test]
    fn a_lonely_station_keeps_its_skip_connection() {
        let vars = SeededVars::new(1, DType::F32, &Device::Cpu);
        let layer = StationGraphLayer::new(3, &vars.builder()).unwrap();
        let x = Tensor::new(&[[[1f32, 2.0, 3.0], [0.5, -1.0, 2.0]]], &Device::Cpu).unwrap();
        let none = Tensor::zeros((1, 2, 2), DType::F32, &Device::Cpu).unwrap();
        let expected = layer.skip.forward(&x).unwrap().to_vec3::<f32>().unwrap();
        assert_eq!(layer.forward(&x, &none).unwrap().to_vec3::<f32>().unwrap(), expected);
    }
}
