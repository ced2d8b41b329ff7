use memchr::memchr2;

use super::layout::Layout;
use crate::text::{Nulls, Times};

/// Reads the rows that nearly every file consists of: a time and numbers, no quotes, no blanks, no
/// text for a null. Whatever is not so is left to the parser of all rows, which also says what is
/// wrong with a bad one.
pub(super) struct PlainRow {
    delimiter: u8,
    fields: Vec<Field>,
}

/// What a field is for.
#[derive(Clone, Copy)]
enum Field {
    Time,
    /// A channel, by its place among the channels, and its factor.
    Value(usize, f64),
    Ignored,
}

impl PlainRow {
    /// Nothing where one field is for two things.
    pub(super) fn new(layout: &Layout) -> Option<Self> {
        let mut fields = vec![Field::Ignored; layout.names.len()];
        fields[layout.time] = Field::Time;
        for (place, column) in layout.columns.iter().enumerate() {
            let field = &mut fields[column.index];
            if !matches!(field, Field::Ignored) {
                return None;
            }
            *field = Field::Value(place, column.scale);
        }
        Some(Self { delimiter: layout.delimiter, fields })
    }

    /// The row's time in ns, its values in `values`; nothing, and anything in `values`, where the
    /// row is not plain.
    pub(super) fn parse(
        &self,
        line: &[u8],
        times: &mut Times,
        nulls: &Nulls,
        values: &mut [f64],
    ) -> Option<i64> {
        let mut time = None;
        let mut rest = line;
        for (number, field) in self.fields.iter().enumerate() {
            let length = match *field {
                Field::Value(place, scale) => {
                    let (value, length) = leading_value(rest, self.delimiter, nulls)?;
                    values[place] = value * scale;
                    // A large factor: the parser of all rows says so.
                    if values[place].is_infinite() {
                        return None;
                    }
                    length
                }
                Field::Time | Field::Ignored => {
                    let length = memchr2(self.delimiter, b'"', rest).unwrap_or(rest.len());
                    if matches!(field, Field::Time) {
                        time = Some(times.parse(rest[..length].trim_ascii())?);
                    }
                    length
                }
            };
            rest = match (rest.get(length), number + 1 == self.fields.len()) {
                (Some(&byte), false) if byte == self.delimiter => &rest[length + 1..],
                (None, true) => return time,
                _ => return None,
            };
        }
        None
    }
}

/// The value at the start of `text` and how many bytes it has.
fn leading_value(text: &[u8], delimiter: u8, nulls: &Nulls) -> Option<(f64, usize)> {
    if text.first().is_none_or(|&byte| byte == delimiter) {
        return Some((nulls.parse(b"").ok()?, 0));
    }
    let (number, length): (f64, usize) = fast_float2::parse_partial(text).ok()?;
    // Words for infinity and for no number are texts, which may or may not stand for a null.
    number.is_finite().then(|| (nulls.unless_null(number), length))
}
