//! What determined the result: settings, inputs, seed.

use maud::{Markup, html};

use crate::stage::score::Scores;
use crate::station::Source;

/// Settings and provenance.
pub(super) fn origin(scores: &Scores, settings: &str) -> Markup {
    let reference = (scores.trained.reference.as_str(), &scores.reference_source);
    let targets = scores.stations.iter().map(|station| (station.id.as_str(), &station.source));
    html! {
        h2 { "Settings and provenance" }
        p {
            "Seed " code { (scores.seed) } ", program version " code { (env!("CARGO_PKG_VERSION")) }
            ", weights " code { (scores.trained.hash) } ". The same inputs, settings and seed give \
             the same bytes. " code { "provenance.json" } " names what determined every stage."
        }
        div.scroll { table {
            thead { tr { th { "Station" } th.text { "File" } th.text { "Hash of grid and values (BLAKE3)" } } }
            tbody { @for (id, source) in std::iter::once(reference).chain(targets) { tr {
                td { (id) }
                td.text { (file(source)) }
                td.text { code { (source.blake3) } }
            } } }
        } }
        details { summary { "Every setting of the method" } pre { (settings) } }
    }
}

/// The file's name alone: its folder is of the machine, not of the run.
fn file(source: &Source) -> String {
    let name = source.file.as_deref().and_then(|path| path.file_name());
    name.map_or_else(|| "made in memory".to_owned(), |name| name.to_string_lossy().into_owned())
}
