use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::TimeGrid;
use crate::tide::{Group, TidalGroups};

/// Fitted tides that can be predicted: stored as names and coefficients, for the constituents
/// themselves are tables of this crate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Stored>", into = "Vec<Stored>")]
pub(super) struct Tides {
    groups: TidalGroups,
    /// Cosine and sine of each group, in the channel's unit.
    coefficients: Vec<f64>,
}

/// One group.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    /// The leader first.
    constituents: Vec<String>,
    cosine: f64,
    sine: f64,
}

impl Tides {
    /// Of the coefficients of a fit, which begin with those of the groups.
    pub(super) fn new(mut groups: TidalGroups, coefficients: &[f64]) -> Self {
        let coefficients = coefficients.iter().copied().take(2 * groups.groups().len()).collect();
        // What could not be fitted is said by the fit itself.
        groups.left_out.clear();
        Self { groups, coefficients }
    }

    pub(super) fn coefficients(&self) -> &[f64] {
        &self.coefficients
    }

    /// The tide at the samples `range`.
    pub(super) fn predict(&self, grid: &TimeGrid, range: Range<usize>) -> Vec<f64> {
        self.groups.predict(&self.coefficients, grid, range)
    }
}

impl From<Tides> for Vec<Stored> {
    fn from(tides: Tides) -> Self {
        let names = |group: &Group| group.members().map(|(name, ..)| name.to_owned()).collect();
        let pairs = tides.coefficients.chunks_exact(2);
        let groups = tides.groups.groups().iter().zip(pairs);
        let stored = |(group, pair): (&Group, &[f64])| Stored {
            constituents: names(group),
            cosine: pair[0],
            sine: pair[1],
        };
        groups.map(stored).collect()
    }
}

impl TryFrom<Vec<Stored>> for Tides {
    type Error = String;

    fn try_from(stored: Vec<Stored>) -> Result<Self, String> {
        let coefficients = stored.iter().flat_map(|group| [group.cosine, group.sine]).collect();
        let names: Vec<_> = stored.into_iter().map(|group| group.constituents).collect();
        Ok(Self { groups: TidalGroups::named(&names)?, coefficients })
    }
}
