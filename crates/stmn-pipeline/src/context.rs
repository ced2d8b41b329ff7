use crate::{Observer, RunStore};

/// What every stage is given beside its input and settings.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// Where results are kept.
    pub store: &'a RunStore,
    /// Who is told of progress.
    pub observer: &'a dyn Observer,
    /// Every random draw comes from it.
    pub seed: u64,
}

impl<'a> Context<'a> {
    /// A context.
    pub fn new(store: &'a RunStore, observer: &'a dyn Observer, seed: u64) -> Self {
        Self { store, observer, seed }
    }

    /// A seed of its own for one use, so that adding a station or a series changes no other.
    pub(crate) fn seed_for(&self, use_: &str) -> u64 {
        let hash = blake3::hash(format!("{}\n{use_}", self.seed).as_bytes());
        let mut first = [0; 8];
        first.copy_from_slice(&hash.as_bytes()[..8]);
        u64::from_le_bytes(first)
    }

    /// Runs a stage with its beginning and end reported; `work` says whether it reused a result.
    pub(crate) fn stage<T, E>(
        &self,
        name: &str,
        steps: u64,
        work: impl FnOnce() -> Result<(T, bool), E>,
    ) -> Result<T, E> {
        self.observer.begin(name, steps);
        let result = work();
        self.observer.end(matches!(result, Ok((_, true))));
        result.map(|(value, _)| value)
    }
}
