//! One file a subcommand: arguments in, one library call, text or JSON out.

mod column;
mod convert;
mod decompose;
mod demo;
mod evaluate;
mod fit;
mod forecast;
mod input;
mod inspect;
mod quality;
mod run;
mod stations;
mod synth;

use crate::cli::{Cli, Command};
use crate::failure::Failure;

/// Days from one end of the calendar to the other.
const CALENDAR: i64 = 7_304_483;

pub(crate) fn run(cli: &Cli) -> Result<(), Failure> {
    let json = cli.json;
    match &cli.command {
        Command::Demo(args) => demo::demo(args, json),
        Command::Run(args) => run::run(args, json),
        Command::Train(args) => run::train(args, json),
        Command::Transfer(args) => run::transfer(args, json),
        Command::Analyze(args) => run::analyze(args, json),
        Command::Quality(args) => quality::quality(args, json),
        Command::Decompose(args) => decompose::decompose(args, json),
        Command::Fit(args) => fit::fit(args, json),
        Command::Forecast(command) => forecast::forecast(command, json),
        Command::Evaluate(args) => evaluate::evaluate(args, json),
        Command::Synth(args) => synth::synth(args, json),
        Command::Convert(args) => convert::convert(args, json),
        Command::Inspect(args) => inspect::inspect(args, json),
    }
}
