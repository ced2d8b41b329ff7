use jiff::civil::Date;
use thiserror::Error;

/// `Result` with this crate's error.
pub type Result<T> = std::result::Result<T, StatsError>;

/// What can be wrong with the input of this crate's functions.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StatsError {
    /// A value is NaN or infinite where a number is needed.
    #[error(
        "{what}[{index}] is {value}, which is not a finite number; remove it or mark it unobserved"
    )]
    NotFinite {
        /// Name of the input.
        what: &'static str,
        /// Index of the value.
        index: usize,
        /// The value.
        value: f64,
    },
    /// A value is so large that sums of its squares are of no use.
    #[error(
        "{what}[{index}] is {value:e}, beyond what can be fitted in double precision (1e75); divide all \
         values by one factor"
    )]
    TooLarge {
        /// Name of the input.
        what: &'static str,
        /// Index of the value.
        index: usize,
        /// The value.
        value: f64,
    },
    /// A count is negative.
    #[error("the count of {date} (day {index}) is {value}; counts must be zero or more")]
    NegativeCount {
        /// The day.
        date: Date,
        /// Its index.
        index: usize,
        /// The value.
        value: f64,
    },
    /// The same day came twice.
    #[error("row {row}: {date} is there twice; keep one row a day")]
    DuplicateDay {
        /// Index of the second row.
        row: usize,
        /// The day.
        date: Date,
    },
    /// A day came before the one above it.
    #[error("row {row}: {date} comes after {previous}; sort the rows by day")]
    UnsortedDay {
        /// Index of the row.
        row: usize,
        /// The day.
        date: Date,
        /// The day of the row above.
        previous: Date,
    },
    /// A calendar computation left the years that can be represented.
    #[error("day {index} after {first_day} is outside the calendar (years -9999 to 9999)")]
    Calendar {
        /// First day of the record.
        first_day: Date,
        /// Index of the day.
        index: usize,
    },
    /// Two inputs that must be of one length are not.
    #[error("{what} has {got} values where {expected} are needed, one for each {per}")]
    Length {
        /// Name of the input.
        what: &'static str,
        /// Length needed.
        expected: usize,
        /// Length given.
        got: usize,
        /// What each value belongs to.
        per: &'static str,
    },
    /// Too few values for the computation.
    #[error("{what}: {got} values, at least {needed} are needed")]
    TooFew {
        /// What is short.
        what: &'static str,
        /// Number needed.
        needed: usize,
        /// Number given.
        got: usize,
    },
    /// Times do not increase.
    #[error("t[{index}] is not later than the one before it; sort the times and drop repeats")]
    NotIncreasing {
        /// Index of the later value.
        index: usize,
    },
    /// All values are the same, so there is nothing to measure.
    #[error("{what} does not vary (every value is {value}); there is no scale to judge it by")]
    NoVariation {
        /// Name of the input.
        what: &'static str,
        /// The value.
        value: f64,
    },
    /// Most values are the same, so that a median absolute deviation is zero.
    #[error(
        "{what} has no robust spread (more than half of the values are {value}, so that their median \
         absolute deviation is zero); take the standard deviation instead"
    )]
    NoRobustSpread {
        /// Name of the input.
        what: &'static str,
        /// What most values are.
        value: f64,
    },
    /// The event is not just behind a window that lies in the record.
    #[error(
        "the {window_days}-day window before {event_day} is not inside the record, which runs from \
         {first_day} to {last_day}; choose a shorter window or add the missing days as empty"
    )]
    EventOutsideRecord {
        /// UTC day of the event.
        event_day: Date,
        /// Length of the window.
        window_days: usize,
        /// First day of the record.
        first_day: Date,
        /// Last day of the record.
        last_day: Date,
    },
    /// Too many days of the window are unobserved.
    #[error("{observed} of the window's {window_days} days are observed, {needed} are needed")]
    WindowCoverage {
        /// Days observed.
        observed: usize,
        /// Length of the window.
        window_days: usize,
        /// Days needed.
        needed: usize,
    },
    /// Too few quiet days for a null distribution.
    #[error(
        "{got} observed quiet days outside the window, {needed} are needed for a null distribution; \
         use a longer record or a smaller `min_quiet_days`"
    )]
    TooFewQuietDays {
        /// Days needed.
        needed: usize,
        /// Days found.
        got: usize,
    },
    /// No sigmoid of the matched filter's grid reaches an observed day of the window.
    #[error(
        "no sigmoid of the filter reaches an observed day: {} to {} days before the window's end \
         nothing was recorded; search other inflections or smaller steepnesses",
        inflection[0],
        inflection[1]
    )]
    BlindFilter {
        /// Inflections searched, days before the window's end: nearest and farthest.
        inflection: [f64; 2],
    },
    /// A setting is outside its range.
    #[error("{name} = {value} is out of range: {expected}")]
    Setting {
        /// Name of the setting.
        name: &'static str,
        /// Its value.
        value: String,
        /// The range.
        expected: &'static str,
    },
    /// A p-value is outside 0..1.
    #[error("p[{index}] = {value} is not between 0 and 1")]
    NotAProbability {
        /// Index of the value.
        index: usize,
        /// The value.
        value: f64,
    },
    /// A value that must be positive is not.
    #[error("{what}[{index}] = {value} must be positive")]
    NotPositive {
        /// Name of the input.
        what: &'static str,
        /// Index of the value.
        index: usize,
        /// The value.
        value: f64,
    },
    /// A value that must be zero or more is not.
    #[error("{what}[{index}] = {value} is negative; it must be zero or more")]
    Negative {
        /// Name of the input.
        what: &'static str,
        /// Index of the value.
        index: usize,
        /// The value.
        value: f64,
    },
    /// Blocks so long that the records drawn from them are nearly one and the same.
    #[error(
        "blocks of {block} days cannot be drawn from {days} {what}: the records would be nearly one and the \
         same; use blocks of at most {longest} days"
    )]
    BlockTooLong {
        /// What the blocks are drawn from.
        what: &'static str,
        /// Days a block.
        block: usize,
        /// Days that blocks are drawn from.
        days: usize,
        /// Longest block allowed.
        longest: usize,
    },
    /// The epicentre is none of those that it is compared with.
    #[error(
        "the epicentre is {distance_km:.1} km from the middle of the network, and random ones are drawn up to \
         {radius_km} km from it; use a larger `radius_km`"
    )]
    EpicentreOutside {
        /// Its distance from the network's middle.
        distance_km: f64,
        /// Radius of the circle.
        radius_km: f64,
    },
    /// An uncorrected p-value was asked for where it means nothing.
    #[error(
        "{looks} looks were taken, so that no single p-value speaks for itself; ask for Holm's or \
         Benjamini and Hochberg's adjusted ones"
    )]
    ManyLooks {
        /// Number of looks.
        looks: usize,
    },
    /// An alarm ends before it starts.
    #[error("alarm {index} ends {end}, before it starts {start}")]
    AlarmEndsFirst {
        /// Index of the alarm.
        index: usize,
        /// Its first day.
        start: Date,
        /// Its last day.
        end: Date,
    },
    /// A frozen protocol does not have the hash that is written beside it.
    #[error(
        "the frozen protocol was edited: it says hash {stated}, its choices have {computed}; \
         restore the file that was frozen"
    )]
    ProtocolEdited {
        /// Hash written down.
        stated: String,
        /// Hash of the choices.
        computed: String,
    },
    /// Another station of a comparison has a record that cannot be judged.
    #[error("others[{index}] cannot be judged; mend its record or leave it out")]
    OtherStation {
        /// Its index.
        index: usize,
        /// What is wrong with it.
        source: Box<StatsError>,
    },
    /// The optimiser refused the problem.
    #[error("the optimiser stopped with an error: {message}")]
    Optimiser {
        /// Its message.
        message: String,
    },
    /// The linear algebra below refused a matrix.
    #[error("linear algebra")]
    Linalg(#[from] stmn_linalg::LinalgError),
}

impl StatsError {
    pub(crate) fn setting(
        name: &'static str,
        value: impl ToString,
        expected: &'static str,
    ) -> StatsError {
        StatsError::Setting { name, value: value.to_string(), expected }
    }
}

/// Refuses the first value that is not finite.
pub(crate) fn check_finite(what: &'static str, values: &[f64]) -> Result<()> {
    match values.iter().position(|v| !v.is_finite()) {
        Some(index) => Err(StatsError::NotFinite { what, index, value: values[index] }),
        None => Ok(()),
    }
}

/// Largest value that is fitted: a solver multiplies two sums of squares, which must not overflow.
const LARGEST: f64 = 1e75;

/// Refuses the first value that is not finite, or too large to be fitted.
pub(crate) fn check_values(what: &'static str, values: &[f64]) -> Result<()> {
    check_finite(what, values)?;
    match values.iter().position(|v| v.abs() > LARGEST) {
        Some(index) => Err(StatsError::TooLarge { what, index, value: values[index] }),
        None => Ok(()),
    }
}

/// Refuses the first value that is negative.
pub(crate) fn check_not_negative(what: &'static str, values: &[f64]) -> Result<()> {
    match values.iter().position(|v| *v < 0.0) {
        Some(index) => Err(StatsError::Negative { what, index, value: values[index] }),
        None => Ok(()),
    }
}

/// Refuses a length other than the expected one.
pub(crate) fn check_length(
    what: &'static str,
    got: usize,
    expected: usize,
    per: &'static str,
) -> Result<()> {
    if got == expected { Ok(()) } else { Err(StatsError::Length { what, expected, got, per }) }
}

/// Refuses fewer values than needed.
pub(crate) fn check_at_least(what: &'static str, got: usize, needed: usize) -> Result<()> {
    if got >= needed { Ok(()) } else { Err(StatsError::TooFew { what, needed, got }) }
}
