//! How the reference station was learnt.

use maud::{Markup, html};
use timesnet::StopReason;

use super::number::significant;
use crate::stage::score::Scores;

/// Training in short and epoch by epoch.
pub(super) fn training(scores: &Scores) -> Markup {
    let trained = &scores.trained;
    let report = &trained.report;
    let sigma = trained.normalization.features.iter().zip(&trained.validation_sigma);
    html! {
        h2 { "Training" }
        p {
            "The network was trained on station " (trained.reference) " alone, from "
            (trained.span.from) " to " (trained.span.to) ", on " (report.train_windows)
            " windows; the last part of that span decided when to stop. " (report.epochs.len())
            " epochs were run (" (stopped(report.stopped)) ")"
            @if let Some(best) = report.best_epoch { "; the weights are those of epoch " (best + 1) }
            ". The features' means alone would have had a validation loss of "
            (significant(trained.validation_loss_of_the_mean, 4)) "."
        }
        details {
            summary { "Losses, epoch by epoch" }
            div.scroll { table {
                caption { "Mean squared errors in units of the reference's variance" }
                thead { tr { th { "Epoch" } th { "Training" } th { "Validation" } th { "Learning rate" } } }
                tbody { @for epoch in &report.epochs { tr {
                    td { (epoch.epoch + 1) }
                    td { (significant(epoch.train_loss, 4)) }
                    td { (significant(epoch.valid_loss, 4)) }
                    td { (significant(epoch.learning_rate, 3)) }
                } } }
            } }
        }
        details {
            summary { "Residuals of the reference's validation days" }
            div.scroll { table {
                thead { tr { th { "Feature" } th { "σ, nanostrain" } } }
                tbody { @for (name, sigma) in sigma { tr {
                    td { (name) }
                    td { (significant(*sigma, 3)) }
                } } }
            } }
        }
    }
}

fn stopped(reason: StopReason) -> &'static str {
    match reason {
        StopReason::Epochs => "all that were asked for",
        StopReason::Patience => "then the validation loss no longer fell",
        StopReason::Diverged => "then a loss was no number any more",
        _ => "then it was stopped",
    }
}
