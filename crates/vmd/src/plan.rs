use ndarray::{Array1, Array2, ArrayView1};

use crate::converged::{FixedPoint, Limits};
use crate::init::initial_frequencies;
use crate::reference::{Admm, run_dual_ascent, run_reference};
use crate::spectrum::{Nyquist, Spectrum};
use crate::{Decomposition, Solver, StopReason, VmdConfig, VmdError};

/// Sweeps done before the closed form takes over. They break the symmetry of equal initial
/// frequencies and lead into the basin that the method itself would enter.
const WARM_UP: usize = 60;
/// Plain steps of the fixed-point map go on until none is longer than this, in cycles per sample.
const SETTLED: f64 = 1e-4;

/// Decomposes one signal.
///
/// Allocates a plan; for many signals of one length make one [`VmdPlan`].
///
/// A constant signal has an exact answer under [`Solver::Converged`]: the first mode is the signal,
/// at frequency zero, the others are zero and stay at their initial frequencies; a signal of zeros
/// leaves all at their initial frequencies.
///
/// # Errors
///
/// A setting out of range, a signal shorter than two samples or than twice the number of modes, a
/// sample that is not finite.
///
/// ```
/// use vmd::{StopReason, VmdConfig, VmdError, decompose};
///
/// let config = VmdConfig::new(2, 2000.0);
/// let flat = decompose(&[7.0; 100], &config)?;
/// assert_eq!(flat.stop, StopReason::Constant);
/// assert!(flat.modes.row(0).iter().all(|&value| value == 7.0));
///
/// let gap = decompose(&[0.0, 1.0, f64::NAN, 2.0], &config).unwrap_err();
/// assert!(matches!(gap, VmdError::NotFinite { index: 2, .. }));
/// # Ok::<(), VmdError>(())
/// ```
pub fn decompose(signal: &[f64], config: &VmdConfig) -> Result<Decomposition, VmdError> {
    VmdPlan::new(signal.len(), config)?.decompose(signal)
}

/// Transforms and workspace for signals of one length.
///
/// ```
/// use vmd::{VmdConfig, VmdPlan};
///
/// let mut plan = VmdPlan::new(200, &VmdConfig::new(2, 500.0))?;
/// for phase in [0.0, 1.0] {
///     let signal: Vec<f64> = (0..200)
///         .map(|i| (0.1 * i as f64 + phase).sin() + 0.5 * (1.5 * i as f64).cos())
///         .collect();
///     let result = plan.decompose(&signal)?;
///     assert!((result.center_frequencies[1] - 1.5 / std::f64::consts::TAU).abs() < 1e-3);
/// }
/// # Ok::<(), vmd::VmdError>(())
/// ```
#[derive(Debug, Clone)]
pub struct VmdPlan {
    config: VmdConfig,
    given: usize,
    root_alpha: f64,
    initial: Vec<f64>,
    spectrum: Spectrum,
    admm: Admm,
    fixed_point: FixedPoint,
}

impl VmdPlan {
    /// Plans for signals of `len` samples.
    ///
    /// # Errors
    ///
    /// A setting out of range, `len` below two samples or twice the number of modes.
    pub fn new(len: usize, config: &VmdConfig) -> Result<Self, VmdError> {
        config.validate()?;
        let used = config.effective_len(len);
        if used < 2 {
            return Err(VmdError::TooShort { len: used, needed: 2 });
        }
        if config.modes > used / 2 {
            return Err(VmdError::TooManyModes { modes: config.modes, len: used, max: used / 2 });
        }
        let root_alpha = config.alpha.sqrt();
        let mut initial = initial_frequencies(config, used);
        if config.solver == Solver::Converged {
            initial.sort_by(f64::total_cmp);
        }
        let spectrum = Spectrum::new(used, root_alpha);
        let admm = Admm::new(config, spectrum.axis.len());
        let fixed_point = FixedPoint::new(config.modes, usize::from(config.dc));
        let config = config.clone();
        Ok(Self { config, given: len, root_alpha, initial, spectrum, admm, fixed_point })
    }

    /// Decomposes one signal of the planned length.
    ///
    /// # Errors
    ///
    /// Another length, a sample that is not finite.
    pub fn decompose(&mut self, signal: &[f64]) -> Result<Decomposition, VmdError> {
        if signal.len() != self.given {
            return Err(VmdError::LengthMismatch { expected: self.given, got: signal.len() });
        }
        if let Some(index) = signal.iter().position(|value| !value.is_finite()) {
            return Err(VmdError::NotFinite { index, value: signal[index] });
        }
        let signal = &signal[..self.spectrum.len()];
        let converged = self.config.solver == Solver::Converged;
        if converged && signal.iter().all(|value| *value == signal[0]) {
            return Ok(self.constant(signal));
        }
        self.spectrum.analyze(signal);
        Ok(match (self.config.solver, self.config.tau > 0.0) {
            (Solver::Reference, _) => self.reference(signal),
            (Solver::Converged, true) => self.dual_ascent(signal),
            (Solver::Converged, false) => self.closed_form(signal),
        })
    }

    fn constant(&self, signal: &[f64]) -> Decomposition {
        let mut modes = Array2::zeros((self.config.modes, signal.len()));
        let mut center_frequencies = self.initial.clone();
        if signal[0] != 0.0 {
            modes.row_mut(0).fill(signal[0]);
            center_frequencies[0] = 0.0;
        }
        Decomposition {
            modes,
            center_frequencies,
            iterations: 0,
            stop: StopReason::Constant,
            stationarity: 0.0,
            residual: Array1::zeros(signal.len()),
        }
    }

    fn highest(&self) -> f64 {
        0.5 * self.root_alpha
    }

    fn bin(&self) -> f64 {
        self.root_alpha / (2 * self.spectrum.len()) as f64
    }

    fn start(&mut self) {
        let scaled: Vec<f64> = self.initial.iter().map(|f| f * self.root_alpha).collect();
        self.admm.start(&self.spectrum.magnitude, &scaled);
    }

    fn reference(&mut self, signal: &[f64]) -> Decomposition {
        self.start();
        let (highest, bin) = (self.highest(), self.bin());
        let outcome = run_reference(&mut self.admm, &self.spectrum, &self.config, highest);
        let stationarity = if self.config.tau > 0.0 {
            let all: f64 = self.spectrum.magnitude.as_flattened().iter().map(|m| m * m).sum();
            let unexplained = if all > 0.0 { (self.admm.unexplained() / all).sqrt() } else { 0.0 };
            self.admm.relative_step(bin).max(unexplained)
        } else {
            let Spectrum { axis, magnitude, .. } = &self.spectrum;
            self.fixed_point.certify(axis, magnitude, &self.admm.w, bin)
        };
        let order: Vec<usize> = (0..self.config.modes).collect();
        self.assemble(signal, &order, Nyquist::CopyNeighbour, outcome, stationarity)
    }

    fn dual_ascent(&mut self, signal: &[f64]) -> Decomposition {
        self.start();
        let (highest, bin) = (self.highest(), self.bin());
        let (sweeps, stop, certificate) =
            run_dual_ascent(&mut self.admm, &self.spectrum, &self.config, highest, bin);
        let order = order_by_frequency(&self.admm.w);
        self.assemble(signal, &order, Nyquist::WeightAsNeighbour, (sweeps, stop), certificate)
    }

    fn assemble(
        &mut self,
        signal: &[f64],
        order: &[usize],
        nyquist: Nyquist,
        (iterations, stop): (usize, StopReason),
        stationarity: f64,
    ) -> Decomposition {
        let mut modes = Array2::zeros((order.len(), signal.len()));
        for (&k, row) in order.iter().zip(modes.rows_mut()) {
            let admm = &self.admm;
            self.spectrum.synthesize(|bin| admm.magnitude(k, bin), nyquist, row);
        }
        let center_frequencies = order.iter().map(|&k| self.admm.w[k] / self.root_alpha).collect();
        let residual = residual(signal, &modes);
        Decomposition { modes, center_frequencies, iterations, stop, stationarity, residual }
    }

    fn closed_form(&mut self, signal: &[f64]) -> Decomposition {
        self.start();
        let cap = self.config.effective_max_iterations();
        let warm_up = WARM_UP.min(cap - 1);
        let limits = Limits {
            tolerance: self.config.effective_tolerance(),
            cap: cap - warm_up,
            bin: self.bin(),
            highest: self.highest(),
            settled: SETTLED * self.root_alpha,
        };
        let Spectrum { axis, magnitude, .. } = &self.spectrum;
        for _ in 0..warm_up {
            self.admm.sweep(axis, limits.highest);
            self.admm.advance();
        }
        let (evaluations, stop, certificate) =
            self.fixed_point.solve(axis, magnitude, &self.admm.w, &limits);
        self.admm.set_optimal(axis, magnitude, self.fixed_point.w());
        let order = order_by_frequency(&self.admm.w);
        self.assemble(
            signal,
            &order,
            Nyquist::WeightAsNeighbour,
            (warm_up + evaluations, stop),
            certificate,
        )
    }
}

fn order_by_frequency(w: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..w.len()).collect();
    order.sort_by(|&a, &b| w[a].total_cmp(&w[b]));
    order
}

fn residual(signal: &[f64], modes: &Array2<f64>) -> Array1<f64> {
    let mut residual = ArrayView1::from(signal).to_owned();
    for mode in modes.rows() {
        residual -= &mode;
    }
    residual
}
