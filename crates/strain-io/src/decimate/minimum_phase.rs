use realfft::RealFftPlanner;
use realfft::num_complex::Complex64;

/// Points of the transform for each coefficient: what the cepstrum folds over from its far end
/// stays below the ripple of the stop band.
const POINTS: usize = 32;

/// The minimum-phase spectral factor of a low-pass of odd length and linear phase: half as long,
/// with the square root of its response.
///
/// The prototype's response is lifted until it is positive, as Herrmann and Schüssler (1970),
/// Design of nonrecursive digital filters with minimum phase, *Electron. Lett.* 6, 329–330, do; the
/// factor then comes from the folded cepstrum (Oppenheim and Schafer, *Discrete-Time Signal
/// Processing*, 3rd ed., §13.6).
pub(super) fn factor(prototype: &[f64]) -> Vec<f64> {
    let half = prototype.len() / 2;
    let points = (POINTS * prototype.len()).next_power_of_two();
    let mut planner = RealFftPlanner::<f64>::new();
    let (forward, inverse) = (planner.plan_fft_forward(points), planner.plan_fft_inverse(points));
    // The lengths are those of the plans, so that a transform cannot fail.
    let spectrum = |mut values: Vec<f64>| {
        let mut spectrum = forward.make_output_vec();
        forward.process(&mut values, &mut spectrum).map(|()| spectrum).unwrap_or_default()
    };
    let signal = |mut spectrum: Vec<Complex64>| {
        let mut values = inverse.make_output_vec();
        spectrum.iter_mut().for_each(|value| *value /= points as f64);
        inverse.process(&mut spectrum, &mut values).map(|()| values).unwrap_or_default()
    };

    let mut centred = vec![0.0; points];
    for (index, tap) in prototype.iter().enumerate() {
        centred[(index + points - half) % points] = *tap;
    }
    let response: Vec<f64> = spectrum(centred).iter().map(|value| value.re).collect();
    let lowest = response.iter().copied().fold(0.0, f64::min);
    let lift = (-1.5 * lowest).max(1e-14);
    let log = response.iter().map(|value| Complex64::from(0.5 * (value + lift).ln())).collect();
    let mut cepstrum: Vec<f64> = signal(log);
    cepstrum[1..points / 2].iter_mut().for_each(|value| *value *= 2.0);
    cepstrum[points / 2 + 1..].fill(0.0);
    let mut causal = spectrum(cepstrum);
    causal.iter_mut().for_each(|value| *value = value.exp());
    for edge in [0, points / 2] {
        causal[edge].im = 0.0;
    }
    let mut taps = signal(causal);
    taps.truncate(half + 1);
    let sum: f64 = taps.iter().sum();
    taps.iter_mut().for_each(|tap| *tap /= sum);
    taps
}
