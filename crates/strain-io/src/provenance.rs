use std::fmt;
use std::ops::BitOr;

use serde::{Deserialize, Serialize};

/// What has been done to one sample: a set of flags, empty ([`Provenance::OBSERVED`]) for a value
/// as it was recorded.
///
/// In a [`Recording`](crate::Recording) the flag [`MISSING`](Provenance::MISSING) is set exactly
/// where the value is NaN.
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

const NAMES: [(Provenance, &str); 5] = [
    (Provenance::MISSING, "missing"),
    (Provenance::FILLED, "filled"),
    (Provenance::STEP_CORRECTED, "step-corrected"),
    (Provenance::SPIKE, "spike"),
    (Provenance::MASKED, "masked"),
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

    /// Clears the flags of `other`.
    pub fn remove(&mut self, other: Self) {
        self.0 &= !other.0;
    }

    /// The flags as the bits that files store: 1 missing, 2 filled, 4 step-corrected, 8 spike,
    /// 16 masked.
    pub fn bits(self) -> u8 {
        self.0
    }

    /// The flags of stored bits; bits that mean nothing are dropped.
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
        assert_eq!(Provenance::from_bits(0xff).bits(), 0b1_1111);
    }
}
