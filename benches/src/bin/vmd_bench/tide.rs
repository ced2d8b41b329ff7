use std::f64::consts::TAU;

/// Periods in hours and relative amplitudes of the strongest constituents: M2, S2, N2, K1, O1, P1, Q1.
const CONSTITUENTS: [(f64, f64); 7] = [
    (12.420_601, 20.0),
    (12.0, 9.0),
    (12.658_348, 4.0),
    (23.934_470, 12.0),
    (25.819_342, 10.0),
    (24.065_890, 4.0),
    (26.868_357, 2.0),
];

/// Uniform numbers in 0..1 (SplitMix64), so that a seed means the same record everywhere.
pub(crate) struct Uniform(u64);

impl Uniform {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Close to a standard normal number: twelve uniform ones.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.next()).sum::<f64>() - 6.0
    }
}

/// A synthetic strain record, nanostrain, one sample a minute, without end: tidal constituents of
/// random phase and of amplitudes within ±30 %, a linear drift, a random walk of at most 0.05 an
/// hour, white noise of 0.01 to 0.31.
pub(crate) struct Strain {
    random: Uniform,
    /// Angular frequency, amplitude, phase.
    waves: Vec<(f64, f64, f64)>,
    white: f64,
    walk: f64,
    drift: f64,
    wandered: f64,
    minute: usize,
}

impl Strain {
    pub(crate) fn new(seed: u64) -> Self {
        let mut random = Uniform(seed);
        let waves = CONSTITUENTS.iter().map(|(hours, size)| {
            (TAU / (60.0 * hours), size * (0.7 + 0.6 * random.next()), TAU * random.next())
        });
        let waves = waves.collect();
        let white = 0.01 + 0.3 * random.next();
        let walk = 0.05 * random.next() / 60.0_f64.sqrt();
        let drift = 0.1 * (random.next() - 0.5) / 60.0;
        Self { random, waves, white, walk, drift, wandered: 0.0, minute: 0 }
    }
}

impl Iterator for Strain {
    type Item = f64;

    fn next(&mut self) -> Option<f64> {
        let t = self.minute as f64;
        self.minute += 1;
        self.wandered += self.walk * self.random.normal();
        let tide: f64 =
            self.waves.iter().map(|(w, size, phase)| size * (w * t + phase).cos()).sum();
        Some(tide + self.drift * t + self.wandered + self.white * self.random.normal())
    }
}

/// The first `len` samples of a record.
pub(crate) fn strain(len: usize, seed: u64) -> Vec<f64> {
    Strain::new(seed).take(len).collect()
}
