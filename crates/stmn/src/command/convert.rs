#[cfg(feature = "parquet")]
use jiff::SignedDuration;
use serde::Serialize;
use strain_io::{BadRow, Channel, Read, ReadNote, ReadOptions, Recognised, Seam, TimeGrid};
#[cfg(feature = "parquet")]
use strain_io::{ParquetDays, RecordingFormat};

#[cfg(feature = "parquet")]
use super::input::is_folder;
use super::input::{asked, write_recording};
use crate::cli::ConvertArgs;
use crate::failure::Failure;
use crate::output::{noted, passed_over, print_json, print_text};

/// What is in memory at a time where a recording is converted in pieces: whole days.
#[cfg(feature = "parquet")]
const PIECE: SignedDuration = SignedDuration::from_hours(30 * 24);

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
    let document = match convert_in_pieces(args, &options)? {
        Some(document) => document,
        None => convert_whole(args, &options)?,
    };
    if json {
        return print_json(&document);
    }
    print_text(&text(&document))
}

fn convert_whole(args: &ConvertArgs, options: &ReadOptions) -> Result<Document, Failure> {
    let read = strain_io::read_recording_files(&args.inputs, options)?;
    write_recording(&read.recording, &args.out)?;
    let Read { recording, recognised, seams, bad_rows, notes, .. } = read;
    let document = Document::new(recording.station(), recording.channels(), recording.grid(), args);
    Ok(Document { recognised, seams, bad_rows, notes, ..document })
}

/// CSV that becomes a folder of days, some days at a time, so that a record of any length fits in
/// memory; nothing, and nothing done, where something else is asked for.
#[cfg(feature = "parquet")]
fn convert_in_pieces(
    args: &ConvertArgs,
    options: &ReadOptions,
) -> Result<Option<Document>, Failure> {
    let ([input], true) = (args.inputs.as_slice(), is_folder(&args.out)) else { return Ok(None) };
    let recognised = options.format_of(input)?;
    if recognised.format != RecordingFormat::Csv {
        return Ok(None);
    }
    let spans = strain_io::read_csv_spans(input, &options.csv, PIECE)?;
    let document = Document::new(spans.station(), spans.channels(), spans.grid(), args);
    let bad_rows = spans.bad_rows().to_vec();
    let mut days = ParquetDays::new(&args.out, spans.station(), spans.channels(), spans.grid())?;
    for piece in spans {
        days.write(&piece?)?;
    }
    Ok(Some(Document { recognised: Some(recognised), bad_rows, ..document }))
}

#[cfg(not(feature = "parquet"))]
fn convert_in_pieces(_: &ConvertArgs, _: &ReadOptions) -> Result<Option<Document>, Failure> {
    Ok(None)
}

impl Document {
    fn new(station: &str, channels: &[Channel], grid: &TimeGrid, args: &ConvertArgs) -> Self {
        Self {
            schema: "stmn.convert/1",
            station: station.to_owned(),
            samples: grid.len(),
            channels: channels.iter().map(|channel| channel.name.clone()).collect(),
            recognised: None,
            seams: Vec::new(),
            bad_rows: Vec::new(),
            notes: Vec::new(),
            out: args.out.display().to_string(),
        }
    }
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
