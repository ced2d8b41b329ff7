use ndarray::{Array1, Array2, ArrayView1};

use crate::core::Core;
use crate::{Decomposition, Real, StopReason, VmdConfig, VmdError};

/// Decomposes one signal: a slice, a `Vec`, or a one-dimensional array (view) of `f32` or `f64`.
///
/// Allocates a plan; for many signals of one length make one [`VmdPlan`].
///
/// A constant signal has an exact answer under [`Solver::Converged`](crate::Solver::Converged): the
/// first mode is the signal, at frequency zero, the others are zero and stay at their initial
/// frequencies; a signal of zeros leaves all at their initial frequencies.
///
/// # Errors
///
/// A setting out of range, a signal shorter than two samples or than twice the number of modes, a
/// sample that is not finite.
///
/// ```
/// use vmd::ndarray::Array2;
/// use vmd::{StopReason, VmdConfig, VmdError, decompose};
///
/// let config = VmdConfig::new(2, 2000.0);
/// let flat = decompose(&[7.0; 100], &config)?;
/// assert_eq!(flat.stop, StopReason::Constant);
/// assert!(flat.modes.row(0).iter().all(|&value| value == 7.0));
///
/// let table = Array2::from_shape_fn((60, 2), |(t, column)| (0.4 * (t * (1 + column)) as f64).sin());
/// assert_eq!(decompose(table.column(1), &config)?.modes.dim(), (2, 60));
///
/// let gap = decompose(&[0.0, 1.0, f64::NAN, 2.0], &config).unwrap_err();
/// assert!(matches!(gap, VmdError::NotFinite { index: 2, .. }));
/// # Ok::<(), VmdError>(())
/// ```
pub fn decompose<'a, T: Real>(
    signal: impl Into<ArrayView1<'a, T>>,
    config: &VmdConfig,
) -> Result<Decomposition<T>, VmdError> {
    let signal = signal.into();
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
pub struct VmdPlan<T: Real = f64> {
    core: Core<T>,
}

impl<T: Real> VmdPlan<T> {
    /// Plans for signals of `len` samples.
    ///
    /// # Errors
    ///
    /// A setting out of range, `len` below two samples or twice the number of modes.
    pub fn new(len: usize, config: &VmdConfig) -> Result<Self, VmdError> {
        Ok(Self { core: Core::new(len, 1, config)? })
    }

    /// Decomposes one signal of the planned length.
    ///
    /// # Errors
    ///
    /// Another length, a sample that is not finite.
    pub fn decompose<'a>(
        &mut self,
        signal: impl Into<ArrayView1<'a, T>>,
    ) -> Result<Decomposition<T>, VmdError> {
        let mut result = self.output();
        self.decompose_into(signal, &mut result)?;
        Ok(result)
    }

    /// A result of the right shape for [`VmdPlan::decompose_into`], holding zeros.
    pub fn output(&self) -> Decomposition<T> {
        let (modes, len) = (self.core.config.modes, self.core.len());
        Decomposition {
            modes: Array2::from_elem((modes, len), T::zero()),
            center_frequencies: vec![0.0; modes],
            iterations: 0,
            stop: StopReason::NotStarted,
            stationarity: f64::INFINITY,
            cross_check: None,
            residual: Array1::from_elem(len, T::zero()),
            spectra: self.core.config.spectra.then(|| Array2::default((modes, len + 1))),
            trace: Vec::new(),
        }
    }

    /// Decomposes one signal of the planned length into a result that exists already. Allocates
    /// nothing, with three exceptions: a trace or a cross-check, where the configuration asks for one; the
    /// history of more than two thousand sweeps; and once what sweeps over all bins need, where a signal's close
    /// modes first make them necessary.
    ///
    /// # Errors
    ///
    /// Another length, a sample that is not finite: `result` is untouched then. Modes that overflow
    /// with a large τ ([`VmdError::Diverged`]): `result` holds them then.
    ///
    /// # Panics
    ///
    /// If `result` is not of this plan's shape ([`VmdPlan::output`] makes one).
    ///
    /// ```
    /// use vmd::{VmdConfig, VmdPlan};
    ///
    /// let mut plan = VmdPlan::new(100, &VmdConfig::new(1, 500.0))?;
    /// let mut result = plan.output();
    /// for frequency in [0.1, 0.2] {
    ///     let tone = |i: usize| (std::f64::consts::TAU * frequency * i as f64).cos();
    ///     plan.decompose_into(&(0..100).map(tone).collect::<Vec<_>>(), &mut result)?;
    ///     assert!((result.center_frequencies[0] - frequency).abs() < 1e-3);
    /// }
    /// # Ok::<(), vmd::VmdError>(())
    /// ```
    pub fn decompose_into<'a>(
        &mut self,
        signal: impl Into<ArrayView1<'a, T>>,
        result: &mut Decomposition<T>,
    ) -> Result<(), VmdError> {
        let shape = (self.core.config.modes, self.core.len());
        assert_eq!(result.modes.dim(), shape, "make the result with this plan's output()");
        self.core.load(0, signal.into())?;
        let outcome = self.core.solve();
        result.iterations = outcome.iterations;
        result.stop = outcome.stop;
        result.stationarity = outcome.stationarity;
        result.cross_check = outcome.cross_check;
        let frequencies = result.center_frequencies.iter_mut().zip(self.core.frequencies());
        frequencies.for_each(|(slot, frequency)| *slot = frequency);
        let spectra = result.spectra.as_mut().map(|spectra| spectra.view_mut());
        self.core.write(0, result.modes.view_mut(), result.residual.view_mut(), spectra);
        result.trace.clone_from(&self.core.trace.steps);
        let written = result.modes.iter().chain(&result.residual);
        self.core.finite(written, result.iterations, result.stationarity)
    }
}
