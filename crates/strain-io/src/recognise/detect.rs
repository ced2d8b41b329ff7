use std::path::Path;

use super::format::{Recognised, RecordingFormat};
use crate::cenc::{CencFileName, abutting, is_header};
use crate::gnss::is_neu;
use crate::miniseed::is_miniseed;
use crate::pbo::{Level2Kind, is_bottle};
use crate::text::{Lines, TimeFormat, decode, head, parse_time};
use crate::{Result, StrainIoError};

/// Tells the format of a recording from its first bytes and its name.
///
/// # Errors
///
/// [`StrainIoError::Format`] for a file of no known format, [`StrainIoError::NoRows`] for one
/// without a line, [`StrainIoError::Io`] where it cannot be read.
pub fn recognise(path: impl AsRef<Path>) -> Result<Recognised> {
    let path = path.as_ref();
    let known = |format, because: &str| Ok(Recognised { format, because: because.to_owned() });
    if path.is_dir() {
        return known(RecordingFormat::ParquetDays, "it is a folder");
    }
    let head = head(path)?;
    if head.starts_with(b"PAR1") {
        return known(RecordingFormat::Parquet, "it starts with PAR1");
    }
    if head.starts_with(b"ARROW1") {
        return known(RecordingFormat::Arrow, "it starts with ARROW1");
    }
    if is_arrow_stream(&head) {
        let because = "it starts with the marker and length of an Arrow stream's first message";
        return known(RecordingFormat::Arrow, because);
    }
    if is_bottle(&head) {
        return known(RecordingFormat::PboBottle, "it starts with the number 0x015D of a bottle");
    }
    if head.starts_with(b"MS\x03") {
        return known(RecordingFormat::MiniSeed, "it starts with MS and the version 3");
    }
    if is_miniseed(&head) {
        let because = "it starts with a record's number and quality, as miniSEED 2 does";
        return known(RecordingFormat::MiniSeed, because);
    }
    if let Some((problem, advice)) = other_kind(&head) {
        let (file, problem) = (path.to_owned(), problem.to_owned());
        return Err(StrainIoError::Format { file, problem, advice });
    }
    let mut lines = Lines::open(path)?;
    let Some((_, line)) = lines.next_filled()? else {
        return Err(StrainIoError::NoRows { file: path.to_owned() });
    };
    if is_neu(line) {
        return known(RecordingFormat::Neu, "its first line is that of a .neu file");
    }
    if let Some(kind) = Level2Kind::of(line) {
        return known(RecordingFormat::PboLevel2, kind.because());
    }
    if let Some(because) = cenc_text(path, line) {
        return known(RecordingFormat::CencText, &because);
    }
    for (delimiter, name) in [(b',', "commas"), (b'\t', "tabs"), (b';', "semicolons")] {
        if line.contains(&delimiter) {
            return known(RecordingFormat::Csv, &format!("its first line has {name}"));
        }
    }
    let start: String = decode(line).chars().take(60).collect();
    if is_header(line)
        && let Some(because) = below_header(path, &mut lines)?
    {
        return known(RecordingFormat::CencText, &because);
    }
    Err(StrainIoError::Format {
        file: path.to_owned(),
        problem: format!("its first line, `{start}`, is of no known format"),
        advice: "name the format, or convert the file to CSV",
    })
}

/// Whether a file begins as a stream of Arrow does: the marker of a message, its length, and within that
/// the place of its root table.
fn is_arrow_stream(head: &[u8]) -> bool {
    let number = |at| head.get(at..at + 4).and_then(|bytes| bytes.first_chunk::<4>());
    let [Some(marker), Some(length), Some(root)] = [0, 4, 8].map(number) else { return false };
    let (length, root) = (i32::from_le_bytes(*length), i32::from_le_bytes(*root));
    *marker == [0xff; 4] && length % 8 == 0 && (4..length).contains(&root)
}

/// Whether a file's first line is one that a format of recordings alone has.
pub(crate) fn is_recording_line(path: &Path, line: &[u8]) -> bool {
    is_neu(line) || Level2Kind::of(line).is_some() || cenc_text(path, line).is_some()
}

/// What tells that a line is the first of CENC text, if it is.
fn cenc_text(path: &Path, line: &[u8]) -> Option<String> {
    if !compact_time(line) {
        return None;
    }
    if let Some(name) = CencFileName::of(path) {
        let CencFileName { station, point, item } = name;
        return Some(format!("its name is station {station}, point {point}, item {item}"));
    }
    of_one_channel(line).map(str::to_owned)
}

/// What tells that the first line that is no header is one of CENC text, if it is.
fn below_header(path: &Path, lines: &mut Lines) -> Result<Option<String>> {
    while let Some((number, line)) = lines.next_filled()? {
        if !is_header(line) {
            let because = cenc_text(path, line);
            return Ok(
                because.map(|because| format!("below a header, in line {number}, {because}"))
            );
        }
    }
    Ok(None)
}

/// The fields of CENC text, or of a table like it.
fn tokens(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(|byte| matches!(byte, b' ' | b'\t' | b',')).filter(|token| !token.is_empty())
}

/// What tells, without a name, that a line holds values of one channel: one value, or as many as a
/// day has hours or minutes. Other numbers are those of a table without a header.
fn of_one_channel(line: &[u8]) -> Option<&'static str> {
    let commas = line.iter().filter(|&&byte| byte == b',').count();
    if commas > 1 || line.contains(&b';') {
        return None;
    }
    let mut tokens = tokens(line);
    let first = tokens.next().unwrap_or_default();
    let behind = abutting(line);
    let day = behind.map_or(first, |(time, _)| time).len() == 8;
    match tokens.count() + usize::from(behind.is_some()) {
        0 | 1 => Some("it has no header and starts with yyyymmdd[hh[mm[ss]]] and a value"),
        24 | 1440 if day => Some("it has no header and starts with yyyymmdd and a day of values"),
        _ => None,
    }
}

fn compact_time(line: &[u8]) -> bool {
    let first = tokens(line).next().unwrap_or_default();
    let token = abutting(line).map_or(first, |(time, _)| time);
    token.iter().all(u8::is_ascii_digit) && parse_time(token, TimeFormat::Calendar, 0).is_some()
}

/// A kind of file that is known but is not a recording of a format above, and what to do.
fn other_kind(head: &[u8]) -> Option<(&'static str, &'static str)> {
    if head.trim_ascii_start().starts_with(b"<") {
        let problem = "it is XML, which holds no recording";
        return Some((problem, "read it as a catalogue or a list of stations"));
    }
    if let [b'{', ..] | [b'[', b'{', ..] = head.trim_ascii_start() {
        return Some(("it is JSON, which holds no recording", "convert it to CSV"));
    }
    if head.contains(&0) {
        return Some(("it is binary, of no known format", "name the format, or convert it to CSV"));
    }
    None
}
