use serde::{Deserialize, Serialize};

const NANOS: i64 = 1_000_000_000;

/// How the time column is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TimeFormat {
    /// A calendar date: ISO 8601 with or without a zone, `YYYY-MM-DD HH:MM[:SS[.f]]`,
    /// `YYYY-MM-DD` (also with `/`), or `yyyymmdd[hh[mm[ss]]]`. Each row may use its own.
    #[default]
    Calendar,
    /// Seconds since 1970-01-01T00:00:00Z, with or without a fraction. Never guessed: ten digits
    /// are also `yyyymmddhh`.
    UnixSeconds,
}

/// The instant that `text` names, in nanoseconds since 1970-01-01T00:00:00Z (hence a year from 1678
/// to 2261). `offset` (seconds east of UTC) applies where the text itself names no zone.
pub(crate) fn parse_time(text: &[u8], format: TimeFormat, offset: i64) -> Option<i64> {
    match format {
        TimeFormat::Calendar if text.len() >= 8 && text[..8].iter().all(u8::is_ascii_digit) => {
            compact(text, offset)
        }
        TimeFormat::Calendar => calendar(text, offset),
        TimeFormat::UnixSeconds => unix_seconds(text),
    }
}

/// Whether `text` is a time of a calendar that names no zone, so that one is assumed.
pub(crate) fn assumes_zone(text: &[u8]) -> bool {
    let at = |offset| parse_time(text, TimeFormat::Calendar, offset);
    at(0) != at(3600)
}

/// `yyyymmdd[hh[mm[ss]]]`.
fn compact(text: &[u8], offset: i64) -> Option<i64> {
    let days = civil_days(number(&text[..4])?, number(&text[4..6])?, number(&text[6..8])?)?;
    let part = |at: usize| if text.len() > at { number(text.get(at..at + 2)?) } else { Some(0) };
    let seconds = clock(part(8)?, part(10)?, part(12)?)?;
    if text.len() > 14 { None } else { instant(days, seconds - offset, 0) }
}

/// `YYYY-MM-DD`, then perhaps `T` or spaces and a clock time, then perhaps a zone.
fn calendar(text: &[u8], offset: i64) -> Option<i64> {
    let (date, rest) = text.split_first_chunk()?;
    after_date(date_days(date)?, rest, offset)
}

/// The day that `YYYY-MM-DD` or `YYYY/MM/DD` names, counted from 1970-01-01.
pub(super) fn date_days(date: &[u8; 10]) -> Option<i64> {
    if !matches!(date[4], b'-' | b'/') || date[7] != date[4] {
        return None;
    }
    civil_days(number(&date[..4])?, number(&date[5..7])?, number(&date[8..])?)
}

/// The instant on a day that `rest`, the text after the date, names.
pub(super) fn after_date(days: i64, rest: &[u8], offset: i64) -> Option<i64> {
    if rest.is_empty() {
        return instant(days, -offset, 0);
    }
    let rest = match rest[0] {
        b'T' | b't' => &rest[1..],
        b' ' => rest.trim_ascii_start(),
        _ => return None,
    };
    if rest.len() < 5 || rest[2] != b':' {
        return None;
    }
    let (hour, minute) = (number(&rest[..2])?, number(&rest[3..5])?);
    let (second, nanos, rest) = seconds_and_fraction(&rest[5..])?;
    let offset = zone(rest.trim_ascii_start(), offset)?;
    instant(days, clock(hour, minute, second)? - offset, nanos)
}

/// `[:SS[.f]]` at the start of `rest`: seconds, nanoseconds, and what follows.
fn seconds_and_fraction(rest: &[u8]) -> Option<(i64, i64, &[u8])> {
    if rest.first() != Some(&b':') {
        return Some((0, 0, rest));
    }
    let second = number(rest.get(1..3)?)?;
    let rest = &rest[3..];
    if !matches!(rest.first(), Some(b'.' | b',')) {
        return Some((second, 0, rest));
    }
    let digits = rest[1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    if digits == 0 {
        return None;
    }
    // Digits beyond the ninth are below a nanosecond.
    let kept = &rest[1..1 + digits.min(9)];
    let nanos = number(kept)? * 10_i64.pow(9 - kept.len() as u32);
    Some((second, nanos, &rest[1 + digits..]))
}

/// Nothing, `Z`, `±hh`, `±hhmm` or `±hh:mm`: the offset in seconds.
fn zone(text: &[u8], default: i64) -> Option<i64> {
    let sign = match text.first() {
        None => return Some(default),
        Some(b'Z' | b'z') => return if text.len() == 1 { Some(0) } else { None },
        Some(b'+') => 1,
        Some(b'-') => -1,
        Some(_) => return None,
    };
    let (hours, minutes) = match text.len() {
        3 => (number(&text[1..3])?, 0),
        5 => (number(&text[1..3])?, number(&text[3..5])?),
        6 if text[3] == b':' => (number(&text[1..3])?, number(&text[4..6])?),
        _ => return None,
    };
    if hours < 24 && minutes < 60 { Some(sign * (hours * 3600 + minutes * 60)) } else { None }
}

fn unix_seconds(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix(b"-") {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let mut parts = digits.splitn(2, |&byte| byte == b'.');
    let whole = parts.next().filter(|whole| whole.len() <= 12).and_then(number)?;
    let nanos = match parts.next() {
        None => 0,
        Some(fraction) => {
            let kept = &fraction[..fraction.len().min(9)];
            let scale = 10_i64.pow(9 - kept.len() as u32);
            if kept.is_empty() { 0 } else { number(fraction).and(number(kept))? * scale }
        }
    };
    let size = whole.checked_mul(NANOS)?.checked_add(nanos).filter(within_range)?;
    Some(if negative { -size } else { size })
}

fn instant(days: i64, seconds: i64, nanos: i64) -> Option<i64> {
    (days * 86_400 + seconds).checked_mul(NANOS)?.checked_add(nanos).filter(within_range)
}

/// Some months short of what an i64 can hold, so that a day more or less never overflows.
fn within_range(nanos: &i64) -> bool {
    nanos.unsigned_abs() <= 9_200_000_000_000_000_000
}

fn clock(hour: i64, minute: i64, second: i64) -> Option<i64> {
    let valid = hour < 24 && minute < 60 && second < 60;
    if valid { Some(hour * 3600 + minute * 60 + second) } else { None }
}

/// Digits only, saturating rather than overflowing.
fn number(digits: &[u8]) -> Option<i64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_i64, |value, byte| {
        let digit = i64::from(byte.wrapping_sub(b'0'));
        if digit < 10 { Some(value.saturating_mul(10).saturating_add(digit)) } else { None }
    })
}

/// Days from 1970-01-01 to a date of the proleptic Gregorian calendar.
///
/// Hinnant, H. (2013), *chrono-Compatible Low-Level Date Algorithms*, `days_from_civil`.
fn civil_days(year: i64, month: i64, day: i64) -> Option<i64> {
    const LENGTHS: [i64; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = *LENGTHS.get(usize::try_from(month - 1).ok()?)?;
    if day < 1 || day > length || (month == 2 && day == 29 && !leap) {
        return None;
    }
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year - era * 400;
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;
    use proptest::prelude::*;

    #[test]
    fn a_zone_is_named_or_assumed() {
        for named in ["2022-03-01T02:00:00Z", "2022-03-01 02:00:00+08:00", "no time"] {
            assert!(!assumes_zone(named.as_bytes()), "{named}");
        }
        for assumed in ["2022-03-01 02:00:00", "2022-03-01", "2022030102"] {
            assert!(assumes_zone(assumed.as_bytes()), "{assumed}");
        }
    }

    fn read(text: &str) -> Option<String> {
        let nanos = parse_time(text.as_bytes(), TimeFormat::Calendar, 8 * 3600)?;
        Some(Timestamp::from_nanosecond(nanos.into()).unwrap().to_string())
    }

    #[test]
    fn all_forms_of_one_instant() {
        for text in [
            "2008-05-12 14:28:04",
            "2008-05-12T14:28:04",
            "2008/05/12  14:28:04",
            "20080512142804",
            "2008-05-12T06:28:04Z",
            "2008-05-12T06:28:04.000z",
            "2008-05-12T08:28:04+02:00",
            "2008-05-12 08:28:04 +0200",
            "2008-05-12T02:28:04-04",
        ] {
            assert_eq!(read(text).as_deref(), Some("2008-05-12T06:28:04Z"), "{text}");
        }
        assert_eq!(read("2008-05-12").as_deref(), Some("2008-05-11T16:00:00Z"));
        assert_eq!(read("20080512").as_deref(), Some("2008-05-11T16:00:00Z"));
        assert_eq!(read("2008051214").as_deref(), Some("2008-05-12T06:00:00Z"));
        assert_eq!(read("2008-05-12 14:28").as_deref(), Some("2008-05-12T06:28:00Z"));
        assert_eq!(read("2013-08-21 20:38:32.25").as_deref(), Some("2013-08-21T12:38:32.25Z"));
    }

    #[test]
    fn what_is_no_time() {
        for text in [
            "",
            "2008",
            "2008-13-01",
            "2008-02-30",
            "1900-02-29",
            "2008-05-12 24:00",
            "2008-5-12",
            "2008-05-12x",
            "2008-05-12 14",
            "2008-05-12 14:28:61",
            "2008-05-12 14:28:04.",
            "200805121",
            "2008051214280",
            "200805121428045",
            "1482621966",
            "2008-05-12T14:28:04Zx",
            "2008-05-12T14:28:04+24:00",
            "-2008-05-12",
            "1600-01-01",
            "9999-01-01",
            "20080512 14",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn unix_seconds_only_by_name() {
        let read = |text: &str| parse_time(text.as_bytes(), TimeFormat::UnixSeconds, 28_800);
        assert_eq!(read("1482621966"), Some(1_482_621_966 * NANOS));
        assert_eq!(read("1482621966.5"), Some(1_482_621_966 * NANOS + 500_000_000));
        assert_eq!(read("-1.25"), Some(-1_250_000_000));
        assert_eq!(read("1482621966."), Some(1_482_621_966 * NANOS));
        for text in ["", "-", "1e9", "1.2.3", "99999999999999", "1.5x"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    proptest! {
        /// jiff's own printer is the oracle.
        #[test]
        fn reads_what_jiff_writes(second in -9_000_000_000_i64..9_000_000_000, nano in 0_i32..1_000_000_000) {
            let time = Timestamp::new(second, nano).unwrap();
            let text = time.to_string();
            let nanos = parse_time(text.as_bytes(), TimeFormat::Calendar, 28_800);
            prop_assert_eq!(nanos.map(i128::from), Some(time.as_nanosecond()), "{}", text);
        }

        #[test]
        fn any_bytes(text in prop::collection::vec(any::<u8>(), 0..40)) {
            for format in [TimeFormat::Calendar, TimeFormat::UnixSeconds] {
                let _ = parse_time(&text, format, 28_800);
            }
        }

        #[test]
        fn nearly_a_date(text in "[0-9]{4}[-/0-9T]{1,4}[-0-9TZ:.,+ ]{0,22}") {
            for format in [TimeFormat::Calendar, TimeFormat::UnixSeconds] {
                let _ = parse_time(text.as_bytes(), format, 28_800);
            }
        }
    }
}
