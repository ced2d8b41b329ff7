//! Figures as SVG documents, each drawn from the tables and results of a run.

#[cfg(feature = "plots")]
mod axis;
#[cfg(feature = "plots")]
mod chart;
#[cfg(feature = "plots")]
mod counts;
#[cfg(feature = "plots")]
mod cumulative;
#[cfg(feature = "plots")]
mod decay;
#[cfg(feature = "plots")]
mod envelope;
#[cfg(feature = "plots")]
mod expected;
#[cfg(feature = "plots")]
mod modes;
#[cfg(feature = "plots")]
mod null;
#[cfg(feature = "plots")]
mod recordings;
#[cfg(feature = "plots")]
mod svg;
#[cfg(feature = "plots")]
mod traces;

use crate::stage::analyze::{NetworkResult, StationResult};
use crate::stage::score::{Scores, StationScores};
use crate::{Result, RunDirectory};

/// A drawing with what it is called and what it shows.
pub(super) struct Figure {
    /// Part of its file's name.
    pub(super) name: &'static str,
    /// Read aloud where it cannot be seen.
    pub(super) title: String,
    /// What there is to see, and in which colours.
    pub(super) caption: String,
    /// A whole SVG document without ids.
    pub(super) svg: String,
}

/// What was drawn, and why something was not.
#[derive(Default)]
pub(super) struct Figures {
    pub(super) drawn: Vec<Figure>,
    pub(super) notes: Vec<String>,
}

/// All that is known of one station.
#[cfg_attr(not(feature = "plots"), expect(dead_code, reason = "only figures look at it"))]
#[derive(Clone, Copy)]
pub(super) struct Subject<'a> {
    pub(super) directory: &'a RunDirectory,
    pub(super) scores: &'a Scores,
    pub(super) station: &'a StationScores,
    pub(super) result: &'a StationResult,
}

/// The figures of one station.
#[cfg(feature = "plots")]
pub(super) fn of_station(subject: Subject<'_>) -> Result<Figures> {
    let mut figures = Figures::default();
    let draw = [
        ("the recordings", recordings::figure as fn(Subject<'_>) -> Result<Option<Figure>>),
        ("the modes", modes::figure),
        ("expected and observed", expected::figure),
        ("the daily counts", counts::figure),
        ("the cumulative counts", cumulative::figure),
        ("the null distribution", null::figure),
    ];
    for (what, draw) in draw {
        match draw(subject)? {
            Some(figure) => figures.drawn.push(figure),
            None => figures.notes.push(format!(
                "No figure of {what}: the run's folder does not hold what it shows."
            )),
        }
    }
    Ok(figures)
}

/// The figures of the whole network; `confidence` is that of the decay's interval, where known.
#[cfg(feature = "plots")]
pub(super) fn of_network(result: &NetworkResult, confidence: Option<f64>) -> Result<Figures> {
    let drawn = decay::figure(result, confidence)?.into_iter().collect();
    Ok(Figures { drawn, notes: Vec::new() })
}

#[cfg(not(feature = "plots"))]
const NO_PLOTS: &str = "No figures: this program was built without the feature `plots`.";

/// The figures of one station: none.
#[cfg(not(feature = "plots"))]
pub(super) fn of_station(_: Subject<'_>) -> Result<Figures> {
    Ok(Figures { drawn: Vec::new(), notes: vec![NO_PLOTS.to_owned()] })
}

/// The figures of the whole network: none.
#[cfg(not(feature = "plots"))]
pub(super) fn of_network(_: &NetworkResult, _: Option<f64>) -> Result<Figures> {
    Ok(Figures { drawn: Vec::new(), notes: vec![NO_PLOTS.to_owned()] })
}
