mod alarms;
mod choices;
mod events;
mod notes;
#[cfg(feature = "plots")]
mod page;

use std::path::{Path, PathBuf};

use jiff::civil::Date;
use serde::Serialize;
use sigmoid_stats::Evaluation;
use strain_io::BadRow;

use self::events::{Chosen, Left};
use self::notes::{AlarmRows, Sharing};
use crate::cli::EvaluateArgs;
use crate::failure::Failure;
use crate::output::{number, print_json, print_text, table};

#[derive(Serialize)]
struct Document {
    schema: &'static str,
    #[serde(flatten)]
    evaluation: Evaluation,
    alarm_file: AlarmRows,
    catalogue: Left,
    sharing: Sharing,
    /// Of the catalogue.
    bad_rows: Vec<BadRow>,
    /// Earthquakes of the catalogue that stand there a second time and were left out.
    repeated: usize,
    page: Option<PathBuf>,
    /// Whether the reader was told of the catalogue's zone.
    #[serde(skip)]
    zone_stated: bool,
}

pub(super) fn evaluate(args: &EvaluateArgs, json: bool) -> Result<(), Failure> {
    let read = |file: &PathBuf| choices::read_protocol(file, args.expect_hash.as_deref());
    let frozen = args.protocol.as_ref().map(read).transpose()?;
    let protocol = choices::protocol(args, frozen.as_ref().map(|f| &f.protocol))?;
    if let Some(file) = &args.freeze {
        return choices::freeze(&protocol, file, json);
    }
    let (Some(alarms), Some(catalogue)) = (&args.alarms, &args.catalogue) else {
        return Err(Failure::new("alarms and a catalogue are needed"));
    };
    check_out(args)?;
    let file = alarms::read(alarms)?;
    let Chosen { days, left, bad_rows } = events::choose(catalogue, args, &protocol)?;
    let evaluation =
        sigmoid_stats::evaluate_alarms(&file.alarms, &days, &protocol, frozen.as_ref(), args.seed)
            .map_err(|error| Failure::of("the alarms cannot be evaluated", error))?;
    if let Some(out) = &args.out {
        draw(&evaluation, &file.alarms, &days, out)?;
    }
    let document = Document {
        schema: "stmn.evaluate/1",
        evaluation,
        alarm_file: AlarmRows::of(&file, &protocol),
        repeated: left.repeated,
        catalogue: left,
        sharing: Sharing::of(&file.alarms, &days, &protocol),
        bad_rows,
        page: args.out.clone(),
        zone_stated: args.catalogue_read.is_some(),
    };
    if json { print_json(&document) } else { print_text(&text(&document)) }
}

/// The page must not take the place of what it was made from.
fn check_out(args: &EvaluateArgs) -> Result<(), Failure> {
    let Some(out) = &args.out else { return Ok(()) };
    let inputs = [&args.alarms, &args.catalogue, &args.catalogue_read, &args.protocol];
    let same = |input: &&PathBuf| match (input.canonicalize(), out.canonicalize()) {
        (Ok(input), Ok(out)) => input == out,
        _ => false,
    };
    match inputs.into_iter().flatten().find(same) {
        None => Ok(()),
        Some(input) => Err(Failure::new(format!(
            "--out would overwrite {}, which is read; name another file for the page",
            input.display()
        ))),
    }
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
    text.push_str(&notes::notes(document));
    text
}
