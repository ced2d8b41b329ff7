use std::ops::Range;
use std::path::Path;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use ndarray::{Array2, Axis, s};
use strain_io::TimeGrid;
use timesnet::Scaler;

use super::experiment::{DataSettings, Experiment};
use super::names::Features;
use crate::failure::Failure;

/// A regular table: channels over rows that are equally far apart.
pub(super) struct Series {
    pub(super) file: String,
    pub(super) channels: Vec<String>,
    /// `[row, channel]`, NaN where a value is missing. Of 64 bits until it is scaled: what varies in
    /// its eighth digit does not vary in 32.
    pub(super) values: Array2<f64>,
    /// None for a table without times.
    pub(super) grid: Option<TimeGrid>,
    /// Of anomaly detection, where the table says which rows are anomalous.
    pub(super) labels: Option<Vec<bool>>,
}

impl Series {
    /// Reads the channels that an experiment works on, in its order.
    pub(super) fn read(path: &Path, data: &DataSettings) -> Result<Self, Failure> {
        let mut all = match data.times {
            true => with_times(path, data)?,
            false => without_times(path)?,
        };
        if let Some(label) = &data.label
            && let Some(column) = all.channels.iter().position(|name| name == label)
        {
            all.labels = Some(all.take_labels(column)?);
        }
        all.select(data.features, data.target.as_deref())
    }

    /// Refuses a table without the column of labels that the settings name: under its own name it
    /// would be a channel that the network is given.
    pub(super) fn refuse_unlabelled(&self, data: &DataSettings) -> Result<(), Failure> {
        let Some(label) = data.label.as_ref().filter(|_| self.labels.is_none()) else {
            return Ok(());
        };
        Err(Failure::new(format!(
            "{} has no column of numbers `{label}` (the `label`): it has {}",
            self.file,
            self.channels.join(", ")
        )))
    }

    /// The column of labels, taken out of the channels.
    fn take_labels(&mut self, column: usize) -> Result<Vec<bool>, Failure> {
        let name = self.channels.remove(column);
        let values = self.values.column(column).to_vec();
        let labels = values.iter().enumerate().map(|(row, value)| match *value {
            0.0 => Ok(false),
            1.0 => Ok(true),
            other => Err(Failure::new(format!(
                "{}: the label `{name}` is {other} at {}: 0 (normal) or 1 (anomalous) is needed",
                self.file,
                self.place(row)
            ))),
        });
        let labels = labels.collect::<Result<_, _>>()?;
        let rest: Vec<usize> = (0..self.values.ncols()).filter(|c| *c != column).collect();
        self.values = self.values.select(Axis(1), &rest);
        Ok(labels)
    }

    /// The channels that go in, the target last, as the published loader puts it.
    fn select(self, features: Features, target: Option<&str>) -> Result<Self, Failure> {
        let position = |name: &str| {
            self.channels.iter().position(|channel| channel == name).ok_or_else(|| {
                Failure::new(format!(
                    "{} has no channel `{name}` (the target): it has {}",
                    self.file,
                    self.channels.join(", ")
                ))
            })
        };
        let mut order: Vec<usize> = (0..self.channels.len()).collect();
        if let Some(target) = target {
            let target = position(target)?;
            order.retain(|channel| *channel != target);
            order.push(target);
        }
        if features == Features::S {
            order = order.split_off(order.len().saturating_sub(1));
        }
        if order.is_empty() {
            return Err(Failure::new(format!("{} has no column of numbers", self.file)));
        }
        Ok(Self {
            channels: order.iter().map(|&channel| self.channels[channel].clone()).collect(),
            values: self.values.select(Axis(1), &order),
            ..self
        })
    }

    /// The channels in the order that a model was trained on.
    pub(super) fn in_order(self, channels: &[String]) -> Result<Self, Failure> {
        let find = |name: &String| self.channels.iter().position(|channel| channel == name);
        let order: Option<Vec<usize>> = channels.iter().map(find).collect();
        match order {
            Some(order) if order.len() == self.channels.len() => Ok(Self {
                values: self.values.select(Axis(1), &order),
                channels: channels.to_vec(),
                ..self
            }),
            _ => Err(Failure::new(format!(
                "{} has the channels {}; the model was trained on {}",
                self.file,
                self.channels.join(", "),
                channels.join(", ")
            ))),
        }
    }

    /// When a row was, or its number from 1.
    pub(super) fn place(&self, row: usize) -> String {
        match &self.grid {
            Some(grid) => format!("{} (row {})", grid.time(row), row + 1),
            None => format!("row {}", row + 1),
        }
    }

    /// What stands in the first column of a result for a row, also for one after the end.
    pub(super) fn stamp(&self, row: usize) -> String {
        self.grid.as_ref().map_or_else(|| (row + 1).to_string(), |grid| grid.time(row).to_string())
    }

    /// What that column is called.
    pub(super) fn stamp_name(&self) -> &'static str {
        if self.grid.is_some() { "time" } else { "row" }
    }

    /// Refuses missing values in `rows`: only imputation has a use for them.
    pub(super) fn refuse_missing(&self, rows: Range<usize>) -> Result<(), Failure> {
        let part = self.values.slice(s![rows.clone(), ..]);
        let missing = part.iter().filter(|value| value.is_nan()).count();
        let first = part.indexed_iter().find(|(_, value)| value.is_nan());
        let Some(((row, channel), _)) = first else { return Ok(()) };
        Err(Failure::new(format!(
            "{}: channel {} has no value at {} ({missing} in all are missing): fill gaps first; the \
             task `imputation` takes them as they are",
            self.file,
            self.channels[channel],
            self.place(rows.start + row)
        )))
    }

    /// Rows in units of the training rows, as the network takes them.
    pub(super) fn scaled(
        &self,
        scaler: &Scaler,
        rows: Range<usize>,
    ) -> Result<Array2<f32>, Failure> {
        let scaled = scaler.apply(self.values.slice(s![rows.clone(), ..]))?;
        let far = scaled.indexed_iter().find(|(_, value)| value.is_infinite());
        let Some(((row, channel), _)) = far else { return Ok(scaled) };
        let place = self.place(rows.start + row);
        Err(too_far(&self.file, &self.channels[channel], &place))
    }

    /// The time features of the rows, where the network has them.
    pub(super) fn marks(&self, experiment: &Experiment) -> Option<Array2<f32>> {
        let (grid, freq) = (self.grid.as_ref()?, experiment.data.freq?);
        if experiment.network.time_features == 0 {
            return None;
        }
        let civil = |row: usize| TimeZone::UTC.to_datetime(grid.time(row));
        let times: Vec<DateTime> = (0..grid.len()).map(civil).collect();
        Some(match experiment.network.embed {
            timesnet::TimeEmbedding::Fixed => freq.calendar(&times),
            _ => freq.time_features(&times),
        })
    }
}

/// A value that scaling takes out of the range of 32 bits.
pub(super) fn too_far(file: &str, channel: &str, place: &str) -> Failure {
    Failure::new(format!(
        "{file}: channel {channel} at {place} is too far from the training rows to be scaled: \
         correct the value, or take it out and fill the gap"
    ))
}

fn with_times(path: &Path, data: &DataSettings) -> Result<Series, Failure> {
    let read = strain_io::read_recording(path, &data.read)?;
    let file = path.display();
    if let Some(first) = read.bad_rows.first() {
        eprintln!("note: {} rows of {file} could not be used, first: {first}", read.bad_rows.len());
    }
    for note in &read.notes {
        eprintln!("note: {note}");
    }
    if !read.ignored_columns.is_empty() {
        let columns = read.ignored_columns.join(", ");
        eprintln!("note: columns of {file} that are not numbers are left out: {columns}");
    }
    let recording = read.recording;
    Ok(Series {
        file: path.display().to_string(),
        channels: recording.channels().iter().map(|channel| channel.name.clone()).collect(),
        values: recording.values().to_owned(),
        grid: Some(*recording.grid()),
        labels: None,
    })
}

fn without_times(path: &Path) -> Result<Series, Failure> {
    let table = strain_io::read_text_table(path)?;
    let channels = table.columns().to_vec();
    let mut values = Array2::zeros((table.len(), channels.len()));
    for ((row, column), value) in values.indexed_iter_mut() {
        *value = table.number(row, column)?;
    }
    let file = path.display().to_string();
    Ok(Series { file, channels, values, grid: None, labels: None })
}
