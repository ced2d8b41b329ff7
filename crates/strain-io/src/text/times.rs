use super::time::{TimeFormat, after_date, date_days, parse_time};

/// The times of one column, row after row: most rows are of the day of the row before them, whose
/// date need not be made out again. Gives what [`parse_time`] does.
pub(crate) struct Times {
    format: TimeFormat,
    /// Seconds east of UTC where a time names no zone.
    offset: i64,
    /// The date made out last, and the day that it is.
    last: Option<([u8; 10], i64)>,
}

impl Times {
    pub(crate) fn new(format: TimeFormat, offset: i64) -> Self {
        Self { format, offset, last: None }
    }

    /// The instant that `text` names, in nanoseconds since 1970-01-01T00:00:00Z.
    pub(crate) fn parse(&mut self, text: &[u8]) -> Option<i64> {
        if self.format == TimeFormat::Calendar
            && let Some((date, rest)) = text.split_first_chunk()
            && let Some(days) = self.days(date)
        {
            return after_date(days, rest, self.offset);
        }
        parse_time(text, self.format, self.offset)
    }

    /// The day of a date with separators.
    fn days(&mut self, date: &[u8; 10]) -> Option<i64> {
        if let Some((last, days)) = self.last
            && last == *date
        {
            return Some(days);
        }
        let days = date_days(date)?;
        self.last = Some((*date, days));
        Some(days)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Whatever came before it, a time is what it is by itself.
        #[test]
        fn rows_do_not_depend_on_one_another(
            rows in prop::collection::vec(
                "(20(08|15)[-/](05|02|13)[-/](12|30)|2008051[23])[T ]?([0-2][0-9](:?[0-5][0-9]){0,2})?(\\.[0-9]{1,3})?(Z|[+]08|x)?",
                1..20,
            ),
            unix in any::<bool>(),
        ) {
            let format = if unix { TimeFormat::UnixSeconds } else { TimeFormat::Calendar };
            let mut times = Times::new(format, 28_800);
            for row in rows {
                let row = row.as_bytes();
                prop_assert_eq!(times.parse(row), parse_time(row, format, 28_800));
            }
        }
    }

    #[test]
    fn bytes_of_zero_are_no_date() {
        let mut times = Times::new(TimeFormat::Calendar, 0);
        assert_eq!(times.parse(&[0; 10]), None);
        assert_eq!(times.parse(b"2008-05-12"), parse_time(b"2008-05-12", TimeFormat::Calendar, 0));
        assert_eq!(times.parse(&[0; 10]), None);
    }
}
