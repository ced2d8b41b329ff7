//! Numbers as they stand in the page: a true minus sign, and a dash for what is not a number.

const NONE: &str = "–";

/// With so many digits after the point.
pub(super) fn fixed(value: f64, digits: usize) -> String {
    if !value.is_finite() {
        return NONE.to_owned();
    }
    let text = format!("{value:.digits$}");
    let is_zero = text.chars().all(|c| matches!(c, '-' | '0' | '.'));
    if is_zero { text.trim_start_matches('-').to_owned() } else { text.replace('-', "−") }
}

/// The same of a value that may be absent.
pub(super) fn optional(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(|| NONE.to_owned(), |value| fixed(value, digits))
}

/// With so many significant digits, without an exponent where that stays readable.
pub(super) fn significant(value: f64, digits: usize) -> String {
    if value == 0.0 || !value.is_finite() {
        return fixed(value, 0);
    }
    let exponent = value.abs().log10().floor() as i32;
    if !(-5..=9).contains(&exponent) {
        return format!("{value:.*e}", digits.saturating_sub(1)).replace('-', "−");
    }
    let after_point = digits as i32 - 1 - exponent;
    fixed(value, usize::try_from(after_point).unwrap_or(0))
}

/// A p-value: two significant digits, never shown as zero or rounded up to one.
pub(super) fn p_value(value: f64) -> String {
    if (0.1..0.995).contains(&value) { fixed(value, 2) } else { significant(value, 2) }
}

/// "low to high".
pub(super) fn interval(ends: Option<[f64; 2]>, digits: usize) -> String {
    ends.map_or_else(
        || NONE.to_owned(),
        |[low, high]| format!("{} to {}", fixed(low, digits), fixed(high, digits)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_number_is_a_dash() {
        for value in [f64::NAN, f64::INFINITY] {
            assert_eq!(fixed(value, 2), "–");
            assert_eq!(significant(value, 2), "–");
            assert_eq!(p_value(value), "–");
        }
        assert_eq!(optional(None, 1), "–");
        assert_eq!(interval(None, 1), "–");
    }

    #[test]
    fn digits_and_signs() {
        assert_eq!(fixed(-0.04, 1), "0.0");
        assert_eq!(fixed(-12.34, 1), "−12.3");
        assert_eq!(significant(0.000_499_75, 2), "0.00050");
        assert_eq!(significant(123_456.0, 3), "123456");
        assert_eq!(significant(1.5e-8, 2), "1.5e−8");
        assert_eq!(p_value(0.5), "0.50");
        assert_eq!(p_value(1.0), "1.0");
        assert_eq!(interval(Some([-3.0, 41.26]), 1), "−3.0 to 41.3");
    }
}
