use candle_core::{Result, Tensor};
use candle_nn::ops::sigmoid;
use candle_nn::{Init, VarBuilder};

/// One direction of a long short-term memory, with PyTorch's parameter names and gate order.
///
/// candle's own layer with `Direction::Backward` only looks for other names and still runs
/// forwards, so both directions are ours. The input's share of all gates is one product for the
/// whole sequence.
#[derive(Debug)]
pub(crate) struct LstmDirection {
    input: Tensor,
    recurrent: Tensor,
    input_bias: Tensor,
    recurrent_bias: Tensor,
    backwards: bool,
}

impl LstmDirection {
    pub(crate) fn new(
        (width, hidden): (usize, usize),
        layer: usize,
        backwards: bool,
        parameters: &VarBuilder<'_>,
    ) -> Result<Self> {
        let suffix = if backwards { "_reverse" } else { "" };
        let bound = 1.0 / (hidden as f64).sqrt();
        let init = Init::Uniform { lo: -bound, up: bound };
        let gates = 4 * hidden;
        let get = |name: &str, columns: usize| {
            let name = format!("{name}_l{layer}{suffix}");
            if columns == 0 {
                parameters.get_with_hints(gates, &name, init)
            } else {
                parameters.get_with_hints((gates, columns), &name, init)
            }
        };
        Ok(Self {
            input: get("weight_ih", width)?,
            recurrent: get("weight_hh", hidden)?,
            input_bias: get("bias_ih", 0)?,
            recurrent_bias: get("bias_hh", 0)?,
            backwards,
        })
    }

    /// `[batch, time, feature]` to `[batch, time, hidden]`, each at its own time.
    pub(crate) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let (batch, times, width) = x.dims3()?;
        let hidden = self.recurrent.dim(1)?;
        let bias = (&self.input_bias + &self.recurrent_bias)?;
        let gates = x
            .contiguous()?
            .reshape((batch * times, width))?
            .matmul(&self.input.t()?)?
            .broadcast_add(&bias)?
            .reshape((batch, times, 4 * hidden))?;
        let recurrent = self.recurrent.t()?;

        let mut h = Tensor::zeros((batch, hidden), x.dtype(), x.device())?;
        let mut c = h.clone();
        let mut outputs = Vec::with_capacity(times);
        for step in 0..times {
            let time = if self.backwards { times - 1 - step } else { step };
            let gate = (gates.narrow(1, time, 1)?.squeeze(1)? + h.matmul(&recurrent)?)?;
            let parts = gate.chunk(4, 1)?;
            let (let_in, keep, let_out) =
                (sigmoid(&parts[0])?, sigmoid(&parts[1])?, sigmoid(&parts[3])?);
            c = ((keep * c)? + (let_in * parts[2].tanh()?)?)?;
            h = (let_out * c.tanh()?)?;
            outputs.push(h.clone());
        }
        if self.backwards {
            outputs.reverse();
        }
        Tensor::stack(&outputs, 1)
    }
}

/// Both directions side by side, in one or more layers.
#[derive(Debug)]
pub(crate) struct BidirectionalLstm {
    layers: Vec<[LstmDirection; 2]>,
}

impl BidirectionalLstm {
    pub(crate) fn new(
        width: usize,
        hidden: usize,
        layers: usize,
        parameters: &VarBuilder<'_>,
    ) -> Result<Self> {
        let layer = |index: usize| {
            let sizes = (if index == 0 { width } else { 2 * hidden }, hidden);
            Ok([
                LstmDirection::new(sizes, index, false, parameters)?,
                LstmDirection::new(sizes, index, true, parameters)?,
            ])
        };
        Ok(Self { layers: (0..layers).map(layer).collect::<Result<_>>()? })
    }

    /// `[batch, time, feature]` to `[batch, time, 2·hidden]`.
    pub(crate) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        self.layers.iter().try_fold(x.clone(), |x, [forwards, backwards]| {
            Tensor::cat(&[forwards.forward(&x)?, backwards.forward(&x)?], 2)
        })
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{DType, Device};
    use candle_nn::RNN;
    use candle_seeded::SeededVars;

    use super::*;

    /// candle's forward layer is the oracle, fed the reversed sequence for the other direction.
    #[test]
    fn both_directions_agree_with_candle() {
        let vars = SeededVars::new(3, DType::F32, &Device::Cpu);
        let x =
            vars.builder().get_with_hints((2, 7, 5), "x", Init::Randn { mean: 0.0, stdev: 1.0 });
        let x = x.unwrap();
        let order = Tensor::from_vec((0..7_u32).rev().collect(), 7, &Device::Cpu).unwrap();
        for backwards in [false, true] {
            let ours = LstmDirection::new((5, 4), 0, backwards, &vars.builder()).unwrap();
            let config = candle_nn::LSTMConfig {
                direction: if backwards {
                    candle_nn::rnn::Direction::Backward
                } else {
                    candle_nn::rnn::Direction::Forward
                },
                ..Default::default()
            };
            let theirs = candle_nn::lstm(5, 4, config, vars.builder()).unwrap();
            let turn = |t: &Tensor| {
                if backwards { t.index_select(&order, 1).unwrap() } else { t.clone() }
            };
            let states = theirs.seq(&turn(&x)).unwrap();
            let expected = turn(&theirs.states_to_tensor(&states).unwrap());
            let difference = (ours.forward(&x).unwrap() - expected).unwrap().abs().unwrap();
            let worst = difference.max_all().unwrap().to_scalar::<f32>().unwrap();
            assert!(worst < 1e-6, "{worst}");
        }
    }
}
