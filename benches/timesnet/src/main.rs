//! TimesNet against PyTorch on this machine, and against the published results.
//!
//! ```text
//! benches/timesnet/run.sh [ROUNDS] [RANDOM]   installs PyTorch into a virtual environment, runs `speed`
//! timesnet-bench speed PYTHON [ROUNDS] [RANDOM] [SHAPE]
//! timesnet-bench peers PYTHON [ROUNDS] [SHAPE]  merged by hand, torch.compile, ONNX Runtime
//! timesnet-bench gpu PYTHON [ROUNDS]          on a CUDA device (build with `--features cuda`)
//! timesnet-bench steps SHAPE [TIMES] [THREADS]    our side of one shape alone: to profile
//! timesnet-bench ett CSV FIRST_SEED SEEDS [HORIZON] [FIRST_WEIGHTS or -] [LEARNING_RATE]
//! timesnet-bench impute CSV SEED [HIDDEN] [WIDTH]
//! timesnet-bench reconstruct CSV SEED [WIDTH]
//! ```
//!
//! `speed`: milliseconds of one training step and one pass of inference, ours and PyTorch's in turns,
//! after checking that both networks give the same output; peak memory of both processes; arithmetic
//! of the direct convolution done per second against the machine's measured peak. `ett`, `impute`:
//! training with the published script's settings; `first_weights.py` makes the
//! weights that the published code starts with.

mod ett;
mod gpu;
mod impute;
mod ours;
mod peak;
mod shapes;
mod speed;

fn main() -> Result<(), String> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let text = |index: usize| arguments.get(index).map(String::as_str);
    let number = |index: usize, default: usize| match text(index) {
        Some(text) => text.parse().map_err(|_| format!("not a number: {text}")),
        None => Ok(default),
    };
    let real = |index: usize, default: f64| match text(index) {
        Some(text) => text.parse().map_err(|_| format!("not a number: {text}")),
        None => Ok(default),
    };
    match (text(0), text(1)) {
        (Some("serve"), _) => ours::serve(),
        (Some("speed"), Some(python)) => speed::run(python, number(2, 3)?, number(3, 0)?, text(4)),
        (Some("peers"), Some(python)) => speed::peers(python, number(2, 3)?, text(3)),
        (Some("gpu"), Some(python)) => gpu::run(python, number(2, 5)?),
        (Some("steps"), Some(shape)) => speed::steps(shape, number(2, 10)?, number(3, 2)?),
        (Some("ett"), Some(csv)) => {
            let settings = ett::Settings {
                horizon: number(4, 96)?,
                first_weights: text(5).filter(|path| *path != "-"),
                learning_rate: real(6, 1e-4)?,
            };
            ett::run(csv, number(2, 1)?, number(3, 5)?, settings)
        }
        (Some("impute"), Some(csv)) => {
            let width = text(4).map(|_| number(4, 0)).transpose()?;
            impute::run(csv, number(2, 1)?, Some(real(3, 0.25)?), width)
        }
        (Some("reconstruct"), Some(csv)) => {
            let width = text(3).map(|_| number(3, 0)).transpose()?;
            impute::run(csv, number(2, 1)?, None, width)
        }
        _ => Err("usage: timesnet-bench speed PYTHON [ROUNDS] [RANDOM] [SHAPE] | peers \
                  PYTHON [ROUNDS] [SHAPE] | gpu PYTHON [ROUNDS] | steps SHAPE [TIMES] [THREADS] | \
                  ett CSV FIRST_SEED SEEDS [HORIZON] [FIRST_WEIGHTS or -] [LEARNING_RATE] | \
                  impute CSV SEED [HIDDEN] [WIDTH] | reconstruct CSV SEED [WIDTH]"
            .into()),
    }
}
