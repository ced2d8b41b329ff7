use crate::count_model::CountModel;
use crate::matched_filter::{FilterScratch, MatchedFilter};
use crate::template::Template;

/// Fisher's scoring steps for an amplitude.
const STEPS: usize = 12;
/// Smallest rate, as a share of the quiet mean: templates without their baseline dip below zero.
const LEAST_RATE: f64 = 0.02;

impl MatchedFilter {
    /// The matched filter's sibling: over the same bank, the largest gain of the likelihood of the
    /// window's counts by a build-up of the best positive amplitude, twice its logarithm, divided by
    /// the template's long-run variance in units of what independent days would give. For counts near
    /// normal it is the square of the filter's value; for rare counts it knows that they are no normal
    /// ones.
    pub(crate) fn likelihood_statistic(&self, counts: &[f64], scratch: &mut FilterScratch) -> f64 {
        self.prepare(counts, scratch);
        let n = self.quiet.len() as f64;
        let mean = self.quiet.iter().map(|&i| counts[i]).sum::<f64>() / n;
        let square = self.quiet.iter().map(|&i| (counts[i] - mean).powi(2)).sum::<f64>() / n;
        if !(mean > 0.0 && square > 0.0) {
            return 0.0;
        }
        let model = CountModel::from_moments(mean, square);
        let days = Days {
            counts: &counts[self.window_start..self.window_start + scratch.window.len()],
            residual: &scratch.window,
            model,
            least: LEAST_RATE * mean,
        };
        let gain = |template: &Template| {
            let naive = scratch.time[0] * template.autocorrelation[0];
            2.0 * days.gain(template) * naive / self.variance(template, scratch)
        };
        self.templates.iter().map(gain).fold(0.0, f64::max)
    }
}

/// The window's days; those without weight in a template do not enter.
struct Days<'a> {
    counts: &'a [f64],
    /// Counts less their baseline.
    residual: &'a [f64],
    model: CountModel,
    least: f64,
}

impl Days<'_> {
    /// Log likelihood gained by the best positive amplitude.
    fn gain(&self, template: &Template) -> f64 {
        let base = |i: usize| (self.counts[i] - self.residual[i]).max(self.least);
        let rate = |i: usize, a: f64| (base(i) + a * template.weights[i]).max(self.least);
        let days = || (0..self.counts.len()).filter(|&i| template.weights[i] != 0.0);
        let mut amplitude = 0.0f64;
        for _ in 0..STEPS {
            let (mut score, mut information) = (0.0, 0.0);
            for i in days() {
                let expected = rate(i, amplitude);
                let weight = template.weights[i] / self.model.variance(expected);
                score += weight * (self.counts[i] - expected);
                information += weight * template.weights[i];
            }
            let next = (amplitude + score / information).max(0.0);
            let moved = (next - amplitude).abs();
            amplitude = next;
            if moved <= 1e-6 * amplitude {
                break;
            }
        }
        if amplitude <= 0.0 {
            return 0.0;
        }
        let of = |i: usize, a: f64| self.model.log_likelihood(self.counts[i], rate(i, a));
        days().map(|i| of(i, amplitude) - of(i, 0.0)).sum::<f64>().max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use crate::filter_grid::FilterGrid;
    use crate::matched_filter::MatchedFilter;
    use crate::split::Split;
    use crate::{CountProcess, plant_sigmoid};

    fn both(mean: f64, events: f64, seed: u64) -> [f64; 2] {
        let mut counts = CountProcess::Poisson { mean }.draw(600, seed).unwrap();
        plant_sigmoid(&mut counts, events, 0.12, 560.0, seed + 9).unwrap();
        let split = Split { start: 480, observed: vec![true; 120], quiet: (0..480).collect() };
        let filter = MatchedFilter::new(&FilterGrid::default(), 600, &split).unwrap();
        let mut scratch = filter.scratch();
        let z = filter.statistic(&counts, &mut scratch);
        [z, filter.likelihood_statistic(&counts, &mut scratch)]
    }

    #[test]
    fn for_many_counts_it_is_the_square_of_the_filter_s_value() {
        for seed in 0..8 {
            let [z, gain] = both(900.0, 1500.0 * f64::from(seed as u32 % 2), seed);
            assert!(z > 0.5, "{z}");
            assert!((gain / (z * z) - 1.0).abs() < 0.15, "{seed}: {gain} {}", z * z);
        }
    }

    #[test]
    fn a_build_up_of_few_counts_stands_out() {
        for seed in 0..8 {
            let ([_, quiet], [_, planted]) = (both(0.5, 0.0, seed), both(0.5, 60.0, seed));
            assert!(planted > quiet + 10.0, "{planted} {quiet}");
        }
    }
}
