use std::path::Path;

/// What the name of a bottle says: station, year and day, perhaps hour and minute, channel.
///
/// `B00109105215CH0` and `B0010910521CH0_20` are of station B001, year 09, day 105; the channel is
/// what follows the digits, up to the `_20` of bottles with 20 samples a second.
///
/// ```
/// use strain_io::BottleName;
///
/// let name = BottleName::of("2009/B001091052158CH0_20").unwrap();
/// assert_eq!((&*name.station, &*name.channel), ("B001", "CH0"));
/// assert_eq!(BottleName::of("B00109105PressureKPa").unwrap().channel, "PressureKPa");
/// assert!(BottleName::of("Bott1.20").is_none());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BottleName {
    /// Station code, four characters.
    pub station: String,
    /// Channel as the logger calls it: `CH0` to `CH3`, `PressureKPa`.
    pub channel: String,
}

impl BottleName {
    /// Reads the name of `path`, if it is of that form.
    pub fn of(path: impl AsRef<Path>) -> Option<Self> {
        let name = path.as_ref().file_name()?.to_str()?;
        let name = name.strip_suffix(".gz").unwrap_or(name);
        let (station, rest) = name.split_at_checked(4)?;
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (_, channel) = rest.split_at_checked(digits)?;
        let channel = channel.strip_suffix("_20").unwrap_or(channel);
        // Year and day; with the hour; with the minute.
        let dated = matches!(digits, 5 | 7 | 9);
        let named = channel.starts_with(|c: char| c.is_ascii_alphabetic())
            && channel.chars().all(|c| c.is_ascii_alphanumeric());
        let coded = station.chars().all(|c| c.is_ascii_alphanumeric());
        (dated && named && coded)
            .then(|| Self { station: station.to_owned(), channel: channel.to_owned() })
    }
}
