use super::report::Stage;
use crate::robust::spread;

/// Collects the scatter after each stage, over samples of the fit span that were observed.
pub(super) struct Stages {
    counted: Vec<bool>,
    stages: Vec<Stage>,
}

impl Stages {
    /// Of the fit span's samples `raw`, of which `usable` may be used.
    pub(super) fn new(raw: &[f64], usable: &[bool]) -> Self {
        let counted = raw.iter().zip(usable).map(|(raw, usable)| !raw.is_nan() && *usable);
        let mut stages = Self { counted: counted.collect(), stages: Vec::new() };
        stages.push("raw", raw);
        stages
    }

    /// The fit span's values after a stage.
    pub(super) fn push(&mut self, name: &str, values: &[f64]) {
        let counted = |index: usize| if self.counted[index] { values[index] } else { f64::NAN };
        let std = |spread: Option<(f64, f64)>| spread.map_or(0.0, |(_, variance)| variance.sqrt());
        let changes = (1..values.len()).map(|index| counted(index) - counted(index - 1));
        let (difference_std, std) =
            (std(spread(changes)), std(spread((0..values.len()).map(counted))));
        let variance_removed = match self.stages.last() {
            Some(before) if before.std > 0.0 => 1.0 - (std / before.std).powi(2),
            _ => 0.0,
        };
        let name = name.to_owned();
        self.stages.push(Stage { name, std, difference_std, variance_removed });
    }

    pub(super) fn finish(self) -> Vec<Stage> {
        self.stages
    }
}
