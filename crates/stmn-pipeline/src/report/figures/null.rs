use super::axis::Axis;
use super::chart::{BLUE, GREY, Panel, VERMILLION, draw};
use super::{Figure, Subject};
use crate::Result;
use crate::report::number::{p_value, significant};

/// Bars of the histogram.
const BARS: usize = 40;

/// The primary statistic of every null draw, and where the observed one lies.
pub(super) fn figure(subject: Subject<'_>) -> Result<Option<Figure>> {
    let Some(series) = subject.result.primary() else { return Ok(None) };
    let draws: Vec<f64> = series.null_values.iter().copied().filter(|v| v.is_finite()).collect();
    let observed = series.analysis.statistic.value;
    if draws.is_empty() || !observed.is_finite() {
        return Ok(None);
    }
    let histogram = Histogram::of(&draws, BARS);
    let title = format!("Station {}: the statistic in chance and in fact", subject.station.id);
    let svg = draw(&title, Panel::height(360, true), |area| {
        let mut chart = Panel {
            title: "null draws",
            legend: &[(BLUE, "by chance"), (VERMILLION, "observed")],
            x: Axis::around([histogram.low, histogram.high, observed].into_iter(), 8),
            y: Axis::from_zero(histogram.bars.iter().map(|n| *n as f64), 4),
            x_label: "matched filter, standard deviations of quiet days",
            y_label: "draws",
        }
        .draw(area)?;
        for (index, number) in histogram.bars.iter().enumerate().filter(|(_, n)| **n > 0) {
            let [from, to] = histogram.ends(index);
            chart.bar(from, to, *number as f64, BLUE)?;
        }
        chart.horizontal(0.0, GREY, 2)?;
        chart.vertical(observed, VERMILLION, 6)
    })?;
    let caption = format!(
        "The primary statistic of {} records drawn at random with the quiet days' distribution and \
         memory (blue), and of the record itself: {} (orange-red). p = {}.",
        draws.len(),
        significant(observed, 3),
        p_value(series.analysis.p_value)
    );
    Ok(Some(Figure { name: "null", title, caption, svg }))
}

struct Histogram {
    low: f64,
    high: f64,
    bars: Vec<usize>,
}

impl Histogram {
    /// Of at least one finite value.
    fn of(values: &[f64], bars: usize) -> Self {
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let mut counts = vec![0; bars];
        let width = (high - low).max(f64::MIN_POSITIVE);
        for value in values {
            let bar = ((value - low) / width * bars as f64) as usize;
            counts[bar.min(bars - 1)] += 1;
        }
        Self { low, high, bars: counts }
    }

    fn ends(&self, bar: usize) -> [f64; 2] {
        let width = (self.high - self.low) / self.bars.len() as f64;
        [self.low + width * bar as f64, self.low + width * (bar + 1) as f64]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_in_one_bar() {
        let histogram = Histogram::of(&[0.0, 0.1, 0.5, 1.0, 1.0], 4);
        assert_eq!(histogram.bars, [2, 0, 1, 2]);
        assert_eq!(histogram.ends(1), [0.25, 0.5]);
        assert_eq!(Histogram::of(&[2.0, 2.0], 3).bars.iter().sum::<usize>(), 2);
    }
}
