//! `stmn demo` on other seeds: how often the planted anomaly is found, and how often one is found
//! where none is.
//!
//! ```text
//! cargo run --release -p stmn-benches --bin demo_seeds -- [first seed] [how many]
//! ```
//! The default, 101 to 120, takes as long as twenty demos.

use stmn_benches::{seeds, share};
use stmn_pipeline::{
    ALPHA, DemoConfig, DemoDocument, PipelineError, RunDirectory, Silent, StationResult, run_demo,
};

/// Adjusted p below which the planted anomaly counts as found.
const FOUND: f64 = 0.01;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!(
        "| seed | adjusted p, nearest | inflection there (39 planted) | 95 % interval | of all stations \
         | 95 % interval | of all quiet stations | decay (0.255 planted) | 95 % interval \
         | smallest adjusted p, quiet | p of the five quiet stations |\n\
         |---|---|---|---|---|---|---|---|---|---|---|"
    );
    let mut tally = Tally::default();
    for seed in seeds(101, 20) {
        let document = demo(seed)?;
        println!("{}", row(&document));
        tally.add(&document);
    }
    print!("\n{}", tally.text());
    Ok(())
}

fn demo(seed: u64) -> Result<DemoDocument, Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let directory = RunDirectory::open(folder.path())?;
    Ok(run_demo(&DemoConfig::default(), seed, &directory, &Silent)
        .map_err(|error: PipelineError| format!("seed {seed}: {error}"))?)
}

fn row(document: &DemoDocument) -> String {
    let found = &document.recovered;
    let number = |value: Option<f64>, digits: usize| {
        value.map_or("–".to_owned(), |value| format!("{value:.digits$}"))
    };
    let interval = |bounds: Option<[f64; 2]>, digits: usize| {
        bounds.map_or("–".to_owned(), |[a, b]| format!("{a:.digits$} to {b:.digits$}"))
    };
    let common = found.inflection.as_ref();
    let quiet: Vec<String> =
        raw(&document.quiet_network.stations).map(|p| format!("{p:.3}")).collect();
    format!(
        "| {} | {:.4} | {} | {} | {} | {} | {} | {} | {} | {:.3} | {} |",
        document.seed,
        found.p_adjusted,
        number(found.inflection_days_before_event, 1),
        interval(found.inflection_interval, 1),
        number(common.map(|common| common.days_before_event), 1),
        interval(common.map(|common| common.interval), 1),
        number(document.quiet_network.inflection.as_ref().map(|quiet| quiet.days_before_event), 1),
        number(found.decay_exponent, 3),
        interval(found.decay_interval, 3),
        smallest(&document.quiet_network.stations),
        quiet.join(", ")
    )
}

fn smallest(stations: &[StationResult]) -> f64 {
    stations.iter().map(|station| station.p_adjusted).fold(1.0, f64::min)
}

fn raw(stations: &[StationResult]) -> impl Iterator<Item = f64> {
    stations.iter().filter_map(StationResult::primary).map(|series| series.analysis.p_value)
}

#[derive(Default)]
struct Tally {
    seeds: usize,
    found: usize,
    /// By all stations, by the nearest, and by the stations of the quiet network.
    dated: [usize; 3],
    all_by_the_nearest: usize,
    date_covered: [usize; 2],
    decay_covered: usize,
    all: usize,
    false_alarms: usize,
    quiet_p: Vec<f64>,
    other_stations: [usize; 2],
}

impl Tally {
    fn add(&mut self, document: &DemoDocument) {
        let (planted, found) = (&document.planted, &document.recovered);
        let days = planted.inflection_days_before_event;
        let covers = |bounds: Option<[f64; 2]>, value: f64| {
            usize::from(bounds.is_some_and(|[low, high]| (low..=high).contains(&value)))
        };
        let dated = |found: Option<f64>| {
            usize::from(found.is_some_and(|found| (found - days).abs() <= 5.0))
        };
        let common = found.inflection.as_ref();
        self.seeds += 1;
        self.found += usize::from(found.p_adjusted < FOUND);
        let quiet = document.quiet_network.inflection.as_ref();
        let by_all = dated(common.map(|common| common.days_before_event));
        let by_the_nearest = dated(found.inflection_days_before_event);
        self.dated[0] += by_all;
        self.dated[1] += by_the_nearest;
        self.dated[2] += dated(quiet.map(|common| common.days_before_event));
        // All else being as planted already, the date by all stations included.
        self.all_by_the_nearest += usize::from(found.all_as_planted) * by_the_nearest;
        self.date_covered[0] += covers(common.map(|common| common.interval), days);
        self.date_covered[1] += covers(found.inflection_interval, days);
        self.decay_covered += covers(found.decay_interval, planted.decay_exponent);
        self.all += usize::from(found.all_as_planted);
        self.false_alarms += usize::from(smallest(&document.quiet_network.stations) <= ALPHA);
        self.quiet_p.extend(raw(&document.quiet_network.stations));
        for station in &document.result.stations {
            self.other_stations[0] += usize::from(station.p_adjusted < FOUND);
            self.other_stations[1] += 1;
        }
    }

    fn text(&self) -> String {
        let below = |limit: f64| self.quiet_p.iter().filter(|p| **p <= limit).count();
        let stations = self.quiet_p.len();
        let lines = [
            ("found at the nearest station, adjusted p < 0.01", share(self.found, self.seeds)),
            (
                "stations with adjusted p < 0.01",
                share(self.other_stations[0], self.other_stations[1]),
            ),
            ("inflection of all stations within 5 days", share(self.dated[0], self.seeds)),
            ("its interval covers", share(self.date_covered[0], self.seeds)),
            (
                "inflection of all quiet stations within 5 days, by chance",
                share(self.dated[2], self.seeds),
            ),
            ("inflection at the nearest station within 5 days", share(self.dated[1], self.seeds)),
            ("its interval covers", share(self.date_covered[1], self.seeds)),
            ("decay's interval covers", share(self.decay_covered, self.seeds)),
            ("all of it, as the demo asks", share(self.all, self.seeds)),
            (
                "all of it, with the nearest station's inflection too",
                share(self.all_by_the_nearest, self.seeds),
            ),
            ("quiet networks with an adjusted p ≤ 0.05", share(self.false_alarms, self.seeds)),
            ("quiet stations with p ≤ 0.05, unadjusted", share(below(0.05), stations)),
            ("quiet stations with p ≤ 0.5, unadjusted", share(below(0.5), stations)),
        ];
        let rows = lines.map(|(what, value)| format!("| {what} | {value} |\n"));
        format!("| | seeds or stations (binomial 95 % interval) |\n|---|---|\n{}", rows.concat())
    }
}
