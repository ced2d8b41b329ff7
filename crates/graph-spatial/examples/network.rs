//! Distances, preparation zone, and spatial statistics of the five target stations of a published
//! study, from public coordinates.
//!
//! `cargo run -p graph-spatial --example network`

use graph_spatial::{
    GraphStep, GraphStepConfig, PermutationTest, Result, Site, StationGraph, azimuth_degrees,
    distance_correlation, distance_km, dobrovolsky_radius_km,
};
use ndarray::{Array1, Axis};

fn main() -> Result<()> {
    let epicentre = Site::new("Luding Ms 6.8", 29.59, 102.08)?;
    let stations = [
        Site::new("51010", 30.11722, 102.1728)?,
        Site::new("51304", 27.7, 101.9)?,
        Site::new("51009", 28.0, 102.0)?,
        Site::new("53022", 27.322, 103.718)?,
        Site::new("53006", 26.6, 100.8)?,
    ];
    println!("preparation zone: {:.1} km", dobrovolsky_radius_km(6.8));
    for station in &stations {
        println!(
            "{}: {:6.1} km, {:5.1} degrees from the epicentre",
            station.id,
            distance_km(&epicentre, station),
            azimuth_degrees(&epicentre, station)
        );
    }

    let graph = StationGraph::new(&stations)?;
    for (i, station) in graph.sites().iter().enumerate() {
        let near = graph.nearest(i, 1)?[0];
        println!(
            "{}: nearest {} at {:.1} km",
            station.id, stations[near.index].id, near.distance_km
        );
    }
    let step = GraphStep::new(&stations, None, &GraphStepConfig::default())?;
    println!("default weights, rows sum to one:\n{:.3}", step.weights());

    // Does the published inflection (days before the event) depend on distance?
    let distance: Array1<f64> = stations.iter().map(|s| distance_km(&epicentre, s)).collect();
    let inflection = Array1::from(vec![39.0, 37.0, 34.0, 41.0, 38.0]);
    let result = distance_correlation(
        distance.insert_axis(Axis(1)).view(),
        inflection.insert_axis(Axis(1)).view(),
        PermutationTest::default(),
    )?;
    println!(
        "inflection against distance: dCor {:.3}, p {:.3} over all {} orders",
        result.correlation, result.permutation.p_greater, result.permutation.permutations
    );
    Ok(())
}
