use super::tensor::Tensor;

/// Mean radius of the Earth, metres.
const RADIUS: f64 = 6_371_000.0;
/// Love and Shida numbers of degree two, h and l: the nominal ones of the IERS Conventions (2010),
/// table 7.2.
const LOVE: f64 = 0.6078;
const SHIDA: f64 = 0.0847;

/// One tidal constituent: Doodson-like multiples of the mean hour angle of the Sun T, the mean
/// longitudes of the Moon s and of the Sun h and the longitude of lunar perigee p, a phase
/// (degrees), and the amplitude of its potential as a height, metres (Cartwright & Tayler 1971;
/// Cartwright & Edden 1973).
///
/// Lines that differ from it by whole multiples of the longitude of the Moon's node make it grow
/// and shrink over 18.6 years, O1 by a fifth: without them a tide that is corrected for the node
/// would be wrong by more in every year.
pub(super) struct Constituent {
    pub(super) name: &'static str,
    species: f64,
    multiples: [f64; 3],
    phase: f64,
    height: f64,
    node: &'static [Line],
}

/// A multiple of the node's longitude N and an amplitude relative to the constituent's (Foreman
/// 1977, *Manual for Tidal Heights Analysis and Prediction*, table of satellites, those of 1 % and
/// more; his N' is −N).
pub(super) type Line = (f64, f64);

const MAIN: Line = (0.0, 1.0);
const SEMIDIURNAL: &[Line] = &[MAIN, (1.0, -0.0373)];
const DECLINATIONAL: &[Line] = &[MAIN, (-1.0, 0.2980), (-2.0, 0.0324), (1.0, -0.0128)];
const LUNISOLAR: &[Line] = &[MAIN, (-1.0, 0.1356), (1.0, -0.0198)];
const LUNAR: &[Line] = &[MAIN, (1.0, 0.1885)];
const SOLAR: &[Line] = &[MAIN];

const fn constituent(
    name: &'static str,
    species: f64,
    multiples: [f64; 3],
    phase: f64,
    height: f64,
    node: &'static [Line],
) -> Constituent {
    Constituent { name, species, multiples, phase, height, node }
}

/// The eight largest, by name in the order that the literature lists them.
pub(super) const CONSTITUENTS: [Constituent; 8] = [
    constituent("M2", 2.0, [-2.0, 2.0, 0.0], 0.0, 0.63192, SEMIDIURNAL),
    constituent("S2", 2.0, [0.0, 0.0, 0.0], 0.0, 0.29400, SOLAR),
    constituent("N2", 2.0, [-3.0, 2.0, 1.0], 0.0, 0.12099, SEMIDIURNAL),
    constituent("K2", 2.0, [0.0, 2.0, 0.0], 0.0, 0.07996, DECLINATIONAL),
    constituent("K1", 1.0, [0.0, 1.0, 0.0], -90.0, 0.36878, LUNISOLAR),
    constituent("O1", 1.0, [-2.0, 1.0, 0.0], 90.0, 0.26221, LUNAR),
    constituent("P1", 1.0, [0.0, -1.0, 0.0], 90.0, 0.12203, SOLAR),
    constituent("Q1", 1.0, [-3.0, 1.0, 1.0], 90.0, 0.05020, LUNAR),
];

/// Mean longitudes s, h, p at J2000.0 (degrees) and their rates (degrees per day), Meeus 1998.
const LONGITUDES: [(f64, f64); 3] =
    [(218.316_45, 13.176_396_48), (280.466_46, 0.985_647_36), (83.353_25, 0.111_403_53)];
/// The same of the Moon's ascending node.
const NODE: (f64, f64) = (125.044_52, -0.052_953_77);

/// A strain that varies as the real part of (re + i·im) e^{iψ}, each component on its own.
pub(super) struct Phasors {
    pub(super) re: Tensor,
    pub(super) im: Tensor,
}

impl Constituent {
    /// The constituent and the lines beside it.
    pub(super) fn lines(&self) -> &'static [Line] {
        self.node
    }

    /// What a line is called: `O1`, or with the node's longitude `O1 +1N`.
    pub(super) fn line_name(&self, (node, _): Line) -> String {
        if node == 0.0 { self.name.to_owned() } else { format!("{} {node:+}N", self.name) }
    }

    /// Degrees per hour of one of its lines.
    pub(super) fn rate(&self, (node, _): Line) -> f64 {
        let longitudes: f64 = self.multiples.iter().zip(LONGITUDES).map(|(k, (_, r))| k * r).sum();
        15.0 * self.species + (longitudes + node * NODE.1) / 24.0
    }

    /// The argument ψ of one of its lines at a longitude at J2000.0 (2000-01-01T12:00), degrees. At
    /// noon UTC the mean Sun is on the meridian of Greenwich, T = 0.
    pub(super) fn argument(&self, (node, _): Line, longitude: f64) -> f64 {
        let longitudes: f64 = self.multiples.iter().zip(LONGITUDES).map(|(k, (l, _))| k * l).sum();
        longitudes + node * NODE.0 + self.phase + self.species * longitude
    }

    /// The strain, nanostrain, of the body tide at a latitude.
    ///
    /// With the potential as a height ζ = H N f(θ) cos ψ at colatitude θ, f = sin²θ or sinθ cosθ,
    /// the surface moves by u_r = hζ, u_θ = l ∂ζ/∂θ, u_λ = (l / sinθ) ∂ζ/∂λ (Melchior 1983, §2),
    /// and strain in spherical coordinates follows by differentiation.
    pub(super) fn strain(&self, latitude: f64) -> Phasors {
        let (cos, sin) = latitude.to_radians().sin_cos(); // of the colatitude
        let nanostrain = 1e9 * self.height * self.norm() / RADIUS;
        let (e_nn, e_ee, e_ne) = if self.species == 2.0 {
            (
                2.0 * SHIDA * (cos * cos - sin * sin) + LOVE * sin * sin,
                SHIDA * (2.0 * cos * cos - 4.0) + LOVE * sin * sin,
                2.0 * SHIDA * cos,
            )
        } else {
            ((LOVE - 4.0 * SHIDA) * sin * cos, (LOVE - 2.0 * SHIDA) * sin * cos, -SHIDA * sin)
        };
        // e_NN and e_EE go with cos ψ, e_NE with sin ψ = Re(−i e^{iψ}).
        Phasors {
            re: Tensor {
                areal: nanostrain * (e_nn + e_ee),
                gamma1: nanostrain * (e_nn - e_ee),
                gamma2: 0.0,
            },
            im: Tensor { areal: 0.0, gamma1: 0.0, gamma2: -2.0 * nanostrain * e_ne },
        }
    }

    /// Normalisation of the spherical harmonic of degree two.
    fn norm(&self) -> f64 {
        let square = if self.species == 2.0 { 5.0 / 96.0 } else { 5.0 / 24.0 };
        3.0 * (square / std::f64::consts::PI).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Displacements of the stated potential, differentiated numerically, against the closed form.
    #[test]
    fn strain_is_the_derivative_of_displacement() {
        for constituent in &CONSTITUENTS {
            for (latitude, longitude) in [(30.0_f64, 102.0_f64), (-55.0, 10.0), (3.0, -60.0)] {
                let theta = (90.0 - latitude).to_radians();
                let lambda = longitude.to_radians();
                let m = constituent.species;
                let zeta = |theta: f64, lambda: f64| {
                    let f = if m == 2.0 { theta.sin().powi(2) } else { theta.sin() * theta.cos() };
                    1e9 * constituent.height * constituent.norm() * f * (m * lambda).cos()
                };
                let d = 1e-3;
                let d_theta = |f: &dyn Fn(f64, f64) -> f64, t, l| {
                    (f(t - 2.0 * d, l) - 8.0 * f(t - d, l) + 8.0 * f(t + d, l) - f(t + 2.0 * d, l))
                        / (12.0 * d)
                };
                let d_lambda = |f: &dyn Fn(f64, f64) -> f64, t, l| {
                    (f(t, l - 2.0 * d) - 8.0 * f(t, l - d) + 8.0 * f(t, l + d) - f(t, l + 2.0 * d))
                        / (12.0 * d)
                };
                let u_r = LOVE * zeta(theta, lambda);
                let south = |t: f64, l: f64| SHIDA * d_theta(&zeta, t, l);
                let east = |t: f64, l: f64| SHIDA * d_lambda(&zeta, t, l) / t.sin();
                let e_nn = (d_theta(&south, theta, lambda) + u_r) / RADIUS;
                let e_ee = (d_lambda(&east, theta, lambda) / theta.sin()
                    + south(theta, lambda) / theta.tan()
                    + u_r)
                    / RADIUS;
                let e_te = (d_lambda(&south, theta, lambda) / theta.sin()
                    + d_theta(&east, theta, lambda)
                    - east(theta, lambda) / theta.tan())
                    / (2.0 * RADIUS);
                let (sin, cos) = (m * lambda).sin_cos();
                let z = constituent.strain(latitude);
                let value = |re: f64, im: f64| re * cos - im * sin;
                let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-6, "{a} {b}");
                close(value(z.re.areal, z.im.areal), e_nn + e_ee);
                close(value(z.re.gamma1, z.im.gamma1), e_nn - e_ee);
                close(value(z.re.gamma2, z.im.gamma2), -2.0 * e_te);
            }
        }
    }

    /// Degrees per hour as tide tables print them (Schureman 1958, table 2).
    #[test]
    fn rates_are_those_of_the_tables() {
        let tables = [
            28.984_104_2,
            30.0,
            28.439_729_5,
            30.082_137_3,
            15.041_068_6,
            13.943_035_6,
            14.958_931_4,
            13.398_660_9,
        ];
        for (constituent, rate) in CONSTITUENTS.iter().zip(tables) {
            assert!((constituent.rate(MAIN) - rate).abs() < 1e-6, "{}", constituent.name);
        }
    }

    /// Lines beside a constituent add up to its amplitude's factor f and phase's advance u (Pugh
    /// 1987, Tides, Surges and Mean Sea-Level, table 4:2).
    #[test]
    fn lines_beside_a_constituent_make_the_nodal_corrections_of_the_tables() {
        for (name, f0, f1, u1) in [
            ("M2", 1.0, -0.037, -2.1),
            ("K2", 1.024, 0.286, -17.7),
            ("K1", 1.006, 0.115, -8.9),
            ("O1", 1.009, 0.187, 10.8),
        ] {
            let c = CONSTITUENTS.iter().find(|c| c.name == name).unwrap();
            for degrees in 0..360 {
                let n = f64::from(degrees).to_radians();
                let sum = |part: fn(f64) -> f64| -> f64 {
                    c.lines().iter().map(|(k, amplitude)| amplitude * part(k * n)).sum()
                };
                let (re, im) = (sum(f64::cos), sum(f64::sin));
                assert!((re.hypot(im) - f0 - f1 * n.cos()).abs() < 0.03, "{name} {degrees}");
                let u = im.atan2(re).to_degrees();
                assert!((u - u1 * n.sin()).abs() < 3.5, "{name} {degrees}: {u}");
            }
        }
    }

    /// On the June solstice the Sun stands over the Tropic of Cancer: P1 and the solar part of K1
    /// are largest at noon in the north, whatever the convention of phases.
    #[test]
    fn solar_diurnal_tides_peak_at_noon_of_the_june_solstice() {
        let hours = 24.0 * 172.0; // 2000-06-21T12:00
        for name in ["P1", "K1", "S2"] {
            let c = CONSTITUENTS.iter().find(|c| c.name == name).unwrap();
            let argument = (c.argument(MAIN, 0.0) + c.rate(MAIN) * hours).to_radians();
            assert!(argument.cos() > 0.99, "{name}");
            assert!(c.strain(30.0).re.areal > 0.0, "{name}");
        }
    }
}
