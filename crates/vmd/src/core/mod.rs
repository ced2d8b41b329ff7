mod closed_form;
mod write;

use ndarray::{ArrayView1, ArrayViewMut1, s};

use crate::admm::Admm;
use crate::converged::FixedPoint;
use crate::init::initial_frequencies;
use crate::kernel::Aligned;
use crate::problem::Problem;
use crate::reference::{run_dual_ascent, run_reference, run_sampled, starts};
use crate::sampled::Sampled;
use crate::spectrum::Spectrum;
use crate::trace::Trace;
use crate::{CrossCheck, Real, Solver, StopReason, VmdConfig, VmdError};

/// How a solution was reached.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Outcome {
    pub(crate) iterations: usize,
    pub(crate) stop: StopReason,
    pub(crate) stationarity: f64,
    pub(crate) cross_check: Option<CrossCheck>,
}

/// What the modes are written from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    /// Sweeps over all bins.
    Bins,
    /// Sweeps at nodes.
    Nodes,
    /// The closed form, given the frequencies.
    Optimal,
}

/// Everything that the public plans share: one or more channels of one length with common
/// frequencies. After [`Core::new`] nothing allocates, but a wanted trace or cross-check, more than two
/// thousand sweeps at nodes, and the rows of sweeps over all bins where nodes turn out not to pay for the first time.
#[derive(Debug, Clone)]
pub(crate) struct Core<T: Real> {
    pub(crate) config: VmdConfig,
    given: usize,
    root_alpha: f64,
    /// Scaled by √α.
    initial: Vec<f64>,
    scale: Option<Vec<f64>>,
    order: Vec<usize>,
    /// Channel after channel.
    signals: Vec<T>,
    constant: bool,
    spectrum: Spectrum<T>,
    admm: Admm<T>,
    /// Where sweeps at a few frequencies do for all bins.
    sampled: Option<Sampled<T>>,
    source: Source,
    /// The gains of a mode at all bins.
    gains: Aligned<T>,
    /// What the optimal modes share of each bin.
    shares: Vec<f64>,
    fixed_point: FixedPoint,
    pub(crate) trace: Trace,
}

impl<T: Real> Core<T> {
    pub(crate) fn new(len: usize, channels: usize, config: &VmdConfig) -> Result<Self, VmdError> {
        config.validate()?;
        let used = config.effective_len(len);
        if used < 2 {
            return Err(VmdError::TooShort { len: used, needed: 2 });
        }
        if config.modes > used / 2 {
            return Err(VmdError::TooManyModes { modes: config.modes, len: used, max: used / 2 });
        }
        let alpha = config.largest_alpha();
        if alpha > T::LARGEST_ALPHA {
            return Err(VmdError::InvalidAlpha { value: alpha });
        }
        let root_alpha = alpha.sqrt();
        let mut initial = initial_frequencies(config, used);
        if config.sorts() {
            initial.sort_by(f64::total_cmp);
        }
        initial.iter_mut().for_each(|frequency| *frequency *= root_alpha);
        let relative = |own: &f64| (own / alpha).sqrt();
        let scale: Option<Vec<f64>> =
            config.mode_alphas.as_ref().map(|alphas| alphas.iter().map(relative).collect());
        let spectrum = Spectrum::new(used, channels, root_alpha);
        let mut admm = Admm::new(config, spectrum.magnitude().len(), scale.clone());
        let sampled = (config.tau == 0.0)
            .then(|| Sampled::new(config, used, spectrum.grid.spacing, scale.clone()))
            .flatten();
        if sampled.is_none() {
            admm.allocate();
        }
        let bins = sampled.as_ref().map_or(spectrum.magnitude().len(), Sampled::padded_len);
        Ok(Self {
            given: len,
            root_alpha,
            initial,
            scale,
            order: (0..config.modes).collect(),
            signals: vec![T::default(); channels * used],
            constant: false,
            spectrum,
            admm,
            sampled,
            source: Source::Bins,
            gains: Aligned::new(bins),
            shares: vec![0.0; if config.solver == Solver::Converged { used } else { 0 }],
            fixed_point: FixedPoint::new(config.modes, usize::from(config.dc)),
            trace: Trace::new(config.trace, root_alpha),
            config: config.clone(),
        })
    }

    /// Samples that are decomposed.
    pub(crate) fn len(&self) -> usize {
        self.spectrum.len()
    }

    /// Takes one channel. On a bad sample gives its index and value.
    pub(crate) fn load(
        &mut self,
        channel: usize,
        samples: ArrayView1<'_, T>,
    ) -> Result<(), VmdError> {
        if samples.len() != self.given {
            return Err(VmdError::LengthMismatch { expected: self.given, got: samples.len() });
        }
        // All of them first: that is a loop without an exit.
        if !samples.fold(true, |finite, value| finite & value.wide().is_finite())
            && let Some(index) = samples.iter().position(|value| !value.wide().is_finite())
        {
            return Err(VmdError::NotFinite { index, value: samples[index].wide() });
        }
        let used = self.len();
        let slots = &mut self.signals[channel * used..][..used];
        ArrayViewMut1::from(slots).assign(&samples.slice(s![..used]));
        Ok(())
    }

    /// Decomposes what was loaded.
    pub(crate) fn solve(&mut self) -> Outcome {
        self.trace.steps.clear();
        let flat = |signal: &[T]| signal.iter().all(|value| *value == signal[0]);
        self.constant =
            self.config.solver == Solver::Converged && self.signals.chunks(self.len()).all(flat);
        if self.constant {
            return self.constant();
        }
        self.spectrum.analyze(&self.signals);
        self.source = Source::Bins;
        let outcome = match (self.config.solver, self.config.tau > 0.0) {
            (Solver::Reference, _) => self.reference(),
            (Solver::Converged, true) => self.dual_ascent(),
            (Solver::Converged, false) => self.closed_form(),
        };
        self.order.iter_mut().enumerate().for_each(|(k, slot)| *slot = k);
        if self.config.sorts() {
            let w = self.admm.w();
            self.order.sort_unstable_by(|&a, &b| w[a].total_cmp(&w[b]).then(a.cmp(&b)));
        }
        outcome
    }

    fn constant(&mut self) -> Outcome {
        let heard = self.signals.iter().any(|value| *value != T::zero());
        let initial = self.initial[0];
        self.initial[0] = if heard { 0.0 } else { initial };
        self.admm.set_frequencies(&self.initial);
        self.initial[0] = initial;
        self.order.iter_mut().enumerate().for_each(|(k, slot)| *slot = k);
        let cross_check = self.config.cross_check.map(|_| CrossCheck::Same);
        Outcome { iterations: 0, stop: StopReason::Constant, stationarity: 0.0, cross_check }
    }

    fn highest(&self) -> f64 {
        0.5 * self.root_alpha
    }

    fn reference(&mut self) -> Outcome {
        let (iterations, stop, step) = self.sweep_as_reference();
        let stationarity = if self.config.tau > 0.0 {
            let all = self.spectrum.power();
            let unexplained = if all > 0.0 { (self.admm.unexplained() / all).sqrt() } else { 0.0 };
            step.max(unexplained)
        } else {
            let problem = problem(&self.spectrum, self.scale.as_deref());
            self.fixed_point.certify(&problem, self.admm.w())
        };
        Outcome { iterations, stop, stationarity, cross_check: None }
    }

    fn sweep_as_reference(&mut self) -> (usize, StopReason, f64) {
        let highest = self.highest();
        let Self { admm, spectrum, config, initial, trace, sampled, .. } = self;
        if !starts(config) {
            admm.set_frequencies(initial);
            admm.silence();
            return (0, StopReason::NotStarted, 0.0);
        }
        if let Some(sampled) = sampled {
            if let Ok(ended) = run_sampled(sampled, spectrum, config, initial, highest, trace) {
                admm.set_frequencies(sampled.w());
                self.source = Source::Nodes;
                return ended;
            }
            trace.steps.clear();
        }
        admm.start(spectrum.magnitude(), initial);
        run_reference(admm, spectrum, config, initial, highest, trace)
    }

    fn dual_ascent(&mut self) -> Outcome {
        let highest = self.highest();
        let Self { admm, spectrum, config, initial, trace, .. } = self;
        admm.start(spectrum.magnitude(), initial);
        let (iterations, stop, stationarity) =
            run_dual_ascent(admm, spectrum, config, highest, trace);
        Outcome { iterations, stop, stationarity, cross_check: None }
    }

    /// Frequencies of the solution, cycles per sample.
    pub(crate) fn frequencies(&self) -> impl Iterator<Item = f64> {
        self.order.iter().map(|&k| self.admm.w()[k] / self.root_alpha)
    }

    /// An error where dual ascent left numbers that are not finite in the solution or in what was
    /// written of it. (Without it a mode is the signal's spectrum times a gain of at most one.)
    pub(crate) fn finite<'a>(
        &self,
        mut written: impl Iterator<Item = &'a T>,
        iterations: usize,
        stationarity: f64,
    ) -> Result<(), VmdError>
    where
        T: 'a,
    {
        let tau = self.config.tau;
        let overflowed = tau > 0.0
            && (stationarity.is_nan()
                || self.frequencies().any(|frequency| !frequency.is_finite())
                || written.any(|value| !value.wide().is_finite()));
        if overflowed { Err(VmdError::Diverged { tau, iterations }) } else { Ok(()) }
    }
}

fn problem<'a, T: Real>(spectrum: &'a Spectrum<T>, scale: Option<&'a [f64]>) -> Problem<'a> {
    Problem { magnitude: spectrum.wide_magnitude(), scale, bin: spectrum.grid.spacing }
}
