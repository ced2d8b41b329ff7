//! Backward passes of whole networks.

use candle_core::{DType, Var};

use super::*;
use crate::{InceptionKind, Input, Task, TimesNet, TimesNetConfig};

fn network() -> TimesNet {
    let config = TimesNetConfig::new(Task::Imputation, 40, 3)
        .with_width(8, 8)
        .with_layers(2)
        .with_inception(InceptionKind::MeanOdd { num_kernels: 4 });
    TimesNet::seeded(config, 3, &Device::Cpu).unwrap()
}

fn series() -> Tensor {
    let x: Vec<f32> = (0..1200).map(|i| ((i * 7919) % 1009) as f32 / 500.0).collect();
    Tensor::from_vec(x, (10, 40, 3), &Device::Cpu).unwrap()
}

fn output(model: &TimesNet, x: &Tensor) -> Tensor {
    let mask = x.ge(0.3).unwrap().to_dtype(DType::F32).unwrap();
    model.forward_train(&Input::new(x.clone()).with_mask(mask), 1).unwrap()
}

fn loss(model: &TimesNet, x: &Tensor) -> Tensor {
    (output(model, x) - 0.5).unwrap().sqr().unwrap().sum_all().unwrap()
}

fn gradients(model: &TimesNet, loss: &Tensor) -> Vec<(String, Vec<f32>)> {
    let grads = loss.backward().unwrap();
    let of = |(name, var): (&String, &Var)| {
        let grad = grads.get(var).unwrap().flatten_all().unwrap();
        (name.clone(), grad.to_vec1::<f32>().unwrap())
    };
    model.vars().iter().map(of).collect()
}

/// The first takes what the forward pass has kept.
#[test]
fn a_second_backward_pass_gives_the_same() {
    let model = network();
    let loss = loss(&model, &series());
    assert_eq!(gradients(&model, &loss), gradients(&model, &loss));
}

#[test]
fn gradients_at_changed_parameters_are_refused() {
    let model = network();
    let loss = loss(&model, &series());
    let var = &model.vars()["model.0.conv.0.kernels.1.weight"];
    var.set(&(var.as_tensor() * 1.01).unwrap()).unwrap();
    let error = loss.backward().unwrap_err().to_string();
    assert!(error.contains("have changed since the forward pass"), "{error}");
}

/// Where a gradient of the input is asked for, normalisation and scale are candle's operations.
#[test]
fn the_input_s_gradient_changes_no_other_and_is_its_slope() {
    let model = network();
    let plain = gradients(&model, &loss(&model, &series()));
    let x = Var::from_tensor(&series()).unwrap();
    let with_input = loss(&model, x.as_tensor());
    for ((name, a), (_, b)) in plain.iter().zip(gradients(&model, &with_input)) {
        let size = a.iter().fold(1e-3f32, |size, a| size.max(a.abs()));
        assert!(a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-4 * size), "{name}");
    }
    let grads = with_input.backward().unwrap();
    let dx = grads.get(&x).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap();
    let values = series().flatten_all().unwrap().to_vec1::<f32>().unwrap();
    // Far from the mask's threshold, at the steepest places.
    let mut places: Vec<usize> = (0..dx.len()).filter(|&at| values[at] > 0.4).collect();
    places.sort_by(|a, b| dx[*b].abs().total_cmp(&dx[*a].abs()));
    for &at in &places[..5] {
        // Summed in f64: a sum in f32 has no digits left for what one value changes.
        let moved = |by: f32| -> f64 {
            let mut values = values.clone();
            values[at] += by;
            let x = Tensor::from_vec(values, (10, 40, 3), &Device::Cpu).unwrap();
            let output = output(&model, &x).flatten_all().unwrap().to_vec1::<f32>().unwrap();
            output.iter().map(|value| (f64::from(*value) - 0.5).powi(2)).sum()
        };
        let slope = |by: f32| (moved(by) - moved(-by)) / (2.0 * f64::from(by));
        // Without the error of second order.
        let slope = (4.0 * slope(0.01) - slope(0.02)) / 3.0;
        let dx = f64::from(dx[at]);
        assert!((slope - dx).abs() < 0.003 * dx.abs(), "{at}: {slope}, not {dx}");
    }
}
