use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// What a random stream is for. Each purpose of each station has its own, so that no setting of
/// one part, and no further station, changes the draws of another.
#[derive(Debug, Clone, Copy)]
pub(super) enum Purpose {
    Site,
    Coupling,
    Drift,
    PressureSite,
    PressureLocal,
    PressureSensor,
    NoiseLevel,
    TensorNoise,
    GaugeNoise,
    Gaps,
    Spikes,
    Steps,
    Background,
    Anomalous,
    Waves,
    Synoptic,
}

/// The random streams of one station (0 is the reference, targets count from 1) or of the region.
#[derive(Debug, Clone, Copy)]
pub(super) struct Streams {
    seed: u64,
    owner: u64,
}

impl Streams {
    pub(super) fn of_station(seed: u64, index: usize) -> Self {
        Self { seed, owner: index as u64 + 1 }
    }

    /// What all stations share, such as the weather.
    pub(super) fn of_region(seed: u64) -> Self {
        Self { seed, owner: 0 }
    }

    /// The stream for a purpose; `part` tells components (gauges, tensor components) apart.
    pub(super) fn get(self, purpose: Purpose, part: usize) -> ChaCha8Rng {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(self.owner << 16 | (purpose as u64) << 8 | part as u64 & 0xff);
        rng
    }
}
