use std::ops::Range;

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use super::constituent::{Constituent, EIGHT, LONG, MORE};
use super::wave::day_of;
use crate::TimeGrid;

/// Cycles by which two constituents must drift apart within the span to be told apart (the
/// Rayleigh criterion, less a margin for spans of exactly half a year or a year).
const RAYLEIGH: f64 = 0.99;

/// The longest sampling interval, hours, from which a tide is taken: above it a semidiurnal tide has too
/// few samples a cycle.
pub(crate) const LONGEST_TIDE_INTERVAL: f64 = 3.0;

/// Which tidal constituents are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TidalSet {
    /// M2, S2, N2, K2, K1, O1, P1, Q1.
    Eight,
    /// Those, the thermal S1 where a year allows it, and twenty smaller ones inferred from their
    /// large neighbours in the ratio of the tidal potential, as wave groups.
    #[default]
    Groups,
    /// All of these, seven of long period (Mf, Mm, Ssa, Mtm, MSf, Sa) or degree three (M3) beside
    /// them, each fitted where the span tells it apart from those before it: 36 from a year on.
    Resolved,
}

impl TidalSet {
    fn constituents(self) -> impl Iterator<Item = &'static Constituent> + Clone {
        let (more, long): (&[Constituent], &[Constituent]) = match self {
            Self::Eight => (&[], &[]),
            Self::Groups => (&MORE, &[]),
            Self::Resolved => (&MORE, &LONG),
        };
        EIGHT.iter().chain(more).chain(long)
    }

    /// Whether a constituent is fitted where the span allows it.
    fn fits(self, constituent: &Constituent) -> bool {
        constituent.fitted || self == Self::Resolved
    }
}

/// A constituent that is fitted, with those that follow it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Group {
    leader: &'static Constituent,
    /// The leader itself (ratio 1) and its followers, with their amplitude relative to it.
    members: Vec<(&'static Constituent, f64)>,
}

impl Group {
    /// The leader first, by their names; those not known are an error.
    fn named(names: &[String]) -> std::result::Result<Self, String> {
        let find = |name: &String| {
            let found = TidalSet::Resolved.constituents().find(|it| it.name == *name);
            found.ok_or_else(|| format!("no tidal constituent is called `{name}`"))
        };
        let all = names.iter().map(find).collect::<std::result::Result<Vec<_>, _>>()?;
        let (&leader, followers) = all.split_first().ok_or("a tidal group without constituents")?;
        let ratio = |it: &'static Constituent| (it, it.potential / leader.potential);
        let members = std::iter::once((leader, 1.0)).chain(followers.iter().copied().map(ratio));
        Ok(Self { leader, members: members.collect() })
    }

    pub(crate) fn name(&self) -> &'static str {
        self.leader.name
    }

    /// The leader's cycles per day.
    pub(crate) fn frequency(&self) -> f64 {
        self.leader.frequency()
    }

    /// Name, period in hours and amplitude relative to the leader, which comes first.
    pub(crate) fn members(&self) -> impl Iterator<Item = (&'static str, f64, f64)> {
        self.members.iter().map(|(member, ratio)| (member.name, 24.0 / member.frequency(), *ratio))
    }
}

/// The constituents of a set, grouped by what a span can tell apart.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TidalGroups {
    groups: Vec<Group>,
    /// Constituents that can be neither fitted nor inferred.
    pub(crate) left_out: Vec<&'static str>,
}

impl TidalGroups {
    /// For samples over `days`.
    pub(crate) fn new(set: TidalSet, days: f64) -> Self {
        let mut groups: Vec<Group> = Vec::new();
        for constituent in set.constituents().filter(|constituent| set.fits(constituent)) {
            let apart = |group: &Group| {
                let difference = group.leader.frequency() - constituent.frequency();
                difference.abs() * days >= RAYLEIGH
            };
            // M2 and K1 have no parent to fall back on and are always told apart.
            let first = constituent.parent.is_none() && constituent.potential > 0.0;
            // One of long period must be told apart from a drift, too.
            let periods = constituent.frequency() * days;
            let turns = constituent.species() > 0.0 || periods >= RAYLEIGH;
            if first || (turns && groups.iter().all(apart)) {
                groups.push(Group { leader: constituent, members: vec![(constituent, 1.0)] });
            }
        }
        let mut left_out = Vec::new();
        for constituent in set.constituents() {
            if groups.iter().any(|group| group.leader == constituent) {
                continue;
            }
            match leader(&groups, set, constituent) {
                Some(index) => {
                    let ratio = constituent.potential / groups[index].leader.potential;
                    groups[index].members.push((constituent, ratio));
                }
                None => left_out.push(constituent.name),
            }
        }
        Self { groups, left_out }
    }

    /// Of the names of each group's constituents, the leader first, as they were stored.
    pub(crate) fn named(groups: &[Vec<String>]) -> std::result::Result<Self, String> {
        let groups = groups.iter().map(|names| Group::named(names)).collect::<Result<_, _>>()?;
        Ok(Self { groups, left_out: Vec::new() })
    }

    pub(crate) fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// Two columns a group (cosine, sine), one row for each `block` samples of `range`: their mean.
    pub(crate) fn design(&self, grid: &TimeGrid, range: Range<usize>, block: usize) -> Array2<f64> {
        let rows = range.len() / block;
        let range = range.start..range.start + rows * block;
        let mut design = Array2::zeros((rows, 2 * self.groups.len()));
        let mut sums = vec![(0.0, 0.0); rows];
        for (column, group) in self.groups.iter().enumerate() {
            sums.fill((0.0, 0.0));
            for (member, ratio) in &group.members {
                let share = ratio / block as f64;
                let (mut row, mut next) = (0, block);
                member.evaluate(grid, range.clone(), |offset, cos, sin| {
                    if offset == next {
                        (row, next) = (row + 1, next + block);
                    }
                    let sum: &mut (f64, f64) = &mut sums[row];
                    sum.0 += share * cos;
                    sum.1 += share * sin;
                });
            }
            for (row, (cos, sin)) in sums.iter().enumerate() {
                design[[row, 2 * column]] = *cos;
                design[[row, 2 * column + 1]] = *sin;
            }
        }
        design
    }

    /// The tide of coefficients (cosine, sine a group) at the samples `range`.
    pub(crate) fn predict(
        &self,
        coefficients: &[f64],
        grid: &TimeGrid,
        range: Range<usize>,
    ) -> Vec<f64> {
        let mut tide = vec![0.0; range.len()];
        for (group, pair) in self.groups.iter().zip(coefficients.chunks_exact(2)) {
            for (member, ratio) in &group.members {
                let (a, b) = (ratio * pair[0], ratio * pair[1]);
                member.evaluate(grid, range.clone(), |offset, cos, sin| {
                    tide[offset] += a * cos + b * sin;
                });
            }
        }
        tide
    }

    /// The same at one sample.
    pub(crate) fn predict_at(&self, coefficients: &[f64], grid: &TimeGrid, index: usize) -> f64 {
        let day = day_of(grid, index);
        let mut tide = 0.0;
        for (group, pair) in self.groups.iter().zip(coefficients.chunks_exact(2)) {
            for (member, ratio) in &group.members {
                let (argument, f) = member.argument(day);
                tide += ratio * f * (pair[0] * argument.cos() + pair[1] * argument.sin());
            }
        }
        tide
    }
}

/// The group that a constituent follows: its parent's, or its parent's parent's.
fn leader(groups: &[Group], set: TidalSet, constituent: &Constituent) -> Option<usize> {
    let parent = constituent.parent?;
    if let Some(index) = groups.iter().position(|group| group.leader.name == parent) {
        return Some(index);
    }
    let parent = set.constituents().find(|candidate| candidate.name == parent)?;
    leader(groups, set, parent)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaders(set: TidalSet, days: f64) -> Vec<&'static str> {
        TidalGroups::new(set, days).groups.iter().map(Group::name).collect()
    }

    #[test]
    fn half_a_year_tells_the_eight_apart_and_a_year_the_thermal_one() {
        let eight = ["M2", "K1", "S2", "O1", "P1", "N2", "K2", "Q1"];
        assert_eq!(leaders(TidalSet::Eight, 183.0), eight);
        assert_eq!(leaders(TidalSet::Groups, 183.0), eight);
        assert_eq!(leaders(TidalSet::Groups, 366.0), [&eight[..], &["S1"]].concat());
        assert_eq!(TidalGroups::new(TidalSet::Groups, 183.0).left_out, ["S1"]);
    }

    #[test]
    fn a_month_infers_what_it_cannot_tell_apart() {
        let groups = TidalGroups::new(TidalSet::Eight, 30.0);
        assert_eq!(leaders(TidalSet::Eight, 30.0), ["M2", "K1", "S2", "O1", "N2", "Q1"]);
        let s2 = groups.groups.iter().find(|group| group.name() == "S2").unwrap();
        let members: Vec<_> = s2.members().map(|(name, ..)| name).collect();
        assert_eq!(members, ["S2", "K2"]);
        assert!(groups.left_out.is_empty());
    }

    #[test]
    fn a_year_resolves_all_and_a_week_no_long_period() {
        let all = TidalGroups::new(TidalSet::Resolved, 366.0);
        assert_eq!((all.groups.len(), all.left_out.len()), (36, 0));
        let short = TidalGroups::new(TidalSet::Resolved, 8.0);
        assert!(short.groups.iter().all(|group| group.frequency() > 0.5));
        assert!(["Mf", "Mm", "Sa"].iter().all(|name| short.left_out.contains(name)));
    }

    #[test]
    fn every_constituent_is_in_exactly_one_place() {
        for days in [0.5, 3.0, 14.0, 40.0, 200.0, 400.0] {
            let groups = TidalGroups::new(TidalSet::Groups, days);
            let members: usize = groups.groups.iter().map(|group| group.members.len()).sum();
            assert_eq!(members + groups.left_out.len(), 29, "{days} days");
        }
    }
}
