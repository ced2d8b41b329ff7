//! Picks on a synthetic event: an emergent wave that reaches the stations one after the other.
//! With a parameter file as argument the picker is a trained one, else one drawn from a seed,
//! which knows nothing.
//!
//! `cargo run -p sine --example picker [-- picker.safetensors]`

use candle_seeded::SeededVars;
use sine::candle_core::{DType, Device};
use sine::{EventWindow, Picker, PickerConfig, Site, StationWaveform, parameters_from_safetensors};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let start = "2019-08-23T00:00:00Z".parse()?;
    let arrivals = [200, 260, 340, 450, 600];
    let station = |(i, &arrival): (usize, &usize)| {
        let site = Site::new(format!("S{i}"), 34.0 + 0.2 * i as f64, -117.0)?;
        let wave = (0..1_000).map(|t| {
            let noise = ((t * t + 31 * i) as f32 * 0.7).sin() * 0.05;
            let age = t as f32 - arrival as f32;
            if age < 0.0 { noise } else { noise + (age * 0.6).sin() * (-age / 150.0).exp() }
        });
        StationWaveform::new(site, 0.3, start, 100.0, wave.collect())
    };
    let window =
        EventWindow::new(arrivals.iter().enumerate().map(station).collect::<Result<_, _>>()?)?;

    let parameters = match std::env::args().nth(1) {
        Some(path) => parameters_from_safetensors(path, &Device::Cpu)?,
        None => {
            println!("no parameter file given: drawn from seed 42, so expect nothing");
            SeededVars::new(42, DType::F32, &Device::Cpu).builder()
        }
    };
    let picker = Picker::new(&PickerConfig::default(), parameters)?;
    for (pick, arrival) in picker.pick(&window)?.iter().zip(arrivals) {
        println!(
            "{}: P at sample {:4} ({}), output {:.3}; planted at {arrival}",
            pick.station, pick.sample, pick.time, pick.probability
        );
    }
    Ok(())
}
