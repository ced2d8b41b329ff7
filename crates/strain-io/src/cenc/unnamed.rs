use std::path::Path;

use crate::note::ReadNote;

/// What CENC text uses for a missing value. Neither is one unless the options name it: they are
/// numbers that a sensor can give.
const USUAL: [f64; 2] = [99_999.0, 999_999.0];

/// How often the usual nulls were read as values.
#[derive(Default)]
pub(super) struct Unnamed {
    /// Of each the count and the first line.
    found: [(usize, u64); USUAL.len()],
}

impl Unnamed {
    /// Notes the numbers of a line of the file, as they stand there; NaN for a null that was named.
    pub(super) fn look(&mut self, line: u64, numbers: &[f64]) {
        for (usual, (count, first)) in USUAL.iter().zip(&mut self.found) {
            let here = numbers.iter().filter(|number| *number == usual).count();
            if *count == 0 && here > 0 {
                *first = line;
            }
            *count += here;
        }
    }

    pub(super) fn notes(&self, file: &Path) -> impl Iterator<Item = ReadNote> {
        USUAL.into_iter().zip(self.found).filter(|(_, (count, _))| *count > 0).map(
            |(number, (count, line))| ReadNote::UnnamedNull {
                file: file.to_owned(),
                number,
                count,
                line,
            },
        )
    }
}
