//! How the figures and tables are to be read.

use maud::{Markup, html};
use vmd::SegmentMode;

use crate::config::ObjectiveKind;
use crate::stage::score::Scores;

/// What the numbers mean, and what they do not.
pub(super) fn explain(scores: &Scores) -> Markup {
    let analysis = &scores.method.analysis;
    html! {
        h2 { "How to read this" }
        dl {
            dt { b { "p" } }
            dd {
                "The share of " (analysis.null_draws) " surrogate records whose primary statistic \
                 is at least as large as the observed one. A surrogate has the distribution and the \
                 day-to-day memory of the station's quiet days and goes through the same \
                 computation, gaps included. Where counts remember for days that share is made \
                 larger, to how often simulated chance gives one as small. The smallest share that \
                 these draws can show is 1/" (analysis.null_draws + 1) ". Adjusted p (Holm) allows for \
                 having looked at several stations."
            }
            dt { b { "Ratio" } " = R²(sigmoid)/R²(line)" }
            dd {
                "A converged four-parameter sigmoid contains the line as a limit, so Ratio ≥ 1 holds \
                 for any record, anomalous or not, and is no evidence. Ratio and ΔAICc are shown \
                 because they are published; ΔAICc takes the points of a sum as independent, which \
                 they are not. What Ratio is worth is its own p, from the same surrogates."
            }
            dt { b { "Exploratory series" } }
            dd {
                "All four gauges together were chosen as the primary series beforehand. Single \
                 gauges and their combinations were not: the smallest p among many is small by \
                 itself, so only the p adjusted over all of them counts."
            }
            dt { b { "What a small p does not show" } }
            dd {
                "That the counts have to do with the earthquake. It shows that the days before it \
                 were unusual for this station. Weather, pumping, instruments and other earthquakes \
                 can do that too; nor does one case say how often such days come without an \
                 earthquake, or whether they would have been recognised beforehand."
            }
            dt { b { "Which days a score has seen" } }
            dd { (causality(scores)) }
        }
    }
}

fn causality(scores: &Scores) -> Markup {
    let method = &scores.method;
    html! {
        @if method.decompose.mode == SegmentMode::Causal {
            "Tide, pressure, drift and the spread of the residuals were learnt before the scored \
             days begin, the network on another station. A scored day was cleaned and decomposed \
             with nothing later than itself. "
        } @else {
            "The decomposition cross-fades overlapping windows, so that a day's modes contain days \
             after it: the event itself can leak into the days before it. "
        }
        @match method.model.objective {
            ObjectiveKind::Forecast => {
                "The network predicted each day from the days before it."
            }
            ObjectiveKind::Masked => {
                "The network filled hidden parts of each day from the rest of its window, which \
                 ends with that day."
            }
            ObjectiveKind::Reconstruct => {
                "The network reproduced windows that it saw whole, so that it can also reproduce \
                 what is anomalous in them."
            }
        }
    }
}
