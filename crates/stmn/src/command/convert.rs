use serde::Serialize;
use strain_io::{BadRow, Read, ReadNote, Recognised, Seam};

use super::input::{asked, write_recording};
use crate::cli::ConvertArgs;
use crate::failure::Failure;
use crate::output::{noted, passed_over, print_json, print_text};

#[derive(Serialize)]
struct Document {
    schema: &'static str,
    station: String,
    samples: usize,
    channels: Vec<String>,
    recognised: Option<Recognised>,
    seams: Vec<Seam>,
    bad_rows: Vec<BadRow>,
    notes: Vec<ReadNote>,
    out: String,
}

pub(super) fn convert(args: &ConvertArgs, json: bool) -> Result<(), Failure> {
    let options = asked(&args.read)?;
    let read = strain_io::read_recording_files(&args.inputs, &options)?;
    write_recording(&read.recording, &args.out)?;
    let Read { recording, recognised, seams, bad_rows, notes, .. } = read;
    let document = Document {
        schema: "stmn.convert/1",
        station: recording.station().to_owned(),
        samples: recording.grid().len(),
        channels: recording.channels().iter().map(|channel| channel.name.clone()).collect(),
        recognised,
        seams,
        bad_rows,
        notes,
        out: args.out.display().to_string(),
    };
    if json {
        return print_json(&document);
    }
    print_text(&text(&document))
}

fn text(document: &Document) -> String {
    let mut text = format!(
        "{}: {} samples of {} written to {}\n",
        document.station,
        document.samples,
        document.channels.join(", "),
        document.out
    );
    if !document.seams.is_empty() {
        let count = document.seams.len();
        text.push_str(&format!("{count} gaps, overlaps or shifts between pieces: see --json\n"));
    }
    text.push_str(&passed_over(&document.bad_rows));
    text.push_str(&noted(&document.notes));
    text
}
