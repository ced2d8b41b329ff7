//! Any settings and samples are a complete, finite decomposition or an error.
#![no_main]

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use vmd::{Init, Real, Solver, VmdConfig, decompose};

#[derive(Debug, Arbitrary)]
struct Input {
    modes: u8,
    alpha: f64,
    alphas: Option<Vec<f64>>,
    tau: f64,
    tolerance: Option<f64>,
    dc: bool,
    start: Start,
    cap: u8,
    reference: bool,
    keep_odd: Option<bool>,
    keep: bool,
    samples: Vec<f64>,
}

#[derive(Debug, Arbitrary)]
enum Start {
    Uniform,
    Zero,
    Random(u64),
    Given(Vec<f64>),
}

impl Input {
    fn config(&self) -> VmdConfig {
        let init = match &self.start {
            Start::Uniform => Init::Uniform,
            Start::Zero => Init::Zero,
            Start::Random(seed) => Init::Random { seed: *seed },
            Start::Given(values) => Init::Frequencies { values: values.clone() },
        };
        let solver = if self.reference { Solver::Reference } else { Solver::Converged };
        let mut config = VmdConfig::new(self.modes.into(), self.alpha)
            .with_tau(self.tau)
            .with_dc(self.dc)
            .with_init(init)
            .with_max_iterations(self.cap.into())
            .with_solver(solver)
            .with_trace(self.keep)
            .with_spectra(self.keep);
        config.tolerance = self.tolerance;
        config.keep_odd = self.keep_odd;
        config.mode_alphas = self.alphas.clone();
        config
    }
}

fn check<T: Real>(samples: &[T], config: &VmdConfig) {
    let Ok(found) = decompose(samples, config) else { return };
    assert!(found.modes.iter().all(|value| value.wide().is_finite()));
    assert!(found.residual.iter().all(|value| value.wide().is_finite()));
    assert!(found.center_frequencies.iter().all(|f| (0.0..=0.5).contains(f)));
    assert!(found.stationarity >= 0.0);
}

fuzz_target!(|input: Input| {
    let config = input.config();
    let samples = &input.samples[..input.samples.len().min(256)];
    // With dual ascent the modes grow with τ, up to τ times the cap.
    let bound = if input.tau > 2.0 { 1e100 } else { 1e300 };
    let samples: Vec<f64> = samples.iter().map(|value| value.clamp(-bound, bound)).collect();
    check(&samples, &config);
    let narrow: Vec<f32> = samples.iter().map(|value| value.clamp(-1e30, 1e30) as f32).collect();
    check(&narrow, &config);
});
