use std::fmt;
use std::ops::Range;

use ndarray::s;

use super::config::PrepareConfig;
use super::drivers::{Driven, Drivers, Driving};
use super::gauge::{Gauge, Observed};
use super::history::History;
use super::piece::{Out, PreparedPiece};
use super::report::PrepareReport;
use super::response::Design;
use super::setup::Setup;
use crate::{CoseismicContext, Recording, Result, StrainIoError};

/// [`prepare`](crate::prepare) of a record that comes in pieces: the fitted models and the state that
/// goes from one piece to the next. Whatever the pieces, together they are what
/// [`prepare`](crate::prepare) makes of the whole record, bit for bit, and so is the report.
///
/// What is carried is bounded by the settings: the trailing samples of the level and the threshold
/// (`relevel_days`, `window_days`), those of drivers that lags reach and, where models are renewed, those
/// they are fitted on (`span_days`). The report grows with the gaps, spikes and steps that it lists. What undoing a piece
/// needs is not kept here: [`start_undoable`](Self::start_undoable) and
/// [`push_undoable`](Self::push_undoable) hand it out with the piece, and undo that piece alone.
///
/// # Example
///
/// ```
/// use strain_io::{PrepareConfig, PrepareStream, SynthConfig, network, prepare};
///
/// let config = SynthConfig::default().with_reference_days(120).with_target_days(90);
/// let record = network(&config, 1)?.reference.recording;
/// let (config, fit) = (PrepareConfig::default(), 0..60 * 24);
/// let (mut stream, first) = PrepareStream::start(&record.slice(0..1500)?, &config, fit.clone())?;
/// let second = stream.push(&record.slice(1500..record.grid().len())?)?;
/// assert_eq!((first.grid().len(), second.channels().len()), (1500, 4));
/// assert_eq!(stream.finish(), prepare(&record, &config, fit)?.report);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct PrepareStream {
    station: String,
    setup: Setup,
    gauges: Vec<Gauge>,
    drivers: Drivers,
    renewals: Option<Renewals>,
    /// The place of the next sample.
    next: usize,
}

/// When models are renewed next, every how many samples, and from what.
struct Renewals {
    next: usize,
    every: usize,
    history: History,
}

impl PrepareStream {
    /// Fits the models on the samples `fit` of `head`, the beginning of a record, and prepares it: the
    /// first piece, which must reach to the end of `fit` at least.
    ///
    /// # Errors
    ///
    /// As [`prepare`](crate::prepare).
    pub fn start(
        head: &Recording,
        config: &PrepareConfig,
        fit: Range<usize>,
    ) -> Result<(Self, Recording)> {
        let (stream, piece) = Self::start_undoable(head, config, fit, None)?;
        Ok((stream, piece.recording))
    }

    /// As [`start`](Self::start); the piece can be undone. With `earthquakes` steps are named and may be
    /// kept as in [`prepare_with_catalogue`](crate::prepare_with_catalogue): the catalogue is taken over
    /// as it is, so that an earthquake that is located later has no name here.
    ///
    /// # Errors
    ///
    /// As [`prepare`](crate::prepare) or [`prepare_with_catalogue`](crate::prepare_with_catalogue).
    ///
    /// # Example
    ///
    /// ```
    /// use strain_io::{PrepareConfig, PrepareStream, SynthConfig, network};
    ///
    /// let config = SynthConfig::default().with_reference_days(90).with_target_days(60);
    /// let record = network(&config, 1)?.reference.recording;
    /// let (head, rest) = (record.slice(0..1500)?, record.slice(1500..record.grid().len())?);
    /// let config = PrepareConfig::default();
    /// let (mut stream, _) = PrepareStream::start_undoable(&head, &config, 0..60 * 24, None)?;
    /// let piece = stream.push_undoable(&rest)?;
    /// let recorded = rest.select(&["s1", "s2", "s3", "s4"])?;
    /// for (back, recorded) in piece.undo()?.values().iter().zip(recorded.values()) {
    ///     assert!((back - recorded).abs() < 1e-6 || recorded.is_nan());
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn start_undoable(
        head: &Recording,
        config: &PrepareConfig,
        fit: Range<usize>,
        earthquakes: Option<&CoseismicContext<'_>>,
    ) -> Result<(Self, PreparedPiece)> {
        let setup = Setup::new(head, config, fit, earthquakes)?;
        let (fit, len) = (setup.fit.clone(), setup.fit.end);
        let gauges = head.select(&config.gauges.each_ref().map(String::as_str))?;
        let mut out = Out::new(&setup, &gauges, 0);
        let mut drivers = Drivers::new(&setup, head)?;
        let driven = drivers.read(&setup, head, 0..len)?;
        let design = Design::new(&setup, fit.clone(), &driven.observed.columns(fit));
        let mut renewals = Renewals::new(&setup);
        let (usable, held) = (setup.usable(0..len), driven.held.columns(0..len));
        let mut fitted = Vec::with_capacity(config.gauges.len());
        for (index, name) in config.gauges.iter().enumerate() {
            let values = column(&gauges, index, 0..len);
            let samples = Observed { from: 0, values: &values, driven: &held, usable: &usable };
            let (gauge, span) = Gauge::fit(&setup, &design, name, samples)?;
            out.write(0, index, span);
            renewals.iter_mut().for_each(|it| it.history.push_gauge(index, &values));
            fitted.push(gauge);
        }
        if let Some(renewals) = &mut renewals {
            renewals.hold(&driven.observed);
        }
        out.hold(&driven.held);
        drop((design, driven));
        let station = head.station().to_owned();
        let mut stream = Self { station, setup, gauges: fitted, drivers, renewals, next: len };
        stream.go_on(head, &gauges, len, &mut out)?;
        let piece = out.finish(&gauges, &stream.gauges)?;
        Ok((stream, piece))
    }

    /// Prepares the next piece: the four gauges of its samples.
    ///
    /// # Errors
    ///
    /// [`StrainIoError::Grid`] for a piece that does not begin where the last one ended or is of
    /// another interval, [`StrainIoError::NoChannel`] and [`StrainIoError::WrongUnit`] as
    /// [`prepare`](crate::prepare); nothing is changed by these. [`StrainIoError::LinearAlgebra`]
    /// where models cannot be renewed, after which the stream is of no use.
    pub fn push(&mut self, piece: &Recording) -> Result<Recording> {
        self.push_undoable(piece).map(|piece| piece.recording)
    }

    /// As [`push`](Self::push); the piece can be undone.
    ///
    /// # Errors
    ///
    /// As [`push`](Self::push).
    pub fn push_undoable(&mut self, piece: &Recording) -> Result<PreparedPiece> {
        self.check(piece)?;
        let gauges = piece.select(&self.setup.config.gauges.each_ref().map(String::as_str))?;
        let mut out = Out::new(&self.setup, &gauges, self.next);
        self.go_on(piece, &gauges, 0, &mut out)?;
        out.finish(&gauges, &self.gauges)
    }

    /// What was done, as of a record that ends with the last piece.
    pub fn finish(self) -> PrepareReport {
        let grid = &self.setup.grid;
        let mut report = PrepareReport {
            station: self.station,
            fit_start: grid.time(self.setup.fit.start),
            fit_end: grid.time(self.setup.fit.end - 1),
            gauges: Vec::with_capacity(self.gauges.len()),
            notes: Vec::new(),
        };
        for gauge in self.gauges {
            let (gauge, notes) = gauge.finish(&self.setup);
            report.gauges.push(gauge);
            report.notes.extend(notes);
        }
        report
    }

    /// Prepares the rows of a piece from `row` on; `gauges` are its gauges.
    fn go_on(
        &mut self,
        piece: &Recording,
        gauges: &Recording,
        row: usize,
        out: &mut Out,
    ) -> Result<()> {
        let len = piece.grid().len();
        let mut start = row;
        while start < len {
            self.renew()?;
            let until = self.renewals.as_ref().map_or(usize::MAX, |renewals| renewals.next);
            let end = start + (len - start).min(until - self.next);
            let driven = self.drivers.read(&self.setup, piece, start..end)?;
            self.advance(gauges, start..end, &driven, out);
            start = end;
        }
        Ok(())
    }

    /// Prepares rows between which no models are renewed.
    fn advance(&mut self, gauges: &Recording, rows: Range<usize>, driven: &Driven, out: &mut Out) {
        let usable = self.setup.usable(self.next..self.next + rows.len());
        let held = driven.held.columns(0..rows.len());
        for (index, gauge) in self.gauges.iter_mut().enumerate() {
            let values = column(gauges, index, rows.clone());
            let (from, driven) = (self.next, held.as_slice());
            let samples = Observed { from, values: &values, driven, usable: &usable };
            out.write(rows.start, index, gauge.push(&self.setup, samples));
            if let Some(renewals) = &mut self.renewals {
                renewals.history.push_gauge(index, &values);
            }
        }
        if let Some(renewals) = &mut self.renewals {
            renewals.hold(&driven.observed);
        }
        out.hold(&driven.held);
        self.next += rows.len();
    }

    /// Renews the models if it is time to.
    fn renew(&mut self) -> Result<()> {
        let Some(renewals) = self.renewals.as_mut().filter(|it| it.next == self.next) else {
            return Ok(());
        };
        let history = &renewals.history;
        let design = Design::new(&self.setup, history.range(), &history.columns());
        let usable = self.setup.usable(history.range());
        for (index, gauge) in self.gauges.iter_mut().enumerate() {
            gauge.renew(&self.setup, &design, history.gauge(index), &usable, self.next)?;
        }
        renewals.next = renewals.next.saturating_add(renewals.every);
        Ok(())
    }

    fn check(&self, piece: &Recording) -> Result<()> {
        let expected = self.setup.grid.time(self.next);
        let grid = piece.grid();
        if grid.start() != expected || grid.interval() != self.setup.grid.interval() {
            return Err(StrainIoError::Grid {
                problem: format!(
                    "a piece from {} every {:#} where {expected} every {:#} is next",
                    grid.start(),
                    grid.interval(),
                    self.setup.grid.interval()
                ),
                advice: "give all pieces of the record in order of time, missing samples too",
            });
        }
        self.setup.check_units(piece)
    }
}

impl Renewals {
    fn new(setup: &Setup) -> Option<Self> {
        let refit = setup.config.refit?;
        let every = refit.every_days as usize * setup.per_day;
        let span = refit.span_days as usize * setup.per_day;
        let next = setup.fit.end.saturating_add(every);
        Some(Self { next, every, history: History::new(span) })
    }

    /// Takes the drivers of the samples whose gauges were added.
    fn hold(&mut self, drivers: &Driving) {
        self.history.push_drivers(drivers);
        self.history.trim();
    }
}

/// Some samples of a channel.
fn column(recording: &Recording, channel: usize, rows: Range<usize>) -> Vec<f64> {
    recording.values().slice(s![rows, channel]).to_vec()
}

impl fmt::Debug for PrepareStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrepareStream")
            .field("station", &self.station)
            .field("next", &self.setup.grid.time(self.next))
            .finish_non_exhaustive()
    }
}
