use stmn_tests::{says, shared};

use crate::data::{Folder, figure};

/// Weights saved by the published library, under its own configuration.
#[test]
fn a_published_checkpoint_is_tested_and_predicts() {
    let (Some(table), Some(weights)) =
        (shared("data/ett/ETTh1.csv"), shared("golden/timesnet/long_small.pth"))
    else {
        return;
    };
    let folder = Folder::new();
    let text = std::fs::read_to_string(table).unwrap();
    let part: String = text.lines().take(1201).map(|line| format!("{line}\n")).collect();
    folder.write("part.csv", &part);
    let config = "task_name = \"long_term_forecast\"\ndata_path = \"part.csv\"\nseq_len = 96\n\
                  label_len = 48\npred_len = 96\nenc_in = 7\nc_out = 7\nd_model = 8\nd_ff = 16\n\
                  e_layers = 2\ntop_k = 3\nnum_kernels = 3\nembed = \"timeF\"\nfreq = \"h\"\n\
                  dropout = 0.1\n";
    folder.write("published.toml", config);
    let weights = weights.to_str().unwrap();
    let using = ["--checkpoint", weights, "--out", "out"];
    let tested = folder.run(&[&["test", "published.toml"][..], &using].concat());
    assert_eq!(tested["samples"], 240 - 96 + 1);
    // They are as they were drawn at first: no good, but finite.
    assert!(figure(&tested, "all", "mse") > 0.3, "{tested}");
    folder.run(&[&["predict", "published.toml"][..], &using].concat());
    assert_eq!(folder.rows("out/prediction.csv").len(), 96);

    // Everything that does not fit is named at once.
    let wrong = config.replace("num_kernels = 3", "num_kernels = 2").replace("96\nenc", "48\nenc");
    folder.write("wrong.toml", &wrong);
    let message = folder.refused(&[&["test", "wrong.toml"][..], &using].concat());
    says(&message, &["long_small.pth", "missing: none", "extra:", "conv.0.kernels.2.weight"]);
    says(&message, &["of another shape:", "predict_linear.weight", "[192, 96]", "[144, 96]"]);
}
