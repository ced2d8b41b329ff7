use std::ffi::OsStr;
use std::path::Path;
use std::process::Output;

use serde_json::Value;

use crate::binary;

/// How a command ended.
#[derive(Debug)]
pub struct Outcome {
    /// Its exit status; `None`: a signal ended it.
    pub code: Option<i32>,
    /// What it wrote to stdout.
    pub stdout: String,
    /// What it wrote to stderr.
    pub stderr: String,
}

impl Outcome {
    /// Of a process that has ended.
    pub fn of(output: &Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Its stdout as one JSON document.
    ///
    /// # Panics
    ///
    /// Where it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("stdout is no JSON document ({error}): {self:?}"))
    }

    /// Checks that a command was refused: this status, one message, no panic, nothing on stdout;
    /// gives the message.
    ///
    /// # Panics
    ///
    /// Where any of it is not so.
    pub fn refusal(self, code: i32) -> String {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert!(!self.stderr.contains("panicked"), "{self:?}");
        assert_eq!(self.stdout, "", "a refused command prints no result");
        let messages = self.stderr.lines().filter(|line| line.starts_with("error:")).count();
        assert_eq!(messages, 1, "one message is expected: {}", self.stderr);
        let start = self.stderr.find("error:").unwrap_or_default();
        self.stderr[start..].to_owned()
    }
}

/// Runs the built `stmn` in a folder.
///
/// # Panics
///
/// Where it cannot be started.
pub fn stmn<A: AsRef<OsStr>>(folder: &Path, arguments: impl IntoIterator<Item = A>) -> Outcome {
    let mut command = assert_cmd::Command::new(binary());
    let output = command.current_dir(folder).args(arguments).output().expect("`stmn` starts");
    Outcome::of(&output)
}

/// Runs it and checks that it succeeded.
///
/// # Panics
///
/// Where it did not.
pub fn succeeds<A: AsRef<OsStr>>(folder: &Path, arguments: impl IntoIterator<Item = A>) -> Outcome {
    let outcome = stmn(folder, arguments);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    outcome
}

/// Runs it, checks that it was refused with status 1, and gives the message.
///
/// # Panics
///
/// As [`Outcome::refusal`].
pub fn refused<A: AsRef<OsStr>>(folder: &Path, arguments: impl IntoIterator<Item = A>) -> String {
    stmn(folder, arguments).refusal(1)
}
