use super::analyze::{ALPHA, StationResult};
use super::score::Scores;

/// Whether the network is anomalous before the event, and the sentence that says so.
pub(super) fn verdict(stations: &[StationResult], scores: &Scores) -> (bool, String) {
    let found: Vec<&StationResult> =
        stations.iter().filter(|station| station.p_adjusted <= ALPHA).collect();
    let before = match scores.event.name.as_str() {
        "" => format!("the event of {}", scores.event.time),
        name => name.to_owned(),
    };
    let days = scores.method.analysis.window_days;
    let tested = match stations.len() {
        1 => "one station".to_owned(),
        n => format!("{n} stations, adjusted for {n} looks"),
    };
    if found.is_empty() {
        let smallest = stations.iter().map(|s| s.p_adjusted).fold(1.0, f64::min);
        let sentence = format!(
            "No: in the {days} days before {before} nothing built up that normal times do not \
             show as often (smallest p {smallest:.3}, {tested})."
        );
        return (false, sentence);
    }
    let names: Vec<String> = found
        .iter()
        .map(|station| {
            format!("{} ({:.0} km, p {:.4})", station.id, station.distance_km, station.p_adjusted)
        })
        .collect();
    let sentence = format!(
        "Yes: in the {days} days before {before} the daily counts built up along a sigmoid, more \
         than normal times show, at {} ({tested}). That it has to do with the earthquake is not \
         shown by this test: it says that the days before were unusual, not why.",
        names.join(", ")
    );
    (true, sentence)
}
