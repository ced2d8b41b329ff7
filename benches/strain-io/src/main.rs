//! Reading, despiking and decimating against what pandas, ObsPy, SciPy and earthscopestraintools do of
//! it, on this machine.
//!
//! ```text
//! benches/strain-io/run.sh [ROUNDS]    installs the peers into a virtual environment and runs:
//! strain-io-bench PYTHON [ROUNDS]
//! ```
//!
//! Both sides get the same files or the same numbers, in turns, on one thread each, and the median of
//! their processor time is held against one another. Before that, what both give is compared number by
//! number; a difference ends the run.

mod inputs;
mod measure;
mod tasks;

use std::process::Command;

use peer_process::Peer;

fn main() -> Result<(), String> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (python, rounds) = match arguments.as_slice() {
        [python] => (python, 5),
        [python, rounds] => {
            (python, rounds.parse().map_err(|_| format!("not a number: {rounds}"))?)
        }
        _ => return Err("usage: strain-io-bench PYTHON [ROUNDS]".into()),
    };
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/peer.py");
    let mut peer = Peer::start(Command::new(python).arg(script), 1)?;
    println!("{}, {rounds} rounds\n", peer.versions());
    let tasks = tasks::all(folder.path(), &mut peer)?;
    measure::print_table(&tasks, &mut peer, rounds, folder.path())
}
