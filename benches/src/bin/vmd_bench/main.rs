//! Variational mode decomposition against its peers and against itself.
//!
//! ```text
//! cargo run --release -p stmn-benches --bin vmd_bench -- speed [ROUNDS] [PYTHON]
//! cargo run --release -p stmn-benches --bin vmd_bench -- fixed-point [SEEDS] [SWEEPS]
//! RAYON_NUM_THREADS=1 cargo run --release -p stmn-benches --bin vmd_bench -- record [YEARS…]
//! cargo run --release -p stmn-benches --bin vmd_bench -- memory
//! cargo run --release -p stmn-benches --bin vmd_bench -- parity [SEEDS] [PYTHON]
//! ```
//!
//! `speed`: `Reference` against vmdpy 0.2 (PYTHON, default `python3`, must have it: `pip install
//! vmdpy==0.2`) and vmd-rs 0.2.1, alternating, one thread, the best of all rounds; and the time per
//! bin, mode and sweep against that of one division. `fixed-point`: `Converged` against the
//! alternating direction method run for SWEEPS sweeps, fifty times as many where that has not settled.
//! `record`: windows of a week, a day apart, through records of so many YEARS of one-minute samples
//! (default 1 4 16), as they come. `memory`: bytes that a plan and its result take.
//! With `--features at-most-avx2` no wider instructions are used.
//! `parity`: `Reference` against what vmdpy answers for SEEDS records (default 60).

mod fixed_point;
mod memory;
mod parity;
mod peer;
mod record;
mod speed;
mod tide;

fn main() -> Result<(), String> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let argument = |index: usize| arguments.get(index).map(String::as_str);
    let number = |index: usize, default: u64| match argument(index) {
        Some(text) => text.parse().map_err(|_| format!("not a number: {text}")),
        None => Ok(default),
    };
    features();
    match argument(0) {
        Some("speed") => {
            let mut peers = speed::peers(argument(2).unwrap_or("python3"));
            speed::run(number(1, 3)? as usize, &mut peers)
        }
        Some("fixed-point") => fixed_point::run(number(1, 40)?, number(2, 60_000)? as usize),
        Some("record") if arguments.len() == 1 => record::run(&[1, 4, 16]),
        Some("record") => {
            let years = (1..arguments.len()).map(|index| Ok(number(index, 1)? as usize));
            record::run(&years.collect::<Result<Vec<_>, String>>()?)
        }
        Some("memory") => memory::run(),
        Some("parity") => parity::run(number(1, 60)?, argument(2).unwrap_or("python3")),
        _ => Err("usage: vmd_bench speed [ROUNDS] [PYTHON] | fixed-point [SEEDS] [SWEEPS] | \
                  record [YEARS…] | memory | parity [SEEDS] [PYTHON]"
            .into()),
    }
}

/// What decides the figures.
fn features() {
    let arch = format!("{:?}", pulp::Arch::new());
    let most = if cfg!(feature = "at-most-avx2") { ", at most AVX2 used" } else { "" };
    println!("instruction set: {}{most}", arch.split('(').next().unwrap_or(&arch));
}
