use candle_core::{D, Result, Tensor};
use candle_nn::ops::softmax;

/// Neighbourhood routing: each station's capsules gather, from all other stations, the features of
/// the capsule that fits them best.
///
/// `[batch, station, capsule, width]` to the same. The last iteration is not normalised.
pub(super) fn route(x: &Tensor, iterations: usize) -> Result<Tensor> {
    let (batch, stations, capsules, width) = x.dims4()?;
    let x = unit(x)?;
    let others = stations - 1;
    let index: Vec<u32> = (0..stations)
        .flat_map(|i| (0..stations).filter(move |&j| j != i).map(|j| j as u32))
        .collect();
    let index = Tensor::from_vec(index, stations * others, x.device())?;
    // [batch, station, other, capsule, width]
    let neighbours =
        x.index_select(&index, 1)?.reshape((batch, stations, others, capsules, width))?;

    // Before the first iteration every capsule is equally likely.
    let mut gathered = (neighbours.sum(2)? / capsules as f64)?.add(&x)?;
    for _ in 1..iterations {
        let current = unit(&gathered)?.unsqueeze(2)?;
        let fit = softmax(&neighbours.broadcast_mul(&current)?.sum(D::Minus1)?, D::Minus1)?;
        gathered = neighbours.broadcast_mul(&fit.unsqueeze(4)?)?.sum(2)?.add(&x)?;
    }
    Ok(gathered)
}

/// Length 1 along the last axis; zero stays zero.
fn unit(x: &Tensor) -> Result<Tensor> {
    let length = x.sqr()?.sum_keepdim(D::Minus1)?.sqrt()?;
    x.broadcast_div(&length.maximum(1e-12)?)
}
