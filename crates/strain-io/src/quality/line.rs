/// The straight line of `y` on `x` by least squares and their Pearson correlation; nothing for
/// fewer than three points or where one of the two does not vary.
pub(super) fn line(points: &[(f64, f64)]) -> Option<Line> {
    let n = points.len() as f64;
    if points.len() < 3 {
        return None;
    }
    let mean_x = points.iter().map(|p| p.0).sum::<f64>() / n;
    let mean_y = points.iter().map(|p| p.1).sum::<f64>() / n;
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    for (x, y) in points {
        let (x, y) = (x - mean_x, y - mean_y);
        xx += x * x;
        yy += y * y;
        xy += x * y;
    }
    let correlation = xy / (xx.sqrt() * yy.sqrt());
    let fit = Line { slope: xy / xx, correlation: correlation.clamp(-1.0, 1.0) };
    (fit.slope.is_finite() && fit.correlation.is_finite()).then_some(fit)
}

pub(super) struct Line {
    pub(super) slope: f64,
    pub(super) correlation: f64,
}
