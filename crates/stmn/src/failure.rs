use std::error::Error;
use std::fmt::{self, Display, Formatter};

/// What ends a command with status 1: an error with its sources.
#[derive(Debug)]
pub(crate) struct Failure {
    message: String,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl Failure {
    /// A failure that nothing else caused.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), source: None }
    }

    /// A failure that `source` caused.
    pub(crate) fn of(
        message: impl Into<String>,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self { message: message.into(), source: Some(source.into()) }
    }

    /// The same failure with the file before it that it is about.
    pub(crate) fn within(self, file: &std::path::Path) -> Self {
        Self { message: format!("{}: {}", file.display(), self.message), ..self }
    }

    /// Prints the chain to stderr.
    pub(crate) fn print(&self) {
        eprintln!("error: {self}");
        let mut said = self.message.clone();
        let mut source = self.source.as_deref().map(|source| source as &dyn Error);
        while let Some(error) = source {
            let message = error.to_string();
            // An error that only passes another one on says the same words twice.
            if message != said {
                eprintln!("  because: {message}");
            }
            said = message;
            source = error.source();
        }
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

macro_rules! from_errors {
    ($($error:ty),+ $(,)?) => {
        $(impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self { message: error.to_string(), source: Some(Box::new(error)) }
            }
        })+
    };
}

from_errors!(
    stmn_pipeline::PipelineError,
    strain_io::StrainIoError,
    sigmoid_stats::StatsError,
    vmd::VmdError,
    timesnet::TimesNetError,
);
