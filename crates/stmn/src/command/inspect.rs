use std::path::PathBuf;

use serde::Serialize;
use strain_io::{FileKind, Identified, StrainIoError, identify};

use crate::cli::InspectArgs;
use crate::failure::Failure;
use crate::output::{print_json, print_text};

#[derive(Serialize)]
struct Document {
    schema: &'static str,
    files: Vec<Inspected>,
}

#[derive(Serialize)]
struct Inspected {
    file: PathBuf,
    #[serde(flatten)]
    told: Told,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Told {
    Known(Identified),
    /// Of no known kind: what it looks like, and what to do.
    Unknown {
        kind: &'static str,
        because: String,
    },
}

/// Says of every file what it is; files that cannot be read are named among the others, and fail the command
/// after that.
pub(super) fn inspect(args: &InspectArgs, json: bool) -> Result<(), Failure> {
    let mut files = Vec::new();
    let mut unread = None;
    for file in &args.inputs {
        let told = match identify(file) {
            Ok(identified) => Told::Known(identified),
            Err(error @ StrainIoError::Io { .. }) => {
                let because = problem(&error);
                unread.get_or_insert(error);
                Told::Unknown { kind: "unread", because }
            }
            Err(error) => Told::Unknown { kind: "unknown", because: problem(&error) },
        };
        files.push(Inspected { file: file.clone(), told });
    }
    // A command that has nothing to say prints nothing.
    let silent = files.iter().all(|file| matches!(file.told, Told::Unknown { kind: "unread", .. }));
    if let Some(error) = unread.take_if(|_| silent) {
        return Err(error.into());
    }
    match json {
        true => print_json(&Document { schema: "stmn.inspect/1", files })?,
        false => print_text(&files.iter().map(line).collect::<String>())?,
    }
    unread.map_or(Ok(()), |error| Err(error.into()))
}

/// What is wrong with a file that the line names already.
fn problem(error: &StrainIoError) -> String {
    match error {
        StrainIoError::Format { problem, advice, .. } => format!("{problem}; {advice}"),
        StrainIoError::Io { source, .. } => source.to_string(),
        other => other.to_string(),
    }
}

fn line(inspected: &Inspected) -> String {
    let file = inspected.file.display();
    match &inspected.told {
        Told::Known(Identified { kind, because, .. }) => {
            format!("{file}: {}: {because}\n", words(*kind))
        }
        Told::Unknown { kind: "unread", because } => format!("{file}: not read: {because}\n"),
        Told::Unknown { because, .. } => format!("{file}: of no known kind: {because}\n"),
    }
}

fn words(kind: FileKind) -> String {
    match kind {
        FileKind::Recording(format) => format!("recording, {}", named(format)),
        FileKind::Catalogue(format) => format!("catalogue, {}", named(format)),
        FileKind::Stations(format) => format!("list of stations, {}", named(format)),
        FileKind::Strainmeters => "table of PBO strainmeters".to_owned(),
        other => format!("{other:?}"),
    }
}

/// A format as configurations write it.
fn named(format: impl Serialize) -> String {
    let value = serde_json::to_value(format).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}
