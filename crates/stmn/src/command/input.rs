use std::path::Path;

use serde::de::DeserializeOwned;
use strain_io::{CsvWriteOptions, ReadOptions, ReadStationsOptions, Recording};

use crate::cli::ReadArgs;
use crate::failure::Failure;

/// The reading options of a TOML file, or the defaults.
pub(super) fn read_options<T: DeserializeOwned + Default>(
    path: Option<&Path>,
) -> Result<T, Failure> {
    let Some(path) = path else { return Ok(T::default()) };
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::of(format!("cannot read {}", path.display()), error))?;
    toml::from_str(&text)
        .map_err(|error| Failure::of(format!("{} cannot be used", path.display()), error))
}

/// The reading options that the arguments ask for.
pub(super) fn asked(args: &ReadArgs) -> Result<ReadOptions, Failure> {
    let options: ReadOptions = read_options(args.read.as_deref())?;
    // Without the flag the file's own settings stand.
    Ok(if args.skip_bad_rows { options.with_skip_bad_rows(true) } else { options })
}

/// How to read a list of stations, as the arguments ask for.
pub(super) fn asked_of_stations(
    file: Option<&Path>,
    skip_bad_rows: bool,
) -> Result<ReadStationsOptions, Failure> {
    let options: ReadStationsOptions = read_options(file)?;
    Ok(if skip_bad_rows { options.with_skip_bad_rows(true) } else { options })
}

/// Whether a path names a folder for one Parquet file a day.
#[cfg(feature = "parquet")]
pub(super) fn is_folder(path: &Path) -> bool {
    path.to_string_lossy().ends_with('/')
}

/// Writes a recording in the format that the file's name asks for.
pub(super) fn write_recording(recording: &Recording, path: &Path) -> Result<(), Failure> {
    let name = path.to_string_lossy();
    for (ending, delimiter) in [("csv", ','), ("tsv", '\t')] {
        let plain = name.strip_suffix(".gz").unwrap_or(&name);
        if plain.ends_with(&format!(".{ending}")) {
            let options = CsvWriteOptions::default().with_delimiter(delimiter);
            return Ok(strain_io::write_csv_with(recording, path, &options)?);
        }
    }
    #[cfg(feature = "parquet")]
    if name.ends_with(".parquet") {
        return Ok(strain_io::write_parquet(recording, path)?);
    }
    #[cfg(feature = "arrow")]
    if [".arrow", ".feather"].iter().any(|ending| name.ends_with(ending)) {
        return Ok(strain_io::write_arrow(recording, path)?);
    }
    #[cfg(feature = "parquet")]
    if is_folder(path) {
        strain_io::write_parquet_days(recording, path)?;
        return Ok(());
    }
    Err(Failure::new(format!(
        "cannot tell the format of {name}: name it .csv, .tsv (perhaps with .gz behind it), \
         .parquet, .arrow or .feather, or name a folder with a / behind it for one Parquet file a day"
    )))
}
