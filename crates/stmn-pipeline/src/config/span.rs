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
}
