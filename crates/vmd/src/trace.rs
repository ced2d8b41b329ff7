/// One iteration, kept where [`VmdConfig::with_trace`](crate::VmdConfig::with_trace) asked for it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct TraceStep {
    /// Frequencies that the iteration started from, cycles per sample, in the order of the initial
    /// ones.
    pub center_frequencies: Vec<f64>,
    /// What the stop rule looks at: `Reference`, Σ|Δû|²/T in the signal's unit squared; `Converged`,
    /// the largest relative step of a frequency.
    pub criterion: f64,
}

/// Collects steps, or does nothing.
#[derive(Debug, Clone, Default)]
pub(crate) struct Trace {
    wanted: bool,
    root_alpha: f64,
    pub(crate) steps: Vec<TraceStep>,
}

impl Trace {
    pub(crate) fn new(wanted: bool, root_alpha: f64) -> Self {
        Self { wanted, root_alpha, steps: Vec::new() }
    }

    pub(crate) fn wanted(&self) -> bool {
        self.wanted
    }

    /// Takes scaled frequencies.
    pub(crate) fn push(&mut self, w: &[f64], criterion: f64) {
        if self.wanted {
            let center_frequencies = w.iter().map(|w| w / self.root_alpha).collect();
            self.steps.push(TraceStep { center_frequencies, criterion });
        }
    }
}
