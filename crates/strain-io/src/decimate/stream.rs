use super::config::DecimateConfig;
use super::filter::FirFilter;
use super::run::{filtered, first_kept, none_left, spaced};
use crate::{Recording, Result};

/// [`decimate`](crate::decimate) of a record that comes in pieces. Whatever the pieces, together the
/// kept samples are those of the whole record, bit for bit. What is held is one filter's length.
///
/// # Example
///
/// ```
/// use strain_io::{DecimateConfig, DecimateStream, Recording, SynthConfig, decimate, network};
///
/// let config = SynthConfig::default().with_interval_s(600).with_reference_days(3);
/// let record = network(&config, 1)?.reference.recording;
/// let hourly = DecimateConfig::new(6);
/// let (mut stream, mut kept) = (DecimateStream::new(&hourly)?, Vec::new());
/// for day in 0..3 {
///     kept.extend(stream.push(&record.slice(day * 144..(day + 1) * 144)?)?);
/// }
/// kept.extend(stream.finish()?);
/// assert_eq!(Recording::concatenate(&kept)?.grid(), decimate(&record, &hourly)?.grid());
/// # Ok::<(), strain_io::StrainIoError>(())
/// ```
#[derive(Debug, Clone)]
pub struct DecimateStream {
    config: DecimateConfig,
    filter: FirFilter,
    /// The samples that later kept ones need.
    held: Option<Recording>,
    /// Samples of the record before those that are held.
    dropped: usize,
    /// Index, in the record, of the first kept sample.
    first: usize,
    /// Samples that were kept.
    kept: usize,
}

impl DecimateStream {
    /// A stream at its beginning.
    ///
    /// # Errors
    ///
    /// As [`DecimateConfig::filter`].
    pub fn new(config: &DecimateConfig) -> Result<Self> {
        let (config, filter) = (config.clone(), config.filter()?);
        Ok(Self { config, filter, held: None, dropped: 0, first: 0, kept: 0 })
    }

    /// Takes the next piece and returns the kept samples for which all is known that goes into them, if
    /// there are any: with linear phase they lag behind by half the filter.
    ///
    /// # Errors
    ///
    /// [`StrainIoError::Grid`](crate::StrainIoError::Grid) for a piece that does not go on where the last
    /// one ended; the stream is then as it was.
    pub fn push(&mut self, piece: &Recording) -> Result<Option<Recording>> {
        let record = match &self.held {
            Some(held) => Recording::concatenate(&[held.clone(), piece.clone()])?,
            None => {
                self.first = first_kept(piece.grid(), self.config.factor);
                piece.clone()
            }
        };
        let end = self.dropped + record.grid().len();
        let first_full = self.first + self.filter.samples_ahead();
        let full = end.saturating_sub(first_full).div_ceil(self.config.factor);
        let out = self.until(&record, full)?;
        self.hold(&record)?;
        Ok(out)
    }

    /// The kept samples at the end of the record, where the filter is not full: they are missing. None
    /// where nothing is left.
    ///
    /// # Errors
    ///
    /// [`StrainIoError::Grid`](crate::StrainIoError::Grid) where the record was too short for a single
    /// kept sample.
    pub fn finish(mut self) -> Result<Option<Recording>> {
        let Some(record) = self.held.take() else { return Ok(None) };
        let end = self.dropped + record.grid().len();
        let all = end.saturating_sub(self.first).div_ceil(self.config.factor);
        if all == 0 {
            return Err(none_left(end, self.config.factor));
        }
        self.until(&record, all)
    }

    /// The samples from the last one kept to the `count`-th.
    fn until(&mut self, record: &Recording, count: usize) -> Result<Option<Recording>> {
        if count <= self.kept {
            return Ok(None);
        }
        let factor = self.config.factor;
        let next = self.first + self.kept * factor - self.dropped;
        let grid = spaced(record.grid(), next, factor, count - self.kept)?;
        let latest = next + self.filter.samples_ahead();
        let out = filtered(record, &self.filter, &self.config, grid, latest)?;
        self.kept = count;
        Ok(Some(out))
    }

    /// Holds what goes into the next kept sample and all after it, and at least the record's last
    /// sample, which says where the next piece begins.
    fn hold(&mut self, record: &Recording) -> Result<()> {
        let next = self.first + self.kept * self.config.factor;
        let latest = next + self.filter.samples_ahead();
        let oldest = (latest + 1).saturating_sub(self.filter.coefficients().len());
        let from = oldest.min(next).saturating_sub(self.dropped).min(record.grid().len() - 1);
        self.held = Some(record.slice(from..record.grid().len())?);
        self.dropped += from;
        Ok(())
    }
}
