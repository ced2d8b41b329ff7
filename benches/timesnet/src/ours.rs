//! Our side: a process that answers the same requests as the peers.

use std::io::{BufRead, Write};
use std::time::Instant;

use serde_json::{Value, json};
use timesnet::candle_core::{self, Device, Tensor};
use timesnet::{Input, Stepper, TimesNet, TimesNetConfig, TrainConfig, mean_squared_error};

struct Session {
    model: TimesNet,
    input: Input,
    target: Tensor,
    stepper: Stepper,
    steps: u64,
}

/// Reads requests, a JSON document a line, until standard input ends.
pub(crate) fn serve() -> Result<(), String> {
    println!("ready timesnet {}, {:?}", env!("CARGO_PKG_VERSION"), pulp::Arch::new());
    let mut session = None;
    for line in std::io::stdin().lock().lines() {
        let line = line.map_err(|error| error.to_string())?;
        let answer = answer(&mut session, &line).unwrap_or_else(|error| json!({ "error": error }));
        println!("{answer}");
        std::io::stdout().flush().map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// Answers one request.
fn answer(session: &mut Option<Session>, line: &str) -> Result<Value, String> {
    let request: Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
    if request["do"] == "build" {
        let (built, answer) = Session::build(&request).map_err(|error| error.to_string())?;
        *session = Some(built);
        return Ok(answer);
    }
    let session = session.as_mut().ok_or("no network was built")?;
    let mut seconds = Vec::new();
    for _ in 0..request["times"].as_u64().unwrap_or(1) {
        let clock = Instant::now();
        let done = if request["do"] == "train" { session.train() } else { session.infer() };
        done.and_then(|()| Ok(session.model.device().synchronize()?))
            .map_err(|error| error.to_string())?;
        seconds.push(clock.elapsed().as_secs_f64());
    }
    Ok(json!({ "seconds": seconds, "peak_kib": peak_kib() }))
}

impl Session {
    fn build(request: &Value) -> timesnet::Result<(Self, Value)> {
        let text = |name: &str| request[name].as_str().unwrap_or_default().to_owned();
        let config: TimesNetConfig = serde_json::from_value(request["network"].clone())
            .map_err(|error| candle_core::Error::Msg(error.to_string()))?;
        let device = match request["device"].as_str() {
            Some("cuda") => Device::new_cuda(0)?,
            _ => Device::Cpu,
        };
        let model = TimesNet::load_weights(config, text("weights"), &device)?;
        let mut batch = candle_core::safetensors::load(text("batch"), &device)?;
        let (Some(x), Some(target)) = (batch.remove("x"), batch.remove("y")) else {
            return Err(candle_core::Error::Msg("a batch without x and y".into()).into());
        };
        let input = match batch.remove("mark") {
            Some(mark) => Input::new(x).with_mark(mark),
            None => Input::new(x),
        };
        let out = model.forward(&input)?.flatten_all()?.to_vec1::<f32>()?;
        let periods: Vec<Vec<usize>> = model
            .periods(&input)?
            .into_iter()
            .map(|block| block.into_iter().next().unwrap_or_default())
            .collect();
        // Some four thousand of them, of all samples.
        let out: Vec<f32> = out.iter().step_by((out.len() / 4096).max(1)).copied().collect();
        let answer = json!({ "out": out, "periods": periods });
        let training = TrainConfig::default().with_learning_rate(1e-4, Default::default());
        let stepper = Stepper::new(&training)?;
        Ok((Self { model, input, target, stepper, steps: 0 }, answer))
    }

    fn train(&mut self) -> timesnet::Result<()> {
        self.steps += 1;
        let output = self.model.forward_train(&self.input, self.steps)?;
        let loss = mean_squared_error(&output, &self.target)?;
        self.stepper.step(&self.model, &loss)
    }

    fn infer(&self) -> timesnet::Result<()> {
        self.model.forward(&self.input).map(|_| ())
    }
}

/// Peak resident memory of this process.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok()).unwrap_or(0)
}
