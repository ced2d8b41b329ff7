/// Who is told how far a run has come. All methods do nothing unless overridden.
///
/// ```
/// use stmn_pipeline::Observer;
///
/// struct Print;
/// impl Observer for Print {
///     fn begin(&self, stage: &str, _steps: u64) {
///         eprintln!("{stage} ...");
///     }
/// }
/// ```
pub trait Observer: Sync {
    /// A stage of `steps` steps begins; at most one runs at a time.
    fn begin(&self, stage: &str, steps: u64) {
        let _ = (stage, steps);
    }

    /// The stage has done `done` of its steps.
    fn reach(&self, done: u64) {
        let _ = done;
    }

    /// The stage is over; `reused`: its result was there from an earlier run.
    fn end(&self, reused: bool) {
        let _ = reused;
    }
}

/// Tells nobody.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Observer for Silent {}
