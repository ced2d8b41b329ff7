use std::path::Path;

use super::layout::Layout;
use super::options::CsvOptions;
use super::plain_row::PlainRow;
use crate::Result;
use crate::bad_row::{BadRow, RowProblem};
use crate::text::{Fields, NotAValue, Nulls, Times};

/// Makes rows of lines.
pub(super) struct RowParser {
    pub(super) layout: Layout,
    nulls: Nulls,
    times: Times,
    plain: Option<PlainRow>,
    fields: Fields,
}

/// Why a row cannot be used; the row itself is put beside it only then.
#[derive(Debug, PartialEq)]
pub(super) struct Fault {
    pub(super) column: Option<usize>,
    pub(super) reason: RowProblem,
}

impl RowParser {
    pub(super) fn new(layout: Layout, options: &CsvOptions) -> Self {
        Self {
            nulls: Nulls::new(&options.nulls),
            times: Times::new(options.time_format, i64::from(options.zone.seconds())),
            plain: PlainRow::new(&layout),
            fields: Fields::new(layout.delimiter),
            layout,
        }
    }

    /// The row's time in ns, its values in `values`.
    pub(super) fn parse(&mut self, line: &[u8], values: &mut [f64]) -> Result<i64, Fault> {
        let plain = self.plain.as_ref();
        match plain.and_then(|plain| plain.parse(line, &mut self.times, &self.nulls, values)) {
            Some(time) => Ok(time),
            None => self.parse_any(line, values),
        }
    }

    /// As [`parse`](Self::parse), for rows of every kind.
    fn parse_any(&mut self, line: &[u8], values: &mut [f64]) -> Result<i64, Fault> {
        let record = self.fields.split(line);
        let (expected, got) = (self.layout.names.len(), record.len());
        let extra = record.iter().skip(expected).any(|field| !field.is_empty());
        if got < expected || extra {
            let reason = RowProblem::FieldCount { expected, got };
            return Err(Fault { column: None, reason });
        }
        let time = self
            .times
            .parse(&record[self.layout.time])
            .ok_or(Fault { column: Some(self.layout.time), reason: RowProblem::NotATime })?;
        for (column, value) in self.layout.columns.iter().zip(values) {
            let at_fault = |reason| Fault { column: Some(column.index), reason };
            *value = self.nulls.parse(&record[column.index]).map_err(|problem| {
                at_fault(match problem {
                    NotAValue::Text => RowProblem::NotANumber,
                    NotAValue::Infinite => RowProblem::NotFinite,
                })
            })? * column.scale;
            if value.is_infinite() {
                return Err(at_fault(RowProblem::NotFinite));
            }
        }
        Ok(time)
    }

    pub(super) fn locate(&mut self, fault: Fault, path: &Path, number: u64, line: &[u8]) -> BadRow {
        let record = self.fields.split(line);
        let text = fault.column.and_then(|index| record.get(index)).unwrap_or(line);
        let column = fault.column.map(|index| self.layout.names[index].as_str());
        BadRow::new(path, number, column, fault.reason, text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::csv_file::ColumnSpec;
    use crate::csv_file::layout::Column;
    use proptest::prelude::*;

    fn field() -> impl Strategy<Value = String> {
        prop_oneof![
            4 => "-?[0-9]{1,5}\\.[0-9]{1,20}",
            2 => "[-+]?[0-9]{0,22}\\.?[0-9]{0,22}([eE][-+]?[0-9]{0,4})?",
            1 => "(99999|-0|999990e-1|NULL|nan|inf|-Infinity|1e400|0x1|1_0|5\"|\"5\"|\"6,7\"|é)?",
            1 => " ?[0-9.eE+-]{0,4}\t?",
            1 => "[ -~]{0,6}",
        ]
    }

    fn time() -> impl Strategy<Value = String> {
        prop_oneof![
            6 => "2008-05-1[0-9][T ]1[0-9]:[0-5][0-9](:[0-5][0-9](\\.[0-9]{1,3})?)?(Z|[+]08)?",
            1 => "2008[-/]?[0-9]{2}[-/]?[0-9]{2}[T ]?[0-9:Z ]{0,9}",
            1 => " ?\"?2008-05-12 10:00\"? ?",
            1 => "[ -~]{0,12}",
        ]
    }

    fn rows() -> impl Strategy<Value = Vec<String>> {
        let row = (field(), time(), prop::collection::vec(field(), 1..5));
        let line = |(first, time, rest): (String, String, Vec<String>)| {
            format!("{first},{time},{}", rest.join(","))
        };
        prop::collection::vec(row.prop_map(line), 1..12)
    }

    fn layout(scale: f64) -> Layout {
        let column =
            |index, scale| Column { index, channel: ColumnSpec::new("c").channel(), scale };
        Layout {
            delimiter: b',',
            header: false,
            names: ["note", "time", "b", "c", "d"].map(str::to_owned).to_vec(),
            time: 1,
            columns: vec![column(3, 1.0), column(2, scale)],
            ignored: Vec::new(),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        /// A row that is plain gives the same time and numbers, to the bit, as the parser of all
        /// rows does.
        #[test]
        fn plain_rows_are_read_as_all_are(
            rows in rows(), scale in prop_oneof![Just(1.0), Just(0.1), Just(1e300)],
            empty in any::<bool>(),
        ) {
            let layout = layout(scale);
            let mut options = CsvOptions::default().with_null("99999").with_null("infinity");
            if !empty {
                options.nulls.retain(|null| !null.is_empty());
            }
            let mut parser = RowParser::new(layout, &options);
            for row in rows {
                let (mut values, mut expected) = ([0.5; 2], [0.5; 2]);
                let time = parser.parse(row.as_bytes(), &mut values);
                let wanted = parser.parse_any(row.as_bytes(), &mut expected);
                prop_assert_eq!(&time, &wanted, "{}", row);
                if time.is_ok() {
                    prop_assert_eq!(values.map(f64::to_bits), expected.map(f64::to_bits), "{}", row);
                }
            }
        }
    }

    #[test]
    fn most_rows_are_plain() {
        let layout = layout(0.1);
        let options = CsvOptions::default();
        let mut parser = RowParser::new(layout, &options);
        let plain = parser.plain.take().unwrap();
        let mut parse = |row: &str| {
            let mut values = [0.0; 2];
            let time = plain.parse(row.as_bytes(), &mut parser.times, &parser.nulls, &mut values);
            time.map(|_| values)
        };
        assert_eq!(parse("x,2008-05-12 10:00,-2.5,1e3,"), Some([1000.0, -0.25]));
        assert!(parse(",2008-05-12T10:00:01.5Z,,1,").is_some_and(|values| values[1].is_nan()));
        for other in [
            "x,2008-05-12 10:00,\"1\",2,",
            "x,2008-05-12 10:00, 1,2,",
            "x,2008-05-12 10:00,1,2",
            "x,2008-05-12 10:00,1,2,,",
            "x,2008-05-12 10:00,NULL,2,",
            "x,2008-05-12 10:00,1e310,2,",
            "x,2008-05-12 10:00,1x,2,",
            "x,2008-05-32 10:00,1,2,",
        ] {
            assert_eq!(parse(other), None, "{other}");
        }
    }
}
