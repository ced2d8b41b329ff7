use crate::error::{Result, StatsError, check_at_least, check_finite};

/// Block lengths that let a bootstrap keep a series' memory.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct BlockLength {
    /// For blocks of random, geometric length.
    pub stationary: f64,
    /// For blocks of one length, moving or circular.
    pub circular: f64,
}

/// Automatic block length from the autocovariances up to the first stretch that is no longer
/// significant (Politis & White 2004, corrected by Patton, Politis & White 2009).
///
/// It follows a memory of days; a memory that is weak and long hides under its significance
/// bound, and blocks are then too short.
///
/// ```
/// use sigmoid_stats::CountProcess;
///
/// let independent = CountProcess::Poisson { mean: 4.0 }.draw(400, 1)?;
/// let wandering = CountProcess::LatentAr { mean: 4.0, sigma: 1.0, rho: 0.95 }.draw(400, 1)?;
/// let days = |counts: &[f64]| sigmoid_stats::block_length(counts).map(|length| length.circular);
/// assert!(days(&wandering)? > 3.0 * days(&independent)?);
/// # Ok::<(), sigmoid_stats::StatsError>(())
/// ```
///
/// # Errors
/// Fewer than 30 values, a value that is not finite, values that do not vary.
pub fn block_length(x: &[f64]) -> Result<BlockLength> {
    check_at_least("values", x.len(), 30)?;
    check_finite("value", x)?;
    let n = x.len();
    let size = n as f64;
    let mean = x.iter().sum::<f64>() / size;
    let e: Vec<f64> = x.iter().map(|v| v - mean).collect();
    if e.iter().all(|v| v.abs() <= 1e-14 * mean.abs()) {
        return Err(StatsError::NoVariation { what: "value", value: x[0] });
    }
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let quiet = 5.max(size.log10() as usize);
    let longest = size.sqrt().ceil() as usize + quiet;
    let bound = 2.0 * (size.log10() / size).sqrt();
    let (mut covariance, mut correlation) = (Vec::new(), Vec::new());
    let mut found = None;
    for i in 0..=longest {
        let cross = product(&e[i..], &e[..n - i]);
        let (late, early) = (&e[i + 1..], &e[..n - i - 1]);
        covariance.push(cross / size);
        correlation.push(cross.abs() / (product(late, late) * product(early, early)).sqrt());
        let still = |c: &[f64]| c.iter().all(|c| *c < bound);
        if i >= quiet && found.is_none() && still(&correlation[i - quiet..i]) {
            found = Some(i - quiet);
        }
    }
    let m = found.map_or(longest, |m: usize| (2 * m.max(1)).min(longest));
    let (mut g, mut long_run) = (0.0, covariance[0]);
    for (k, covariance) in covariance.iter().enumerate().take(m + 1).skip(1) {
        let at = k as f64 / m as f64;
        let weight = if at <= 0.5 { 1.0 } else { 2.0 * (1.0 - at) };
        g += 2.0 * weight * k as f64 * covariance;
        long_run += 2.0 * weight * covariance;
    }
    let most = (3.0 * size.sqrt()).min(size / 3.0).ceil();
    let length = |d: f64| (2.0 * g * g / d * size).cbrt().min(most);
    Ok(BlockLength {
        stationary: length(2.0 * long_run * long_run),
        circular: length(4.0 / 3.0 * long_run * long_run),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CountProcess;

    #[test]
    fn longer_memory_wants_longer_blocks() {
        let of = |rho| {
            let process = CountProcess::LatentAr { mean: 20.0, sigma: 0.5, rho };
            block_length(&process.draw(2000, 3).unwrap()).unwrap().circular
        };
        assert!(of(0.0) < 6.0 && of(0.6) > of(0.0) && of(0.9) > 1.5 * of(0.6));
    }

    #[test]
    fn bad_input_is_refused() {
        assert!(block_length(&[1.0; 29]).is_err());
        assert!(block_length(&[1.0; 40]).is_err());
        assert!(block_length(&[f64::NAN; 40]).is_err());
    }
}
