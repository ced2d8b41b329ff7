use std::ops::Range;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use strain_io::TimeGrid;

use crate::{PipelineError, Result};

/// A stretch of time, `from` included, `to` not.
///
/// ```
/// use stmn_pipeline::Span;
///
/// let span = Span::new("2006-12-01T00:00:00Z".parse()?, "2007-11-01T00:00:00Z".parse()?)?;
/// assert!(span.contains("2007-10-31T23:00:00Z".parse()?));
/// assert!(!span.contains(span.to));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Span {
    /// First instant.
    pub from: Timestamp,
    /// First instant after it.
    pub to: Timestamp,
}

impl Span {
    /// The span from `from` to before `to`.
    ///
    /// # Errors
    ///
    /// [`PipelineError::Config`] where it holds no time.
    pub fn new(from: Timestamp, to: Timestamp) -> Result<Self> {
        let span = Self { from, to };
        span.validate("span")?;
        Ok(span)
    }

    pub(crate) fn validate(&self, name: &str) -> Result<()> {
        if self.from < self.to {
            return Ok(());
        }
        Err(PipelineError::Config {
            name: name.to_owned(),
            value: format!("{} to {}", self.from, self.to),
            advice: "`from` must lie before `to`".to_owned(),
        })
    }

    /// Whether it holds an instant.
    pub fn contains(&self, time: Timestamp) -> bool {
        self.from <= time && time < self.to
    }

    /// The samples of a grid that lie in it; empty where none does.
    pub fn samples(&self, grid: &TimeGrid) -> Range<usize> {
        let start = grid.index_at_or_after(self.from).min(grid.len());
        let end = grid.index_at_or_after(self.to).min(grid.len());
        start..end.max(start)
    }

    /// The samples of `coarse`, each a mean over samples of `fine`, that have one of those in it.
    /// Both grids start at the same instant.
    pub(crate) fn means(&self, fine: &TimeGrid, coarse: &TimeGrid) -> Range<usize> {
        let samples = self.samples(fine);
        if samples.is_empty() {
            return 0..0;
        }
        let factor = (coarse.interval().as_nanos() / fine.interval().as_nanos()).max(1) as usize;
        let end = samples.end.div_ceil(factor).min(coarse.len());
        (samples.start / factor).min(end)..end
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn a_mean_is_in_the_span_where_one_of_its_samples_is() {
        let start: Timestamp = "2022-06-01T00:00:00Z".parse().unwrap();
        let grid = |minutes: i64, len| {
            TimeGrid::new(start, SignedDuration::from_mins(minutes), len).unwrap()
        };
        // Ten-minute samples of a day and 20 minutes; the last mean lacks samples and is not there.
        let (fine, coarse) = (grid(10, 146), grid(60, 24));
        let means = |from: i64, to: i64| {
            let at = |minutes| start + SignedDuration::from_mins(minutes);
            Span::new(at(from), at(to)).unwrap().means(&fine, &coarse)
        };
        assert_eq!(means(60, 120), 1..2);
        assert_eq!(means(110, 121), 1..3); // 01:50 and 02:00
        assert_eq!(means(111, 120), 0..0); // between samples
        assert_eq!(means(-90, 0), 0..0);
        assert_eq!(means(-90, 5), 0..1);
        assert_eq!(means(1430, 9000), 23..24);
        assert_eq!(means(1440, 9000), 24..24);
        assert_eq!(means(9000, 9001), 0..0);
        let all = Span { from: start, to: start + SignedDuration::from_hours(2) };
        assert_eq!(all.means(&coarse, &coarse), all.samples(&coarse));
    }
}
