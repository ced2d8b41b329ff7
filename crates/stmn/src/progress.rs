use std::io::IsTerminal;
use std::sync::Mutex;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use stmn_pipeline::Observer;

/// Shows the stages on stderr: bars with the remaining time on a terminal, a line a stage elsewhere.
pub(crate) struct Bars {
    current: Mutex<Option<Stage>>,
    terminal: bool,
}

struct Stage {
    name: String,
    bar: ProgressBar,
}

impl Bars {
    pub(crate) fn new() -> Self {
        Self { current: Mutex::new(None), terminal: std::io::stderr().is_terminal() }
    }

    fn with<T>(&self, act: impl FnOnce(&mut Option<Stage>) -> T) -> T {
        act(&mut self.current.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

impl Observer for Bars {
    fn begin(&self, stage: &str, steps: u64) {
        let target = match self.terminal {
            true => ProgressDrawTarget::stderr(),
            false => ProgressDrawTarget::hidden(),
        };
        let bar = ProgressBar::with_draw_target(Some(steps), target);
        let style = ProgressStyle::with_template("{msg:32} {bar:30} {pos}/{len} {eta} left");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_message(stage.to_owned());
        bar.enable_steady_tick(Duration::from_millis(200));
        self.with(|current| *current = Some(Stage { name: stage.to_owned(), bar }));
    }

    fn reach(&self, done: u64) {
        self.with(|current| {
            if let Some(stage) = current {
                stage.bar.set_position(done);
            }
        });
    }

    fn end(&self, reused: bool) {
        let Some(stage) = self.with(Option::take) else { return };
        let seconds = stage.bar.elapsed().as_secs_f64();
        stage.bar.finish_and_clear();
        let how = if reused { "reused" } else { "done" };
        eprintln!("{:32} {how} in {seconds:.1} s", stage.name);
    }
}
