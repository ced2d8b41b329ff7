//! Checkpoints in both formats: there and back, everything wrong named at once, hostile files.

#![allow(clippy::unwrap_used, reason = "a failed helper is a failed test")]

use std::path::Path;

use candle_core::{DType, Device, Tensor};
use proptest::prelude::*;
use timesnet::{
    Input, Task, TimeEmbedding, TimeFrequency, TimesNet, TimesNetConfig, TimesNetError,
};

fn config() -> TimesNetConfig {
    TimesNetConfig::new(Task::LongTermForecast, 24, 2).with_pred_len(6).with_width(4, 6)
}

fn model(config: TimesNetConfig) -> TimesNet {
    TimesNet::seeded(config, 11, &Device::Cpu).unwrap()
}

fn output(model: &TimesNet) -> Vec<f32> {
    let x = Tensor::arange(0f32, 48., &Device::Cpu).unwrap().reshape((1, 24, 2)).unwrap();
    let x = x.sin().unwrap();
    model.forward(&Input::new(x)).unwrap().flatten_all().unwrap().to_vec1().unwrap()
}

#[test]
fn published_files_come_back_in_both_formats() {
    let folder = tempfile::tempdir().unwrap();
    for config in [
        config(),
        config().with_time_features(4),
        config().with_time_features(4).with_embed(TimeEmbedding::Fixed),
    ] {
        for name in ["w.pth", "w.safetensors"] {
            let path = folder.path().join(name);
            let saved = model(config.clone());
            saved.save_published(&path, TimeFrequency::Hourly).unwrap();
            let loaded = TimesNet::load_weights(config.clone(), &path, &Device::Cpu).unwrap();
            assert_eq!(output(&loaded), output(&saved), "{name} {config:?}");
        }
    }
}

#[test]
fn everything_wrong_is_named_at_once() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["w.pth", "w.safetensors"] {
        let path = folder.path().join(name);
        model(config().with_layers(1)).save_published(&path, TimeFrequency::Hourly).unwrap();
        // Another task, another width, one block more.
        let other = TimesNetConfig::new(Task::AnomalyDetection, 24, 2).with_width(4, 5);
        let error = TimesNet::load_weights(other, &path, &Device::Cpu).unwrap_err();
        let TimesNetError::Checkpoint { missing, extra, misshapen, .. } = &error else {
            panic!("{error}");
        };
        assert_eq!(missing.len(), 24, "{missing:?}"); // weights and biases of 2 × 6 kernels
        assert_eq!(extra, &["predict_linear.bias", "predict_linear.weight"]);
        assert_eq!(misshapen.len(), 18, "{misshapen:?}"); // 6 biases of the second kept d_model
        let text = error.to_string();
        assert!(text.contains("[6, 4, 3, 3] in the file, [5, 4, 3, 3] in the network"), "{text}");
    }
}

#[test]
fn what_could_not_be_loaded_is_not_saved() {
    let folder = tempfile::tempdir().unwrap();
    for (name, word) in
        [("w.pth", "save_published"), ("w.PT", "save_published"), ("w.json", "name")]
    {
        let error = model(config()).save(folder.path().join(name)).unwrap_err();
        assert!(matches!(error, TimesNetError::Format { .. }), "{error}");
        assert!(error.to_string().contains(word), "{error}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// Temporal weights that a network has no use for stay in its checkpoints, as they were.
#[test]
fn an_unused_temporal_embedding_comes_back() {
    const NAME: &str = "enc_embedding.temporal_embedding.embed.weight";
    let folder = tempfile::tempdir().unwrap();
    let marked = model(config().with_time_features(4));
    let values = |tensor: &Tensor| tensor.to_vec2::<f32>().unwrap();
    let trained = values(marked.vars()[NAME].as_tensor());
    for name in ["w.pth", "w.safetensors"] {
        let path = folder.path().join(name);
        marked.save_published(&path, TimeFrequency::Hourly).unwrap();
        let plain = TimesNet::load_weights(config(), &path, &Device::Cpu).unwrap();
        assert!(!plain.vars().contains_key(NAME));
        // By way of a file of our own, copied and with other periods.
        let own = folder.path().join("own.safetensors");
        plain.save(&own).unwrap();
        let plain = TimesNet::load(&own, &Device::Cpu).unwrap().try_clone().unwrap();
        let plain = plain.with_period_scope(timesnet::PeriodScope::Sample).unwrap();
        let again = folder.path().join("again.safetensors");
        plain.save_published(&again, TimeFrequency::Hourly).unwrap();
        let saved = candle_core::safetensors::load(&again, &Device::Cpu).unwrap();
        assert_eq!(values(&saved[NAME]), trained, "{name}");
        let error = plain.save_published(&again, TimeFrequency::Minutely).unwrap_err();
        assert!(error.to_string().starts_with("setting `frequency` = t: "), "{error}");
    }
    // A network that was never loaded has zeros.
    let path = folder.path().join("zeros.safetensors");
    model(config()).save_published(&path, TimeFrequency::Minutely).unwrap();
    let saved = candle_core::safetensors::load(&path, &Device::Cpu).unwrap();
    assert_eq!(values(&saved[NAME]), vec![vec![0.0; 5]; 4]);
}

/// What stands beside the parameters is compared too.
#[test]
fn temporal_tensors_and_tables_that_do_not_fit_are_named() {
    const TEMPORAL: &str = "enc_embedding.temporal_embedding";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("w.safetensors");
    let zeros = |shape: &[usize]| Tensor::zeros(shape, DType::F32, &Device::Cpu).unwrap();
    let with = |config: &TimesNetConfig, frequency, changes: &[(&str, Option<Tensor>)]| {
        model(config.clone()).save_published(&path, frequency).unwrap();
        let mut tensors = candle_core::safetensors::load(&path, &Device::Cpu).unwrap();
        for (name, tensor) in changes {
            match tensor {
                Some(tensor) => tensors.insert((*name).to_owned(), tensor.clone()),
                None => tensors.remove(*name),
            };
        }
        candle_core::safetensors::save(&tensors, &path).unwrap();
    };
    let refusal = |config: &TimesNetConfig| {
        let error = TimesNet::load_weights(config.clone(), &path, &Device::Cpu).unwrap_err();
        let TimesNetError::Checkpoint { missing, extra, misshapen, mistyped, .. } = error else {
            panic!("{error}");
        };
        let first = |names: Vec<String>| -> Vec<String> {
            names.iter().map(|name| name.split(' ').next().unwrap().to_owned()).collect()
        };
        [missing, extra, misshapen, mistyped].map(first)
    };
    let (junk, embed) = (format!("{TEMPORAL}X.junk"), format!("{TEMPORAL}.embed.weight"));
    let (positions, month) =
        ("enc_embedding.position_embedding.pe", format!("{TEMPORAL}.month_embed.weight"));
    with(
        &config(),
        TimeFrequency::Hourly,
        &[
            (&junk, Some(zeros(&[3, 3]))),
            (&embed, Some(zeros(&[99, 77]))),
            (positions, Some(zeros(&[2, 7]))),
            (&month, Some(zeros(&[13, 4]).to_dtype(DType::I64).unwrap())),
        ],
    );
    let [missing, extra, misshapen, mistyped] = refusal(&config());
    assert_eq!((missing, extra, mistyped), (vec![], vec![junk], vec![month]));
    assert_eq!(misshapen, [positions.to_owned(), embed]);
    // Tables of minutes for a network of hours, and the other way round.
    let fixed = |columns| config().with_time_features(columns).with_embed(TimeEmbedding::Fixed);
    let minute = format!("{TEMPORAL}.minute_embed.emb.weight");
    with(&fixed(5), TimeFrequency::Minutely, &[]);
    let [missing, extra, ..] = refusal(&fixed(4));
    assert_eq!((missing, extra), (vec![], vec![minute.clone()]));
    with(&fixed(5), TimeFrequency::Minutely, &[(&minute, None)]);
    let [missing, extra, ..] = refusal(&fixed(5));
    assert_eq!((missing, extra), (vec![minute], vec![]));
    // The frequency that is saved is the network's own.
    let error =
        model(config().with_time_features(4)).save_published(&path, TimeFrequency::Minutely);
    assert!(error.unwrap_err().to_string().starts_with("setting `frequency` = t: "));
}

#[test]
fn weights_that_are_no_numbers_are_all_named() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["w.pth", "w.safetensors"] {
        let (path, saved) = (folder.path().join(name), model(config()));
        for (name, value) in [("layer_norm.bias", f32::NAN), ("projection.bias", f32::INFINITY)] {
            let var = &saved.vars()[name];
            var.set(&Tensor::full(value, var.shape(), &Device::Cpu).unwrap()).unwrap();
        }
        saved.save_published(&path, TimeFrequency::Hourly).unwrap();
        let error = TimesNet::load_weights(config(), &path, &Device::Cpu).unwrap_err();
        let TimesNetError::WeightsNotFinite { names, .. } = error else { panic!("{error}") };
        assert_eq!(names, ["layer_norm.bias", "projection.bias"]);
    }
}

/// As deep as a network may be.
#[test]
fn a_deep_network_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("w.pth");
    let deep = config().with_width(1, 1).with_layers(256);
    model(deep.clone()).save_published(&path, TimeFrequency::Hourly).unwrap();
    assert!(TimesNet::load_weights(deep, &path, &Device::Cpu).is_ok());
}

#[test]
fn whole_numbers_are_no_weights() {
    let folder = tempfile::tempdir().unwrap();
    let (path, saved) = (folder.path().join("w.safetensors"), model(config()));
    let named = ["layer_norm.weight", "layer_norm.bias"];
    let refused = |path: &Path, kind: &str| {
        let error = TimesNet::load_weights(config(), path, &Device::Cpu).unwrap_err();
        let TimesNetError::Checkpoint { missing, misshapen, mistyped, .. } = &error else {
            panic!("{error}");
        };
        assert!(missing.is_empty() && misshapen.is_empty(), "{error}");
        assert_eq!(mistyped, &named.map(|name| format!("{name} ({kind})")));
    };
    for (kind, name) in [(DType::I64, "I64"), (DType::U32, "U32"), (DType::U8, "U8")] {
        let cast = |(name, var): (&String, &candle_core::Var)| {
            let kind = if named.contains(&name.as_str()) { kind } else { DType::F64 };
            (name.clone(), var.as_tensor().to_dtype(kind).unwrap())
        };
        let tensors: std::collections::HashMap<_, _> = saved.vars().iter().map(cast).collect();
        candle_core::safetensors::save(&tensors, &path).unwrap();
        refused(&path, name);
    }
    // A pickle whose class of storage is another, of a tensor as large.
    let path = folder.path().join("w.pth");
    saved.save_published(&path, TimeFrequency::Hourly).unwrap();
    let whole = std::fs::read(&path).unwrap();
    let bytes = with_storage(&whole, &named, b"LongStorage");
    std::fs::write(&path, bytes).unwrap();
    refused(&path, "I64");
}

/// The archive's pickle alone (shapes and types are refused before values are looked for), with the
/// storages of `named` of another class.
fn with_storage(archive: &[u8], named: &[&str], class: &[u8]) -> Vec<u8> {
    let find = |bytes: &[u8], what: &[u8], from: usize| {
        from + bytes[from..].windows(what.len()).position(|w| w == what).unwrap()
    };
    let start = find(archive, b"\x80\x02ccollections", 0);
    let end = find(archive, b"u.", start) + 2;
    let mut pickle = archive[start..end].to_vec();
    for name in named {
        let at = find(&pickle, b"FloatStorage", find(&pickle, name.as_bytes(), 0));
        pickle.splice(at..at + b"FloatStorage".len(), class.iter().copied());
    }
    stored(&pickle)
}

#[test]
fn a_file_larger_than_the_network_needs_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["w.pth", "w.safetensors"] {
        let path = folder.path().join(name);
        // A sparse gigabyte.
        std::fs::File::create(&path).unwrap().set_len(1 << 30).unwrap();
        let error = TimesNet::load_weights(config(), &path, &Device::Cpu).unwrap_err();
        assert!(error.to_string().contains("no checkpoint of this network"), "{error}");
    }
}

/// Tuples within tuples, as deep as the largest pickle that is read allows.
#[test]
fn a_deeply_nested_pickle_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("w.pth");
    for depth in [1000, (1 << 18) - 16, 1 << 19] {
        let mut pickle = b"\x80\x02)".to_vec();
        pickle.resize(3 + depth, b'\x85');
        pickle.push(b'.');
        std::fs::write(&path, stored(&pickle)).unwrap();
        assert!(TimesNet::load_weights(config(), &path, &Device::Cpu).is_err());
    }
}

/// A third of a kilobyte that pairs an object with itself forty times over.
#[test]
fn a_pickle_that_grows_without_bound_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("w.pth");
    let bomb = stored(&[b"\x80\x02)", &b"q\0h\0\x86".repeat(40)[..], b"."].concat());
    std::fs::write(&path, &bomb).unwrap();
    assert_eq!(bomb, std::fs::read("fuzz/seeds/checkpoint/bomb.pth").unwrap());
    let error = TimesNet::load_weights(config(), &path, &Device::Cpu).unwrap_err();
    assert!(error.to_string().contains("pickle grows"), "{error}");
}

/// A zip archive with one entry, by hand: the header, the entry, the directory.
fn stored(pickle: &[u8]) -> Vec<u8> {
    let name = b"archive/data.pkl";
    let mut fields = Vec::new();
    fields.extend([20u16, 0, 0, 0, 33].iter().flat_map(|v| v.to_le_bytes()));
    fields.extend(crc(pickle).to_le_bytes());
    fields.extend([(pickle.len() as u32); 2].iter().flat_map(|v| v.to_le_bytes()));
    fields.extend([name.len() as u16, 0].iter().flat_map(|v| v.to_le_bytes()));
    let mut out = b"PK\x03\x04".to_vec();
    out.extend(&fields);
    out.extend(name);
    out.extend(pickle);
    let start = out.len() as u32;
    out.extend(b"PK\x01\x02\x14\x00");
    out.extend(&fields);
    out.extend([0u8; 14]);
    out.extend(name);
    let size = out.len() as u32 - start;
    out.extend(b"PK\x05\x06\x00\x00\x00\x00\x01\x00\x01\x00");
    out.extend([size, start].iter().flat_map(|v| v.to_le_bytes()));
    out.extend([0u8; 2]);
    out
}

fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 }
        })
    })
}

/// The sidecar's text with one number replaced.
fn with_setting(text: &str, name: &str, value: u64) -> String {
    let key = format!("\"{name}\": ");
    let at = text.find(&key).unwrap() + key.len();
    let len = text[at..].find(|c: char| !c.is_ascii_digit()).unwrap();
    format!("{}{value}{}", &text[..at], &text[at + len..])
}

const SIZES: [&str; 10] = [
    "seq_len",
    "pred_len",
    "enc_in",
    "c_out",
    "d_model",
    "d_ff",
    "e_layers",
    "top_k",
    "num_kernels",
    "time_features",
];

#[test]
fn sizes_in_a_hostile_sidecar_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let (path, beside) = (folder.path().join("w.safetensors"), folder.path().join("w.json"));
    model(config()).save(&path).unwrap();
    let text = std::fs::read_to_string(&beside).unwrap();
    for name in SIZES {
        for value in [100_000_000_000, u64::MAX] {
            std::fs::write(&beside, with_setting(&text, name, value)).unwrap();
            let error = TimesNet::load(&path, &Device::Cpu).unwrap_err().to_string();
            assert!(error.contains(&format!("`{name}`")), "{name}: {error}");
        }
    }
    std::fs::File::create(&beside).unwrap().set_len(1 << 30).unwrap();
    let error = TimesNet::load(&path, &Device::Cpu).unwrap_err().to_string();
    assert!(error.contains("a configuration at most"), "{error}");
}

fn load(bytes: &[u8], path: &Path) -> Result<TimesNet, TimesNetError> {
    std::fs::write(path, bytes).unwrap();
    TimesNet::load_weights(config(), path, &Device::Cpu)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Any sizes in the sidecar: an error, or the network that the weights are of.
    #[test]
    fn damaged_sidecars_never_crash(name in 0..SIZES.len(), bits in 0u32..64, value in any::<u64>()) {
        let folder = tempfile::tempdir().unwrap();
        let (path, beside) = (folder.path().join("w.safetensors"), folder.path().join("w.json"));
        model(config()).save(&path).unwrap();
        let text = std::fs::read_to_string(&beside).unwrap();
        std::fs::write(&beside, with_setting(&text, SIZES[name], value >> bits)).unwrap();
        let _ = TimesNet::load(&path, &Device::Cpu);
    }

    /// Truncated and corrupted files: an error, or (where values alone changed) a network.
    #[test]
    fn damaged_files_never_crash(
        cut in 0.0f64..1.0, flips in prop::collection::vec((0.0f64..1.0, any::<u8>()), 1..8),
    ) {
        let folder = tempfile::tempdir().unwrap();
        for name in ["w.pth", "w.safetensors"] {
            let path = folder.path().join(name);
            model(config()).save_published(&path, TimeFrequency::Hourly).unwrap();
            let whole = std::fs::read(&path).unwrap();
            let at = |share: f64, len: usize| (share * len as f64) as usize;
            prop_assert!(load(&whole[..at(cut, whole.len())], &path).is_err());
            let mut flipped = whole.clone();
            // Names, shapes and offsets are at the start or, in an archive, also at the end.
            for &(share, value) in &flips {
                let len = flipped.len();
                let near = at(share, 4096.min(len));
                flipped[near] ^= value;
                flipped[len - 1 - near] ^= value;
            }
            let _ = load(&flipped, &path);
        }
    }
}
