/// The most lines that are taken for a header: a file of other text must not pass for one.
pub(super) const MOST_HEADER_LINES: usize = 100;

/// Whether a line before the first one of data is words in Chinese (GBK or UTF-8), as some
/// observatories write above their values.
pub(crate) fn is_header(line: &[u8]) -> bool {
    !line.is_ascii() && !line.trim_ascii_start().first().is_some_and(u8::is_ascii_digit)
}

/// The time of a line and its values, as text.
pub(super) fn split(line: &[u8]) -> (&[u8], impl Iterator<Item = &[u8]>) {
    let mut tokens = tokens(line);
    let first = tokens.next().unwrap_or_default();
    let (time, value) = abutting(line).map_or((first, None), |(time, value)| (time, Some(value)));
    (time, value.into_iter().chain(tokens))
}

/// The time and the first value of a line whose fixed width leaves no room for a blank between
/// them: `2009022000-12345.67`.
///
/// The sign tells where the value begins; without one it could be anywhere among the digits. So that
/// `20090220-08 1.5` is not taken for two values, the values have to be one, or a day of hours or
/// minutes.
pub(crate) fn abutting(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut tokens = tokens(line);
    let first = tokens.next()?;
    let digits = first.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let signed = matches!(first.get(digits), Some(b'+' | b'-'));
    if !signed || !matches!(digits, 8 | 10 | 12 | 14) || line.contains(&b',') {
        return None;
    }
    matches!(tokens.count() + 1, 1 | 24 | 1440).then(|| first.split_at(digits))
}

/// The fields of a line: between commas if it has one (so that an empty field keeps its place),
/// otherwise between blanks.
fn tokens(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    let line = line.trim_ascii();
    let comma = line.contains(&b',');
    line.split(move |byte| if comma { *byte == b',' } else { matches!(byte, b' ' | b'\t') })
        .map(<[u8]>::trim_ascii)
        .filter(move |token| comma || !token.is_empty())
}
