//! `proptest` strategies for this crate's inputs (feature `proptest`), the ones that its own tests
//! use.
//!
//! ```
//! use graph_spatial::{StationGraph, strategies};
//! use proptest::prelude::*;
//!
//! proptest!(|(sites in strategies::networks(1..=8))| {
//!     let graph = StationGraph::new(&sites).unwrap();
//!     prop_assert_eq!(graph.len(), sites.len());
//! });
//! ```

use std::ops::RangeInclusive;

use ndarray::Array3;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::Site;

/// Any place on Earth, poles and the date line among them.
pub fn sites() -> impl Strategy<Value = Site> {
    let latitude = prop_oneof![8 => -90.0..=90.0_f64, 1 => Just(90.0), 1 => Just(-90.0)];
    let longitude = prop_oneof![8 => -180.0..=180.0_f64, 1 => Just(180.0), 1 => Just(-180.0)];
    (latitude, longitude).prop_map(|(latitude, longitude)| named(0, latitude, longitude))
}

/// Networks of uniquely named sites anywhere on Earth; some share a place.
pub fn networks(size: RangeInclusive<usize>) -> impl Strategy<Value = Vec<Site>> {
    vec((sites(), any::<prop::sample::Index>(), prop::bool::weighted(0.1)), size).prop_map(
        |drawn| {
            let place = |i: usize| {
                let (site, other, shared): &(Site, prop::sample::Index, bool) = &drawn[i];
                let source = if *shared { &drawn[other.index(drawn.len())].0 } else { site };
                named(i, source.latitude, source.longitude)
            };
            (0..drawn.len()).map(place).collect()
        },
    )
}

/// Networks within a few hundred kilometres, as a regional strain network is: 26–34 N, 98–106 E.
pub fn regional_networks(size: RangeInclusive<usize>) -> impl Strategy<Value = Vec<Site>> {
    vec((26.0..34.0_f64, 98.0..106.0_f64), size).prop_map(|places| {
        let site = |(i, (latitude, longitude))| named(i, latitude, longitude);
        places.into_iter().enumerate().map(site).collect()
    })
}

/// Features `[station, time, feature]` of size up to 100, about a tenth of them missing (NaN).
pub fn features(stations: usize) -> impl Strategy<Value = Array3<f64>> {
    (1_usize..6, 1_usize..4).prop_flat_map(move |(times, width)| {
        let value = prop_oneof![9 => -100.0..100.0_f64, 1 => Just(f64::NAN)];
        vec(value, stations * times * width).prop_map(move |values| {
            Array3::from_shape_fn((stations, times, width), |(s, t, f)| {
                values[(s * times + t) * width + f]
            })
        })
    })
}

fn named(index: usize, latitude: f64, longitude: f64) -> Site {
    Site { id: format!("S{index:03}"), latitude, longitude }
}
