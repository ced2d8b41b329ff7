use std::path::Path;

/// What the name of a CENC file says: `SSSSS_P_IIII`, perhaps with more after another `_` or `.`.
///
/// ```
/// use strain_io::CencFileName;
///
/// let name = CencFileName::of("other/65015_7_2311.Dat").unwrap();
/// assert_eq!((&*name.station, &*name.point, &*name.item), ("65015", "7", "2311"));
/// assert!(CencFileName::of("guza/h1-51.DAT").is_none());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CencFileName {
    /// Station code, five characters.
    pub station: String,
    /// Measuring point within the station, one character.
    pub point: String,
    /// Item code, four digits; 2321 to 2324 are gauges 1 to 4 of a borehole strainmeter.
    pub item: String,
}

impl CencFileName {
    /// Reads the name of `path`, if it is of that form.
    pub fn of(path: impl AsRef<Path>) -> Option<Self> {
        let name = path.as_ref().file_name()?.to_str()?;
        let mut parts = name.split('.').next()?.split('_');
        let mut part = |length: usize, digits: bool| {
            let part = parts.next()?;
            let fits =
                |c: char| if digits { c.is_ascii_digit() } else { c.is_ascii_alphanumeric() };
            (part.len() == length && part.chars().all(fits)).then(|| part.to_owned())
        };
        Some(Self { station: part(5, false)?, point: part(1, false)?, item: part(4, true)? })
    }
}
