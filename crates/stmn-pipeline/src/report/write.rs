use super::demo_page::demo_page;
use super::figures::{Figures, Subject, of_network, of_station};
use super::page::{Report, page};
use crate::stage::analyze::NetworkResult;
use crate::stage::score::Scores;
use crate::{DemoDocument, Observer, Result, RunDirectory};

/// Writes a run's page, `report.html`, and its figures, `figures/*.svg`.
///
/// The page holds its figures and its style, so that it can be sent or printed as it is. The same
/// run writes the same bytes: neither the time nor the machine is in them. What the folder's tables
/// no longer hold is left out of the figures, and the page says so.
///
/// # Errors
///
/// Where a table cannot be read, a figure cannot be drawn
/// ([`PipelineError::Figure`](crate::PipelineError::Figure)), or a file cannot be written.
pub fn write_report(
    directory: &RunDirectory,
    scores: &Scores,
    result: &NetworkResult,
    observer: &dyn Observer,
) -> Result<()> {
    observer.begin("report", scores.stations.len() as u64 + 1);
    let written = write(directory, scores, result, observer);
    observer.end(false);
    written
}

fn write(
    directory: &RunDirectory,
    scores: &Scores,
    result: &NetworkResult,
    observer: &dyn Observer,
) -> Result<()> {
    let mut of_stations = Vec::new();
    for (station, result) in scores.stations.iter().zip(&result.stations) {
        let figures = of_station(Subject { directory, scores, station, result })?;
        write_figures(directory, &station.id, &figures)?;
        of_stations.push(figures);
        observer.reach(of_stations.len() as u64);
    }
    let network = of_network(result, Some(scores.method.analysis.confidence))?;
    write_figures(directory, "network", &network)?;
    let settings =
        toml::to_string(&scores.method).map_err(|error| crate::PipelineError::Config {
            name: "method".to_owned(),
            value: error.to_string(),
            advice: "a setting cannot be written as TOML".to_owned(),
        })?;
    let report = Report { scores, result, of_stations, network, settings };
    directory.write_text("report.html", &page(&report))?;
    observer.reach(scores.stations.len() as u64 + 1);
    Ok(())
}

/// Writes the page of a demo: what was planted beside what was found.
pub(crate) fn write_demo_page(directory: &RunDirectory, document: &DemoDocument) -> Result<()> {
    let figures = of_network(&document.result, None)?;
    write_figures(directory, "network", &figures)?;
    directory.write_text("report.html", &demo_page(document, &figures)).map(drop)
}

fn write_figures(directory: &RunDirectory, subject: &str, figures: &Figures) -> Result<()> {
    for figure in &figures.drawn {
        let name = format!("figures/{}-{}.svg", file_name(subject), figure.name);
        directory.write_text(&name, &figure.svg)?;
    }
    Ok(())
}

/// A station's code as part of a file's name: what is unusual in names is written as its number.
fn file_name(id: &str) -> String {
    let usual = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    id.chars().map(|c| if usual(c) { c.to_string() } else { format!("~{:x}", c as u32) }).collect()
}

#[cfg(test)]
mod tests {
    use super::file_name;

    #[test]
    fn codes_become_file_names_and_stay_different() {
        assert_eq!(file_name("51010"), "51010");
        assert_eq!(file_name("../a b"), "..~2fa~20b");
        assert_ne!(file_name("a/b"), file_name("a b"));
    }
}
