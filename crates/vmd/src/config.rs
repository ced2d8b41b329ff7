use serde::{Deserialize, Serialize};

use crate::VmdError;

/// Smallest penalty of a mode as a share of the largest one.
const SMALLEST_SHARE: f64 = 1e-24;

/// Far beyond any use; above it products of two squared distances could overflow.
const LARGEST_ALPHA: f64 = 1e100;

/// Which algorithm answers; see the [crate's first page](crate).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Solver {
    /// What `vmdpy` 0.2 returns, early stop included. Depends on the signal's unit.
    Reference,
    /// The fixed point itself, with a certificate. Does not depend on the signal's unit.
    #[default]
    Converged,
}

/// Where the centre frequencies start.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Init {
    /// Evenly from 0: `0.5 k / K`.
    #[default]
    Uniform,
    /// All at zero.
    Zero,
    /// Log-uniform between one cycle per record and the Nyquist frequency, sorted.
    Random {
        /// Seed of the draw.
        seed: u64,
    },
    /// As given, one for each mode.
    Frequencies {
        /// Cycles per sample, in 0..=0.5.
        values: Vec<f64>,
    },
}

/// How to decompose.
///
/// ```
/// use vmd::{Init, Solver, VmdConfig};
///
/// let config = VmdConfig::new(5, 2000.0).with_init(Init::Random { seed: 7 }).with_dc(true);
/// assert!(config.validate().is_ok());
/// let wrong = VmdConfig::new(5, -1.0).validate().unwrap_err();
/// assert!(wrong.to_string().starts_with("alpha = -1 must be positive"));
/// assert_eq!(config.solver, Solver::Converged);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct VmdConfig {
    /// Number of modes K.
    pub modes: usize,
    /// Bandwidth penalty α of the paper's eq. 27 *without* its factor 2, frequencies in cycles per
    /// sample, as in `vmdpy` and the authors' MATLAB code. [`VmdConfig::from_matlab`] converts from
    /// the penalty of MATLAB's own `vmd`.
    pub alpha: f64,
    /// A penalty for each mode instead of `alpha`; `Converged` keeps the modes' order then.
    #[serde(default)]
    pub mode_alphas: Option<Vec<f64>>,
    /// Step of the dual ascent; 0 (default) leaves what no mode explains in the residual.
    #[serde(default)]
    pub tau: f64,
    /// When to stop; `None` takes the solver's own default ([`VmdConfig::effective_tolerance`]).
    #[serde(default)]
    pub tolerance: Option<f64>,
    /// Hold the first mode at frequency zero.
    #[serde(default)]
    pub dc: bool,
    /// Where frequencies start.
    #[serde(default)]
    pub init: Init,
    /// Most passes over the spectrum: sweeps and evaluations of the fixed-point map; `None` means
    /// 499 for `Reference` and 100,000 for `Converged`.
    #[serde(default)]
    pub max_iterations: Option<usize>,
    /// Which algorithm.
    #[serde(default)]
    pub solver: Solver,
    /// Whether a signal of odd length keeps its last sample; `None` means as the reference does
    /// (dropped) for `Reference`, kept for `Converged`.
    #[serde(default)]
    pub keep_odd: Option<bool>,
    /// Keep every iteration in [`Decomposition::trace`](crate::Decomposition::trace).
    #[serde(default)]
    pub trace: bool,
    /// Keep the modes' spectra in [`Decomposition::spectra`](crate::Decomposition::spectra).
    #[serde(default)]
    pub spectra: bool,
    /// Sweeps of a second way to the fixed point; see [`VmdConfig::with_cross_check`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cross_check: Option<usize>,
}

impl VmdConfig {
    /// `modes` modes with bandwidth penalty `alpha`, everything else at its default.
    pub fn new(modes: usize, alpha: f64) -> Self {
        Self {
            modes,
            alpha,
            mode_alphas: None,
            tau: 0.0,
            tolerance: None,
            dc: false,
            init: Init::default(),
            max_iterations: None,
            solver: Solver::default(),
            keep_odd: None,
            trace: false,
            spectra: false,
            cross_check: None,
        }
    }

    /// From the parameters of MATLAB's Signal Processing Toolbox, `vmd(x, NumIMFs=…,
    /// PenaltyFactor=…)` (its default is 1000).
    ///
    /// There the penalty stands before angular frequencies and a factor 2, here neither does: α is
    /// 2 (2π)² = 8π² times it. The other names: `LMUpdateRate` is [`VmdConfig::tau`],
    /// `MaxIterations` is [`VmdConfig::max_iterations`], `CentralFrequencies` is
    /// [`Init::Frequencies`], `InitializeMethod` `"grid"` and `"random"` are [`Init::Uniform`] and
    /// [`Init::Random`]. Its tolerances are on relative changes, as neither of ours is.
    ///
    /// ```
    /// let config = vmd::VmdConfig::from_matlab(5, 1000.0);
    /// assert!((config.alpha - 78_956.8).abs() < 0.1);
    /// ```
    pub fn from_matlab(modes: usize, penalty_factor: f64) -> Self {
        Self::new(modes, 2.0 * std::f64::consts::TAU.powi(2) * penalty_factor)
    }

    /// Gives each mode a penalty of its own.
    pub fn with_mode_alphas(mut self, alphas: Vec<f64>) -> Self {
        self.mode_alphas = Some(alphas);
        self
    }

    /// Keeps every iteration, or not.
    pub fn with_trace(mut self, trace: bool) -> Self {
        self.trace = trace;
        self
    }

    /// Keeps the modes' spectra, or not.
    pub fn with_spectra(mut self, spectra: bool) -> Self {
        self.spectra = spectra;
        self
    }

    /// Makes `Converged` with τ = 0 go a second way: so many sweeps as `Reference` does them, then to the
    /// fixed point that they lead to. [`Decomposition::cross_check`](crate::Decomposition::cross_check)
    /// says whether that is the same one. There may be several, and the certificate of one says
    /// nothing of the others; the more sweeps, the surer.
    ///
    /// ```
    /// use vmd::{CrossCheck, VmdConfig, decompose};
    ///
    /// let signal: Vec<f64> = (0..200).map(|i| (0.3 * f64::from(i)).cos()).collect();
    /// let found = decompose(&signal, &VmdConfig::new(1, 200.0).with_cross_check(1000))?;
    /// assert_eq!(found.cross_check, Some(CrossCheck::Same));
    /// # Ok::<(), vmd::VmdError>(())
    /// ```
    pub fn with_cross_check(mut self, sweeps: usize) -> Self {
        self.cross_check = Some(sweeps);
        self
    }

    /// Sets the step of the dual ascent.
    pub fn with_tau(mut self, tau: f64) -> Self {
        self.tau = tau;
        self
    }

    /// Sets the tolerance; see [`VmdConfig::effective_tolerance`] for what it means.
    pub fn with_tolerance(mut self, tolerance: f64) -> Self {
        self.tolerance = Some(tolerance);
        self
    }

    /// Holds the first mode at frequency zero, or not.
    pub fn with_dc(mut self, dc: bool) -> Self {
        self.dc = dc;
        self
    }

    /// Sets where frequencies start.
    pub fn with_init(mut self, init: Init) -> Self {
        self.init = init;
        self
    }

    /// Sets the most iterations.
    pub fn with_max_iterations(mut self, iterations: usize) -> Self {
        self.max_iterations = Some(iterations);
        self
    }

    /// Chooses the algorithm.
    pub fn with_solver(mut self, solver: Solver) -> Self {
        self.solver = solver;
        self
    }

    /// Keeps or drops the last sample of signals of odd length.
    pub fn with_keep_odd(mut self, keep: bool) -> Self {
        self.keep_odd = Some(keep);
        self
    }

    /// The tolerance in force.
    ///
    /// - `Reference`: on Σ|Δû|²/T between sweeps, absolute, in the signal's unit squared; 1e-7 by
    ///   default.
    /// - `Converged`: on [`Decomposition::stationarity`](crate::Decomposition::stationarity), a
    ///   relative number; 1e-10 by default for τ = 0, 1e-7 for τ > 0.
    pub fn effective_tolerance(&self) -> f64 {
        self.tolerance.unwrap_or(match self.solver {
            Solver::Converged if self.tau == 0.0 => 1e-10,
            Solver::Reference | Solver::Converged => 1e-7,
        })
    }

    /// The cap on iterations in force.
    pub fn effective_max_iterations(&self) -> usize {
        self.max_iterations.unwrap_or(match self.solver {
            Solver::Reference => 499,
            Solver::Converged => 100_000,
        })
    }

    /// How many of `len` samples are decomposed: all, or one less where an odd one is dropped.
    pub fn effective_len(&self, len: usize) -> usize {
        let keep = self.keep_odd.unwrap_or(self.solver == Solver::Converged);
        if keep { len } else { len - len % 2 }
    }

    /// Checks what can be checked without a signal.
    ///
    /// # Errors
    ///
    /// The first setting that is out of its range.
    pub fn validate(&self) -> Result<(), VmdError> {
        if self.modes == 0 {
            return Err(VmdError::NoModes);
        }
        self.validate_alphas()?;
        if !(self.tau.is_finite() && self.tau >= 0.0) {
            return Err(VmdError::InvalidTau { value: self.tau });
        }
        let tolerance = self.effective_tolerance();
        if !(tolerance.is_finite() && tolerance > 0.0) {
            return Err(VmdError::InvalidTolerance { value: tolerance });
        }
        if self.max_iterations == Some(0) {
            return Err(VmdError::NoIterations);
        }
        if self.cross_check == Some(0) {
            return Err(VmdError::NoCrossCheckSweeps);
        }
        self.validate_init()
    }

    fn validate_alphas(&self) -> Result<(), VmdError> {
        let own = self.mode_alphas.as_deref();
        let all = own.unwrap_or(std::slice::from_ref(&self.alpha));
        if own.is_some() && all.len() != self.modes {
            return Err(VmdError::ModeAlphaCount { expected: self.modes, got: all.len() });
        }
        if let Some(&value) = all.iter().find(|alpha| !(**alpha > 0.0 && **alpha <= LARGEST_ALPHA))
        {
            return Err(VmdError::InvalidAlpha { value });
        }
        // Below this share of the largest one, squared distances from a mode would underflow.
        let least = self.largest_alpha() * SMALLEST_SHARE;
        match all.iter().find(|alpha| **alpha < least) {
            Some(&value) => Err(VmdError::AlphaTooSmall { value, least }),
            None => Ok(()),
        }
    }

    /// The largest α of any mode.
    pub(crate) fn largest_alpha(&self) -> f64 {
        let own = self.mode_alphas.as_deref();
        own.map_or(self.alpha, |alphas| alphas.iter().copied().fold(0.0, f64::max))
    }

    /// Whether modes come out by frequency.
    pub(crate) fn sorts(&self) -> bool {
        self.solver == Solver::Converged && self.mode_alphas.is_none()
    }

    fn validate_init(&self) -> Result<(), VmdError> {
        let Init::Frequencies { values } = &self.init else { return Ok(()) };
        if values.len() != self.modes {
            let (expected, got) = (self.modes, values.len());
            return Err(VmdError::InitialFrequencyCount { expected, got });
        }
        match values.iter().position(|value| !(0.0..=0.5).contains(value)) {
            Some(index) => Err(VmdError::InitialFrequency { index, value: values[index] }),
            None => Ok(()),
        }
    }
}
