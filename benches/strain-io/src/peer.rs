//! The other side, in a process of its own.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::Value;

/// A process that answers one JSON line with another.
pub(crate) struct Peer {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    versions: String,
}

impl Peer {
    pub(crate) fn start(python: &str) -> Result<Self, String> {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/peer.py");
        let mut command = Command::new(python);
        command.arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        for name in ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"] {
            command.env(name, "1");
        }
        let mut child =
            command.spawn().map_err(|error| format!("cannot start {python} {script}: {error}"))?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(format!("{python} has no pipes"));
        };
        let output = BufReader::new(output);
        let mut peer = Self { child, input, output, versions: String::new() };
        let hello = peer.line()?;
        let versions = hello.trim().strip_prefix("ready ");
        peer.versions =
            versions.ok_or_else(|| format!("{python} does not answer: {hello:?}"))?.to_owned();
        Ok(peer)
    }

    pub(crate) fn versions(&self) -> &str {
        &self.versions
    }

    fn line(&mut self) -> Result<String, String> {
        let mut line = String::new();
        self.output.read_line(&mut line).map_err(|error| error.to_string())?;
        Ok(line)
    }

    /// The answer to a request; an error of the other side becomes one here.
    pub(crate) fn ask(&mut self, request: &Value) -> Result<Value, String> {
        writeln!(self.input, "{request}").map_err(|error| error.to_string())?;
        let line = self.line()?;
        let answer: Value =
            serde_json::from_str(&line).map_err(|_| format!("answered {line:?}"))?;
        match answer["error"].as_str() {
            Some(error) => Err(format!("{}: {error}", request["do"])),
            None => Ok(answer),
        }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // Nothing is left to be told to a process that has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
