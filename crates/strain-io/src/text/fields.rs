use csv::ByteRecord;

/// The fields of one line: split at the delimiter, quotes resolved.
///
/// A line is a record here. A quoted field cannot hold a line break, which no recording or
/// catalogue does; in return every line number in an error is the file's own, and a quote that is
/// never closed spoils one row and not the rest of the file.
pub(crate) struct Fields {
    delimiter: u8,
    record: ByteRecord,
    unquoted: Vec<u8>,
}

impl Fields {
    pub(crate) fn new(delimiter: u8) -> Self {
        Self { delimiter, record: ByteRecord::new(), unquoted: Vec::new() }
    }

    /// Splits `line`; the fields have no white space at their ends.
    pub(crate) fn split(&mut self, line: &[u8]) -> &ByteRecord {
        self.record.clear();
        if line.contains(&b'"') {
            self.split_quoted(line);
        } else {
            for field in line.split(|&byte| byte == self.delimiter) {
                self.record.push_field(field.trim_ascii());
            }
        }
        &self.record
    }

    fn split_quoted(&mut self, line: &[u8]) {
        let mut quoted = false;
        self.unquoted.clear();
        for (position, &byte) in line.iter().enumerate() {
            match byte {
                b'"' => {
                    // Two quotes inside a quoted field stand for one.
                    if !quoted && position > 0 && line[position - 1] == b'"' {
                        self.unquoted.push(b'"');
                    }
                    quoted = !quoted;
                }
                _ if byte == self.delimiter && !quoted => {
                    self.record.push_field(self.unquoted.trim_ascii());
                    self.unquoted.clear();
                }
                _ => self.unquoted.push(byte),
            }
        }
        self.record.push_field(self.unquoted.trim_ascii());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(line: &str) -> Vec<String> {
        let mut fields = Fields::new(b',');
        let record = fields.split(line.as_bytes());
        record.iter().map(|field| String::from_utf8(field.to_vec()).unwrap()).collect()
    }

    #[test]
    fn plain_and_quoted() {
        assert_eq!(split("a, b ,,c"), ["a", "b", "", "c"]);
        assert_eq!(split(r#""a,b","say ""x""",c"#), ["a,b", r#"say "x""#, "c"]);
        assert_eq!(split(r#"a,"b"#), ["a", "b"]);
        assert_eq!(split(r#""","#), ["", ""]);
        assert_eq!(split(""), [""]);
    }

    #[test]
    fn agrees_with_the_csv_crate() {
        for line in [r#"a,"b,c",d"#, r#""x""y",z"#, r#"1,2,"",4"#, r#""a","b","c""#] {
            let mut reader =
                csv::ReaderBuilder::new().has_headers(false).from_reader(line.as_bytes());
            let expected = reader.records().next().unwrap().unwrap();
            assert_eq!(split(line), expected.iter().collect::<Vec<_>>(), "{line}");
        }
    }
}
