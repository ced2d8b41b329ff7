//! Parameters by their published names.

use std::collections::BTreeMap;

use candle_core::{DType, Device, Result, Shape, Tensor, Var};
use candle_nn::init::{FanInOut, NonLinearity, NormalOrUniform};
use candle_nn::{Init, VarBuilder};
use candle_seeded::SeededVars;

use crate::inception::Inception;
use crate::{InceptionKind, Task, TimeEmbedding, TimesNetConfig};

/// One parameter: name, shape and how it starts.
pub(crate) struct ParamSpec {
    pub(crate) name: String,
    pub(crate) shape: Vec<usize>,
    init: Init,
}

const ONE: Init = Init::Const(1.0);
const ZERO: Init = Init::Const(0.0);

/// PyTorch's default for a linear layer: uniform within 1/√inputs.
fn linear(inputs: usize) -> Init {
    let bound = 1.0 / (inputs as f64).sqrt();
    Init::Uniform { lo: -bound, up: bound }
}

/// Every parameter of a network, in the order of the published `state_dict`.
pub(crate) fn specs(config: &TimesNetConfig) -> Vec<ParamSpec> {
    let mut specs = Vec::new();
    let mut add = |name: &str, shape: Vec<usize>, init: Init| {
        specs.push(ParamSpec { name: name.to_owned(), shape, init });
    };
    for block in 0..config.e_layers {
        for (conv, inputs, outputs) in
            [(0, config.d_model, config.d_ff), (2, config.d_ff, config.d_model)]
        {
            let prefix = format!("model.{block}.conv.{conv}");
            inception(&mut add, &prefix, &Inception { kind: &config.inception, inputs, outputs });
        }
    }
    // Kaiming normal, fan-in. The slope 0.01 is the default of PyTorch's `calculate_gain`; the
    // published `kaiming_normal_(nonlinearity = "leaky_relu")` hands it its own default a = 0, of
    // gain √2, which is 5e-5 of itself wider: nothing beside what is drawn, and every seed's weights
    // would change with it.
    let gain = (2.0 / (1.0 + 0.01f64.powi(2))).sqrt();
    let token = Init::Kaiming {
        dist: NormalOrUniform::Normal,
        fan: FanInOut::FanIn,
        non_linearity: NonLinearity::ExplicitGain(gain),
    };
    let name = "enc_embedding.value_embedding.tokenConv.weight";
    add(name, vec![config.d_model, config.enc_in, 3], token);
    if config.time_features > 0 && config.embed == TimeEmbedding::Linear {
        let name = "enc_embedding.temporal_embedding.embed.weight";
        add(name, vec![config.d_model, config.time_features], linear(config.time_features));
    }
    add("layer_norm.weight", vec![config.d_model], ONE);
    add("layer_norm.bias", vec![config.d_model], ZERO);
    if config.task.forecasts() {
        let (from, to) = (config.seq_len, config.inner_len());
        add("predict_linear.weight", vec![to, from], linear(from));
        add("predict_linear.bias", vec![to], linear(from));
    }
    let (from, to) = match config.task {
        Task::Classification => (config.d_model * config.seq_len, config.num_class),
        _ => (config.d_model, config.c_out),
    };
    add("projection.weight", vec![to, from], linear(from));
    add("projection.bias", vec![to], linear(from));
    specs
}

/// Values of all parameters; sizes are bounded, so that it does not overflow.
pub(crate) fn parameter_count(config: &TimesNetConfig) -> u64 {
    let values = |spec: &ParamSpec| spec.shape.iter().map(|&size| size as u64).product::<u64>();
    specs(config).iter().map(values).sum()
}

fn inception(add: &mut impl FnMut(&str, Vec<usize>, Init), prefix: &str, block: &Inception<'_>) {
    let kaiming = Init::Kaiming {
        dist: NormalOrUniform::Normal,
        fan: FanInOut::FanOut,
        non_linearity: NonLinearity::ReLU,
    };
    let sides = block.kind.sides();
    for (i, &side) in sides.iter().enumerate() {
        let shape = vec![block.outputs, block.inputs, side, side];
        add(&format!("{prefix}.kernels.{i}.weight"), shape, kaiming);
        add(&format!("{prefix}.kernels.{i}.bias"), vec![block.outputs], ZERO);
    }
    if *block.kind == InceptionKind::ConcatProject {
        let joined = sides.len() * block.outputs;
        let shape = vec![block.outputs, joined];
        add(&format!("{prefix}.projection.weight"), shape, linear(joined));
        add(&format!("{prefix}.projection.bias"), vec![block.outputs], linear(joined));
    }
}

/// Draws every parameter from the seed.
pub(crate) fn draw(
    config: &TimesNetConfig,
    seed: u64,
    device: &Device,
) -> Result<BTreeMap<String, Var>> {
    let vars = SeededVars::new(seed, DType::F32, device);
    let builder: VarBuilder<'static> = vars.builder();
    for spec in specs(config) {
        builder.get_with_hints(Shape::from(spec.shape), &spec.name, spec.init)?;
    }
    Ok(vars.vars())
}

/// The parameters as one pass sees them: with the graph in training, cut from it otherwise.
pub(crate) struct Params<'a> {
    vars: &'a BTreeMap<String, Var>,
    train: bool,
}

impl<'a> Params<'a> {
    pub(crate) fn new(vars: &'a BTreeMap<String, Var>, train: bool) -> Self {
        Self { vars, train }
    }

    pub(crate) fn train(&self) -> bool {
        self.train
    }

    pub(crate) fn get(&self, shape: impl Into<Shape>, name: &str) -> Result<Tensor> {
        let Some(var) = self.vars.get(name) else {
            candle_core::bail!("the network has no parameter `{name}`")
        };
        let shape = shape.into();
        if var.shape() != &shape {
            candle_core::bail!("parameter `{name}` has shape {:?}, not {shape:?}", var.shape())
        }
        Ok(if self.train { var.as_tensor().clone() } else { var.as_detached_tensor() })
    }
}
