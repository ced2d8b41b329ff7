use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The physical unit of a channel's values.
///
/// Strain is always nanostrain and air pressure always hectopascal inside this workspace; a reader
/// is told the file's unit as a factor (`scale`) to one of these. As text a unit is its usual
/// symbol (`hPa`, `mm`, `degC`), for strain the word `nanostrain`.
///
/// ```
/// use strain_io::Unit;
///
/// assert_eq!("hPa".parse(), Ok(Unit::Hectopascal));
/// assert_eq!(Unit::Nanostrain.to_string(), "nanostrain");
/// assert_eq!("furlong".parse(), Ok(Unit::Other("furlong".to_owned())));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
#[non_exhaustive]
pub enum Unit {
    /// 1e-9 strain, positive in extension.
    Nanostrain,
    /// 100 Pa, the unit of air pressure.
    Hectopascal,
    /// Metres.
    Metre,
    /// Millimetres.
    Millimetre,
    /// Degrees Celsius.
    DegreeCelsius,
    /// Degrees of angle.
    Degree,
    /// Raw counts of a digitiser.
    Count,
    /// Any other unit, by name; the empty name means that it is not known.
    Other(String),
}

impl Unit {
    fn symbol(&self) -> &str {
        match self {
            Self::Nanostrain => "nanostrain",
            Self::Hectopascal => "hPa",
            Self::Metre => "m",
            Self::Millimetre => "mm",
            Self::DegreeCelsius => "degC",
            Self::Degree => "deg",
            Self::Count => "count",
            Self::Other(name) => name,
        }
    }
}

impl Default for Unit {
    /// A unit that is not known.
    fn default() -> Self {
        Self::Other(String::new())
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.symbol())
    }
}

impl From<&str> for Unit {
    fn from(text: &str) -> Self {
        let known = [
            Self::Nanostrain,
            Self::Hectopascal,
            Self::Metre,
            Self::Millimetre,
            Self::DegreeCelsius,
            Self::Degree,
            Self::Count,
        ];
        let text = text.trim();
        known
            .into_iter()
            .find(|unit| unit.symbol() == text)
            .unwrap_or_else(|| Self::Other(text.to_owned()))
    }
}

impl From<String> for Unit {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<Unit> for String {
    fn from(unit: Unit) -> Self {
        unit.to_string()
    }
}

impl FromStr for Unit {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self::from(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_back() {
        for text in ["nanostrain", "hPa", "m", "mm", "degC", "deg", "count", "V", ""] {
            assert_eq!(Unit::from(text).to_string(), text);
        }
        assert!(!matches!(Unit::from("degC"), Unit::Other(_)));
    }
}
