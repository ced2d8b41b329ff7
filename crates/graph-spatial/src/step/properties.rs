//! What the graph step promises, on any network.

use crate::{
    Activation, GraphStep, GraphStepConfig, Layers, Site, SpatialError, WeightMode, distance_km,
    strategies,
};
use ndarray::{Array3, Axis, array};
use proptest::prelude::*;
use proptest::sample::subsequence;

const MODES: [WeightMode; 3] =
    [WeightMode::Published, WeightMode::EpicentralDecay, WeightMode::InterStation];

fn same(a: f64, b: f64, tolerance: f64) -> bool {
    (a.is_nan() && b.is_nan()) || (a - b).abs() <= tolerance
}

fn epicentre() -> Site {
    Site::new("Luding", 29.59, 102.08).unwrap()
}

/// A network, its features, and an order of its stations.
fn cases() -> impl Strategy<Value = (Vec<Site>, Array3<f64>, Vec<usize>)> {
    strategies::regional_networks(1..=8).prop_flat_map(|sites| {
        let n = sites.len();
        let order = Just((0..n).collect::<Vec<_>>()).prop_shuffle();
        (Just(sites), strategies::features(n), order)
    })
}

proptest! {
    #[test]
    fn inter_station_rows_sum_to_one(sites in strategies::networks(1..=12), tau in 1.0..1e4_f64) {
        let config = GraphStepConfig::default().with_tau_km(tau);
        let step = GraphStep::new(&sites, None, &config).unwrap();
        for row in step.weights().rows() {
            prop_assert!((row.sum() - 1.0).abs() < 1e-12);
            prop_assert!(row.iter().all(|w| (0.0..=1.0).contains(w)));
        }
    }

    /// The printed weights, computed as printed here, cancel: what is left is ReLU.
    #[test]
    fn published_weights_cancel((sites, features, _) in cases()) {
        let config = GraphStepConfig::default().with_mode(WeightMode::Published);
        let step = GraphStep::new(&sites, Some(&epicentre()), &config).unwrap();
        let printed: Vec<f64> = sites
            .iter()
            .map(|s| (-distance_km(s, &epicentre()).powi(2) / (2.0 * 200.0 * 200.0)).exp())
            .collect();
        let result = step.apply(features.view()).unwrap();
        for ((s, t, f), &value) in features.indexed_iter() {
            let row_sum: f64 = (0..sites.len()).map(|k| if k == s { printed[s] } else { 0.0 }).sum();
            let first = (printed[s] / row_sum * value).max(0.0);
            let second = if value.is_nan() { f64::NAN } else { printed[s] / row_sum * first };
            prop_assert!(same(result[[s, t, f]], second, 0.0));
        }
    }

    #[test]
    fn the_order_of_the_stations_does_not_matter((sites, features, order) in cases()) {
        let moved: Vec<Site> = order.iter().map(|&i| sites[i].clone()).collect();
        let moved_features = features.select(Axis(0), &order);
        for mode in MODES {
            let config = GraphStepConfig::default().with_mode(mode);
            let run = |sites: &[Site], x: &Array3<f64>| {
                GraphStep::new(sites, Some(&epicentre()), &config).unwrap().apply(x.view()).unwrap()
            };
            let expected = run(&sites, &features).select(Axis(0), &order);
            let got = run(&moved, &moved_features);
            prop_assert!(got.iter().zip(&expected).all(|(a, b)| same(*a, *b, 1e-9)));
        }
    }

    /// A field that is the same everywhere stays what it is, gaps filled, unless nobody saw it.
    #[test]
    fn a_constant_field_survives_gaps((sites, gaps, _) in cases(), level in -5.0..5.0_f64) {
        let features = gaps.mapv(|v| if v.is_nan() { f64::NAN } else { level });
        let config = GraphStepConfig::default().with_tau_km(2_000.0);
        let step = GraphStep::new(&sites, None, &config).unwrap();
        let result = step.apply(features.view()).unwrap();
        for ((s, t, f), &value) in result.indexed_iter() {
            let seen = features.index_axis(Axis(1), t).column(f).iter().any(|v| !v.is_nan());
            let expected = if seen { level } else { f64::NAN };
            prop_assert!(same(value, expected, 1e-9), "station {s}: {value}");
        }
    }

    /// An average lies between the least and the greatest of what it averages.
    #[test]
    fn averages_stay_in_range((sites, features, _) in cases()) {
        let step = GraphStep::new(&sites, None, &GraphStepConfig::default()).unwrap();
        let result = step.apply(features.view()).unwrap();
        let present = || features.iter().copied().filter(|v| !v.is_nan());
        let (low, high) = (present().fold(f64::MAX, f64::min), present().fold(f64::MIN, f64::max));
        prop_assert!(
            result.iter().all(|v| v.is_nan() || (low - 1e-9..=high + 1e-9).contains(v))
        );
    }

    /// The gap of a station is as if the station were not in the network, for the others.
    #[test]
    fn a_station_without_data_is_not_there(
        (sites, features, _) in cases(), keep in subsequence((0..8_usize).collect::<Vec<_>>(), 1..=8),
    ) {
        let keep: Vec<usize> = keep.into_iter().filter(|&i| i < sites.len()).collect();
        prop_assume!(!keep.is_empty());
        let config = GraphStepConfig::default().with_activation(Activation::Relu);
        let mut gappy = features.clone();
        for (s, mut station) in gappy.outer_iter_mut().enumerate() {
            if !keep.contains(&s) {
                station.fill(f64::NAN);
            }
        }
        // One propagation only: after it the gap is filled and takes part again.
        let whole = GraphStep::new(&sites, None, &config).unwrap();
        let few: Vec<Site> = keep.iter().map(|&i| sites[i].clone()).collect();
        let part = GraphStep::new(&few, None, &config).unwrap();
        for (row, &i) in part.weights().rows().into_iter().zip(&keep) {
            let share: f64 = keep.iter().map(|&j| whole.weights()[[i, j]]).sum();
            for (weight, &j) in row.iter().zip(&keep) {
                prop_assert!((weight - whole.weights()[[i, j]] / share).abs() < 1e-12);
            }
        }
        prop_assert_eq!(whole.apply(gappy.view()).unwrap().dim(), features.dim());
    }

    /// Fitted layers are never farther from the target than the fixed ones, on what they saw.
    #[test]
    fn fitting_does_not_hurt_a_linear_step((sites, features, _) in cases()) {
        let features = features.mapv(|v| if v.is_nan() { 0.25 } else { v });
        let config = GraphStepConfig::default().with_layers(Layers::Trainable { ridge: 0.0 });
        let target = features.mapv(|v| 0.5 * v + 1.0);
        let Ok(fitted) = GraphStep::new(&sites, None, &config).unwrap()
            .fit(features.view(), target.view())
        else {
            return Ok(()); // no complete row
        };
        let fixed = GraphStep::new(&sites, None, &GraphStepConfig::default()).unwrap();
        let error = |step: &GraphStep| {
            let result = step.apply(features.view()).unwrap();
            result.iter().zip(&target).map(|(a, b)| (a - b).powi(2)).sum::<f64>()
        };
        prop_assert!(error(&fitted) <= error(&fixed) * (1.0 + 1e-9) + 1e-9);
    }
}

/// Two stations at 100 km with τ = 100 km: w = e^(−1/2), done by hand.
#[test]
fn two_stations_by_hand() {
    let a = Site::new("a", 0.0, 0.0).unwrap();
    // 100 km along the equator is 100/111.3194908 degrees.
    let b = Site::new("b", 0.0, 100.0 / 111.319_490_793).unwrap();
    let config = GraphStepConfig::default().with_tau_km(100.0);
    let step = GraphStep::new(&[a.clone(), b.clone()], None, &config).unwrap();
    let w = (-0.5_f64).exp();
    let (own, other) = (1.0 / (1.0 + w), w / (1.0 + w));
    assert!((step.weights()[[0, 1]] - other).abs() < 1e-9);
    let x = array![[[1.0]], [[0.0]]];
    let result = step.apply(x.view()).unwrap();
    assert!((result[[0, 0, 0]] - (own * own + other * other)).abs() < 1e-9);
    assert!((result[[1, 0, 0]] - 2.0 * own * other).abs() < 1e-9);

    // Epicentral decay: both layers multiply by the same weight.
    let config = config.with_mode(WeightMode::EpicentralDecay);
    let step = GraphStep::new(&[a.clone(), b], Some(&a), &config).unwrap();
    let result = step.apply(array![[[2.0]], [[-2.0]]].view()).unwrap();
    assert_eq!(result[[0, 0, 0]], 2.0);
    assert!((result[[1, 0, 0]] + 2.0 * w * w).abs() < 1e-9);
}

#[test]
fn relu_keeps_missing_values_missing() {
    let sites = [Site::new("a", 0.0, 0.0).unwrap()];
    let config = GraphStepConfig::default().with_mode(WeightMode::Published);
    let step = GraphStep::new(&sites, None, &config).unwrap();
    let result = step.apply(array![[[-1.0, f64::NAN, 3.0]]].view()).unwrap();
    assert_eq!(result[[0, 0, 0]], 0.0);
    assert!(result[[0, 0, 1]].is_nan());
    assert_eq!(result[[0, 0, 2]], 3.0);
}

/// The planted feature matrix comes back through both layers where the graph is one station.
#[test]
fn fit_recovers_a_planted_mixing() {
    let sites = [Site::new("a", 0.0, 0.0).unwrap()];
    let x = Array3::from_shape_fn((1, 300, 2), |(_, t, f)| ((t * (f + 2)) as f64 * 0.37).sin());
    let planted = array![[0.2, 1.0], [-0.7, 0.4]];
    let y = x.index_axis(Axis(0), 0).dot(&planted).insert_axis(Axis(0));
    let config = GraphStepConfig::default().with_layers(Layers::Trainable { ridge: 0.0 });
    let step = GraphStep::new(&sites, None, &config).unwrap();
    assert_eq!(step.apply(x.view()).unwrap_err(), SpatialError::NotFitted);
    let fitted = step.fit(x.view(), y.view()).unwrap();
    let [first, second] = fitted.layer_weights().unwrap();
    assert!(first.iter().zip(&planted).all(|(a, b)| (a - b).abs() < 1e-10));
    assert!((second[[0, 0]] - 1.0).abs() < 1e-10 && second[[0, 1]].abs() < 1e-10);
    let result = fitted.apply(x.view()).unwrap();
    assert!(result.iter().zip(&y).all(|(a, b)| (a - b).abs() < 1e-10));
}

#[test]
fn says_what_is_wrong() {
    let sites = [Site::new("a", 0.0, 0.0).unwrap(), Site::new("b", 0.0, 1.0).unwrap()];
    let decay = GraphStepConfig::default().with_mode(WeightMode::EpicentralDecay);
    assert_eq!(GraphStep::new(&sites, None, &decay).unwrap_err(), SpatialError::NoEpicentre);
    let step = GraphStep::new(&sites, None, &GraphStepConfig::default()).unwrap();
    let error = step.apply(Array3::zeros((3, 2, 1)).view()).unwrap_err();
    assert_eq!(error.to_string(), "the features: the station axis has length 3, expected 2");
    let mut x = Array3::zeros((2, 2, 1));
    x[[1, 0, 0]] = f64::INFINITY;
    let error = step.apply(x.view()).unwrap_err();
    assert!(error.to_string().contains("station 1, time 0, feature 0 is inf"), "{error}");
    assert_eq!(step.fit(x.view(), x.view()).unwrap_err(), SpatialError::FixedLayers);
}

/// An empty stretch of time is no error: it comes back empty.
#[test]
fn no_times_give_no_times() {
    let sites = [Site::new("a", 0.0, 0.0).unwrap(), Site::new("b", 0.0, 1.0).unwrap()];
    for mode in MODES {
        let config = GraphStepConfig::default().with_mode(mode);
        let step = GraphStep::new(&sites, Some(&epicentre()), &config).unwrap();
        assert_eq!(step.apply(Array3::zeros((2, 0, 3)).view()).unwrap().dim(), (2, 0, 3));
    }
}
