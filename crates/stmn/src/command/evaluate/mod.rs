mod alarms;
#[cfg(feature = "plots")]
mod page;

use std::path::{Path, PathBuf};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;
use sigmoid_stats::{Evaluation, FrozenProtocol, Protocol, ProtocolState};
use strain_io::{BadRow, Catalogue, Event, ReadCatalogueOptions};

use crate::cli::EvaluateArgs;
use crate::failure::Failure;
use crate::output::{number, passed_over, print_json, print_text, table};

/// Days of an alarm where neither an option nor a protocol says.
const PERIOD_DAYS: usize = 30;

#[derive(Serialize)]
struct Document {
    schema: &'static str,
    #[serde(flatten)]
    evaluation: Evaluation,
    /// Of the catalogue.
    bad_rows: Vec<BadRow>,
    /// Earthquakes of the catalogue that stand there a second time and were left out.
    repeated: usize,
    page: Option<PathBuf>,
}

#[derive(Serialize)]
struct FreezeDocument {
    schema: &'static str,
    #[serde(flatten)]
    frozen: FrozenProtocol,
    file: PathBuf,
}

pub(super) fn evaluate(args: &EvaluateArgs, json: bool) -> Result<(), Failure> {
    let frozen = args.protocol.as_deref().map(read_protocol).transpose()?;
    let protocol = protocol(args, frozen.as_ref().map(|f| &f.protocol))?;
    if let Some(file) = &args.freeze {
        return freeze(&protocol, file, json);
    }
    let (Some(alarms), Some(catalogue)) = (&args.alarms, &args.catalogue) else {
        return Err(Failure::new("alarms and a catalogue are needed"));
    };
    let alarms = alarms::read(alarms)?;
    let options = ReadCatalogueOptions::default().with_skip_bad_rows(args.skip_bad_rows);
    let events = strain_io::read_catalogue(catalogue, &options)?;
    let repeated = events.catalogue.duplicates();
    let days = event_days(&events.catalogue.without_duplicates(), &protocol)?;
    let evaluation =
        sigmoid_stats::evaluate_alarms(&alarms, &days, &protocol, frozen.as_ref(), args.seed)
            .map_err(|error| Failure::of("the alarms cannot be evaluated", error))?;
    if let Some(out) = &args.out {
        draw(&evaluation, &alarms, &days, out)?;
    }
    let (schema, page) = ("stmn.evaluate/1", args.out.clone());
    let document = Document { schema, evaluation, bad_rows: events.bad_rows, repeated, page };
    if json { print_json(&document) } else { print_text(&text(&document)) }
}

/// The options, over the frozen choices, over the defaults.
fn protocol(args: &EvaluateArgs, frozen: Option<&Protocol>) -> Result<Protocol, Failure> {
    let from = args.from.or(frozen.map(|f| f.first_day));
    let to = args.to.or(frozen.map(|f| f.last_day));
    let (Some(from), Some(to)) = (from, to) else {
        return Err(Failure::new("a test span is needed: --from and --to"));
    };
    let period = args.period.or(frozen.map(|f| f.period_days)).unwrap_or(PERIOD_DAYS);
    let mut protocol = Protocol::new(from, to, period);
    protocol.near = args.near.or(frozen.and_then(|f| f.near));
    protocol.max_distance_km = args.radius.or(frozen.and_then(|f| f.max_distance_km));
    if protocol.near.is_some() != protocol.max_distance_km.is_some() {
        return Err(Failure::new("--near and a largest distance (--radius) go together"));
    }
    if let Some(threshold) = args.threshold.or(frozen.map(|f| f.threshold)) {
        protocol = protocol.with_threshold(threshold);
    }
    if let Some(magnitude) = args.min_magnitude.or(frozen.map(|f| f.min_magnitude)) {
        protocol = protocol.with_min_magnitude(magnitude);
    }
    protocol.validate().map_err(|error| Failure::of("this protocol cannot be used", error))?;
    Ok(protocol)
}

fn read_protocol(path: &Path) -> Result<FrozenProtocol, Failure> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::of(format!("cannot read {}", path.display()), error))?;
    serde_json::from_str(&text)
        .map_err(|error| Failure::of(format!("{} is no frozen protocol", path.display()), error))
}

fn freeze(protocol: &Protocol, file: &Path, json: bool) -> Result<(), Failure> {
    let frozen =
        protocol.freeze().map_err(|error| Failure::of("this protocol cannot be frozen", error))?;
    let text = serde_json::to_string_pretty(&frozen)
        .map_err(|error| Failure::of("cannot write the protocol as JSON", error))?;
    strain_io::write_atomically(file, |out| {
        std::io::Write::write_all(out, (text + "\n").as_bytes())
    })
    .map_err(|error| Failure::of(format!("cannot write {}", file.display()), error))?;
    if json {
        let schema = "stmn.evaluate-freeze/1";
        return print_json(&FreezeDocument { schema, frozen, file: file.to_owned() });
    }
    print_text(&format!("{}\nfrozen in {}; publish the hash\n", frozen.hash, file.display()))
}

/// UTC days of the earthquakes that count.
fn event_days(events: &Catalogue, protocol: &Protocol) -> Result<Vec<Date>, Failure> {
    let chosen = events.min_magnitude(protocol.min_magnitude);
    let chosen = match (protocol.near, protocol.max_distance_km) {
        (Some([latitude, longitude]), Some(km)) => chosen.within_radius(latitude, longitude, km),
        _ => chosen,
    };
    let day = |event: &Event| TimeZone::UTC.to_datetime(event.time).date();
    let days: Vec<Date> = chosen.events().iter().map(day).collect();
    let Protocol { first_day, last_day, .. } = protocol;
    let inside = days.iter().filter(|day| (first_day..=last_day).contains(day)).count();
    if inside == 0 {
        return Err(Failure::new(format!(
            "no earthquake counts: of {} in the catalogue {} have the magnitude and the place, and none of \
             these is from {first_day} to {last_day}; without one there is nothing to evaluate",
            events.events().len(),
            days.len()
        )));
    }
    Ok(days)
}

#[cfg(feature = "plots")]
fn draw(
    evaluation: &Evaluation,
    alarms: &[sigmoid_stats::Alarm],
    events: &[Date],
    out: &Path,
) -> Result<(), Failure> {
    let svg = page::page(evaluation, alarms, events)
        .map_err(|error| Failure::of("the page cannot be drawn", error))?;
    strain_io::write_atomically(out, |file| std::io::Write::write_all(file, svg.as_bytes()))
        .map_err(|error| Failure::of(format!("cannot write {}", out.display()), error))
}

#[cfg(not(feature = "plots"))]
fn draw(_: &Evaluation, _: &[sigmoid_stats::Alarm], _: &[Date], _: &Path) -> Result<(), Failure> {
    Err(Failure::new("this build draws no pages; build it with the feature `plots`"))
}

fn text(document: &Document) -> String {
    let Evaluation { r_value, molchan, roc, auc_interval, alarms, days, alarmed_days, .. } =
        &document.evaluation;
    let line = |name: &str, value: String| vec![name.to_owned(), value];
    let auc = match auc_interval {
        Some([low, high]) => format!("{:.3} ({low:.3} to {high:.3})", roc.auc),
        None => format!("{:.3} (–)", roc.auc),
    };
    let rows = [
        line("alarms", alarms.to_string()),
        line("days with an alarm", format!("{alarmed_days} of {days}")),
        line("events hit", format!("{} of {}", r_value.hits, r_value.events)),
        line("R", number(r_value.r, 3)),
        line("R0 (97.5 %)", number(r_value.r0, 3)),
        line("p of as many hits by guessing", number(r_value.p_value, 4)),
        line("probability gain", number(r_value.gain, 2)),
        line("area skill (Molchan)", number(molchan.area_skill, 3)),
        line("p of the area skill", number(molchan.area_p_value, 4)),
        line("AUC (days)", auc),
        line("p of the AUC, by shifts", number(document.evaluation.auc_p_value, 4)),
    ];
    let mut text = table(&rows);
    if let Some(why) = &document.evaluation.auc_interval_missing {
        text.push_str(&format!("note: no interval of the AUC: {why}\n"));
    }
    text.push_str(&match &document.evaluation.protocol_state {
        ProtocolState::Frozen { hash } => format!("protocol: frozen, {hash}\n"),
        ProtocolState::ChosenLater { changed } => format!(
            "note: chosen after freezing: {}; this is no test of the frozen protocol\n",
            changed.join(", ")
        ),
        _ => {
            "note: nothing was frozen beforehand; the choices may have seen the events\n".to_owned()
        }
    });
    text.push_str(&passed_over(&document.bad_rows));
    if document.repeated > 0 {
        let repeated = document.repeated;
        text.push_str(&format!(
            "note: {repeated} earthquakes stand twice in the catalogue; once counts\n"
        ));
    }
    text
}
