//! The state of a training run in one file: written after each epoch, read to go on.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use candle_core::{Device, Tensor, Var};
use serde::{Deserialize, Serialize};

use crate::checkpoint::{read, serialize, write_atomically};
use crate::optimizer::{Adam, Moments};
use crate::{EpochReport, Result, TimesNet, TimesNetError};

/// Values of every parameter by name.
pub(crate) type Weights = BTreeMap<String, Vec<f32>>;

/// The values a network holds now.
pub(crate) fn weights(vars: &BTreeMap<String, Var>) -> Result<Weights> {
    vars.iter()
        .map(|(name, var)| Ok((name.clone(), var.as_tensor().flatten_all()?.to_vec1::<f32>()?)))
        .collect()
}

/// Sets a network's values.
pub(crate) fn restore(vars: &BTreeMap<String, Var>, weights: &Weights) -> Result<()> {
    for (name, var) in vars {
        if let Some(values) = weights.get(name) {
            var.set(&Tensor::from_slice(values, var.shape(), var.device())?)?;
        }
    }
    Ok(())
}

/// Everything the next epoch depends on.
#[derive(Clone, Debug)]
pub(crate) struct TrainState {
    pub(crate) epochs: Vec<EpochReport>,
    pub(crate) best: Option<Best>,
    pub(crate) diverged: bool,
    pub(crate) adam: Adam,
}

/// The best epoch so far and its weights.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Best {
    pub(crate) epoch: usize,
    pub(crate) loss: f64,
    pub(crate) weights: Weights,
}

#[derive(Serialize, Deserialize)]
struct Header {
    run: String,
    epochs: Vec<EpochReport>,
    best: Option<(usize, f64)>,
    diverged: bool,
    step: u64,
}

const HEADER: &str = "timesnet.training/3";

/// Name of the hash of header and tensors.
const HASH: &str = "hash";

impl TrainState {
    pub(crate) fn new() -> Self {
        Self { epochs: Vec::new(), best: None, diverged: false, adam: Adam::default() }
    }

    pub(crate) fn write(&self, path: &Path, run: &str, vars: &BTreeMap<String, Var>) -> Result<()> {
        let header = Header {
            run: run.to_owned(),
            epochs: self.epochs.clone(),
            best: self.best.as_ref().map(|best| (best.epoch, best.loss)),
            diverged: self.diverged,
            step: self.adam.step,
        };
        let header = serde_json::to_string(&header).map_err(|e| damaged(path, &e))?;
        let mut tensors = Vec::new();
        let mut add = |group: &str, name: &str, values: &[f32]| -> Result<()> {
            let tensor = Tensor::from_slice(values, values.len(), &Device::Cpu)?;
            tensors.push((format!("{group}/{name}"), tensor));
            Ok(())
        };
        for (name, values) in &weights(vars)? {
            add("weights", name, values)?;
        }
        for (name, values) in self.best.iter().flat_map(|best| &best.weights) {
            add("best", name, values)?;
        }
        for (name, moments) in self.adam.moments()?.iter() {
            add("first", name, &moments.first)?;
            add("second", name, &moments.second)?;
        }
        let hash = content_hash(&header, &tensors)?;
        let metadata = HashMap::from([(HEADER.to_owned(), header), (HASH.to_owned(), hash)]);
        write_atomically(path, &serialize(&tensors, Some(metadata), path)?)
    }

    /// Reads the state and sets the network's weights; nothing where there is no file.
    pub(crate) fn read(
        path: &Path,
        run: &str,
        vars: &BTreeMap<String, Var>,
    ) -> Result<Option<Self>> {
        if !path.exists() {
            return Ok(None);
        }
        let bytes = read(path)?;
        let (_, metadata) =
            safetensors::SafeTensors::read_metadata(&bytes).map_err(|e| damaged(path, &e))?;
        let entry = |name| metadata.metadata().as_ref().and_then(|all| all.get(name));
        let text =
            entry(HEADER).ok_or_else(|| damaged(path, &"not a training state of this version"))?;
        let tensors: Vec<(String, Tensor)> =
            candle_core::safetensors::load_buffer(&bytes, &Device::Cpu)?.into_iter().collect();
        // A state that has changed would be trained on without a word, to other weights.
        if entry(HASH) != Some(&content_hash(text, &tensors)?) {
            let problem = "the state was damaged since it was written: delete it to start again";
            return Err(damaged(path, &problem));
        }
        let header: Header = serde_json::from_str(text).map_err(|e| damaged(path, &e))?;
        if header.run != run {
            return Err(TimesNetError::OtherRun { path: path.to_owned() });
        }
        let mut groups: BTreeMap<String, Weights> = BTreeMap::new();
        for (name, tensor) in tensors {
            if let Some((group, name)) = name.split_once('/') {
                let group = groups.entry(group.to_owned()).or_default();
                group.insert(name.to_owned(), tensor.to_vec1::<f32>()?);
            }
        }
        let mut take = |group: &str| groups.remove(group).unwrap_or_default();
        let (now, best, first, mut second) =
            (take("weights"), take("best"), take("first"), take("second"));
        check_complete(path, vars, &now)?;
        restore(vars, &now)?;
        let moments = first
            .into_iter()
            .filter_map(|(name, first)| {
                let second = second.remove(&name)?;
                Some((name, Moments { first, second }))
            })
            .collect();
        let best = header.best.map(|(epoch, loss)| Best { epoch, loss, weights: best });
        let adam = Adam::resumed(header.step, moments);
        Ok(Some(Self { epochs: header.epochs, best, diverged: header.diverged, adam }))
    }
}

/// Hash of a state's header and of its tensors in the order of their names.
fn content_hash(header: &str, tensors: &[(String, Tensor)]) -> Result<String> {
    let mut hasher = blake3::Hasher::new();
    let mut part = |bytes: &[u8]| {
        hasher.update(&(bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    };
    part(header.as_bytes());
    let mut sorted: Vec<&(String, Tensor)> = tensors.iter().collect();
    sorted.sort_by_key(|(name, _)| name);
    for (name, tensor) in sorted {
        part(name.as_bytes());
        let values = tensor.to_vec1::<f32>()?;
        part(&values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>());
    }
    Ok(hasher.finalize().to_hex().to_string())
}

fn check_complete(path: &Path, vars: &BTreeMap<String, Var>, now: &Weights) -> Result<()> {
    match vars.iter().find(|(name, var)| now.get(*name).map(Vec::len) != Some(var.elem_count())) {
        None => Ok(()),
        Some((name, _)) => Err(damaged(path, &format!("`{name}` is missing or of another size"))),
    }
}

fn damaged(path: &Path, problem: &dyn std::fmt::Display) -> TimesNetError {
    TimesNetError::Format { path: path.to_owned(), problem: problem.to_string() }
}

/// Hash of a network, the settings of its training and what `data` adds.
pub(crate) fn run_hash(
    model: &TimesNet,
    settings: &impl Serialize,
    data: impl FnOnce(&mut blake3::Hasher),
) -> Result<String> {
    let mut hasher = blake3::Hasher::new();
    let settings = serde_json::to_vec(&(model.config(), settings));
    hasher.update(&settings.map_err(|e| damaged(Path::new("settings"), &e))?);
    data(&mut hasher);
    if !model.device().is_cpu() {
        // Other devices round otherwise: a run that went on elsewhere would not be the same run.
        hasher.update(b"not on the CPU");
    }
    for (name, values) in weights(model.vars())? {
        hasher.update(name.as_bytes());
        for value in values {
            hasher.update(&value.to_le_bytes());
        }
    }
    Ok(hasher.finalize().to_hex().to_string())
}
