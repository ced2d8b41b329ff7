use std::fmt;
use std::ops::BitOr;

use serde::{Deserialize, Serialize};

/// What has been done to one sample: a set of flags, empty ([`Provenance::OBSERVED`]) for a value
/// as it was recorded.
///
/// In a [`Recording`](crate::Recording) the flag [`MISSING`](Provenance::MISSING) is set exactly
/// where the value is NaN. A step that is undone clears its own flag. Decimation has none: each of its
/// values is a new one of a new grid, and carries the flags of the samples that it is made of.
///
/// ```
/// use strain_io::Provenance;
///
/// let mut flags = Provenance::OBSERVED;
/// flags.insert(Provenance::STEP_CORRECTED);
/// assert!(flags.contains(Provenance::STEP_CORRECTED));
/// assert!(!flags.contains(Provenance::FILLED));
/// assert_eq!((flags | Provenance::SPIKE).to_string(), "step-corrected+spike");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Provenance(u8);

const NAMES: [(Provenance, &str); 8] = [
    (Provenance::MISSING, "missing"),
    (Provenance::FILLED, "filled"),
    (Provenance::STEP_CORRECTED, "step-corrected"),
    (Provenance::SPIKE, "spike"),
    (Provenance::MASKED, "masked"),
    (Provenance::RESPONSE_CORRECTED, "response-corrected"),
    (Provenance::DETRENDED, "detrended"),
    (Provenance::CALIBRATED, "calibrated"),
];

impl Provenance {
    /// As recorded: no flag.
    pub const OBSERVED: Self = Self(0);
    /// No value (NaN).
    pub const MISSING: Self = Self(1);
    /// The value was absent and has been estimated.
    pub const FILLED: Self = Self(1 << 1);
    /// A step before this sample has been taken out of it.
    pub const STEP_CORRECTED: Self = Self(1 << 2);
    /// The recorded value was a spike and has been replaced.
    pub const SPIKE: Self = Self(1 << 3);
    /// Withheld from analysis on purpose.
    pub const MASKED: Self = Self(1 << 4);
    /// The response to tides, air pressure or other channels has been taken out of the value.
    pub const RESPONSE_CORRECTED: Self = Self(1 << 5);
    /// A drift or a slowly changing level has been taken out of the value.
    pub const DETRENDED: Self = Self(1 << 6);
    /// The value has been multiplied by its gauge's calibration factor.
    pub const CALIBRATED: Self = Self(1 << 7);

    /// Whether all flags of `other` are set.
    pub fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Sets the flags of `other`.
    pub fn insert(&mut self, other: Self) {
        self.0 |= other.0;
    }

    /// Sets the flags of `other` where `on`, else clears them.
    pub(crate) fn set(&mut self, other: Self, on: bool) {
        // Without a branch, so that many flags are set at once.
        self.0 = (self.0 & !other.0) | (other.0 * u8::from(on));
    }

    /// The flags that both have.
    pub(crate) fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Clears the flags of `other`.
    pub fn remove(&mut self, other: Self) {
        self.0 &= !other.0;
    }

    /// The flags as the bits that files store: 1 missing, 2 filled, 4 step-corrected, 8 spike,
    /// 16 masked, 32 response-corrected, 64 detrended, 128 calibrated. The last three are later than
    /// the others: a file without them is read as it was written.
    pub fn bits(self) -> u8 {
        self.0
    }

    /// The flags of stored bits; bits that mean nothing would be dropped, but all eight mean something.
    pub fn from_bits(bits: u8) -> Self {
        Self(bits & NAMES.iter().fold(0, |all, (flag, _)| all | flag.0))
    }
}

impl BitOr for Provenance {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl fmt::Display for Provenance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::OBSERVED {
            return f.write_str("observed");
        }
        let set = NAMES.iter().filter(|(flag, _)| self.contains(*flag));
        for (position, (_, name)) in set.enumerate() {
            if position > 0 {
                f.write_str("+")?;
            }
            f.write_str(name)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Provenance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Provenance({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_come_and_go() {
        let mut flags = Provenance::FILLED | Provenance::MASKED;
        assert_eq!(flags.bits(), 18);
        flags.remove(Provenance::FILLED);
        assert_eq!(flags, Provenance::MASKED);
        assert_eq!(Provenance::OBSERVED.to_string(), "observed");
        assert_eq!(Provenance::from_bits(0xff).bits(), 0xff);
        let corrected = Provenance::RESPONSE_CORRECTED | Provenance::DETRENDED;
        assert_eq!((corrected | Provenance::CALIBRATED).bits(), 32 + 64 + 128);
        assert_eq!(corrected.to_string(), "response-corrected+detrended");
    }
}
