//! What a model has seen of the table that it is used on.

use std::ops::Range;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::experiment::Experiment;
use super::folder::Model;
use super::series::Series;
use crate::failure::Failure;

/// How far the table goes that a model was trained on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Seen {
    /// Rows before the first that was not trained on.
    pub(super) trained_rows: usize,
    /// Rows before the first that neither trained nor validated.
    pub(super) known_rows: usize,
    /// Time of the last row that was trained on.
    pub(super) trained_until: Option<Timestamp>,
    /// Time of the last row that trained or validated.
    pub(super) known_until: Option<Timestamp>,
}

impl Seen {
    pub(super) fn of(experiment: &Experiment, series: &Series) -> Self {
        let count = series.values.nrows();
        let rows = experiment.data.rows(count);
        let (trained_rows, known_rows) = (rows.train.end.min(count), rows.valid.end.min(count));
        let last = |end: usize| {
            let grid = series.grid.as_ref()?;
            Some(grid.time(end.checked_sub(1)?))
        };
        Self {
            trained_rows,
            known_rows,
            trained_until: last(trained_rows),
            known_until: last(known_rows),
        }
    }
}

/// How many of a table's first rows a model was trained on: by their times, or in its `own` table by
/// their numbers.
pub(super) fn trained_rows(model: &Model, series: &Series, own: bool) -> usize {
    let Some(seen) = model.learned.seen else { return 0 };
    match (&series.grid, seen.trained_until) {
        (Some(grid), Some(until)) => {
            (0..grid.len()).take_while(|&row| grid.time(row) <= until).count()
        }
        _ if own => seen.trained_rows,
        _ => 0,
    }
}

/// The rows of a table that a model may be judged by, and what has to be said of them.
pub(super) struct Judgeable {
    pub(super) rows: Range<usize>,
    pub(super) note: Option<String>,
}

impl Judgeable {
    /// The test rows of the model's `own` table; of another one those that are later than what the
    /// model has seen, where times tell which these are.
    pub(super) fn of(model: &Model, series: &Series, own: bool) -> Result<Self, Failure> {
        let count = series.values.nrows();
        if !own {
            return Ok(Self::of_another(model, series));
        }
        let rows = model.experiment.data.rows(count).test;
        let seen = Seen::of(&model.experiment, series);
        if model.learned.seen != Some(seen) || rows.end > count {
            return Err(Failure::new(format!(
                "{}: the model's split and the rows that it has seen contradict each other: train \
                 anew",
                series.file
            )));
        }
        Ok(Self { rows, note: None })
    }

    fn of_another(model: &Model, series: &Series) -> Self {
        let count = series.values.nrows();
        let until = model.learned.seen.and_then(|seen| seen.known_until);
        let (Some(grid), Some(until)) = (&series.grid, until) else {
            let note = "it cannot be told whether the model was trained on some of these rows, \
                        for want of times: figures of rows that it was trained on say nothing of \
                        new ones";
            return Self { rows: 0..count, note: Some(note.to_owned()) };
        };
        match (0..count).take_while(|&row| grid.time(row) <= until).count() {
            0 => Self { rows: 0..count, note: None },
            known if known < count => Self {
                rows: known..count,
                note: Some(format!(
                    "{known} rows up to {until} are not judged: the model was trained or \
                     validated on that time"
                )),
            },
            _ => Self {
                rows: 0..count,
                note: Some(format!(
                    "all {count} judged rows are of the time until {until}, which the model was \
                     trained or validated on: if they are the same rows, the figures say nothing \
                     of new ones"
                )),
            },
        }
    }
}
