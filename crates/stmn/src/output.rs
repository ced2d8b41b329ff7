use std::io::Write;

use serde::Serialize;
use stmn_pipeline::Remarks;
use strain_io::{BadRow, ReadNote};

use crate::failure::Failure;

/// Prints a document as JSON on stdout.
pub(crate) fn print_json(document: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(document)
        .map_err(|error| Failure::of("cannot write the result as JSON", error))?;
    print_text(&format!("{text}\n"))
}

/// Prints text on stdout; a reader that has gone away is no failure.
pub(crate) fn print_text(text: &str) -> Result<(), Failure> {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Failure::of("cannot write to the standard output", error))
        }
        _ => Ok(()),
    }
}

/// Rows of cells as text with aligned columns, the first to the left and the others to the right.
pub(crate) fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            let pad = " ".repeat(widths[column] - cell.chars().count());
            match column {
                0 => line.extend([cell.as_str(), &pad]),
                _ => line.extend(["  ", &pad, cell]),
            }
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// What to say of rows that were passed over; nothing where there is none.
pub(crate) fn passed_over(rows: &[BadRow]) -> String {
    let Some(first) = rows.first() else { return String::new() };
    format!("{} rows could not be used, the first: {first}\n", rows.len())
}

/// The notes of readers, one a line.
pub(crate) fn noted(notes: &[ReadNote]) -> String {
    notes.iter().map(|note| format!("note: {note}\n")).collect()
}

/// What readers had to say about the files of a run, after an empty line; nothing where there was
/// nothing.
pub(crate) fn remarked(remarks: &[Remarks]) -> String {
    let mut text = String::new();
    for file in remarks {
        if let Some(first) = file.bad_rows.first() {
            let count = file.bad_rows.len();
            let of = &file.of;
            text.push_str(&format!("{of}: {count} rows could not be used, the first: {first}\n"));
        }
        text.extend(file.notes.iter().map(|note| format!("note: {}: {note}\n", file.of)));
    }
    if text.is_empty() { text } else { format!("\n{text}") }
}

/// A number with `digits` decimals, a dash where there is none.
pub(crate) fn number(value: impl Into<Option<f64>>, digits: usize) -> String {
    match value.into() {
        Some(value) if value.is_finite() => format!("{value:.digits$}"),
        _ => "–".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned() {
        let rows = [["a", "1"], ["bcd", "10.5"]].map(|row| row.map(str::to_owned).to_vec());
        assert_eq!(table(&rows), "a       1\nbcd  10.5\n");
    }

    #[test]
    fn what_is_not_a_number_is_a_dash() {
        assert_eq!(number(f64::NAN, 2), "–");
        assert_eq!(number(None, 2), "–");
        assert_eq!(number(1.005, 1), "1.0");
    }
}
