use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use parquet::file::reader::{FileReader, RowGroupReader, SerializedFileReader};
use parquet::record::Field;

use super::failed;
use super::pages::Group;
use super::source::Source;
use crate::text_table::{Row, TextTable};
use crate::{Result, StrainIoError};

/// Every column of a flat file as text, numbers as their shortest digits, nulls empty.
pub(crate) fn read_cells(path: &Path) -> Result<TextTable> {
    let file = File::open(path).map_err(|source| StrainIoError::Io {
        action: "open",
        path: path.to_owned(),
        source,
    })?;
    // The library panics on some damaged files.
    let read = catch_unwind(AssertUnwindSafe(|| {
        let reader = SerializedFileReader::new(Source(file)).map_err(failed(path))?;
        let schema = reader.metadata().file_metadata().schema();
        let columns = schema.get_fields().iter().map(|field| field.name().to_owned()).collect();
        let mut rows = Vec::new();
        for group in 0..reader.num_row_groups() {
            let group = Group(reader.get_row_group(group).map_err(failed(path))?);
            for row in group.get_row_iter(None).map_err(failed(path))? {
                let row = row.map_err(failed(path))?;
                let cells = row.get_column_iter().map(|(_, field)| text(field)).collect();
                rows.push(Row { line: rows.len() as u64 + 1, cells });
            }
        }
        Ok(TextTable::new(path, columns, rows))
    }));
    read.unwrap_or_else(|_| {
        Err(StrainIoError::Format {
            file: path.to_owned(),
            problem: "its pages contradict each other".to_owned(),
            advice: "the file is damaged; write it again",
        })
    })
}

fn text(field: &Field) -> String {
    match field {
        Field::Null => String::new(),
        Field::Str(text) => text.clone(),
        // The library's own display rounds.
        Field::Double(value) => value.to_string(),
        Field::Float(value) => value.to_string(),
        other => other.to_string(),
    }
}
