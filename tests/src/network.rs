use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::succeeds;

/// The event of every synthetic network: time, latitude, longitude.
pub const EVENT: (&str, f64, f64) = ("2022-09-05T04:52:00Z", 29.59, 102.08);

/// Days of the recordings; they end with the event's day.
const DAYS: &str = "180";

/// What tide, drift and network are learnt from: the first 71 of those days.
const FIT: (&str, &str) = ("2022-03-10T00:00:00Z", "2022-05-20T00:00:00Z");

/// Settings with which a run takes seconds. They are no advice: the decomposition is cut off early,
/// the network is tiny and the null distribution coarse.
pub const METHOD: &str = r"
[method.decompose]
modes = 3
keep = [2, 3]
window_hours = 72
guard_hours = 12
guard_order = 8
max_iterations = 100

[method.model]
window_hours = 72

[method.model.size]
d_model = 4
d_ff = 4
e_layers = 1
top_k = 1

[method.model.train]
epochs = 6
batch = 16
learning_rate = 0.001

[method.analysis]
window_days = 30
null_draws = 99
min_quiet_days = 30
";

/// A folder with a synthetic network of a reference and two targets and a configuration to run it.
#[derive(Debug)]
pub struct SmallNetwork {
    folder: TempDir,
}

impl SmallNetwork {
    /// Writes the network with `stmn synth` and the configuration `small.toml` beside it.
    ///
    /// # Panics
    ///
    /// Where it cannot be written.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        succeeds(folder.path(), ["synth", "--out", "network", "--seed", "5", "--days", DAYS]);
        let network = Self { folder };
        network.write_config("small.toml", &network.config());
        network
    }

    /// The folder that everything is in.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A path in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder().join(name)
    }

    /// The text of a configuration with the targets T1 and T2.
    pub fn config(&self) -> String {
        let (time, latitude, longitude) = EVENT;
        let mut text = format!(
            "seed = 11\ndata = \"network\"\n\n[event]\nname = \"the planted event\"\n\
             time = \"{time}\"\nlatitude = {latitude}\nlongitude = {longitude}\nmagnitude = 6.8\n"
        );
        let stations = fs::read_to_string(self.path("network/stations.csv")).expect("stations");
        for (kind, id) in [("[reference]", "REF"), ("[[target]]", "T1"), ("[[target]]", "T2")] {
            let row = stations.lines().find(|line| line.starts_with(&format!("{id},")));
            let fields: Vec<&str> = row.expect("its row").split(',').collect();
            let (from, to) = FIT;
            let [latitude, longitude] = [fields[5], fields[6]];
            let table = kind.trim_matches(['[', ']']);
            let _ = write!(
                text,
                "\n{kind}\nid = \"{id}\"\npath = \"{id}.csv\"\nlatitude = {latitude}\n\
                 longitude = {longitude}\nfit = {{ from = \"{from}\", to = \"{to}\" }}\n\
                 [{table}.read.csv]\ncolumns = [\n"
            );
            for gauge in 1..=4 {
                let azimuth = 45 * (gauge - 1);
                let _ = writeln!(
                    text,
                    "  {{ source = \"s{gauge}\", unit = \"nanostrain\", \
                     azimuth_degrees = {azimuth}.0 }},"
                );
            }
            text.push_str("  { source = \"pressure\", unit = \"hPa\" },\n]\n");
        }
        text + METHOD
    }

    /// Writes another configuration into the folder.
    ///
    /// # Panics
    ///
    /// Where it cannot be written.
    pub fn write_config(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("the configuration can be written");
    }

    /// Changes the lines of a file of the network; the first is number 0, the header.
    ///
    /// # Panics
    ///
    /// Where it cannot be read or written.
    pub fn edit(&self, name: &str, change: impl FnOnce(&mut Vec<String>)) {
        let path = self.path(name);
        let text = fs::read_to_string(&path).expect("the file can be read");
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        change(&mut lines);
        fs::write(&path, lines.join("\n") + "\n").expect("the file can be written");
    }

    /// Writes a complete recording of one column `x` into the folder: 180 days of tide-like waves,
    /// every hour.
    ///
    /// # Panics
    ///
    /// Where it cannot be written.
    pub fn write_waves(&self, name: &str) {
        let mut text = "time,x\n".to_owned();
        for hour in 0..180 * 24 {
            let (day, of_day) = (hour / 24, hour % 24);
            let wave = |amplitude: f64, period: f64| {
                amplitude * (f64::from(hour) * std::f64::consts::TAU / period).sin()
            };
            let value = wave(30.0, 12.42) + wave(20.0, 25.82) + wave(3.0, 7.3) + wave(50.0, 900.0);
            // Days of a leap year, January to June.
            let starts = [0, 31, 60, 91, 121, 152, 182];
            let month = starts.iter().rposition(|start| *start <= day).unwrap_or(0);
            let date = (month + 1, day - starts[month] + 1);
            let _ = writeln!(text, "2020-{:02}-{:02}T{of_day:02}:00:00Z,{value}", date.0, date.1);
        }
        fs::write(self.path(name), text).expect("the recording can be written");
    }

    /// Runs `small.toml` into a folder and gives its JSON document.
    ///
    /// # Panics
    ///
    /// Where the run fails.
    pub fn run(&self, out: &str, more: &[&str]) -> serde_json::Value {
        let arguments = ["run", "small.toml", "--json", "--out", out];
        succeeds(self.folder(), arguments.iter().chain(more)).json()
    }
}

impl Default for SmallNetwork {
    fn default() -> Self {
        Self::new()
    }
}
