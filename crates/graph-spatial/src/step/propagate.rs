use ndarray::{Array2, Array3, ArrayView2, ArrayView3};

/// Σⱼ wᵢⱼ hⱼ over the stations for every (time, feature).
///
/// Where stations are missing (NaN) the sum runs over those present and is divided by the share of
/// the row's weight that they hold, so that a constant field stays what it is. With no weight
/// present the result is NaN.
pub(super) fn propagate(
    weights: ArrayView2<'_, f64>,
    features: ArrayView3<'_, f64>,
) -> Array3<f64> {
    let (stations, times, width) = features.dim();
    if is_diagonal(weights) {
        return Array3::from_shape_fn(features.dim(), |(s, t, f)| {
            weights[[s, s]] * features[[s, t, f]]
        });
    }
    let flat = flatten(features);
    let mixed = if flat.iter().any(|v| v.is_nan()) {
        let present = flat.mapv(|v| if v.is_nan() { 0.0 } else { 1.0 });
        let filled = flat.mapv(|v| if v.is_nan() { 0.0 } else { v });
        let share = weights.dot(&present);
        let whole = weights.sum_axis(ndarray::Axis(1));
        let mut mixed = weights.dot(&filled);
        for ((i, column), value) in mixed.indexed_iter_mut() {
            let held = share[[i, column]];
            *value = if held > 0.0 { *value * whole[i] / held } else { f64::NAN };
        }
        mixed
    } else {
        weights.dot(&flat)
    };
    Array3::from_shape_fn((stations, times, width), |(s, t, f)| mixed[[s, t * width + f]])
}

/// `[station, time·feature]`.
fn flatten(features: ArrayView3<'_, f64>) -> Array2<f64> {
    let (stations, times, width) = features.dim();
    Array2::from_shape_fn((stations, times * width), |(s, column)| {
        features[[s, column / width, column % width]]
    })
}

fn is_diagonal(weights: ArrayView2<'_, f64>) -> bool {
    weights.indexed_iter().all(|((i, j), &w)| i == j || w == 0.0)
}
