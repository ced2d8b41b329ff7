use serde::{Deserialize, Serialize};

/// What one record showed.
#[derive(Default)]
pub(crate) struct Trial {
    /// For each planted fault the place of its size among the group's, whether it was found, and the
    /// mean square error of what was made of it.
    pub(crate) planted: Vec<(usize, bool, f64)>,
    pub(crate) false_alarms: u32,
    /// Hours in which a false alarm could have been.
    pub(crate) hours: f64,
}

/// One kind of fault in one kind of record, cleaned in one way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Group {
    pub(crate) section: String,
    pub(crate) name: String,
    /// σ, or hours of a gap.
    pub(crate) sizes: Vec<f64>,
    pub(crate) planted: Vec<u32>,
    pub(crate) found: Vec<u32>,
    /// Of those found: mean square error, and its standard error.
    pub(crate) mean_square: Vec<f64>,
    pub(crate) mean_square_error: Vec<f64>,
    pub(crate) false_alarms: u32,
    pub(crate) years: f64,
}

impl Group {
    pub(crate) fn new(section: &str, name: &str, sizes: &[f64], trials: &[Trial]) -> Self {
        let mut group = Self {
            section: section.to_owned(),
            name: name.to_owned(),
            sizes: sizes.to_vec(),
            planted: Vec::new(),
            found: Vec::new(),
            mean_square: Vec::new(),
            mean_square_error: Vec::new(),
            false_alarms: trials.iter().map(|trial| trial.false_alarms).sum(),
            years: trials.iter().map(|trial| trial.hours).sum::<f64>() / 8766.0,
        };
        for size in 0..sizes.len() {
            let of_size = |it: &&(usize, bool, f64)| it.0 == size;
            let all: Vec<_> =
                trials.iter().flat_map(|trial| trial.planted.iter().filter(of_size)).collect();
            let squares: Vec<f64> = all.iter().filter(|it| it.1).map(|it| it.2).collect();
            let n = squares.len().max(1) as f64;
            let mean = squares.iter().sum::<f64>() / n;
            let scatter = squares.iter().map(|square| (square - mean).powi(2)).sum::<f64>() / n;
            group.planted.push(all.len() as u32);
            group.found.push(squares.len() as u32);
            group.mean_square.push(mean);
            group.mean_square_error.push((scatter / n).sqrt());
        }
        group
    }

    /// The share that was found and its binomial standard error, per cent. For the error one more is
    /// counted as found and one as missed, so that "all" and "none" have one too.
    pub(crate) fn share(&self, size: usize) -> (f64, f64) {
        let (found, planted) = (f64::from(self.found[size]), f64::from(self.planted[size]));
        let p = (found + 1.0) / (planted + 2.0);
        (100.0 * found / planted, 100.0 * (p * (1.0 - p) / planted).sqrt())
    }

    /// Root mean square error of all that were found, of one size or of all, and its standard error.
    pub(crate) fn rms(&self, sizes: std::ops::Range<usize>) -> (f64, f64) {
        let (mut count, mut square, mut variance) = (0.0, 0.0, 0.0);
        for size in sizes {
            let found = f64::from(self.found[size]);
            count += found;
            square += found * self.mean_square[size];
            variance += (found * self.mean_square_error[size]).powi(2);
        }
        let rms = (square / count).sqrt();
        (rms, variance.sqrt() / count / (2.0 * rms))
    }

    /// False alarms a year and their Poisson standard error; one more is counted for the error.
    pub(crate) fn alarms(&self) -> (f64, f64) {
        let count = f64::from(self.false_alarms);
        (count / self.years, (count + 1.0).sqrt() / self.years)
    }
}
