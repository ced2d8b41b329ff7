use super::*;

/// Sets one size.
type Set = fn(&mut TimesNetConfig, usize);

/// What a damaged or hostile file may say, each alone and with a size that overflows.
#[test]
fn sizes_beyond_any_network_are_refused_by_name() {
    let sound = TimesNetConfig::new(Task::LongTermForecast, 96, 7).with_pred_len(96);
    assert!(sound.validate().is_ok());
    let sizes: [(&str, Set); 10] = [
        ("seq_len", |c, size| c.seq_len = size),
        ("pred_len", |c, size| c.pred_len = size),
        ("enc_in", |c, size| c.enc_in = size),
        ("c_out", |c, size| c.c_out = size),
        ("d_model", |c, size| c.d_model = size),
        ("d_ff", |c, size| c.d_ff = size),
        ("e_layers", |c, size| c.e_layers = size),
        ("num_kernels", |c, size| {
            c.inception = InceptionKind::MeanOdd { num_kernels: size };
        }),
        ("time_features", |c, size| c.time_features = size),
        ("num_class", |c, size| c.num_class = size),
    ];
    for (name, set) in sizes {
        for size in [1 << 31, usize::MAX] {
            let mut config = sound.clone();
            set(&mut config, size);
            let error = config.validate().unwrap_err().to_string();
            assert!(error.starts_with(&format!("setting `{name}` = {size}: ")), "{error}");
        }
    }
}

#[test]
fn products_of_sizes_are_bounded_too() {
    let config = TimesNetConfig::new(Task::AnomalyDetection, 1 << 20, 7);
    let error = config.clone().with_width(65, 16).validate().unwrap_err().to_string();
    assert!(error.contains("inner_len × d_model"), "{error}");
    assert!(config.with_width(64, 16).validate().is_ok());
    let config = TimesNetConfig::new(Task::AnomalyDetection, 96, 7);
    let error = config.clone().with_width(1 << 14, 1 << 14).validate().unwrap_err();
    assert!(error.to_string().contains("parameters"), "{error}");
    // The published network of the largest script (PSM and the like) is far below.
    assert!(config.with_width(512, 512).validate().is_ok());
}
