use realfft::RealFftPlanner;
use statrs::function::erf::erfc;

/// Ways to spread the events over the levels, and levels, up to which all ways are added up.
const MOST_WAYS: f64 = 50_000.0;
const MOST_LEVELS: usize = 64;
/// Cells of the grid on which the sum of all scores is otherwise distributed.
const CELLS: usize = 1 << 21;
/// Fewest of them to the unit.
const FEWEST_CELLS: usize = 512;
/// Most events whose sum is distributed on that grid: of more it would be too coarse or too large.
const MOST_EVENTS: usize = 2000;
/// Smallest p that transforms can tell from rounding.
const SMALLEST: f64 = 1e-12;

/// Days of one level: what an event on one of them scores, and how probable that is by guessing.
pub(super) struct Tied {
    pub(super) score: f64,
    pub(super) share: f64,
}

/// Probability that `events` independent events score `sum` or more by guessing, exactly: scores of
/// tied levels are few and coarse, and Irwin and Hall's continuous distribution is none of theirs.
/// `unit` is what all scores are whole multiples of, where there is such a number.
pub(super) fn upper_tail(levels: &[Tied], events: usize, sum: f64, unit: Option<f64>) -> f64 {
    // Sums that are equal but for rounding are as large.
    let least = sum - 1e-9 * events as f64;
    if levels.len() <= MOST_LEVELS && ways(levels.len(), events) <= MOST_WAYS {
        return spread(levels, events, least).clamp(0.0, 1.0);
    }
    if events > MOST_EVENTS {
        return saddlepoint(levels, events, least);
    }
    let most = (CELLS / events).max(FEWEST_CELLS);
    let exact = unit.map(|u| (1.0 / u).round() as usize).filter(|cells| *cells <= most);
    convolved(levels, events, least, exact.unwrap_or(most))
}

/// Binomial coefficient (events + levels − 1 over events).
fn ways(levels: usize, events: usize) -> f64 {
    let smaller = events.min(levels - 1);
    (1..=smaller).map(|k| (events + levels - 1 - smaller + k) as f64 / k as f64).product()
}

/// Adds up every way in which the events can fall.
fn spread(levels: &[Tied], left: usize, least: f64) -> f64 {
    let Some((first, rest)) = levels.split_first() else {
        return 0.0;
    };
    if left == 0 {
        return f64::from(u8::from(least <= 0.0));
    }
    if rest.is_empty() {
        let reached = left as f64 * first.score >= least;
        return if reached { first.share.powi(left as i32) } else { 0.0 };
    }
    let (mut tail, mut probability) = (0.0, 1.0);
    for here in 0..=left {
        tail += probability * spread(rest, left - here, least - here as f64 * first.score);
        probability *= first.share * (left - here) as f64 / (here + 1) as f64;
    }
    tail
}

/// The distribution of the sum on a grid of `cells` to the unit, as a power of its transform. Scores
/// are rounded up to the grid, so that p is never too small for it.
fn convolved(levels: &[Tied], events: usize, least: f64, cells: usize) -> f64 {
    let size = (events * cells + 1).next_power_of_two();
    let mut mass = vec![0.0; size];
    for level in levels {
        mass[((level.score * cells as f64 - 1e-6).ceil().max(0.0) as usize).min(cells)] +=
            level.share;
    }
    let mut planner = RealFftPlanner::<f64>::new();
    let (forward, backward) = (planner.plan_fft_forward(size), planner.plan_fft_inverse(size));
    let mut spectrum = forward.make_output_vec();
    forward.process(&mut mass, &mut spectrum).expect("buffers made for the plan");
    spectrum.iter_mut().for_each(|c| *c = c.powu(events as u32));
    // The two ends are real but for rounding, and must be for the way back.
    spectrum[0].im = 0.0;
    spectrum[size / 2].im = 0.0;
    backward.process(&mut spectrum, &mut mass).expect("buffers made for the plan");
    let from = ((least * cells as f64 - 1e-3).ceil().max(0.0) as usize).min(size);
    let tail = mass[from..].iter().rev().sum::<f64>() / size as f64;
    tail.clamp(SMALLEST, 1.0)
}

/// Of many events: the tail by Lugannani and Rice (1980, *Adv. Appl. Probab.* 12, 475–490), whose relative
/// error falls with the number of events, from half the least step between two scores lower, as sums
/// that are no continuous ones need.
fn saddlepoint(levels: &[Tied], events: usize, least: f64) -> f64 {
    let n = events as f64;
    let mut scores: Vec<f64> = levels.iter().map(|level| level.score).collect();
    scores.sort_unstable_by(f64::total_cmp);
    let step = scores.windows(2).map(|pair| pair[1] - pair[0]).fold(f64::INFINITY, f64::min);
    let (lowest, highest) = (scores[0], scores[scores.len() - 1]);
    let mean = least / n - if step.is_finite() { 0.5 * step / n } else { 0.0 };
    if mean <= lowest {
        return 1.0;
    }
    if mean >= highest {
        // Every event at the highest: less than any number is for so many, or one level alone.
        return SMALLEST;
    }
    let tilt = tilt(levels, mean);
    let [cumulant, _, variance] = cumulants(levels, tilt);
    let w = tilt.signum() * (2.0 * n * (tilt * mean - cumulant)).max(0.0).sqrt();
    let u = tilt * (n * variance).sqrt();
    let above = 0.5 * erfc(w / std::f64::consts::SQRT_2);
    // At the mean both terms vanish together, and what they leave is far below what p says there.
    let correction = if w.abs() < 1e-3 { 0.0 } else { 1.0 / u - 1.0 / w };
    let density = (-0.5 * w * w).exp() / std::f64::consts::TAU.sqrt();
    (above + density * correction).clamp(SMALLEST, 1.0)
}

/// The logarithm of the mean of e^(tilt·score), and its two derivatives.
fn cumulants(levels: &[Tied], tilt: f64) -> [f64; 3] {
    let highest = levels.iter().map(|l| tilt * l.score).fold(f64::NEG_INFINITY, f64::max);
    let weighted = |of: &dyn Fn(f64) -> f64| -> f64 {
        levels.iter().map(|l| l.share * (tilt * l.score - highest).exp() * of(l.score)).sum()
    };
    let all = weighted(&|_| 1.0);
    let mean = weighted(&|score| score) / all;
    [highest + all.ln(), mean, weighted(&|score| (score - mean).powi(2)) / all]
}

/// The tilt under which the mean score is `mean`, which lies between the lowest and the highest.
fn tilt(levels: &[Tied], mean: f64) -> f64 {
    let (mut low, mut high) = (-1.0, 1.0);
    while low > -1e9 && cumulants(levels, low)[1] > mean {
        low *= 2.0;
    }
    while high < 1e9 && cumulants(levels, high)[1] < mean {
        high *= 2.0;
    }
    for _ in 0..100 {
        let middle = 0.5 * (low + high);
        if cumulants(levels, middle)[1] < mean { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tails::mean_of_uniforms_upper_tail;

    fn even(levels: usize) -> Vec<Tied> {
        let share = 1.0 / levels as f64;
        (0..levels).map(|k| Tied { score: 1.0 - (k as f64 + 0.5) * share, share }).collect()
    }

    #[test]
    fn continuous_levels_have_irwin_and_halls_distribution() {
        let levels = even(2000);
        for (events, mean) in [(2, 0.8), (3, 0.9), (6, 0.7), (12, 0.62), (20, 0.35)] {
            let unit = Some(0.5 / 2000.0);
            let exact = upper_tail(&levels, events, mean * events as f64, unit);
            let limit = mean_of_uniforms_upper_tail(mean, events);
            assert!((exact - limit).abs() < 2e-3, "{events}: {exact} {limit}");
        }
    }

    #[test]
    fn grid_and_every_way_agree() {
        let levels = even(7);
        for (events, sum) in [(1, 0.5), (4, 2.5), (9, 5.0), (9, 7.5)] {
            let all = spread(&levels, events, sum - 1e-9);
            let grid = convolved(&levels, events, sum - 1e-9, 14);
            assert!((all - grid).abs() < 1e-11, "{events}: {all} {grid}");
            // Rounding up to a fine grid that the scores do not lie on takes no sum to the next one.
            let rounded = convolved(&levels, events, sum - 1e-9, 10_001);
            assert!((all - rounded).abs() < 1e-9, "{events}: {all} {rounded}");
            // A coarse one makes p larger.
            assert!(convolved(&levels, events, sum - 1e-9, 13) > all - 1e-11);
        }
    }

    /// Coarse scores, whose sum for many events is exact on a small grid.
    #[test]
    fn many_events_have_nearly_the_exact_p_and_none_that_is_too_small() {
        let mut levels = even(7);
        for (level, share) in levels.iter_mut().zip([0.02, 0.03, 0.01, 0.05, 0.09, 0.1, 0.7]) {
            level.share = share;
        }
        let events = 2500;
        let [_, mean, variance] = cumulants(&levels, 0.0);
        for deviations in [-3.0, -1.0, 0.0, 0.5, 1.6, 2.5, 4.0, 6.0] {
            let sum = f64::from(events) * mean + deviations * (f64::from(events) * variance).sqrt();
            let sum = (sum * 14.0).round() / 14.0 - 1e-6;
            let exact = convolved(&levels, events as usize, sum, 14);
            let found = upper_tail(&levels, events as usize, sum, Some(1.0 / 14.0));
            assert!(found > 0.999 * exact && found < 1.15 * exact, "{deviations}: {found} {exact}");
        }
        assert_eq!(upper_tail(&levels, 3000, 0.0, None), 1.0);
    }

    /// A million earthquakes take no more memory than two thousand.
    #[test]
    fn a_million_events_are_judged() {
        let levels = even(400);
        assert!((upper_tail(&levels, 1_000_000, 500_000.0, None) - 0.5).abs() < 1e-2);
        let sigma = (1e6f64 / 12.0).sqrt();
        let p = upper_tail(&levels, 1_000_000, 500_000.0 + 2.0 * sigma, None);
        assert!((p / 0.022_75 - 1.0).abs() < 0.02, "{p}");
        assert_eq!(upper_tail(&levels, 1_000_000, 990_000.0, None), SMALLEST);
    }

    #[test]
    fn ways_are_counted() {
        assert!((ways(2, 5) - 6.0).abs() < 1e-9 && (ways(4, 3) - 20.0).abs() < 1e-9);
        assert!((ways(1, 9) - 1.0).abs() < 1e-9);
        assert!(ways(3000, 5000) > MOST_WAYS);
    }
}
