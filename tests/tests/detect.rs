//! Bounds other than the published ones and known interference, from a configuration's keys to the counts.

#![allow(clippy::unwrap_used, reason = "a failed helper is a failed test")]

use serde_json::Value;
use stmn_tests::{SmallNetwork, run_refused, says, succeeds};

/// First day of the counts: the end of `fit`.
const FIRST_DAY: &str = "2022-05-20";

/// Scores the network with a configuration; what was trained and predicted before is used again.
fn scores(network: &SmallNetwork, config: &str) -> Value {
    network.write_config("small.toml", config);
    let trained = network.path("out/model.safetensors");
    if !trained.exists() {
        succeeds(network.folder(), ["train", "small.toml", "--out", "out"]);
    }
    let arguments =
        ["transfer", "small.toml", "--out", "out", "--checkpoint", "out/model.safetensors"];
    succeeds(network.folder(), arguments.iter().chain(&["--json"])).json()
}

fn with_detect(network: &SmallNetwork, keys: &str) -> String {
    format!("{}\n[method.detect]\n{keys}\n", network.config())
}

/// The series of a target: gauge `s1` is number 1.
fn series(scores: &Value, target: usize, series: usize) -> &Value {
    &scores["stations"][target]["series"][series]
}

fn counts(series: &Value) -> Vec<Option<f64>> {
    assert_eq!(series["counts"]["first_day"], FIRST_DAY);
    series["counts"]["counts"].as_array().unwrap().iter().map(Value::as_f64).collect()
}

/// `[mode][part][low, high]`.
fn bounds(series: &Value) -> Vec<Vec<[f64; 2]>> {
    serde_json::from_value(series["bounds"].clone()).unwrap()
}

fn sum(series: &Value) -> f64 {
    counts(series).into_iter().flatten().sum()
}

#[test]
fn quantile_bounds_hold_their_share_and_a_longer_run_counts_less() {
    let network = SmallNetwork::new();
    let published = scores(&network, &network.config());
    assert!(series(&published, 0, 1).get("bounds").is_none(), "there by default");
    let quantile = |more: &str| {
        scores(&network, &with_detect(&network, &format!("bounds = {{ quantile = {more}")))
    };
    let [half, most] = ["{ coverage = 0.5 } }", "{ coverage = 0.95 } }"].map(quantile);
    for target in [0, 1] {
        for gauge in 1..=4 {
            let [half, most] = [&half, &most].map(|scores| series(scores, target, gauge));
            // Two modes, one part of the day each, the wider around the narrower; not symmetric.
            assert_eq!(bounds(half).len(), 2);
            for (half, most) in bounds(half).iter().zip(&bounds(most)) {
                let [[[low, high]], [[lowest, highest]]] = [&half[..], &most[..]] else {
                    panic!("{half:?} {most:?}");
                };
                assert!(lowest < low && low < high && high < highest, "{half:?} {most:?}");
                assert!((low + high).abs() > 1e-9, "{half:?}");
            }
            // σe stays what it was: it is told beside the bounds.
            assert_eq!(half["sigma"], series(&published, target, gauge)["sigma"]);
            assert!(sum(half) > 2.0 * sum(most), "{} {}", sum(half), sum(most));
        }
    }
    // Two modes of 24 samples a day, half of which lie outside where nothing is planted.
    let days = counts(series(&half, 1, 1));
    let early: f64 = days[..30].iter().flatten().sum::<f64>() / 30.0;
    assert!((12.0..36.0).contains(&early), "{early}");

    let runs = quantile("{ coverage = 0.5 } }\nmin_run = 4");
    assert_eq!(bounds(series(&runs, 0, 1)), bounds(series(&half, 0, 1)));
    assert!(sum(series(&runs, 0, 1)) < sum(series(&half, 0, 1)));
}

#[test]
fn parts_of_the_day_have_bounds_of_their_own() {
    let network = SmallNetwork::new();
    // The recording of T1 becomes noisy in the second half of every day.
    network.edit("network/T1.csv", |lines| {
        let mut state = 1u64;
        for line in lines.iter_mut().skip(1) {
            let hour: u32 = line[11..13].parse().unwrap();
            let mut fields: Vec<String> = line.split(',').map(str::to_owned).collect();
            for field in fields.iter_mut().skip(1).take(4).filter(|_| hour >= 12) {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let noise = 60.0 * ((state >> 33) as f64 / f64::from(1u32 << 31) - 0.5);
                if let Ok(value) = field.parse::<f64>() {
                    *field = (value + noise).to_string();
                }
            }
            *line = fields.join(",");
        }
    });
    let halves = with_detect(&network, "bounds = { time_of_day = { parts = 2 } }");
    let found = scores(&network, &halves);
    let one = scores(&network, &with_detect(&network, "bounds = { time_of_day = { parts = 1 } }"));
    let published = scores(&network, &network.config());
    for gauge in 1..=4 {
        let [found, one, published] =
            [&found, &one, &published].map(|scores| series(scores, 0, gauge));
        for parts in bounds(found) {
            let [[_, quiet], [low, noisy]] = parts[..] else { panic!("{parts:?}") };
            assert!(low == -noisy && noisy > 1.3 * quiet, "{parts:?}");
        }
        // One part of the day is the published rule.
        assert_eq!(counts(one), counts(published));
        assert_ne!(counts(found), counts(published));
    }
    // The whole run takes it, report included.
    network.write_config("small.toml", &halves);
    let document = network.run("out", &[]);
    assert!(document["verdict"].is_string());
    let page = std::fs::read_to_string(network.path("out/report.html")).unwrap();
    assert!(page.contains("1.5 σe of each of 2 parts of the day"), "its bounds are told");
}

#[test]
fn known_interference_is_unobserved_and_changes_no_other_day() {
    let network = SmallNetwork::new();
    let before = scores(&network, &network.config());
    // Days 20 to 24 of the counts, from noon to noon, at T2.
    let disturb = |from: &str, to: &str| {
        let config = network.config();
        let at = config.rfind("id = \"T2\"").unwrap();
        let key = format!("interference = [{{ from = \"{from}\", to = \"{to}\" }}]\n");
        scores(&network, &format!("{}{key}{}", &config[..at], &config[at..]))
    };
    let after = disturb("2022-06-09T12:00:00Z", "2022-06-13T13:00:00Z");
    assert_eq!(after["stations"][0], before["stations"][0], "T1 was not disturbed");
    for number in 0..8 {
        let [old, new] = [&before, &after].map(|scores| series(scores, 1, number));
        assert_eq!(old["sigma"], new["sigma"]);
        let [old, new] = [old, new].map(counts);
        for (day, (old, new)) in old.iter().zip(&new).enumerate() {
            match day {
                // Half of day 20 and 11 of 24 hours of day 24 are left; the rest is gone.
                21..=24 => assert_eq!(*new, None, "day {day}"),
                20 => assert!(new.is_some()),
                _ => assert_eq!(old, new, "day {day}"),
            }
        }
    }
    // The report tells what was left out.
    let folder = network.folder();
    succeeds(folder, ["analyze", "out", "--json"]);
    let page = std::fs::read_to_string(network.path("out/report.html")).unwrap();
    let told = "T2: known interference from 2022-06-09T12:00:00Z to 2022-06-13T13:00:00Z";
    assert!(page.contains(told), "its times are told");
    // In the span that σe is learnt from it changes σe.
    let background = disturb("2022-04-01T00:00:00Z", "2022-04-20T00:00:00Z");
    let sigma = |scores: &Value| series(scores, 1, 0)["sigma"].clone();
    assert_ne!(sigma(&background), sigma(&before));
    assert_eq!(background["stations"][1]["modes"], before["stations"][1]["modes"]);
}

#[test]
fn bounds_and_times_that_cannot_be_are_refused() {
    let network = SmallNetwork::new();
    for (keys, name) in [
        ("bounds = { quantile = { coverage = 1.0 } }", "detect.bounds.quantile.coverage"),
        ("bounds = { time_of_day = { parts = 0 } }", "detect.bounds.time_of_day.parts"),
        ("bounds = { time_of_day = { parts = 25 } }", "detect.bounds.time_of_day.parts = 25"),
        ("bounds = { quantile = { share = 0.5 } }", "coverage"),
        (
            "bounds = { quantile = { coverage = 0.5 } }\nsigma = \"reference_validation\"",
            "detect.sigma",
        ),
    ] {
        network.write_config("small.toml", &with_detect(&network, keys));
        says(&run_refused(&network), &[name]);
    }
    let config = network.config();
    let span =
        |from: &str, to: &str| format!("interference = [{{ from = \"{from}\", to = \"{to}\" }}]\n");
    let day = ["2022-06-02T00:00:00Z", "2022-06-01T00:00:00Z"];
    for (id, span, name) in [
        ("id = \"T2\"", span(day[0], day[1]), "T2.interference"),
        ("id = \"REF\"", span(day[1], day[0]), "reference.interference"),
    ] {
        network.write_config("small.toml", &config.replacen(id, &format!("{span}{id}"), 1));
        says(&run_refused(&network), &[name]);
    }
}
