use stmn_pipeline::{DemoConfig, DemoDocument, RunDirectory, run_demo};

use super::stations::{BRACKETS, station_table};
use crate::cli::DemoArgs;
use crate::failure::Failure;
use crate::output::{number, print_json, print_text, table};
use crate::progress::Bars;

pub(super) fn demo(args: &DemoArgs, json: bool) -> Result<(), Failure> {
    let mut config = DemoConfig::default();
    if args.one_minute {
        config.synth = config.synth.with_interval_s(60);
    }
    let directory = RunDirectory::open(&args.out)?;
    let document = run_demo(&config, args.seed, &directory, &Bars::new())?;
    if json {
        return print_json(&document);
    }
    print_text(&text(&document))
}

fn text(document: &DemoDocument) -> String {
    let planted = &document.planted;
    let recovered = &document.recovered;
    let interval = |bounds: Option<[f64; 2]>, digits| {
        let [low, high] = bounds.unwrap_or([f64::NAN; 2]);
        format!("{} to {}", number(low, digits), number(high, digits))
    };
    let nearest = &recovered.nearest_station;
    let shared = recovered.inflection.as_ref();
    let quiet = document.quiet_network.inflection.as_ref();
    let rows = [
        ["", "planted", "recovered", "95 % interval"].map(str::to_owned).to_vec(),
        vec![
            "inflection of the stations, days before the event".to_owned(),
            number(planted.inflection_days_before_event, 1),
            number(shared.map(|common| common.days_before_event), 1),
            interval(shared.map(|common| common.interval), 1),
        ],
        vec![
            "the same of the quiet network".to_owned(),
            "none".to_owned(),
            number(quiet.map(|common| common.days_before_event), 1),
            interval(quiet.map(|common| common.interval), 1),
        ],
        vec![
            format!("inflection at {nearest} alone"),
            number(planted.inflection_days_before_event, 1),
            number(recovered.inflection_days_before_event, 1),
            interval(recovered.inflection_interval, 1),
        ],
        vec![
            "decay exponent".to_owned(),
            number(planted.decay_exponent, 3),
            number(recovered.decay_exponent, 3),
            interval(recovered.decay_interval, 3),
        ],
        vec![
            format!("adjusted p at {nearest}"),
            "anomaly".to_owned(),
            number(recovered.p_adjusted, 4),
        ],
        vec![
            "smallest adjusted p of the quiet network".to_owned(),
            "none".to_owned(),
            number(smallest_p(&document.quiet_network.stations), 4),
        ],
    ];
    format!(
        "With the planted anomaly\n{}\n{}\n\nThe same network without it\n{}\n{}\n\n{BRACKETS}\n\
         Planted against recovered\n{}\n{}\n\nReport: {}\n",
        station_table(&document.result.stations),
        document.result.verdict,
        station_table(&document.quiet_network.stations),
        document.quiet_network.verdict,
        table(&rows),
        match recovered.all_as_planted {
            true => "Everything was recovered as planted.",
            false => "Not everything was recovered as planted: compare the lines above.",
        },
        document.report
    )
}

fn smallest_p(stations: &[stmn_pipeline::StationResult]) -> f64 {
    stations.iter().map(|station| station.p_adjusted).fold(1.0, f64::min)
}
