use ndarray::{Array1, Array2, ArrayView1};
use serde::{Deserialize, Serialize};

use crate::extraction::{Extracted, Extraction};
use crate::spectrum::{Nyquist, Spectrum};
use crate::{Real, VmdError};

/// How to find modes one after another.
///
/// ```
/// use vmd::SuccessiveConfig;
///
/// let config = SuccessiveConfig::new(2000.0).with_unexplained(0.01).with_max_modes(8);
/// assert!(config.validate().is_ok());
/// assert!(config.with_unexplained(1.5).validate().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct SuccessiveConfig {
    /// Final bandwidth penalty of each mode, frequencies in cycles per sample.
    pub alpha: f64,
    /// Stop when the modes leave no more than this share of the signal's energy (half a percent).
    #[serde(default = "half_a_percent")]
    pub unexplained: f64,
    /// Stop when a mode carries less than this share of the signal's energy; that mode is dropped
    /// (a tenth of a percent).
    #[serde(default = "a_tenth_of_a_percent")]
    pub least_mode: f64,
    /// Most modes (20).
    #[serde(default = "twenty")]
    pub max_modes: usize,
}

fn half_a_percent() -> f64 {
    5e-3
}

fn a_tenth_of_a_percent() -> f64 {
    1e-3
}

fn twenty() -> usize {
    20
}

impl SuccessiveConfig {
    /// Modes with final penalty `alpha`, everything else at its default.
    pub fn new(alpha: f64) -> Self {
        let (unexplained, least_mode) = (half_a_percent(), a_tenth_of_a_percent());
        Self { alpha, unexplained, least_mode, max_modes: twenty() }
    }

    /// Sets the share of energy that may be left.
    pub fn with_unexplained(mut self, share: f64) -> Self {
        self.unexplained = share;
        self
    }

    /// Sets the share of energy that a mode must carry.
    pub fn with_least_mode(mut self, share: f64) -> Self {
        self.least_mode = share;
        self
    }

    /// Sets the most modes.
    pub fn with_max_modes(mut self, modes: usize) -> Self {
        self.max_modes = modes;
        self
    }

    /// Checks what can be checked without a signal.
    ///
    /// # Errors
    ///
    /// The first setting that is out of its range.
    pub fn validate(&self) -> Result<(), VmdError> {
        if !(self.alpha > 0.0 && self.alpha <= 1e12) {
            return Err(VmdError::InvalidAlpha { value: self.alpha });
        }
        for share in [self.unexplained, self.least_mode] {
            if !(0.0..1.0).contains(&share) {
                return Err(VmdError::InvalidShare { value: share });
            }
        }
        if self.max_modes == 0 { Err(VmdError::NoModes) } else { Ok(()) }
    }
}

/// Why no further mode was looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SuccessiveStop {
    /// The modes leave no more than the share asked for.
    Explained,
    /// The next mode would carry less than the share asked for.
    NothingLeft,
    /// The most modes were found first.
    ModeCap,
}

/// Modes that were found one after another.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SuccessiveDecomposition<T: Real = f64> {
    /// `[mode, time]`, in the signal's unit, lowest frequency first.
    pub modes: Array2<T>,
    /// Centre frequency of each mode, cycles per sample.
    pub center_frequencies: Vec<f64>,
    /// Place of each mode in the order in which they were found.
    pub found_as: Vec<usize>,
    /// Share of the spectrum's energy that is left after each mode, in the order found.
    pub unexplained: Vec<f64>,
    /// Passes over the spectrum.
    pub iterations: usize,
    /// Why it stopped.
    pub stop: SuccessiveStop,
    /// Signal minus the sum of modes.
    pub residual: Array1<T>,
}

/// Successive VMD (Nazari & Sakhaei 2020,
/// [doi:10.1016/j.sigpro.2020.107610](https://doi.org/10.1016/j.sigpro.2020.107610)): modes are found
/// one after another until nothing is left worth a mode, so that their number is not given but
/// found. (Not *segmented* VMD, which is [`decompose_segmented`](crate::decompose_segmented).)
///
/// Each mode is the most compact one that leaves the rest of the signal little energy where the mode
/// is and that keeps away from the modes before it. Its penalty is raised step by step from 10 to
/// [`SuccessiveConfig::alpha`], so that its frequency first sees the whole spectrum. At a given
/// frequency the paper's update (its eq. 21, noise left in the residual) has a fixed point in closed
/// form, which is used instead of sweeping. Both stop rules are shares of energy: the unit does not
/// matter.
///
/// A constant signal is one mode at frequency zero, a signal of zeros has none.
///
/// # Errors
///
/// A setting out of range, fewer than two samples, a sample that is not finite.
///
/// ```
/// use vmd::{SuccessiveConfig, decompose_successive};
///
/// let tone = |f: f64, i: usize| (std::f64::consts::TAU * f * i as f64).cos();
/// let signal: Vec<f64> =
///     (0..1000).map(|i| tone(0.02, i) + 0.6 * tone(0.12, i) + 0.4 * tone(0.3, i)).collect();
/// let found = decompose_successive(&signal, &SuccessiveConfig::new(2000.0))?;
/// assert_eq!(found.center_frequencies.len(), 3);
/// for (found, planted) in found.center_frequencies.iter().zip([0.02, 0.12, 0.3]) {
///     assert!((found - planted).abs() < 2e-3);
/// }
/// # Ok::<(), vmd::VmdError>(())
/// ```
pub fn decompose_successive<'a, T: Real>(
    signal: impl Into<ArrayView1<'a, T>>,
    config: &SuccessiveConfig,
) -> Result<SuccessiveDecomposition<T>, VmdError> {
    config.validate()?;
    let signal = signal.into();
    if signal.len() < 2 {
        return Err(VmdError::TooShort { len: signal.len(), needed: 2 });
    }
    if let Some(index) = signal.iter().position(|value| !value.wide().is_finite()) {
        return Err(VmdError::NotFinite { index, value: signal[index].wide() });
    }
    let mut spectrum = Spectrum::<T>::new(signal.len(), 1, 1.0);
    spectrum.analyze(&signal.to_vec());
    let frequencies: Vec<f64> = (0..spectrum.len()).map(|bin| spectrum.grid.at(bin)).collect();
    let mut search = Extraction::new(frequencies, spectrum.wide_magnitude());
    let (found, unexplained, stop) = successive(&mut search, config);
    let iterations = search.passes;
    let mut order: Vec<usize> = (0..found.len()).collect();
    order.sort_by(|&a, &b| found[a].frequency.total_cmp(&found[b].frequency));
    let mut modes = Array2::from_elem((found.len(), signal.len()), T::zero());
    let mut residual = signal.to_owned();
    for (&k, mut row) in order.iter().zip(modes.rows_mut()) {
        let ratio = |(own, whole): (&f64, &f64)| if *whole > 0.0 { own / whole } else { 0.0 };
        let magnitudes = found[k].magnitude.iter().zip(spectrum.wide_magnitude());
        let gains: Vec<T> = magnitudes.map(ratio).map(T::of).collect();
        spectrum.synthesize(0, &gains, Nyquist::Zero, row.view_mut(), None);
        residual.zip_mut_with(&row, |left, mode| *left = *left - *mode);
    }
    Ok(SuccessiveDecomposition {
        modes,
        center_frequencies: order.iter().map(|&k| found[k].frequency).collect(),
        found_as: order,
        unexplained,
        iterations,
        stop,
        residual,
    })
}

fn successive(
    search: &mut Extraction,
    config: &SuccessiveConfig,
) -> (Vec<Extracted>, Vec<f64>, SuccessiveStop) {
    let whole = search.left();
    let (mut found, mut unexplained) = (Vec::new(), Vec::new());
    if whole == 0.0 {
        return (found, unexplained, SuccessiveStop::Explained);
    }
    while found.len() < config.max_modes {
        let next = search.next_mode(config.alpha);
        if next.power < config.least_mode * whole {
            return (found, unexplained, SuccessiveStop::NothingLeft);
        }
        search.accept(&next, config.alpha);
        found.push(next);
        unexplained.push(search.left() / whole);
        if search.left() <= config.unexplained * whole {
            return (found, unexplained, SuccessiveStop::Explained);
        }
    }
    (found, unexplained, SuccessiveStop::ModeCap)
}
