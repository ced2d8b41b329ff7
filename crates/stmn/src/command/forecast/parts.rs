use std::ops::Range;

use ndarray::{Array2, Axis, concatenate};
use timesnet::{LabelledSet, Scaler, Task, TimesNetError, WindowedSeries, split, split_with_gaps};

use super::data::Data;
use super::experiment::Experiment;
use super::names::Features;
use super::records::Records;
use super::series::{Series, too_far};
use super::several::Several;
use crate::failure::Failure;

/// What a network is trained and validated on, and what it was scaled with.
pub(super) enum Parts {
    Windows { train: Vec<WindowedSeries>, valid: Vec<WindowedSeries>, scaler: Option<Scaler> },
    Records { train: LabelledSet, valid: Option<LabelledSet>, scaler: Scaler },
}

impl Parts {
    pub(super) fn of(experiment: &Experiment, data: &Data) -> Result<Self, Failure> {
        match data {
            Data::Series(series) => of_series(experiment, series),
            Data::Several(several) => of_several(experiment, several),
            Data::Records(records) => of_records(experiment, records),
        }
    }

    /// Whether there is anything to validate on.
    pub(super) fn validate(&self) -> bool {
        match self {
            Self::Windows { valid, .. } => valid.iter().any(|windows| !windows.is_empty()),
            Self::Records { valid, .. } => valid.is_some(),
        }
    }

    pub(super) fn scaler(&self) -> Option<Scaler> {
        match self {
            Self::Windows { scaler, .. } => scaler.clone(),
            Self::Records { scaler, .. } => Some(scaler.clone()),
        }
    }
}

fn of_series(experiment: &Experiment, series: &Series) -> Result<Parts, Failure> {
    let network = &experiment.network;
    let rows = experiment.data.rows(series.values.nrows());
    let marks = series.marks(experiment);
    let constant = experiment.data.constant_channels;
    if experiment.task() != Task::Imputation {
        series.refuse_missing(0..rows.test.end.min(series.values.nrows()))?;
    }
    let cut = match experiment.task().forecasts() {
        true => {
            let (history, horizon) = (network.seq_len, network.pred_len);
            split(&series.values, marks.as_ref(), &rows, history, horizon, constant)
        }
        // Here the rows looked back at would be judged themselves.
        false => split_with_gaps(&series.values, marks.as_ref(), &rows, network.seq_len, constant),
    };
    let parts = cut.map_err(|error| named(error, &series.file, &series.channels))?;
    let judged = |windows: WindowedSeries| match experiment.data.features {
        Features::MS => windows.with_judged(vec![network.enc_in - 1]),
        _ => Ok(windows),
    };
    Ok(Parts::Windows {
        train: vec![judged(parts.train)?],
        valid: vec![judged(parts.valid)?],
        scaler: Some(parts.scaler),
    })
}

/// An error about a table, with its file and the channels' own names.
pub(super) fn named(error: TimesNetError, file: &str, channels: &[String]) -> Failure {
    match error {
        TimesNetError::ConstantChannel { channel, value } => {
            let name = channels.get(channel).map_or("", String::as_str);
            Failure::new(format!(
                "{file}: channel {name} never changes in the training rows (it is {value}): leave \
                 it out, or set `constant_channels = \"center\"`"
            ))
        }
        TimesNetError::WindowPastEnd { rows, start, window, .. } => Failure::new(format!(
            "{file} has {rows} rows; the part that begins at row {} takes {window}: the split of \
             `data` is made for a longer table",
            start + 1
        )),
        TimesNetError::NotFinite { row, channel, value, .. } if value.is_infinite() => {
            let name = channels.get(channel).map_or("", String::as_str);
            too_far(file, name, &format!("row {}", row + 1))
        }
        error => {
            let message = format!("{file}: {error}");
            Failure::of(message, error)
        }
    }
}

/// The last `pred_len` values of each series are for testing, those before them for validation.
fn of_several(experiment: &Experiment, several: &Several) -> Result<Parts, Failure> {
    let (history, horizon) = (experiment.network.seq_len, experiment.network.pred_len);
    let window = history + horizon;
    let (mut train, mut valid, mut short) = (Vec::new(), Vec::new(), Vec::new());
    for one in &several.series {
        let known = one.values.len().saturating_sub(horizon);
        let column = |range: Range<usize>| {
            Array2::from_shape_fn((range.len(), 1), |(row, _)| one.values[range.start + row] as f32)
        };
        let trained = known.saturating_sub(horizon);
        if known >= window {
            several.refuse_lost(one, history)?;
        }
        if trained < window {
            short.push(one.name.as_str());
        } else {
            train.push(WindowedSeries::every(column(0..trained), window, 1)?);
        }
        if known >= window {
            valid.push(WindowedSeries::new(column(known - window..known), vec![0], window)?);
        }
    }
    let least = window + 2 * horizon;
    note_short(several, &short, &format!("trained on: that takes {least} values"));
    if train.is_empty() {
        return Err(Failure::new(format!(
            "{}: none of the {} series has the {least} values that training takes: `seq_len`, and \
             `pred_len` three times",
            several.file,
            several.series.len()
        )));
    }
    Ok(Parts::Windows { train, valid, scaler: None })
}

/// Counts the series that are too short for something and names the first of them.
pub(super) fn note_short(several: &Several, short: &[&str], what: &str) {
    if !short.is_empty() {
        let first: Vec<&str> = short.iter().copied().take(5).collect();
        let more = if short.len() > first.len() { ", …" } else { "" };
        let (count, all) = (short.len(), several.series.len());
        eprintln!("note: {count} of {all} series are not {what} ({}{more})", first.join(", "));
    }
}

fn of_records(experiment: &Experiment, records: &Records) -> Result<Parts, Failure> {
    let [train, valid, _] = records.split(experiment.data.split, experiment.seed);
    if train.is_empty() {
        return Err(Failure::new(format!("{}: no record is left to train on", records.file)));
    }
    let all: Vec<_> = train.iter().map(|&id| records.records[id].values.view()).collect();
    let together = concatenate(Axis(0), &all)
        .map_err(|error| Failure::of(format!("{} cannot be used", records.file), error))?;
    let constant = experiment.data.constant_channels;
    let scaler = Scaler::fit(together.view(), constant)
        .map_err(|error| named(error, &records.file, &records.channels))?;
    let classes = records.classes();
    let set = |ids: &[usize]| labelled(records, ids, &scaler, &classes, experiment);
    Ok(Parts::Records {
        train: set(&train)?,
        valid: if valid.is_empty() { None } else { Some(set(&valid)?) },
        scaler: scaler.clone(),
    })
}

/// Records as the network takes them. One without a class, or of a class that the model does not
/// know, is refused unless `classes` is empty.
pub(super) fn labelled(
    records: &Records,
    ids: &[usize],
    scaler: &Scaler,
    classes: &[String],
    experiment: &Experiment,
) -> Result<LabelledSet, Failure> {
    let longest = experiment.network.seq_len;
    let (mut samples, mut numbers) = (Vec::new(), Vec::new());
    for &id in ids {
        let record = &records.records[id];
        let rows = record.values.nrows();
        if rows > longest {
            return Err(Failure::new(format!(
                "{}: record {} has {rows} rows, the network takes {longest} (`seq_len`)",
                records.file, record.name
            )));
        }
        let own = |class: &String| record.label.as_ref() == Some(class);
        let number = classes.iter().position(own);
        if number.is_none() && !classes.is_empty() {
            return Err(Failure::new(format!(
                "{}: record {} is of class `{}`; the model knows {}",
                records.file,
                record.name,
                record.label.as_deref().unwrap_or_default(),
                classes.join(", ")
            )));
        }
        numbers.push(number.unwrap_or(0));
        let scaled = scaler.apply(record.values.view())?;
        let far = scaled.indexed_iter().find(|(_, value)| value.is_infinite());
        if let Some(((row, channel), _)) = far {
            let place = format!("row {} of record {}", row + 1, record.name);
            return Err(too_far(&records.file, &records.channels[channel], &place));
        }
        samples.push(scaled);
    }
    Ok(LabelledSet::new(samples, numbers, longest)?)
}
