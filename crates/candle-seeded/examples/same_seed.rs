//! Prints a small layer's weights: run it twice, or on two machines, and compare.

use candle_core::{DType, Device};
use candle_seeded::SeededVars;

fn main() -> candle_core::Result<()> {
    let vars = SeededVars::new(42, DType::F32, &Device::Cpu);
    candle_nn::linear(3, 2, vars.builder().pp("head"))?;
    for (name, var) in vars.vars() {
        println!("{name}\n{}", var.as_tensor());
    }
    Ok(())
}
