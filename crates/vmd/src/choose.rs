use ndarray::{Array2, ArrayView1};
use num_complex::Complex;

use crate::{Decomposition, Real, VmdConfig, VmdError, VmdPlan};

/// How the number of modes is chosen; neither rule depends on the signal's unit.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum ModeRule {
    /// The most modes before two of them tell the same: from one mode upwards, until two modes'
    /// spectra overlap by more than `limit`. The overlap of two modes is Σ|û_i||û_j| over
    /// √(Σ|û_i|² Σ|û_j|²): 0 for modes apart, 1 for modes of the same shape. About 0.1 to 0.3.
    SpectralOverlap {
        /// The overlap that is too much, between 0 and 1.
        limit: f64,
    },
    /// The fewest modes that leave no more than a share of the signal's energy.
    ResidualEnergy {
        /// The share, between 0 and 1.
        share: f64,
    },
}

/// What one number of modes came to.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct ModeTrial {
    /// Number of modes.
    pub modes: usize,
    /// The largest overlap of two modes.
    pub overlap: f64,
    /// Share of the energy that no mode explains.
    pub unexplained: f64,
}

/// A chosen number of modes.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ModeChoice<T: Real = f64> {
    /// The decomposition into as many modes as were chosen.
    pub decomposition: Decomposition<T>,
    /// All that were tried, in order.
    pub trials: Vec<ModeTrial>,
    /// Whether the rule was decided; otherwise `decomposition` has `max_modes` modes.
    pub decided: bool,
}

/// Chooses the number of modes from 1 to `max_modes` and decomposes. `config.modes` is not used.
///
/// # Errors
///
/// As [`decompose`](crate::decompose); a limit or share not between 0 and 1; initial frequencies or
/// penalties given mode by mode, which would not fit every number tried.
///
/// ```
/// use vmd::{ModeRule, VmdConfig, choose_modes};
///
/// let tone = |f: f64, i: usize| (std::f64::consts::TAU * f * i as f64).cos();
/// let signal: Vec<f64> =
///     (0..1000).map(|i| tone(0.02, i) + 0.6 * tone(0.12, i) + 0.4 * tone(0.3, i)).collect();
/// for rule in [ModeRule::SpectralOverlap { limit: 0.2 }, ModeRule::ResidualEnergy { share: 0.02 }] {
///     let choice = choose_modes(&signal, &VmdConfig::new(1, 2000.0), rule, 8)?;
///     assert!(choice.decided);
///     assert_eq!(choice.decomposition.modes.nrows(), 3);
/// }
/// # Ok::<(), vmd::VmdError>(())
/// ```
pub fn choose_modes<'a, T: Real>(
    signal: impl Into<ArrayView1<'a, T>>,
    config: &VmdConfig,
    rule: ModeRule,
    max_modes: usize,
) -> Result<ModeChoice<T>, VmdError> {
    let signal = signal.into();
    let (ModeRule::SpectralOverlap { limit: bound } | ModeRule::ResidualEnergy { share: bound }) =
        rule;
    if !(bound > 0.0 && bound < 1.0) {
        return Err(VmdError::InvalidShare { value: bound });
    }
    if max_modes == 0 {
        return Err(VmdError::NoModes);
    }
    let mut trials = Vec::new();
    let mut last: Option<Decomposition<T>> = None;
    for modes in 1..=max_modes {
        let mut config = config.clone().with_spectra(true);
        config.modes = modes;
        let found = VmdPlan::new(signal.len(), &config)?.decompose(signal)?;
        let trial = ModeTrial {
            modes,
            overlap: found.spectra.as_ref().map_or(0.0, largest_overlap),
            unexplained: unexplained(signal, &found),
        };
        trials.push(trial);
        let (enough, before) = match rule {
            ModeRule::SpectralOverlap { limit } => (trial.overlap > limit, last.take()),
            ModeRule::ResidualEnergy { share } => (trial.unexplained <= share, None),
        };
        if enough {
            let decomposition = before.unwrap_or(found);
            return Ok(ModeChoice { decomposition, trials, decided: true });
        }
        if modes == max_modes {
            return Ok(ModeChoice { decomposition: found, trials, decided: false });
        }
        last = Some(found);
    }
    Err(VmdError::NoModes)
}

fn largest_overlap<T: Real>(spectra: &Array2<Complex<T>>) -> f64 {
    let magnitude = spectra.mapv(|bin| bin.re.wide().hypot(bin.im.wide()));
    let norm = |k: usize| magnitude.row(k).dot(&magnitude.row(k)).sqrt();
    let mut largest = 0.0_f64;
    for k in 0..magnitude.nrows() {
        for j in 0..k {
            let norms = norm(k) * norm(j);
            if norms > 0.0 {
                largest = largest.max(magnitude.row(k).dot(&magnitude.row(j)) / norms);
            }
        }
    }
    largest
}

/// Shares of energy are taken of the largest sample, so that squares stay in range.
fn unexplained<T: Real>(signal: ArrayView1<'_, T>, found: &Decomposition<T>) -> f64 {
    let largest = signal.iter().fold(0.0_f64, |largest, value| largest.max(value.wide().abs()));
    if largest == 0.0 {
        return 0.0;
    }
    let squares = |values: ArrayView1<'_, T>| {
        values.iter().map(|value| (value.wide() / largest).powi(2)).sum::<f64>()
    };
    squares(found.residual.view()) / squares(signal)
}
