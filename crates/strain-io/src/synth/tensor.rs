/// Azimuth of the first gauge, degrees east of north; the others follow at 45° steps.
pub(super) const AZIMUTHS: [f64; 4] = [0.0, 45.0, 90.0, 135.0];

/// A horizontal strain tensor by its areal strain e_NN + e_EE and its shear strains
/// γ1 = e_NN − e_EE and γ2 = 2 e_NE.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Tensor {
    pub(super) areal: f64,
    pub(super) gamma1: f64,
    pub(super) gamma2: f64,
}

impl Tensor {
    /// The extension along an azimuth east of north:
    /// e(θ) = (areal + γ1 cos 2θ + γ2 sin 2θ) / 2.
    pub(super) fn along(self, azimuth_degrees: f64) -> f64 {
        let (sin, cos) = (2.0 * azimuth_degrees.to_radians()).sin_cos();
        (self.areal + self.gamma1 * cos + self.gamma2 * sin) / 2.0
    }

    /// What gauges of the given gains record of it.
    pub(super) fn on_gauges(self, gains: [f64; 4]) -> [f64; 4] {
        std::array::from_fn(|gauge| gains[gauge] * self.along(AZIMUTHS[gauge]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// The identity that a four-gauge strainmeter is checked by.
        #[test]
        fn opposite_gauges_add_up_to_the_areal_strain(
            areal in -1e3..1e3_f64, gamma1 in -1e3..1e3_f64, gamma2 in -1e3..1e3_f64,
        ) {
            let [a, b, c, d] = Tensor { areal, gamma1, gamma2 }.on_gauges([1.0; 4]);
            prop_assert!((a + c - areal).abs() < 1e-9);
            prop_assert!((b + d - areal).abs() < 1e-9);
            prop_assert!((a - c - gamma1).abs() < 1e-9);
            prop_assert!((b - d - gamma2).abs() < 1e-9);
        }
    }
}
