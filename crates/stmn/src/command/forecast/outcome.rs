use serde_json::{Map, Value};

use super::figure::Figure;
use super::results::ResultRow;

/// What a test has shown.
pub(super) struct Tested {
    /// Windows, series, rows or records that were judged.
    pub(super) samples: usize,
    pub(super) results: Vec<ResultRow>,
    /// What to mind.
    pub(super) notes: Vec<String>,
    pub(super) figure: Figure,
}

/// What a prediction says.
pub(super) struct Predicted {
    /// The lines of the table, its header first.
    pub(super) lines: Vec<Vec<String>>,
    /// In short.
    pub(super) summary: Map<String, Value>,
    pub(super) figure: Figure,
}

/// A cell of what the table says: as it stands there, empty where it says nothing.
pub(super) fn given(value: f64) -> String {
    if value.is_finite() { value.to_string() } else { String::new() }
}

/// A cell of what the network says of a channel whose values have this standard deviation. Its
/// numbers are of 32 bits in units of that: where the channel lies so far from zero that 32 bits
/// would not tell one of its values from the next, there are as many digits as say something.
pub(super) fn expected(value: f64, deviation: f64) -> String {
    const FAR: f64 = 256.0;
    if !value.is_finite() {
        return String::new();
    }
    if value.abs() <= FAR * deviation {
        return (value as f32).to_string();
    }
    let decimals = (7.0 - deviation.log10().floor()).clamp(0.0, 300.0) as usize;
    format!("{value:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_have_the_digits_that_say_something() {
        assert_eq!(given(12_345_678.9), "12345678.9");
        assert_eq!(given(f64::NAN), "");
        assert_eq!(expected(0.1f32.into(), 1.0), "0.1");
        assert_eq!(expected(f64::NAN, 1.0), "");
        assert_eq!(expected(123_456_789.25, 1.0), "123456789.2500000");
        assert_eq!(expected(123_456_789.0, 1e8), "123456790");
        assert_eq!(expected(-1e12 - 0.5, 1e9), "-1000000000000");
    }
}
