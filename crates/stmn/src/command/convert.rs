use serde::Serialize;

use super::input::{read_options, write_recording};
use crate::cli::ConvertArgs;
use crate::failure::Failure;
use crate::output::{print_json, print_text};

#[derive(Serialize)]
struct Document {
    schema: &'static str,
    station: String,
    samples: usize,
    channels: Vec<String>,
    out: String,
}

pub(super) fn convert(args: &ConvertArgs, json: bool) -> Result<(), Failure> {
    let options = read_options(args.read.as_deref())?;
    let recording = strain_io::read_recording(&args.input, &options)?.recording;
    write_recording(&recording, &args.out)?;
    let document = Document {
        schema: "stmn.convert/1",
        station: recording.station().to_owned(),
        samples: recording.grid().len(),
        channels: recording.channels().iter().map(|channel| channel.name.clone()).collect(),
        out: args.out.display().to_string(),
    };
    if json {
        return print_json(&document);
    }
    print_text(&format!(
        "{}: {} samples of {} written to {}\n",
        document.station,
        document.samples,
        document.channels.join(", "),
        document.out
    ))
}
