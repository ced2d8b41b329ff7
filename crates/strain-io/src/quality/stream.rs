use super::config::QualityConfig;
use super::differences::Differences;
use super::line::LineSums;
use super::report::{ChannelQuality, QualityReport, SelfConsistency};
use crate::{Channel, Recording, Result, StrainIoError, TimeGrid};

/// [`assess`](crate::assess) of a record that comes in pieces. Whatever the pieces, the report is that of
/// the whole record, bit for bit. What is held are sums, and some differences that may be among the
/// largest: about eight times the share that is left out.
///
/// # Example
///
/// ```
/// use strain_io::{AssessStream, QualityConfig, SynthConfig, assess, network};
///
/// let config = SynthConfig::default().with_reference_days(30);
/// let record = network(&config, 1)?.reference.recording;
/// let config = QualityConfig::default();
/// let mut stream =
///     AssessStream::new(record.station(), record.channels(), record.grid(), &config)?;
/// for day in 0..30 {
///     stream.push(&record.slice(day * 24..(day + 1) * 24)?)?;
/// }
/// assert_eq!(stream.finish()?, assess(&record, &config)?);
/// # Ok::<(), strain_io::StrainIoError>(())
/// ```
#[derive(Debug, Clone)]
pub struct AssessStream {
    station: String,
    channels: Vec<Channel>,
    grid: TimeGrid,
    gauges: Option<[usize; 4]>,
    share: f64,
    /// Samples that came.
    samples: usize,
    missing: Vec<usize>,
    raw: LineSums,
    differences: Differences,
    /// The four gauges at the last sample, if all had a value.
    last: Option<[f64; 4]>,
}

impl AssessStream {
    /// A stream of the record of `channels` on `grid`, at its beginning.
    ///
    /// # Errors
    ///
    /// [`StrainIoError::Config`] for a configuration that makes no sense,
    /// [`StrainIoError::NoChannel`] for a gauge that is not there.
    pub fn new(
        station: &str,
        channels: &[Channel],
        grid: &TimeGrid,
        config: &QualityConfig,
    ) -> Result<Self> {
        config.validate()?;
        Ok(Self {
            station: station.to_owned(),
            channels: channels.to_vec(),
            grid: *grid,
            gauges: config.find_gauges(station, channels)?,
            share: config.step_share,
            samples: 0,
            missing: vec![0; channels.len()],
            raw: LineSums::default(),
            differences: Differences::new(grid.len(), config.step_share),
            last: None,
        })
    }

    /// Takes the next piece.
    ///
    /// # Errors
    ///
    /// [`StrainIoError::Grid`] for a piece that is of another record, does not go on where the last one
    /// ended, or goes on after the grid's end; the stream is then as it was.
    pub fn push(&mut self, piece: &Recording) -> Result<()> {
        self.check(piece)?;
        for (missing, values) in self.missing.iter_mut().zip(piece.values().columns()) {
            *missing += values.iter().filter(|value| value.is_nan()).count();
        }
        self.samples += piece.grid().len();
        let Some(gauges) = self.gauges else { return Ok(()) };
        for row in piece.values().rows() {
            let now = gauges.map(|gauge| row[gauge]);
            let now = now.iter().all(|value| !value.is_nan()).then_some(now);
            if let Some(now) = &now {
                self.raw.add(areal(now));
            }
            if let (Some(before), Some(now)) = (self.last, now) {
                self.differences.add(std::array::from_fn(|gauge| now[gauge] - before[gauge]));
            }
            self.last = now;
        }
        Ok(())
    }

    fn check(&self, piece: &Recording) -> Result<()> {
        let (came, record) = (piece.grid(), &self.grid);
        let same = piece.station() == self.station && piece.channels() == self.channels;
        let goes_on = came.interval() == record.interval()
            && came.start() == record.time(self.samples)
            && self.samples + came.len() <= record.len();
        if same && goes_on {
            return Ok(());
        }
        Err(StrainIoError::Grid {
            problem: format!(
                "{} samples of {} from {} are not the next, at {}, of the record of {} that ends at {}",
                came.len(),
                piece.station(),
                came.start(),
                record.time(self.samples),
                self.station,
                record.end()
            ),
            advice: "give the pieces of one recording, with all its channels, in order of time",
        })
    }

    /// The report on what came.
    ///
    /// # Errors
    ///
    /// [`StrainIoError::Grid`] where nothing did.
    pub fn finish(self) -> Result<QualityReport> {
        let Some(last) = self.samples.checked_sub(1) else {
            return Err(StrainIoError::Grid {
                problem: format!("no sample of {} came", self.station),
                advice: "give at least one piece",
            });
        };
        let channels =
            self.channels.iter().zip(&self.missing).map(|(channel, &missing)| ChannelQuality {
                name: channel.name.clone(),
                rows: None,
                samples: self.samples,
                missing,
                continuity: 1.0 - missing as f64 / self.samples as f64,
            });
        let channels = channels.collect();
        let self_consistency = self.gauges.map(|gauges| {
            let (raw, kept) = (self.raw.line(), self.differences.finish(self.share));
            SelfConsistency {
                gauges: gauges.map(|index| self.channels[index].name.clone()),
                correlation: raw.as_ref().map(|line| line.correlation),
                slope: raw.as_ref().map(|line| line.slope),
                difference_correlation: kept.line.as_ref().map(|line| line.correlation),
                difference_slope: kept.line.as_ref().map(|line| line.slope),
                differences_used: kept.used,
                differences_left_out: kept.left_out,
            }
        });
        Ok(QualityReport {
            station: self.station,
            start: self.grid.start(),
            end: self.grid.time(last),
            interval_s: self.grid.interval_seconds(),
            channels,
            self_consistency,
        })
    }
}

/// (S2+S4, S1+S3): the abscissa and the ordinate of the line whose slope is k.
pub(super) fn areal(gauges: &[f64; 4]) -> (f64, f64) {
    (gauges[1] + gauges[3], gauges[0] + gauges[2])
}
