use cpu_time::ThreadTime;
use vmd::{CrossCheck, Decomposition, Solver, VmdConfig, VmdPlan};

use crate::tide::strain;

/// Seven days of one-minute samples.
const LEN: usize = 10_080;
/// Two results within this, cycles per sample, are the same fixed point.
const SAME: f64 = 1e-9;

/// Sweeping has settled where it fails the fixed-point equations by no more.
const SETTLED: f64 = 1e-7;
/// Sweeps of the cross-check.
const CHECK: usize = 10_000;
/// Where it has not, it is given so many times the sweeps.
const MORE: usize = 50;

struct Tally {
    same: usize,
    elsewhere: usize,
    unsettled: usize,
    /// Not the same, and a cross-check says so.
    told: usize,
    /// The same, but a cross-check says otherwise.
    mistaken: usize,
    passes: usize,
    sweeps: usize,
    ours: f64,
    theirs: f64,
    early: Early,
}

/// How far from the fixed point the reference's own stop leaves the slowest and the worst frequency.
#[derive(Default)]
struct Early {
    capped: usize,
    slowest: Vec<f64>,
    worst: Vec<f64>,
}

impl Early {
    fn add(&mut self, stopped: &Decomposition, end: &Decomposition) {
        let mut frequencies = stopped.center_frequencies.clone();
        frequencies.sort_by(f64::total_cmp);
        let off: Vec<f64> = frequencies
            .iter()
            .zip(&end.center_frequencies)
            .map(|(early, end)| 100.0 * (early - end).abs() / end)
            .collect();
        self.capped += usize::from(!stopped.stop.converged());
        self.slowest.push(off[0]);
        self.worst.push(off.iter().copied().fold(0.0, f64::max));
    }

    fn print(&mut self) {
        for (name, off) in [("slowest", &mut self.slowest), ("worst", &mut self.worst)] {
            off.sort_by(f64::total_cmp);
            let (median, most) = (off[off.len() / 2], off[off.len() - 1]);
            println!(
                "  stopped as vmdpy stops, {name} frequency off: median {median:.1} %, most {most:.0} %"
            );
        }
        println!("  stopped by its cap: {}", self.capped);
    }
}

/// Compares the converged solver with the alternating direction method run for `sweeps` sweeps, on
/// `seeds` records.
pub(crate) fn run(seeds: u64, sweeps: usize) -> Result<(), String> {
    let converged = VmdConfig::new(5, 2000.0);
    let long = |sweeps| {
        converged
            .clone()
            .with_solver(Solver::Reference)
            .with_tolerance(1e-300)
            .with_max_iterations(sweeps)
    };
    let plan =
        |config: &VmdConfig| VmdPlan::<f64>::new(LEN, config).map_err(|error| error.to_string());
    let (mut quick, mut slow) = (plan(&converged)?, plan(&long(sweeps).with_trace(true))?);
    // Timed without the trace, and both into results that exist.
    let mut timed = plan(&long(sweeps))?;
    let (mut found, mut end) = (quick.output(), timed.output());
    let mut slower = plan(&long(MORE * sweeps))?;
    let mut checking = plan(&converged.clone().with_cross_check(CHECK))?;
    let mut early = plan(&converged.clone().with_solver(Solver::Reference))?;
    let mut tally = Tally {
        same: 0,
        elsewhere: 0,
        unsettled: 0,
        told: 0,
        mistaken: 0,
        passes: 0,
        sweeps: 0,
        ours: 0.0,
        theirs: 0.0,
        early: Early::default(),
    };
    for seed in 0..seeds {
        let signal = strain(LEN, seed);
        let start = ThreadTime::now();
        quick.decompose_into(&signal, &mut found).map_err(|error| error.to_string())?;
        tally.ours += start.elapsed().as_secs_f64();
        tally.passes += found.iterations;
        let start = ThreadTime::now();
        timed.decompose_into(&signal, &mut end).map_err(|error| error.to_string())?;
        let per_sweep = start.elapsed().as_secs_f64() / sweeps as f64;
        let mut swept = slow.decompose(&signal).map_err(|error| error.to_string())?;
        let count = sweeps_needed(&swept);
        tally.sweeps += count;
        tally.theirs += per_sweep * count as f64;
        if swept.stationarity > SETTLED {
            swept = slower.decompose(&signal).map_err(|error| error.to_string())?;
        }
        let stopped = early.decompose(&signal).map_err(|error| error.to_string())?;
        tally.early.add(&stopped, &found);
        let apart = apart(&found.center_frequencies, &swept.center_frequencies);
        let same = apart <= SAME;
        tally.same += usize::from(same);
        tally.unsettled += usize::from(!same && swept.stationarity > SETTLED);
        tally.elsewhere += usize::from(!same && swept.stationarity <= SETTLED);
        let checked = checking.decompose(&signal).map_err(|error| error.to_string())?;
        let elsewhere = checked.cross_check != Some(CrossCheck::Same);
        tally.told += usize::from(!same && elsewhere);
        tally.mistaken += usize::from(same && elsewhere);
        if !same {
            println!(
                "seed {seed}: {apart:.1e} apart; converged solver: {}, stationarity {:.1e}, left \
                 {:.6e}; sweeping: {:.1e}, left {:.6e}",
                found.stop,
                found.stationarity,
                power(&found),
                swept.stationarity,
                power(&swept)
            );
            println!("  {:?}\n  {:?}", found.center_frequencies, swept.center_frequencies);
        }
    }
    tally.print(seeds, sweeps);
    Ok(())
}

impl Tally {
    fn print(&mut self, seeds: u64, sweeps: usize) {
        let mean = |total: f64| total / seeds as f64;
        println!("{seeds} windows of {LEN} samples, K = 5, alpha = 2000");
        println!("  same frequencies within {SAME:e}: {}", self.same);
        println!("  another fixed point: {}", self.elsewhere);
        println!("  sweeping not settled after {}: {}", MORE * sweeps, self.unsettled);
        println!("  not the same, and a cross-check of {CHECK} sweeps says so: {}", self.told);
        println!("  the same, but the cross-check says otherwise: {}", self.mistaken);
        println!(
            "  passes: {:.0}; sweeps until within {SAME:e} of the end, at most {sweeps}: {:.0}",
            mean(self.passes as f64),
            mean(self.sweeps as f64)
        );
        println!(
            "  time: {:.2} ms; of those sweeps {:.1} ms: {:.0} x",
            1e3 * mean(self.ours),
            1e3 * mean(self.theirs),
            self.theirs / self.ours
        );
        self.early.print();
    }
}

/// Power that the modes leave.
fn power(found: &Decomposition) -> f64 {
    found.residual.iter().map(|value| value * value).sum()
}

fn apart(sorted: &[f64], other: &[f64]) -> f64 {
    let mut other = other.to_vec();
    other.sort_by(f64::total_cmp);
    sorted.iter().zip(&other).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

/// The first sweep from which all frequencies stay within [`SAME`] of the last ones: what sweeping
/// would cost with a stop rule that knows the answer.
fn sweeps_needed(swept: &Decomposition) -> usize {
    let far = |step: &vmd::TraceStep| {
        let pairs = step.center_frequencies.iter().zip(&swept.center_frequencies);
        pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max) > SAME
    };
    swept.trace.iter().rposition(far).map_or(0, |last| last + 1)
}
