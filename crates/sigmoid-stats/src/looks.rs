use serde::{Deserialize, Serialize};

use crate::error::{Result, StatsError};
use crate::multiple::{benjamini_hochberg, holm};

/// One p-value with what was looked at: station, gauge, mode, threshold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Look {
    /// What was looked at, one word a dimension.
    pub at: Vec<String>,
    /// Its uncorrected p-value.
    pub p_value: f64,
}

/// Counts how often one has looked, and refuses to forget it.
///
/// A p-value goes in and comes out adjusted for all that went in; uncorrected it comes out only
/// while it is the only one.
///
/// ```
/// use sigmoid_stats::Looks;
///
/// let mut looks = Looks::new();
/// looks.add(["T1", "s1", "imf3", "1.5"], 0.02)?;
/// assert_eq!(looks.only()?, 0.02);
/// looks.add(["T1", "s2", "imf3", "1.5"], 0.60)?;
/// let refused = looks.only().unwrap_err();
/// assert!(refused.to_string().contains("2 looks were taken"));
/// assert_eq!(looks.holm()?, [0.04, 0.60]);
/// # Ok::<(), sigmoid_stats::StatsError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "RawLooks")]
pub struct Looks {
    looks: Vec<Look>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLooks {
    looks: Vec<Look>,
}

impl TryFrom<RawLooks> for Looks {
    type Error = StatsError;

    fn try_from(raw: RawLooks) -> Result<Self> {
        let mut looks = Looks::new();
        raw.looks.into_iter().try_for_each(|look| looks.add(look.at, look.p_value))?;
        Ok(looks)
    }
}

impl Looks {
    /// No look yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Counts a look. The same place looked at again (another seed, another setting that is not
    /// named) is another look.
    ///
    /// # Errors
    /// A p-value outside 0..=1.
    pub fn add<T: Into<String>>(
        &mut self,
        at: impl IntoIterator<Item = T>,
        p_value: f64,
    ) -> Result<()> {
        if !(0.0..=1.0).contains(&p_value) {
            return Err(StatsError::NotAProbability { index: self.looks.len(), value: p_value });
        }
        self.looks.push(Look { at: at.into_iter().map(Into::into).collect(), p_value });
        Ok(())
    }

    /// Number of looks.
    pub fn len(&self) -> usize {
        self.looks.len()
    }

    /// Whether nobody has looked.
    pub fn is_empty(&self) -> bool {
        self.looks.is_empty()
    }

    /// What was looked at, in order.
    pub fn at(&self) -> impl Iterator<Item = &[String]> {
        self.looks.iter().map(|look| look.at.as_slice())
    }

    /// The p-value of the only look.
    ///
    /// # Errors
    /// None or several looks: then only [`holm`](Self::holm) and
    /// [`benjamini_hochberg`](Self::benjamini_hochberg) speak.
    pub fn only(&self) -> Result<f64> {
        match self.looks.as_slice() {
            [look] => Ok(look.p_value),
            looks => Err(StatsError::ManyLooks { looks: looks.len() }),
        }
    }

    /// Adjusted so that a false alarm anywhere has at most the level compared with, in order of
    /// looking.
    ///
    /// # Errors
    /// None: every p-value was checked when it was added or read.
    pub fn holm(&self) -> Result<Vec<f64>> {
        holm(&self.p_values())
    }

    /// Adjusted so that the expected share of false alarms among those called has at most the
    /// level compared with.
    ///
    /// # Errors
    /// None: every p-value was checked when it was added or read.
    pub fn benjamini_hochberg(&self) -> Result<Vec<f64>> {
        benjamini_hochberg(&self.p_values())
    }

    fn p_values(&self) -> Vec<f64> {
        self.looks.iter().map(|look| look.p_value).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_checked_as_what_is_added() {
        let mut looks = Looks::new();
        looks.add(["a"], 0.02).unwrap();
        let text = serde_json::to_string(&looks).unwrap();
        assert_eq!(text, r#"{"looks":[{"at":["a"],"p_value":0.02}]}"#);
        assert_eq!(serde_json::from_str::<Looks>(&text).unwrap(), looks);
        for (bad, why) in [
            (r#"{"looks":[{"at":["a"],"p_value":0.1},{"at":["b"],"p_value":7.0}]}"#, "p[1] = 7"),
            (r#"{"looks":[{"at":["a"],"p_value":0.1,"zz":1}]}"#, "zz"),
            (r#"{"looks":[],"k":3}"#, "`k`"),
        ] {
            let refused = serde_json::from_str::<Looks>(bad).unwrap_err();
            assert!(refused.to_string().contains(why), "{refused}");
        }
    }
}
