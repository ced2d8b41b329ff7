//! Classification of records.

use ndarray::{Array2, ArrayView1, Axis};
use serde_json::{Map, json};
use timesnet::{accuracy, classify};

use super::figure::{Content, Figure, Matrix};
use super::folder::Model;
use super::outcome::{Predicted, Tested};
use super::parts::labelled;
use super::records::Records;
use super::results::ResultRow;
use crate::failure::Failure;

/// Records of which a figure can show a line each.
const MOST_LINES: usize = 40;

/// The number of the largest share, the first of equal ones.
fn best(shares: ArrayView1<'_, f32>) -> usize {
    let larger = |best: usize, (index, share): (usize, &f32)| {
        if *share > shares[best] { index } else { best }
    };
    shares.iter().enumerate().fold(0, larger)
}

/// Accuracy on the records of the model's `own` table that neither trained nor validated, or on all
/// of another table.
pub(super) fn test(model: &Model, records: &Records, own: bool) -> Result<Tested, Failure> {
    let (experiment, classes) = (&model.experiment, &model.learned.classes);
    let mut notes = Vec::new();
    let ids: Vec<usize> = match own {
        true => records.split(experiment.data.split, experiment.seed)[2].clone(),
        false => {
            let note = "these records are not compared with those that the model was trained on: \
                        figures of records that it was trained on say nothing of new ones";
            notes.push(note.to_owned());
            (0..records.records.len()).collect()
        }
    };
    if ids.is_empty() {
        return Err(Failure::new(format!(
            "{}: no record is left to test on: give another table with --input",
            records.file
        )));
    }
    let set = labelled(records, &ids, model.scaler()?, classes, experiment)?;
    let shares = classify(&model.network, &set, experiment.training.batch)?;
    let mut found = Array2::<f64>::zeros((classes.len(), classes.len()));
    for (row, class) in shares.rows().into_iter().zip(set.classes()) {
        found[[*class, best(row)]] += 1.0;
    }
    let all = ResultRow::new("all").with("accuracy", accuracy(&shares, set.classes()));
    let mut results = vec![all.with("records", set.len() as f64)];
    for (class, name) in classes.iter().enumerate() {
        let (own, called) = (found.row(class).sum(), found.column(class).sum());
        let share = |of: f64| (of > 0.0).then(|| found[[class, class]] / of);
        let row = ResultRow::new(name).with("records", own);
        results.push(row.with("precision", share(called)).with("recall", share(own)));
    }
    if let Some(largest) = model.learned.largest_class {
        let share = found.row(largest).sum() / set.len() as f64;
        results.push(ResultRow::new("always the largest class").with("accuracy", share));
        notes.push(format!(
            "the largest class of the training records is {}; the last row always says so",
            classes[largest]
        ));
    }
    let totals = found.sum_axis(Axis(1)).insert_axis(Axis(1)).mapv(|total| total.max(1.0));
    let matrix = Matrix {
        rows: classes.clone(),
        columns: classes.clone(),
        shares: &found / &totals,
        x_label: "classified as",
        y_label: "class",
    };
    let title = format!("{} records: what each class was taken for", set.len());
    let figure = Figure { title, content: Content::Matrix(matrix) };
    Ok(Tested { samples: set.len(), results, notes, figure })
}

/// The class of every record.
pub(super) fn predict(model: &Model, records: &Records) -> Result<Predicted, Failure> {
    let (experiment, classes) = (&model.experiment, &model.learned.classes);
    let ids: Vec<usize> = (0..records.records.len()).collect();
    let set = labelled(records, &ids, model.scaler()?, &[], experiment)?;
    let shares = classify(&model.network, &set, experiment.training.batch)?;
    let mut lines = vec![["record", "class", "probability"].map(str::to_owned).to_vec()];
    lines[0].extend(classes.iter().map(|class| format!("p_{class}")));
    let mut counts = vec![0usize; classes.len()];
    for (record, row) in records.records.iter().zip(shares.rows()) {
        let class = best(row);
        counts[class] += 1;
        let mut cells = vec![record.name.clone(), classes[class].clone(), row[class].to_string()];
        cells.extend(row.iter().map(f32::to_string));
        lines.push(cells);
    }
    let mut summary = Map::new();
    summary.insert("rows".to_owned(), json!(set.len()));
    let counted: Map<_, _> =
        classes.iter().cloned().zip(counts.iter().map(|count| json!(count))).collect();
    summary.insert("classes".to_owned(), json!(counted));
    let shown = set.len().min(MOST_LINES);
    let matrix = Matrix {
        rows: records.records[..shown].iter().map(|record| record.name.clone()).collect(),
        columns: classes.clone(),
        shares: shares.slice(ndarray::s![..shown, ..]).mapv(f64::from),
        x_label: "class",
        y_label: "record",
    };
    let title = format!("probabilities of the first {shown} of {} records", set.len());
    let figure = Figure { title, content: Content::Matrix(matrix) };
    Ok(Predicted { lines, summary, figure })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn the_first_of_equal_shares_is_taken() {
        assert_eq!(best(array![0.2f32, 0.4, 0.4].view()), 1);
        assert_eq!(best(array![0.5f32, 0.5].view()), 0);
    }
}
