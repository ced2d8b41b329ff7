use std::path::Path;

use candle_core::Device;
use jiff::civil::DateTime;
use ndarray::{Array2, s};
use stmn_tests::{says, shared};
use timesnet::{
    ConstantChannels, InceptionKind, Scaler, Task, TimeFrequency, TimesNet, TimesNetConfig,
};

use crate::data::{Folder, SMALL, plain, waves};

/// The forecast after the table's end by the library, with the reference's weights as they stand
/// beside its outputs.
fn expected(table: &str, golden: &Path) -> Array2<f32> {
    let config = TimesNetConfig::new(Task::LongTermForecast, 96, 7)
        .with_pred_len(96)
        .with_width(8, 16)
        .with_layers(2)
        .with_top_k(3)
        .with_inception(InceptionKind::MeanOdd { num_kernels: 3 })
        .with_time_features(4);
    let network = TimesNet::seeded(config, 1, &Device::Cpu).unwrap();
    let tensors = candle_core::safetensors::load(golden, &Device::Cpu).unwrap();
    for (name, var) in network.vars() {
        var.set(&tensors[&format!("w.{name}")]).unwrap();
    }
    let lines: Vec<Vec<&str>> = table.lines().skip(1).map(|l| l.split(',').collect()).collect();
    let value = |(row, channel): (usize, usize)| lines[row][1 + channel].parse::<f32>().unwrap();
    let values = Array2::from_shape_fn((lines.len(), 7), value);
    let times: Vec<DateTime> = lines.iter().map(|cells| cells[0].parse().unwrap()).collect();
    let marks = TimeFrequency::Hourly.time_features(&times);
    // 70 % of the rows train.
    let training = values.slice(s![..lines.len() * 7 / 10, ..]);
    let scaler = Scaler::fit(training, ConstantChannels::Refuse).unwrap();
    let scaled = scaler.apply(values.view()).unwrap();
    let next = timesnet::forecast(&network, scaled.view(), Some(marks.view())).unwrap();
    scaler.undo(next.view()).unwrap()
}

/// The document of a model that is trained here.
fn own_model(folder: &Folder) -> std::path::PathBuf {
    folder.write("waves.csv", &waves(300, plain));
    let task = "task_name = \"long_term_forecast\"\ndata_path = \"waves.csv\"\nseq_len = 24\n\
                pred_len = 6\ntrain_epochs = 1\n";
    folder.write("waves.toml", &format!("{task}{SMALL}"));
    folder.run(&["train", "waves.toml"]);
    folder.path("waves/forecast.json")
}

/// Weights saved by the published library, under its own configuration.
#[test]
fn a_published_checkpoint_is_tested_and_predicts() {
    let (Some(table), Some(weights), Some(golden)) = (
        shared("data/ett/ETTh1.csv"),
        shared("golden/timesnet/long_small.pth"),
        shared("golden/timesnet/long_small.safetensors"),
    ) else {
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
    folder.run(&[&["predict", "published.toml"][..], &using].concat());
    let rows = folder.rows("out/prediction.csv");
    let expected = expected(&part, &golden);
    assert_eq!(rows.len(), 96);
    for (cells, row) in rows.iter().zip(expected.rows()) {
        for (cell, value) in cells[1..].iter().zip(row) {
            let cell: f32 = cell.parse().unwrap();
            assert!((cell - value).abs() <= 1e-4 * value.abs().max(1.0), "{cell} {value}");
        }
    }

    // Beside a model of its own the results of another one would pass for that model's.
    folder.write("out/forecast.json", &std::fs::read_to_string(own_model(&folder)).unwrap());
    let message = folder.refused(&[&["test", "published.toml"][..], &using].concat());
    says(&message, &["out holds a model that was trained here", "--out"]);

    // Everything that does not fit is named at once.
    let wrong = config.replace("num_kernels = 3", "num_kernels = 2").replace("96\nenc", "48\nenc");
    folder.write("wrong.toml", &wrong);
    let message = folder.refused(&[&["test", "wrong.toml"][..], &using].concat());
    says(&message, &["long_small.pth", "missing: none", "extra:", "conv.0.kernels.2.weight"]);
    says(&message, &["of another shape:", "predict_linear.weight", "[192, 96]", "[144, 96]"]);
}
