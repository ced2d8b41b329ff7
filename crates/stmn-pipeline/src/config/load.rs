use std::path::Path;

use serde::de::DeserializeOwned;

use super::run::RunConfig;
use crate::{PipelineError, Result};

/// Reads and checks a run's configuration.
///
/// # Errors
///
/// [`PipelineError::Io`] where the file cannot be read, [`PipelineError::ConfigFile`] with line,
/// column and, for an unknown key, the nearest known one, and those of [`RunConfig::validate`].
pub fn load_config(path: impl AsRef<Path>) -> Result<RunConfig> {
    let path = path.as_ref();
    let text = std::fs::read_to_string(path).map_err(|source| PipelineError::Io {
        action: "read",
        path: path.to_owned(),
        source,
    })?;
    let config = parse_config(&text, &path.display().to_string())?;
    config.validate()?;
    Ok(config)
}

/// Parses the text of a configuration; `name` stands for the file in messages.
///
/// # Errors
///
/// [`PipelineError::ConfigFile`].
pub fn parse_config(text: &str, name: &str) -> Result<RunConfig> {
    parse_toml(text, name)
}

/// Parses TOML of any kind; `name` stands for the file in messages.
///
/// ```
/// let error = stmn_pipeline::parse_toml::<stmn_pipeline::RunConfig>("seeed = 1", "a.toml");
/// assert!(error.unwrap_err().to_string().starts_with("a.toml:1:1: unknown field `seeed`"));
/// ```
///
/// # Errors
///
/// [`PipelineError::ConfigFile`] with line, column and, for an unknown key, the nearest known one.
pub fn parse_toml<T: DeserializeOwned>(text: &str, name: &str) -> Result<T> {
    toml::from_str(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start.min(text.len()));
        let before = text.get(..start).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|&c| c != '\n').count() + 1;
        let message = error.message().to_owned();
        let advice = nearest(&message).map_or_else(String::new, |(unknown, known)| {
            format!("; did you mean `{known}` where it says `{unknown}`?")
        });
        PipelineError::ConfigFile { file: name.to_owned(), line, column, message, advice }
    })
}

/// From "unknown field `windw`, expected one of `window`, `step`" the unknown and the nearest key.
fn nearest(message: &str) -> Option<(&str, &str)> {
    let mut quoted = message.split('`').skip(1).step_by(2);
    if !message.starts_with("unknown ") {
        return None;
    }
    let unknown = quoted.next()?;
    let known = quoted.max_by(|a, b| {
        strsim::jaro_winkler(unknown, a).total_cmp(&strsim::jaro_winkler(unknown, b))
    })?;
    Some((unknown, known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_key_is_refused_with_the_nearest_one() {
        let text = "seed = 1\n[event]\ntime = \"2008-05-12T06:28:04Z\"\nlatitud = 31.0\n";
        let message = parse_config(text, "run.toml").unwrap_err().to_string();
        assert!(message.starts_with("run.toml:4:1: unknown field `latitud`"), "{message}");
        assert!(message.ends_with("did you mean `latitude` where it says `latitud`?"), "{message}");
    }

    #[test]
    fn a_wrong_type_is_located() {
        let message = parse_config("seed = \"one\"\n", "run.toml").unwrap_err().to_string();
        assert!(message.starts_with("run.toml:1:8: "), "{message}");
    }
}
