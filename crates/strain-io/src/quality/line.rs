/// The straight line of `y` on `x` by least squares and their Pearson correlation, one point at a time:
/// means and sums of squares about them (Welford, B. P. (1962), Note on a method for calculating
/// corrected sums of squares and products, *Technometrics* 4, 419–420).
#[derive(Debug, Clone, Default)]
pub(super) struct LineSums {
    count: usize,
    mean_x: f64,
    mean_y: f64,
    xx: f64,
    yy: f64,
    xy: f64,
}

impl LineSums {
    pub(super) fn add(&mut self, (x, y): (f64, f64)) {
        self.count += 1;
        let n = self.count as f64;
        let (off_x, off_y) = (x - self.mean_x, y - self.mean_y);
        self.mean_x += off_x / n;
        self.mean_y += off_y / n;
        self.xx += off_x * (x - self.mean_x);
        self.yy += off_y * (y - self.mean_y);
        self.xy += off_x * (y - self.mean_y);
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Nothing for fewer than three points or where one of the two does not vary.
    pub(super) fn line(&self) -> Option<Line> {
        if self.count < 3 {
            return None;
        }
        let correlation = self.xy / (self.xx.sqrt() * self.yy.sqrt());
        let fit = Line { slope: self.xy / self.xx, correlation: correlation.clamp(-1.0, 1.0) };
        (fit.slope.is_finite() && fit.correlation.is_finite()).then_some(fit)
    }
}

pub(super) struct Line {
    pub(super) slope: f64,
    pub(super) correlation: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Points by their definition, far from zero.
    #[test]
    fn sums_are_those_about_the_means() {
        let points: Vec<(f64, f64)> =
            (0..1000).map(|i| (f64::from(i * i % 97), 1e6 + f64::from(i * 7 % 31))).collect();
        let mut sums = LineSums::default();
        points.iter().for_each(|point| sums.add(*point));
        let n = points.len() as f64;
        let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / n;
        let (mean_x, mean_y) = (mean(|p| p.0), mean(|p| p.1));
        let sum = |of: &dyn Fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>();
        let xy = sum(&|p| (p.0 - mean_x) * (p.1 - mean_y));
        let xx = sum(&|p| (p.0 - mean_x).powi(2));
        let yy = sum(&|p| (p.1 - mean_y).powi(2));
        let line = sums.line().unwrap();
        assert_eq!(sums.count(), 1000);
        assert!((line.slope - xy / xx).abs() < 1e-12, "{}", line.slope);
        assert!((line.correlation - xy / (xx * yy).sqrt()).abs() < 1e-12, "{}", line.correlation);
    }
}
