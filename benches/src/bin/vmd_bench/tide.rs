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
struct Uniform(u64);

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

/// A synthetic strain record, nanostrain, `len` samples at one minute: tidal constituents of random
/// phase and of amplitudes within ±30 %, a linear drift, a random walk of at most 0.05 an hour,
/// white noise of 0.01 to 0.31.
pub(crate) fn strain(len: usize, seed: u64) -> Vec<f64> {
    let mut random = Uniform(seed);
    let waves: Vec<(f64, f64, f64)> = CONSTITUENTS
        .iter()
        .map(|(hours, size)| {
            (TAU / (60.0 * hours), size * (0.7 + 0.6 * random.next()), TAU * random.next())
        })
        .collect();
    let white = 0.01 + 0.3 * random.next();
    let walk = 0.05 * random.next() / 60.0_f64.sqrt();
    let drift = 0.1 * (random.next() - 0.5) / 60.0;
    let mut wandered = 0.0;
    (0..len)
        .map(|minute| {
            let t = minute as f64;
            wandered += walk * random.normal();
            let tide: f64 = waves.iter().map(|(w, size, phase)| size * (w * t + phase).cos()).sum();
            tide + drift * t + wandered + white * random.normal()
        })
        .collect()
}
