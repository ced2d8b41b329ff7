use super::input::Input;
use super::report::Stage;
use crate::robust::spread;

/// Collects the scatter after each stage, over samples of the fit span that were observed.
pub(super) struct Stages<'a> {
    input: &'a Input<'a>,
    counted: Vec<bool>,
    stages: Vec<Stage>,
}

impl<'a> Stages<'a> {
    pub(super) fn new(input: &'a Input<'_>, raw: &[f64]) -> Self {
        let counted = raw.iter().zip(&input.usable).map(|(raw, usable)| !raw.is_nan() && *usable);
        let mut stages = Self { input, counted: counted.collect(), stages: Vec::new() };
        stages.push("raw", raw);
        stages
    }

    pub(super) fn push(&mut self, name: &str, values: &[f64]) {
        let fit = self.input.fit.clone();
        let counted = |index: usize| if self.counted[index] { values[index] } else { f64::NAN };
        let std = |spread: Option<(f64, f64)>| spread.map_or(0.0, |(_, variance)| variance.sqrt());
        let changes = fit.clone().skip(1).map(|index| counted(index) - counted(index - 1));
        let (difference_std, std) = (std(spread(changes)), std(spread(fit.map(counted))));
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
