use std::collections::BTreeSet;
use std::path::Path;

use candle_seeded::named_rng;
use ndarray::{Array2, Axis};
use rand::seq::SliceRandom;
use strain_io::TextTable;

use super::experiment::DataSettings;
use crate::failure::Failure;

/// Labelled records: short multivariate series with a class each.
pub(super) struct Records {
    pub(super) file: String,
    pub(super) channels: Vec<String>,
    pub(super) records: Vec<Record>,
}

/// One record.
pub(super) struct Record {
    pub(super) name: String,
    /// `[row, channel]`.
    pub(super) values: Array2<f64>,
    /// None in a table without labels.
    pub(super) label: Option<String>,
}

impl Records {
    /// Reads a long table: one row a sample, with the names of its record and, unless `labelled` is
    /// false and it has none, of its class.
    pub(super) fn read(path: &Path, data: &DataSettings, labelled: bool) -> Result<Self, Failure> {
        let table = strain_io::read_text_table(path)?;
        let (record, label) = (record_column(data), label_column(data));
        let record = table.column_index(record)?;
        let label = match table.column_index(label) {
            Err(_) if !labelled => None,
            found => Some(found?),
        };
        let columns: Vec<usize> =
            (0..table.columns().len()).filter(|c| *c != record && Some(*c) != label).collect();
        let mut records: Vec<(Record, Vec<f64>)> = Vec::new();
        let mut places = std::collections::HashMap::new();
        for row in 0..table.len() {
            let name = table.text(row, record);
            let class = label.map(|label| table.text(row, label));
            let at = *places.entry(name).or_insert_with(|| {
                let label = class.map(str::to_owned);
                let values = Array2::zeros((0, columns.len()));
                records.push((Record { name: name.to_owned(), values, label }, Vec::new()));
                records.len() - 1
            });
            let (known, values) = &mut records[at];
            if known.label.as_deref() != class {
                return Err(Failure::new(format!(
                    "{}, line {}: record {name} is of class `{}` here and of `{}` before",
                    path.display(),
                    table.line(row),
                    class.unwrap_or_default(),
                    known.label.as_deref().unwrap_or_default()
                )));
            }
            for &column in &columns {
                values.push(value(&table, path, row, column)?);
            }
        }
        let shaped = |(record, values): (Record, Vec<f64>)| {
            let rows = values.len() / columns.len().max(1);
            let values = Array2::from_shape_vec((rows, columns.len()), values);
            values
                .map(|values| Record { values, ..record })
                .map_err(|error| Failure::of(format!("{} cannot be used", path.display()), error))
        };
        Ok(Self {
            file: path.display().to_string(),
            channels: columns.iter().map(|&column| table.columns()[column].clone()).collect(),
            records: records.into_iter().map(shaped).collect::<Result<_, _>>()?,
        })
    }

    /// The channels in the order that a model was trained on.
    pub(super) fn in_order(mut self, channels: &[String]) -> Result<Self, Failure> {
        let find = |name: &String| self.channels.iter().position(|channel| channel == name);
        let order: Option<Vec<usize>> = channels.iter().map(find).collect();
        let Some(order) = order.filter(|order| order.len() == self.channels.len()) else {
            return Err(Failure::new(format!(
                "{} has the channels {}; the model was trained on {}",
                self.file,
                self.channels.join(", "),
                channels.join(", ")
            )));
        };
        for record in &mut self.records {
            record.values = record.values.select(Axis(1), &order);
        }
        Ok(Self { channels: channels.to_vec(), ..self })
    }

    /// Every class once, in order.
    pub(super) fn classes(&self) -> Vec<String> {
        let labels: BTreeSet<&String> =
            self.records.iter().filter_map(|record| record.label.as_ref()).collect();
        labels.into_iter().cloned().collect()
    }

    /// The number of the class that most of these records are of, the first of equal ones.
    pub(super) fn largest_class(&self, ids: &[usize]) -> Option<usize> {
        let classes = self.classes();
        let of = |class: &String| {
            ids.iter().filter(|&&id| self.records[id].label.as_ref() == Some(class)).count()
        };
        let counts: Vec<usize> = classes.iter().map(of).collect();
        (0..counts.len()).max_by_key(|&class| (counts[class], std::cmp::Reverse(class)))
    }

    /// Rows of the longest record.
    pub(super) fn longest(&self) -> usize {
        self.records.iter().map(|record| record.values.nrows()).max().unwrap_or(0)
    }

    /// The numbers of the records that train, validate and test: of each class these shares, drawn
    /// from the seed.
    pub(super) fn split(&self, shares: [f64; 3], seed: u64) -> [Vec<usize>; 3] {
        let mut rng = named_rng(seed, "forecast/records");
        let mut parts: [Vec<usize>; 3] = Default::default();
        for class in self.classes() {
            let own = |(_, record): &(usize, &Record)| record.label.as_ref() == Some(&class);
            let mut ids: Vec<usize> =
                self.records.iter().enumerate().filter(own).map(|(id, _)| id).collect();
            ids.shuffle(&mut rng);
            let [train, valid, _] = counts(ids.len(), shares);
            let (train, rest) = ids.split_at(train);
            let (valid, test) = rest.split_at(valid);
            for (part, own) in parts.iter_mut().zip([train, valid, test]) {
                part.extend(own);
            }
        }
        parts.iter_mut().for_each(|part| part.sort_unstable());
        parts
    }

    /// The classes without a record among these.
    fn absent(&self, ids: &[usize]) -> Vec<String> {
        let held: BTreeSet<_> =
            ids.iter().filter_map(|&id| self.records[id].label.as_ref()).collect();
        self.classes().into_iter().filter(|class| !held.contains(class)).collect()
    }

    /// Says which classes are too small for a part of the split.
    pub(super) fn note_absent(&self, shares: [f64; 3], seed: u64) {
        let parts = self.split(shares, seed);
        for (part, does) in parts.iter().zip(["trains", "validates", "is left to test on"]) {
            let absent = self.absent(part);
            if !absent.is_empty() {
                eprintln!(
                    "note: {}: no record of class {} {does}: a class of {PARTS} or more has one in \
                     every part",
                    self.file,
                    absent.join(", ")
                );
            }
        }
    }
}

/// Train, validate, test.
const PARTS: usize = 3;

/// How many of so many records train, validate and test: rounded shares, but where every part can
/// have one, none is left empty.
fn counts(records: usize, shares: [f64; PARTS]) -> [usize; PARTS] {
    let rounded = |share: f64| (records as f64 * share).round() as usize;
    let train = rounded(shares[0]).min(records);
    let valid = rounded(shares[1]).min(records - train);
    let mut counts = [train, valid, records - train - valid];
    for part in 0..PARTS {
        if records >= PARTS && counts[part] == 0 {
            // It has two or more, for one part of three is empty.
            let largest = (0..PARTS).max_by_key(|&part| (counts[part], std::cmp::Reverse(part)));
            counts[largest.unwrap_or(0)] -= 1;
            counts[part] = 1;
        }
    }
    counts
}

/// The column of the records' names.
pub(super) fn record_column(data: &DataSettings) -> &str {
    data.record.as_deref().unwrap_or("record")
}

/// The column of the classes.
pub(super) fn label_column(data: &DataSettings) -> &str {
    data.label.as_deref().unwrap_or("label")
}

fn value(table: &TextTable, path: &Path, row: usize, column: usize) -> Result<f64, Failure> {
    let value = table.number(row, column)?;
    if value.is_finite() {
        return Ok(value);
    }
    Err(Failure::new(format!(
        "{}, line {}: channel {} has no value: a record is complete",
        path.display(),
        table.line(row),
        table.columns()[column]
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_class_is_counted_among_those_that_train() {
        let record = |label: &str| Record {
            name: String::new(),
            values: Array2::zeros((1, 1)),
            label: Some(label.to_owned()),
        };
        let records = Records {
            file: String::new(),
            channels: vec!["x".to_owned()],
            records: ["b", "b", "b", "a", "c", "c"].map(record).into(),
        };
        assert_eq!(records.largest_class(&[0, 1, 2, 3, 4, 5]), Some(1));
        assert_eq!(records.largest_class(&[0, 3, 4, 5]), Some(2));
        // The first of equal ones.
        assert_eq!(records.largest_class(&[0, 3, 4]), Some(0));
    }

    #[test]
    fn no_part_is_empty_where_there_is_a_record_for_each() {
        let usual = [0.7, 0.1, 0.2];
        for (records, shares, parts) in [
            (3, usual, [1, 1, 1]),
            (4, usual, [2, 1, 1]),
            (5, usual, [3, 1, 1]),
            (15, [0.9, 0.05, 0.05], [13, 1, 1]),
            (3, [0.01, 0.01, 0.98], [1, 1, 1]),
            // Too few for all three.
            (1, usual, [1, 0, 0]),
            (2, usual, [1, 0, 1]),
            // Rounded shares where no part is empty.
            (10, usual, [7, 1, 2]),
            (12, usual, [8, 1, 3]),
            (15, usual, [11, 2, 2]),
            (30, usual, [21, 3, 6]),
        ] {
            assert_eq!(counts(records, shares), parts, "{records} {shares:?}");
        }
    }
}
