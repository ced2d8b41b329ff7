//! Everything that can be wrong with a configuration, a checkpoint or an argument gives one clear
//! message, the right status and no half-written result.

#![allow(clippy::unwrap_used, reason = "a failed helper is a failed test")]

use std::fs;

use stmn_tests::{SmallNetwork, leftovers, refused, run_refused, says, stmn, succeeds, tree};

#[test]
fn unknown_keys_and_broken_toml() {
    let network = SmallNetwork::new();
    let config = network.config();
    let line = |text: &str, part: &str| {
        let before = &text[..text.find(part).unwrap()];
        format!("small.toml:{}:", before.matches('\n').count() + 1)
    };
    let cases = [
        ("null_draws", "nul_draws", "did you mean `null_draws`"),
        ("window_days", "window_day", "did you mean `window_days`"),
        ("latitude", "latitud", "did you mean `latitude`"),
        ("[method.decompose]", "[method.decompos]", "did you mean `decompose`"),
        ("epochs = 6", "epochs = \"six\"", "string \"six\""),
        ("seed = 11", "seed = -1", "-1"),
        ("alpha", "alpha", ""),
    ];
    for (good, bad, hint) in &cases[..6] {
        let text = config.replacen(good, bad, 1);
        network.write_config("small.toml", &text);
        let place = line(&text, bad.split(['=', '[', '.']).next_back().unwrap().trim());
        let place = if bad.contains('=') || bad.contains('[') { "small.toml:" } else { &place };
        says(&run_refused(&network), &[place, hint]);
    }
    let text = format!("{config}\n[method\n");
    network.write_config("small.toml", &text);
    let place = format!("small.toml:{}:", text.lines().count());
    says(&run_refused(&network), &[&place]);
    assert!(!network.path("out").exists(), "a refused configuration makes no folder");

    fs::write(network.path("read.toml"), "[csv]\ndelimeter = \",\"\n").unwrap();
    let arguments = ["quality", "network/T1.csv", "--read", "read.toml"];
    says(&refused(network.folder(), arguments), &["read.toml", "delimeter", "line 2"]);
}

#[test]
fn settings_that_cannot_be() {
    let network = SmallNetwork::new();
    let cases = [
        ("null_draws = 99", "null_draws = 98", "null_draws"),
        ("keep = [2, 3]", "keep = [2, 4]", "decompose.keep"),
        ("window_hours = 72", "window_hours = 70", "decompose.window_hours"),
        ("magnitude = 6.8", "magnitude = 68", "magnitude"),
        ("latitude = 29.59", "latitude = 129.59", "129.59"),
        ("id = \"T2\"", "id = \"T1\"", "target.id"),
    ];
    for (good, bad, name) in cases {
        network.write_config("small.toml", &network.config().replacen(good, bad, 1));
        says(&run_refused(&network), &[name]);
    }
    assert!(!network.path("out").exists(), "a refused configuration makes no folder");
}

#[test]
fn a_checkpoint_of_another_shape() {
    let network = SmallNetwork::new();
    let folder = network.folder();
    succeeds(folder, ["train", "small.toml", "--out", "trained"]);
    let checkpoint = "trained/model.safetensors";
    let transfer = |checkpoint: &str| {
        let arguments = ["transfer", "small.toml", "--out", "out", "--checkpoint", checkpoint];
        let message = refused(folder, arguments);
        if network.path("out").exists() {
            assert_eq!(leftovers(&tree(&network.path("out"))), [""; 0]);
            assert!(!network.path("out/scores.json").exists());
        }
        message
    };
    let config = network.config();
    for (good, bad) in [
        ("d_model = 4", "d_model = 8"),
        ("keep = [2, 3]", "keep = [1, 2, 3]"),
        ("[method.model]\nwindow_hours = 72", "[method.model]\nwindow_hours = 96"),
    ] {
        network.write_config("small.toml", &config.replace(good, bad));
        says(&transfer(checkpoint), &["model.safetensors", "does not fit"]);
    }
    network.write_config("small.toml", &config);

    says(&transfer("nowhere.safetensors"), &["nowhere", "No such file"]);
    // The weights of a larger network under the small one's description.
    let larger = config.replace("d_model = 4", "d_model = 8");
    network.write_config("larger.toml", &larger);
    succeeds(folder, ["train", "larger.toml", "--out", "larger"]);
    fs::copy(network.path("larger/model.safetensors"), network.path(checkpoint)).unwrap();
    says(&transfer(checkpoint), &["model.safetensors", "shape"]);
    // Half of the weights.
    let bytes = fs::read(network.path(checkpoint)).unwrap();
    fs::write(network.path(checkpoint), &bytes[..bytes.len() / 2]).unwrap();
    says(&transfer(checkpoint), &["model.safetensors"]);
}

#[test]
fn a_usage_error_ends_with_status_2() {
    let folder = tempfile::tempdir().unwrap();
    let cases: [(&[&str], &str); 7] = [
        (&["run"], "CONFIG.toml"),
        (&["run", "a.toml", "--outt", "b"], "--outt"),
        (&["rum", "a.toml"], "rum"),
        (&["fit", "counts.csv"], "--event-time"),
        (&["fit", "counts.csv", "--event-time", "yesterday"], "yesterday"),
        (&["run", "a.toml", "--threads", "0"], "--threads"),
        (&["decompose", "a.csv", "--column", "x", "--modes", "three"], "three"),
    ];
    for (arguments, part) in cases {
        says(&stmn(folder.path(), arguments).refusal(2), &[part]);
    }
    let none = stmn(folder.path(), [""; 0]);
    assert_eq!(none.code, Some(2), "{none:?}");
    assert!(tree(folder.path()).is_empty());
}
