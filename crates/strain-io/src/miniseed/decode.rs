use std::panic::{AssertUnwindSafe, catch_unwind};

use jiff::SignedDuration;
use jiff::civil::Date;
use miniseed_rs::{MseedRecord, NanoTime, Samples};

use super::frame::Frame;
use super::header2::{Header2, STEIM_1, STEIM_2};
use crate::bad_row::RowProblem;

/// The samples of one record and what they are of.
pub(super) struct Record {
    pub(super) network: String,
    pub(super) station: String,
    pub(super) location: String,
    pub(super) channel: String,
    /// Instant of the first sample, ns since 1970.
    pub(super) start: i64,
    /// From sample to sample, ns.
    pub(super) step: i64,
    pub(super) samples: Vec<f64>,
    /// Whether the samples are whole numbers, as those of a digitiser are.
    pub(super) counts: bool,
}

/// Decodes a record; nothing where it holds no samples but text or a header alone.
pub(super) fn decode(frame: &Frame) -> Result<Option<Record>, RowProblem> {
    let header = frame.header2;
    if header.is_some_and(|header| header.samples == 0 || header.encoding == 0) {
        return Ok(None);
    }
    let record = decoded(&frame.bytes)?;
    if record.samples.is_empty() {
        return Ok(None);
    }
    if let Some(header) = header {
        check_last(header, &frame.bytes, &record)?;
    }
    let wrong = |problem: String| RowProblem::Undecodable { problem };
    let start = instant(&record.start_time)
        .and_then(|start| start.checked_add(header.map_or(0, |header| header.correction)))
        .ok_or_else(|| wrong(format!("a start of {}", record.start_time)))?;
    let rate = header.and_then(|header| header.rate).unwrap_or(record.sample_rate);
    let step = step(rate).ok_or_else(|| wrong(format!("a rate of {rate} Hz")))?;
    let counts = matches!(record.samples, Samples::Int(_));
    let samples = match record.samples {
        Samples::Int(values) => values.into_iter().map(f64::from).collect(),
        Samples::Float(values) => values.into_iter().map(f64::from).collect(),
        Samples::Double(values) => values,
    };
    let MseedRecord { network, station, location, channel, .. } = record;
    Ok(Some(Record { network, station, location, channel, start, step, samples, counts }))
}

/// What the decoder makes of a record. On sums of Steim differences that overflow, which only a
/// damaged record has, it panics where overflow is checked, and a damaged record must be an error.
fn decoded(bytes: &[u8]) -> Result<MseedRecord, RowProblem> {
    let decoded = catch_unwind(AssertUnwindSafe(|| miniseed_rs::decode(bytes)));
    let problem = match decoded {
        Ok(Ok(record)) => return Ok(record),
        Ok(Err(error)) => error.to_string(),
        Err(_) => "its parts contradict each other".to_owned(),
    };
    Err(RowProblem::Undecodable { problem })
}

/// Whether a record of Steim differences comes out at the last sample that its first frame states:
/// version 2 has no checksum, and one changed bit moves all samples after it.
fn check_last(header: Header2, bytes: &[u8], record: &MseedRecord) -> Result<(), RowProblem> {
    let Samples::Int(samples) = &record.samples else { return Ok(()) };
    let (Some(&last), STEIM_1 | STEIM_2) = (samples.last(), header.encoding) else {
        return Ok(());
    };
    // The third word of the frame, after its control word and the first sample.
    let at = header.data_at + 8;
    let word: Option<[u8; 4]> = bytes.get(at..at + 4).and_then(|word| word.try_into().ok());
    let stated = word.map(i32::from_be_bytes);
    match stated {
        Some(stated) if stated != last => Err(RowProblem::Undecodable {
            problem: format!("its last sample is {last} where its first frame states {stated}"),
        }),
        _ => Ok(()),
    }
}

/// A year and day with a clock time, in ns since 1970.
fn instant(time: &NanoTime) -> Option<i64> {
    let valid = (1..=366).contains(&time.day)
        && time.hour < 24
        && time.minute < 60
        && time.second <= 60
        && time.nanosecond < 1_000_000_000;
    let year = Date::new(i16::try_from(time.year).ok()?, 1, 1).ok().filter(|_| valid)?;
    let midnight = jiff::tz::Offset::UTC.to_timestamp(year.to_datetime(jiff::civil::Time::MIN));
    let seconds = i64::from(time.day - 1) * 86_400
        + i64::from(time.hour) * 3600
        + i64::from(time.minute) * 60
        + i64::from(time.second);
    let since = SignedDuration::new(seconds, i32::try_from(time.nanosecond).ok()?);
    let nanos = midnight.ok()?.as_nanosecond() + since.as_nanos();
    // Some months short of what an i64 can hold, as for the times of text.
    i64::try_from(nanos).ok().filter(|nanos| nanos.unsigned_abs() <= 9_200_000_000_000_000_000)
}

/// The step of a rate in Hz or, if negative, of a period in seconds.
fn step(rate: f64) -> Option<i64> {
    let seconds = if rate < 0.0 { -rate } else { 1.0 / rate };
    let nanos = (seconds * 1e9).round();
    (1e3..=1e14).contains(&nanos).then_some(nanos as i64)
}
