use std::error::Error;

use jiff::SignedDuration;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use strain_io::ndarray::Array2;
use strain_io::{
    Channel, Driver, Recording, ResponseConfig, SynthConfig, SynthFaults, TimeGrid, Unit,
    fit_response, network,
};

/// Hours of every record: 120 days.
pub(crate) const HOURS: usize = 2880;

/// A record without faults, and what its sizes are counted in.
pub(crate) struct Clean {
    pub(crate) recording: Recording,
    /// White noise: its standard deviation. A station: the robust one of gauge 1's changes from hour
    /// to hour, tides and air pressure taken out.
    pub(crate) sigma: f64,
}

/// White noise of standard deviation 1.
pub(crate) fn white(seed: u64) -> Result<Clean, Box<dyn Error>> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let start = "2008-05-01T00:00:00Z".parse()?;
    let grid = TimeGrid::new(start, SignedDuration::from_hours(1), HOURS)?;
    let values = Array2::from_shape_simple_fn((HOURS, 1), || StandardNormal.sample(&mut rng));
    let channels = vec![Channel::new("s1", Unit::Nanostrain)];
    Ok(Clean { recording: Recording::new("X", grid, channels, values)?, sigma: 1.0 })
}

/// A synthetic station as it records: tides, air pressure, drift, coloured noise and the transients
/// that every station has now and then, no faults.
pub(crate) fn station(seed: u64) -> Result<Recording, Box<dyn Error>> {
    let config = SynthConfig::default()
        .with_reference_days((HOURS / 24) as u32)
        .with_target_days(1)
        .with_distances_km([100.0])
        .with_anomalous(false)
        .with_faults(SynthFaults::none());
    Ok(network(&config, seed)?.reference.recording)
}

/// How tides and air pressure are taken out before a step that stands alone.
pub(crate) fn response() -> ResponseConfig {
    ResponseConfig::default().with_driver(Driver::new("pressure"))
}

/// Gauge 1 of a station less tides and the response to air pressure.
pub(crate) fn residual(seed: u64) -> Result<Clean, Box<dyn Error>> {
    let recording = station(seed)?;
    let fit = fit_response(&recording, "s1", 0..HOURS, &response())?;
    let recording = fit.correct(&recording)?.select(&["s1"])?;
    let sigma = sigma(&recording.channel("s1")?.to_vec());
    Ok(Clean { recording, sigma })
}

/// 1.4826 times the median absolute change.
pub(crate) fn sigma(values: &[f64]) -> f64 {
    let mut changes: Vec<f64> = values.windows(2).map(|pair| (pair[1] - pair[0]).abs()).collect();
    changes.retain(|change| !change.is_nan());
    changes.sort_by(f64::total_cmp);
    1.4826 * changes[changes.len() / 2]
}

/// The recording after a change of one channel.
pub(crate) fn altered(
    recording: &Recording,
    channel: &str,
    change: impl FnOnce(&mut [f64]),
) -> Result<Recording, Box<dyn Error>> {
    let mut values = recording.values().to_owned();
    let column = recording.channel_index(channel)?;
    let mut one = values.column(column).to_vec();
    change(&mut one);
    values.column_mut(column).iter_mut().zip(one).for_each(|(value, new)| *value = new);
    Ok(recording.with_values(values, recording.provenance().to_owned())?)
}
