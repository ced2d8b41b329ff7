use std::path::Path;

use csv::ByteRecord;

use super::decode;
use crate::{Result, StrainIoError};

/// The names of a table's columns.
pub(crate) struct Header<'a> {
    path: &'a Path,
    number: u64,
    pub(crate) names: Vec<String>,
}

impl<'a> Header<'a> {
    /// The names in line `number` of a file.
    pub(crate) fn new(path: &'a Path, number: u64, names: &ByteRecord) -> Self {
        let names = names.iter().map(|name| decode(name).into_owned()).collect();
        Self { path, number, names }
    }

    /// The column called as asked for or, left open, by one of the usual names.
    pub(crate) fn find(&self, asked: Option<&String>, usual: &[&str]) -> Result<Option<usize>> {
        let position = |name: &str| self.names.iter().position(|n| n.eq_ignore_ascii_case(name));
        let Some(name) = asked else {
            return Ok(usual.iter().find_map(|name| position(name)));
        };
        let exact = self.names.iter().position(|found| found == name);
        exact.or_else(|| position(name)).map(Some).ok_or_else(|| self.missing(name))
    }

    /// As [`Header::find`], of a column that has to be there.
    pub(crate) fn need(&self, asked: Option<&String>, usual: &[&str]) -> Result<usize> {
        self.find(asked, usual)?.ok_or_else(|| self.missing(&usual.join("` or `")))
    }

    pub(crate) fn missing(&self, name: &str) -> StrainIoError {
        StrainIoError::NoColumn {
            file: self.path.to_owned(),
            line: self.number,
            name: name.to_owned(),
            found: self.names.clone(),
        }
    }
}
