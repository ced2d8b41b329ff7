//! One side of a comparison, in a process of its own: it says `ready` and its versions, then answers
//! one line of JSON with another.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::Value;

/// What tells the libraries of either side how many threads to use.
const THREADS: [&str; 4] =
    ["RAYON_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"];

/// A process that answers; it ends when this is dropped.
#[derive(Debug)]
pub struct Peer {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    versions: String,
}

impl Peer {
    /// Starts `command` with the number of threads in its environment.
    ///
    /// # Errors
    ///
    /// Where it cannot be started, or its first line does not begin with `ready`.
    pub fn start(command: &mut Command, threads: usize) -> Result<Self, String> {
        for name in THREADS {
            command.env(name, threads.to_string());
        }
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("cannot start {command:?}: {error}"))?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(format!("{command:?} has no pipes"));
        };
        let output = BufReader::new(output);
        let mut peer = Self { child, input, output, versions: String::new() };
        let hello = peer.line()?;
        let versions = hello.trim().strip_prefix("ready");
        peer.versions = versions
            .ok_or_else(|| format!("{command:?} does not answer: {hello:?}"))?
            .trim()
            .to_owned();
        Ok(peer)
    }

    /// What it says of itself.
    #[must_use]
    pub fn versions(&self) -> &str {
        &self.versions
    }

    fn line(&mut self) -> Result<String, String> {
        let mut line = String::new();
        self.output.read_line(&mut line).map_err(|error| error.to_string())?;
        Ok(line)
    }

    /// The answer to a request; an `error` of the other side becomes one here.
    ///
    /// # Errors
    ///
    /// That one, and where no JSON comes back.
    pub fn ask(&mut self, request: &Value) -> Result<Value, String> {
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shell(script: &str) -> Result<Peer, String> {
        Peer::start(Command::new("sh").args(["-c", script]), 3)
    }

    #[test]
    fn a_process_answers_line_by_line() {
        let answers =
            r#"echo ready one 1.0; while read line; do echo "{\"n\": $OMP_NUM_THREADS}"; done"#;
        let mut peer = shell(answers).unwrap();
        assert_eq!(peer.versions(), "one 1.0");
        for _ in 0..2 {
            assert_eq!(peer.ask(&json!({ "do": "count" })).unwrap(), json!({ "n": 3 }));
        }
    }

    #[test]
    fn what_goes_wrong_is_said() {
        assert!(shell("echo hello").unwrap_err().contains("hello"));
        let mut peer =
            shell(r#"echo ready; read line; echo '{"error": "no"}'; read line"#).unwrap();
        assert_eq!(peer.ask(&json!({ "do": "it" })).unwrap_err(), "\"it\": no");
    }
}
