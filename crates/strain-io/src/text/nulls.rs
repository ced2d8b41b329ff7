/// What stands for a missing value: the caller's list, compared as text or, where an entry is a
/// number, as a number (`999999` is also `999999.0`).
#[derive(Debug, Clone)]
pub(crate) struct Nulls {
    texts: Vec<Vec<u8>>,
    numbers: Vec<f64>,
}

/// Why a field is no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotAValue {
    Text,
    Infinite,
}

impl Nulls {
    pub(crate) fn new(nulls: &[String]) -> Self {
        let numbers = nulls.iter().filter_map(|null| null.trim().parse().ok());
        Self {
            texts: nulls.iter().map(|null| null.trim().as_bytes().to_vec()).collect(),
            numbers: numbers.filter(|number: &f64| number.is_finite()).collect(),
        }
    }

    /// The value of a field, NaN if the field is null.
    pub(crate) fn parse(&self, field: &[u8]) -> Result<f64, NotAValue> {
        let number = std::str::from_utf8(field).ok().and_then(|text| text.parse::<f64>().ok());
        match number {
            Some(number) if number.is_finite() => Ok(self.unless_null(number)),
            _ if self.texts.iter().any(|null| null.eq_ignore_ascii_case(field)) => Ok(f64::NAN),
            Some(_) => Err(NotAValue::Infinite),
            None => Err(NotAValue::Text),
        }
    }

    /// A finite number, or NaN where it is one of the nulls.
    pub(crate) fn unless_null(&self, number: f64) -> f64 {
        if self.numbers.contains(&number) { f64::NAN } else { number }
    }

    /// Whether a number is one of the nulls.
    #[cfg(feature = "parquet")]
    pub(crate) fn holds(&self, number: f64) -> bool {
        self.numbers.contains(&number)
    }

    /// Whether the field is one of the nulls.
    pub(crate) fn is_null(&self, field: &[u8]) -> bool {
        self.parse(field).is_ok_and(f64::is_nan)
    }
}

/// The nulls that need no naming: they cannot be numbers.
pub(crate) fn default_nulls() -> Vec<String> {
    ["", "NaN", "NULL", "NA"].map(str::to_owned).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numeric_nulls_are_compared_as_numbers_and_only_where_named() {
        let mut named = default_nulls();
        named.push("99999".to_owned());
        let nulls = Nulls::new(&named);
        for null in ["", "nan", "NULL", "na", "99999", "99999.0", "9.9999e4"] {
            assert!(nulls.is_null(null.as_bytes()), "{null}");
        }
        assert_eq!(nulls.parse(b"999999"), Ok(999_999.0));
        assert_eq!(Nulls::new(&default_nulls()).parse(b"99999"), Ok(99_999.0));
    }

    #[test]
    fn what_is_no_value() {
        let nulls = Nulls::new(&[]);
        assert_eq!(nulls.parse(b"1O.5"), Err(NotAValue::Text));
        assert_eq!(nulls.parse(b""), Err(NotAValue::Text));
        assert_eq!(nulls.parse(b"inf"), Err(NotAValue::Infinite));
        assert_eq!(nulls.parse(b"NaN"), Err(NotAValue::Infinite));
        assert_eq!(nulls.parse(b"1e999"), Err(NotAValue::Infinite));
        assert_eq!(nulls.parse(b"\xff\xfe"), Err(NotAValue::Text));
    }
}
