use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::record::peak_memory;

/// Another implementation, running in a process of its own that times itself.
pub(crate) struct Peer {
    pub(crate) name: &'static str,
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Peer {
    pub(crate) fn start(name: &'static str, mut command: Command) -> Result<Self, String> {
        let failed = |error: std::io::Error| format!("cannot start {name}: {error}");
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(failed)?;
        let (input, output) = (child.stdin.take(), child.stdout.take());
        let (Some(input), Some(output)) = (input, output) else {
            return Err(format!("{name} has no pipes"));
        };
        let mut peer = Self { name, child, input, output: BufReader::new(output) };
        let hello = peer.read()?;
        if !hello.starts_with("ready") {
            return Err(format!("{name} does not answer: {hello}"));
        }
        println!("{}", hello.trim_start_matches("ready").trim());
        Ok(peer)
    }

    /// Seconds and sweeps of one decomposition.
    pub(crate) fn run(
        &mut self,
        signal: &Path,
        modes: usize,
        alpha: f64,
        tolerance: f64,
    ) -> Result<(f64, usize), String> {
        writeln!(self.input, "{} {modes} {alpha} {tolerance:e}", signal.display())
            .map_err(|error| error.to_string())?;
        let answer = self.read()?;
        let mut fields = answer.split_whitespace();
        let seconds = fields.next().and_then(|field| field.parse().ok());
        let sweeps = fields.next().and_then(|field| field.parse().ok());
        seconds.zip(sweeps).ok_or_else(|| format!("{} answers {answer:?}", self.name))
    }

    /// The most memory that it has held so far.
    pub(crate) fn peak_memory(&self) -> Option<String> {
        peak_memory(&self.child.id().to_string())
    }

    fn read(&mut self) -> Result<String, String> {
        let mut line = String::new();
        self.output.read_line(&mut line).map_err(|error| error.to_string())?;
        Ok(line)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // Nothing is left to be told to a process that has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
