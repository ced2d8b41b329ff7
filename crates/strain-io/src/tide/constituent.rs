use super::astronomy::Longitudes;

/// A term of the tidal potential: its argument V is a sum of whole multiples of the longitudes and
/// of quarter turns.
#[derive(Debug, PartialEq)]
pub(super) struct Constituent {
    pub(super) name: &'static str,
    /// Multiples of solar time, s, h, p, p1.
    multiples: [f64; 5],
    /// Constant part, degrees.
    constant: f64,
    /// Amplitude in the tidal potential (D. E. Cartwright and A. C. Edden (1973), Geophys. J. R.
    /// astr. Soc. 33, 253-264, rounded); 0 for one that is fitted or left out, but never inferred: a
    /// meteorological one, one of long period, one of degree three.
    pub(super) potential: f64,
    nodal: Nodal,
    /// The larger constituent that it is inferred from where it cannot be fitted.
    pub(super) parent: Option<&'static str>,
    /// Whether it is fitted where the span allows it.
    pub(super) fitted: bool,
}

/// Which nodal correction applies: D. T. Pugh (1987), Tides, Surges and Mean Sea-Level, table 4:2,
/// for the large constituents and those of long period; R. Ray's, as in OTPS, for J1 and OO1; for M3
/// that of three half M2.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Nodal {
    None,
    M2,
    K2,
    K1,
    O1,
    J1,
    Oo1,
    Mm,
    Mf,
    M3,
}

impl Constituent {
    /// V + u at `day`, radians, and f.
    pub(super) fn argument(&self, day: f64) -> (f64, f64) {
        let at = Longitudes::at(day);
        let parts = [at.solar_time, at.moon, at.sun, at.perigee, at.perihelion];
        let v: f64 = self.multiples.iter().zip(parts).map(|(n, part)| n * part).sum();
        let (f, u) = self.nodal.at(at.node.to_radians());
        ((v + self.constant + u).to_radians(), f)
    }

    /// V at `day`, radians, without the nodal correction.
    #[cfg(test)]
    pub(super) fn equilibrium_argument(&self, day: f64) -> f64 {
        let (_, u) = self.nodal.at(Longitudes::at(day).node.to_radians());
        self.argument(day).0 - u.to_radians()
    }

    /// Cycles per day, rounded: 0 for a constituent of long period.
    pub(super) fn species(&self) -> f64 {
        self.multiples[0]
    }

    /// Cycles per day.
    pub(super) fn frequency(&self) -> f64 {
        let (a, b) = (Longitudes::at(0.0), Longitudes::at(1.0));
        let rates = [
            b.solar_time - a.solar_time,
            b.moon - a.moon,
            b.sun - a.sun,
            b.perigee - a.perigee,
            b.perihelion - a.perihelion,
        ];
        self.multiples.iter().zip(rates).map(|(n, rate)| n * rate).sum::<f64>() / 360.0
    }
}

impl Nodal {
    /// f and u (degrees) for the node's longitude `n`, radians.
    fn at(self, n: f64) -> (f64, f64) {
        let (sin, cos) = n.sin_cos();
        let polar = |re: f64, im: f64| (re.hypot(im), im.atan2(re).to_degrees());
        match self {
            Self::None => (1.0, 0.0),
            Self::M2 => (1.0 - 0.037 * cos, -2.1 * sin),
            Self::K2 => (1.024 + 0.286 * cos, -17.7 * sin),
            Self::K1 => (1.006 + 0.115 * cos, -8.9 * sin),
            Self::O1 => (1.009 + 0.187 * cos, 10.8 * sin),
            Self::Mm => (1.0 - 0.130 * cos, 0.0),
            Self::Mf => (1.043 + 0.414 * cos, -23.7 * sin),
            Self::M3 => {
                let (f, u) = Self::M2.at(n);
                (f.powf(1.5), 1.5 * u)
            }
            Self::J1 => polar(1.0 + 0.169 * cos, -0.227 * sin),
            Self::Oo1 => {
                let (sin2, cos2) = (2.0 * n).sin_cos();
                polar(1.0 + 0.640 * cos + 0.134 * cos2, -0.640 * sin - 0.134 * sin2)
            }
        }
    }
}

const fn large(
    name: &'static str,
    multiples: [f64; 5],
    constant: f64,
    potential: f64,
    nodal: Nodal,
    parent: Option<&'static str>,
) -> Constituent {
    Constituent { name, multiples, constant, potential, nodal, parent, fitted: true }
}

const fn small(
    name: &'static str,
    multiples: [f64; 5],
    constant: f64,
    potential: f64,
    nodal: Nodal,
    parent: &'static str,
) -> Constituent {
    let parent = Some(parent);
    Constituent { name, multiples, constant, potential, nodal, parent, fitted: false }
}

/// The eight largest diurnal and semidiurnal constituents, the largest first.
pub(super) const EIGHT: [Constituent; 8] = [
    large("M2", [2., -2., 2., 0., 0.], 0., 0.90809, Nodal::M2, None),
    large("K1", [1., 0., 1., 0., 0.], 90., 0.53011, Nodal::K1, None),
    large("S2", [2., 0., 0., 0., 0.], 0., 0.42248, Nodal::None, Some("M2")),
    large("O1", [1., -2., 1., 0., 0.], 270., 0.37694, Nodal::O1, Some("K1")),
    large("P1", [1., 0., -1., 0., 0.], 270., 0.17543, Nodal::None, Some("K1")),
    large("N2", [2., -3., 2., 1., 0.], 0., 0.17386, Nodal::M2, Some("M2")),
    large("K2", [2., 0., 2., 0., 0.], 0., 0.11498, Nodal::K2, Some("S2")),
    large("Q1", [1., -3., 1., 1., 0.], 270., 0.07217, Nodal::O1, Some("O1")),
];

/// Smaller ones, inferred from their large neighbours, and the thermal S1, which is fitted.
pub(super) const MORE: [Constituent; 21] = [
    small("nu2", [2., -3., 4., -1., 0.], 0., 0.03303, Nodal::M2, "N2"),
    small("M1", [1., -1., 1., 1., 0.], 90., 0.02964, Nodal::None, "O1"),
    small("J1", [1., 1., 1., -1., 0.], 90., 0.02964, Nodal::J1, "K1"),
    small("mu2", [2., -4., 4., 0., 0.], 0., 0.02776, Nodal::M2, "N2"),
    small("L2", [2., -1., 2., -1., 0.], 180., 0.02567, Nodal::None, "M2"),
    small("T2", [2., 0., -1., 0., 1.], 0., 0.02476, Nodal::None, "S2"),
    small("2N2", [2., -4., 2., 2., 0.], 0., 0.02301, Nodal::M2, "N2"),
    small("OO1", [1., 2., 1., 0., 0.], 90., 0.01624, Nodal::Oo1, "K1"),
    small("rho1", [1., -3., 3., -1., 0.], 270., 0.01371, Nodal::O1, "Q1"),
    small("sigma1", [1., -4., 3., 0., 0.], 270., 0.01153, Nodal::O1, "Q1"),
    small("pi1", [1., 0., -2., 0., 1.], 270., 0.01028, Nodal::None, "P1"),
    small("2Q1", [1., -4., 1., 2., 0.], 270., 0.00954, Nodal::O1, "Q1"),
    small("phi1", [1., 0., 3., 0., 0.], 90., 0.00755, Nodal::None, "K1"),
    small("lambda2", [2., -1., 0., 1., 0.], 180., 0.00670, Nodal::M2, "M2"),
    small("eps2", [2., -5., 4., 1., 0.], 0., 0.00670, Nodal::M2, "N2"),
    small("eta2", [2., 1., 2., -1., 0.], 0., 0.00643, Nodal::K2, "K2"),
    small("chi1", [1., -1., 3., -1., 0.], 90., 0.00566, Nodal::J1, "K1"),
    small("theta1", [1., 1., -1., 1., 0.], 90., 0.00566, Nodal::J1, "K1"),
    small("psi1", [1., 0., 2., 0., -1.], 90., 0.00422, Nodal::None, "K1"),
    small("R2", [2., 0., 1., 0., -1.], 180., 0.00354, Nodal::None, "S2"),
    large("S1", [1., 0., 0., 0., 0.], 180., 0.0, Nodal::None, None),
];

/// Those of long period, among them the seasons (Sa, Ssa), and the largest of degree three.
pub(super) const LONG: [Constituent; 7] = [
    large("Mf", [0., 2., 0., 0., 0.], 0., 0.0, Nodal::Mf, None),
    large("Mm", [0., 1., 0., -1., 0.], 0., 0.0, Nodal::Mm, None),
    large("Ssa", [0., 0., 2., 0., 0.], 0., 0.0, Nodal::None, None),
    large("Mtm", [0., 3., 0., -1., 0.], 0., 0.0, Nodal::Mf, None),
    large("MSf", [0., 2., -2., 0., 0.], 0., 0.0, Nodal::None, None),
    large("Sa", [0., 0., 1., 0., -1.], 0., 0.0, Nodal::None, None),
    large("M3", [3., -3., 3., 0., 0.], 180., 0.0, Nodal::M3, None),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Arguments at 1992-01-01T00:00Z, radians, as tabulated in OTPS (`constit.h`).
    /// (Its M1 is without the perigee, which it treats as a nodal correction.)
    const OTPS: [(&str, f64); 16] = [
        ("M2", 1.731_557_546),
        ("S2", 0.0),
        ("K1", 0.173_003_674),
        ("O1", 1.558_553_872),
        ("N2", 6.050_721_243),
        ("P1", 6.110_181_633),
        ("K2", 3.487_600_001),
        ("Q1", 5.877_717_569),
        ("2N2", 4.086_699_633),
        ("mu2", 3.463_115_091),
        ("nu2", 5.427_136_701),
        ("L2", 0.553_986_502),
        ("T2", 0.052_841_931),
        ("J1", 2.137_025_284),
        ("OO1", 1.929_046_130),
        ("rho1", 5.254_133_027),
    ];

    fn named(name: &str) -> &'static Constituent {
        EIGHT.iter().chain(&MORE).chain(&LONG).find(|constituent| constituent.name == name).unwrap()
    }

    #[test]
    fn arguments_are_those_of_a_published_table() {
        let day = -2922.0;
        for (name, expected) in OTPS {
            let difference = named(name).equilibrium_argument(day) - expected;
            let turns = difference / std::f64::consts::TAU;
            let degrees = 360.0 * (turns - turns.round());
            assert!(degrees.abs() < 0.35, "{name}: off by {degrees} degrees");
        }
    }

    #[test]
    fn periods_are_those_of_the_textbooks() {
        // Hours, from Pugh (1987), table 4:1.
        let known = [
            ("M2", 12.4206),
            ("S2", 12.0),
            ("N2", 12.6583),
            ("K2", 11.9672),
            ("K1", 23.9345),
            ("O1", 25.8193),
            ("P1", 24.0659),
            ("Q1", 26.8684),
            ("2N2", 12.9054),
            ("L2", 12.1916),
            ("J1", 23.0985),
            ("S1", 24.0),
            ("M3", 8.2804),
            ("Mf", 327.8590),
            ("MSf", 354.3671),
            ("Mm", 661.3092),
            ("Ssa", 4382.9052),
        ];
        for (name, hours) in known {
            let period = 24.0 / named(name).frequency();
            assert!((period / hours - 1.0).abs() < 6e-6, "{name}: {period} h");
        }
    }

    #[test]
    fn every_parent_is_there_and_larger() {
        for constituent in EIGHT.iter().chain(&MORE) {
            if let Some(parent) = constituent.parent {
                assert!(named(parent).potential > constituent.potential, "{}", constituent.name);
                assert!(named(parent).fitted, "{}", constituent.name);
            }
        }
    }
}
