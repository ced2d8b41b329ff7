//! TimesNet on a table: train, test, predict.

mod anomalies;
mod classes;
mod data;
mod detect;
mod document;
#[cfg(feature = "plots")]
mod draw;
mod experiment;
#[cfg_attr(not(feature = "plots"), allow(dead_code, reason = "nobody draws it then"))]
mod figure;
mod folder;
mod hash;
mod names;
mod next;
mod outcome;
mod parts;
mod predict;
mod records;
mod resolve;
mod results;
mod seen;
mod series;
mod settings;
mod several;
mod short;
mod test;
mod train;
mod windows;

use std::path::{Path, PathBuf};

use self::data::{Data, load};
use self::figure::Figure;
use self::folder::{Folder, Model};
use crate::cli::{ForecastCommand, ForecastUseArgs};
use crate::failure::Failure;

pub(super) fn forecast(command: &ForecastCommand, json: bool) -> Result<(), Failure> {
    match command {
        ForecastCommand::Train(args) => train::train(args, json),
        ForecastCommand::Test(args) => test::test(args, json),
        ForecastCommand::Predict(args) => predict::predict(args, json),
    }
}

/// A model and the table that it is used on.
struct Use {
    model: Model,
    data: Data,
    /// Whether the table is the one that the model was trained on.
    own: bool,
    folder: Folder,
}

impl Use {
    /// The folder of a trained model or a configuration with a checkpoint, and its own table or
    /// another one. Where it is `judged`, records need classes, and its own table has to be as it
    /// was.
    fn of(args: &ForecastUseArgs, judged: bool) -> Result<Self, Failure> {
        let device = args.device.open()?;
        let (model, own) = match &args.checkpoint {
            Some(checkpoint) => {
                let (experiment, data) = load(&args.model)?;
                let model = Model::of_checkpoint(checkpoint, experiment, &data, &device)?;
                (model, Some(data))
            }
            None if args.model.is_file() => {
                return Err(Failure::new(format!(
                    "{} is a file: a configuration goes with --checkpoint, a trained model is \
                     named by its folder",
                    args.model.display()
                )));
            }
            None => (Model::load(&args.model, &device)?, None),
        };
        let (data, own) = match (&args.input, own) {
            (Some(input), _) => (model.read(input, judged)?, model.is_own(input)?),
            (None, Some(own)) => (own, true),
            (None, None) => (model.read_own(judged)?, true),
        };
        let folder = Folder::open(&out(args))?;
        if args.checkpoint.is_some() && folder.document()?.is_some() {
            return Err(Failure::new(format!(
                "{} holds a model that was trained here, and what the checkpoint gives is not its: \
                 choose another folder with --out",
                folder.root().display()
            )));
        }
        Ok(Self { model, data, own, folder })
    }
}

fn out(args: &ForecastUseArgs) -> PathBuf {
    match (&args.out, &args.checkpoint) {
        (Some(out), _) => out.clone(),
        (None, None) => args.model.clone(),
        (None, Some(_)) => args.model.file_stem().map_or_else(|| "forecast".into(), PathBuf::from),
    }
}

/// Draws a figure into the folder; nothing in a build without plots.
#[cfg(feature = "plots")]
fn plot(folder: &Folder, name: &str, figure: &Figure) -> Result<Option<PathBuf>, Failure> {
    let svg = draw::draw(figure)
        .map_err(|error| Failure::of(format!("{name} cannot be drawn"), error))?;
    folder.write(name, &svg).map(Some)
}

#[cfg(not(feature = "plots"))]
fn plot(_: &Folder, _: &str, _: &Figure) -> Result<Option<PathBuf>, Failure> {
    Ok(None)
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}
