//! A fixed UTC offset as text in configurations: `"UTC"`, `"+08:00"`.

use jiff::tz::Offset;
use serde::{Deserialize, Deserializer, Serializer, de::Error};

pub(crate) fn serialize<S: Serializer>(zone: &Offset, serializer: S) -> Result<S::Ok, S::Error> {
    if *zone == Offset::UTC {
        return serializer.serialize_str("UTC");
    }
    let seconds = zone.seconds();
    let (sign, size) = (if seconds < 0 { '-' } else { '+' }, seconds.unsigned_abs());
    let mut text = format!("{sign}{:02}:{:02}", size / 3600, size / 60 % 60);
    if size % 60 != 0 {
        text.push_str(&format!(":{:02}", size % 60));
    }
    serializer.serialize_str(&text)
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Offset, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse(&text).ok_or_else(|| {
        D::Error::custom(format!("`{text}` is no UTC offset: write `UTC` or, say, `+08:00`"))
    })
}

fn parse(text: &str) -> Option<Offset> {
    if matches!(text, "UTC" | "Z" | "utc") {
        return Some(Offset::UTC);
    }
    let (sign, rest) = match text.as_bytes().first()? {
        b'+' => (1, &text[1..]),
        b'-' => (-1, &text[1..]),
        _ => return None,
    };
    let mut seconds = 0;
    let mut parts = rest.split(':');
    for (unit, limit) in [(3600, 26), (60, 60), (1, 60)] {
        let Some(part) = parts.next() else { break };
        let digits = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        let value: i32 = part.parse().ok().filter(|&value| digits && value < limit)?;
        seconds += value * unit;
    }
    if rest.is_empty() || parts.next().is_some() {
        return None;
    }
    Offset::from_seconds(sign * seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Serialize, Deserialize)]
    struct Holder {
        #[serde(with = "super")]
        zone: Offset,
    }

    #[test]
    fn text_and_back() {
        for text in ["UTC", "+08:00", "-03:30", "+05:53:28"] {
            let toml = format!("zone = \"{text}\"\n");
            let holder: Holder = toml::from_str(&toml).unwrap();
            assert_eq!(toml::to_string(&holder).unwrap(), toml);
        }
        for text in ["", "8", "+8", "+", "08:00", "+08:60", "+99:00", "+08:00:00:00", "+é1"] {
            assert!(parse(text).is_none(), "{text}");
        }
        assert_eq!(parse("+08").unwrap().seconds(), 28_800);
    }
}
