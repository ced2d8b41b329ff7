use jiff::SignedDuration;
use ndarray::Array2;
use proptest::prelude::*;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use super::*;
use crate::{
    Channel, LoveNumbers, Provenance, Recording, ResponseConfig, ResponseFit, StrainIoError,
    TideSite, TimeGrid, Unit, fit_response, solid_tide,
};

const NAMES: [&str; 4] = ["a", "b", "c", "d"];

fn recording(columns: &[Vec<f64>]) -> Recording {
    let start = "2008-05-01T00:00:00Z".parse().unwrap();
    let grid = TimeGrid::new(start, SignedDuration::from_hours(1), columns[0].len()).unwrap();
    let channels =
        NAMES.iter().take(columns.len()).map(|name| Channel::new(*name, Unit::Nanostrain));
    let values = Array2::from_shape_fn((grid.len(), columns.len()), |(t, c)| columns[c][t]);
    Recording::new("X", grid, channels.collect(), values).unwrap()
}

/// Strain along a direction, from the definition of a tensor, not from its halves.
fn along([areal, gamma1, gamma2]: [f64; 3], azimuth: f64) -> f64 {
    let (e_ee, e_nn, e_en) = ((areal + gamma1) / 2.0, (areal - gamma1) / 2.0, gamma2 / 2.0);
    let (east, north) = azimuth.to_radians().sin_cos();
    e_ee * east * east + e_nn * north * north + 2.0 * e_en * east * north
}

fn strains() -> impl Strategy<Value = [f64; 3]> {
    prop::array::uniform3(-1e3..1e3_f64)
}

proptest! {
    /// Any three or four gauges not all in the same directions give the strain back.
    #[test]
    fn three_or_four_gauges_give_the_strain(
        strain in strains(), first in 0.0..180.0_f64, turns in prop::array::uniform3(25.0..40.0_f64),
        broken in prop::option::of(0_usize..4), areal in 0.5..3.0_f64, shear in 0.5..4.0_f64,
    ) {
        let azimuths = [first, first + turns[0], first + turns[0] + turns[1], first + turns.iter().sum::<f64>()];
        let coupling = GaugeCoupling::new(areal, shear);
        let matrix = GaugeMatrix::from_azimuths(&azimuths, coupling).unwrap();
        // A coupled gauge sees the areal strain C-fold and the rest D-fold.
        let seen = azimuths.map(|azimuth| {
            areal * strain[0] / 2.0 + shear * (along(strain, azimuth) - strain[0] / 2.0)
        });
        let mut columns: Vec<Vec<f64>> = seen.iter().map(|value| vec![*value]).collect();
        if let Some(gauge) = broken {
            columns[gauge][0] = f64::NAN;
        }
        let plane =
            plane_strain(&recording(&columns), &NAMES, &matrix, GaugeNoise::Known(1.0)).unwrap();
        for (component, wanted) in strain.into_iter().enumerate() {
            let found = plane.values()[[0, component]];
            prop_assert!((found - wanted).abs() < 1e-6, "{component}: {found} {wanted}");
            prop_assert!(plane.values()[[0, component + 3]] > 0.0);
        }
    }

    /// No direction shows more than the larger principal strain, none less than the smaller.
    #[test]
    fn principal_strains_are_the_extremes(strain in strains()) {
        let found = principal_strain(strain, [[0.0; 3]; 3]);
        let shown = (0..1800).map(|tenth| along(strain, f64::from(tenth) / 10.0));
        let (low, high) = shown.fold((f64::MAX, f64::MIN), |(l, h), e| (l.min(e), h.max(e)));
        prop_assert!((found.larger - high).abs() < 0.01 && high <= found.larger + 1e-9);
        prop_assert!((found.smaller - low).abs() < 0.01 && low >= found.smaller - 1e-9);
        prop_assert!((along(strain, found.azimuth_degrees) - found.larger).abs() < 1e-6);
    }
}

#[test]
fn two_gauges_at_right_angles_give_what_they_can() {
    let matrix = GaugeMatrix::from_azimuths(&[0.0, 90.0], GaugeCoupling::NONE).unwrap();
    let gauges = recording(&[vec![3.0, 3.0], vec![4.0, f64::NAN]]);
    let plane = plane_strain(&gauges, &NAMES[..2], &matrix, GaugeNoise::Misfit).unwrap();
    let row = plane.values().row(0).to_vec();
    assert!((row[0] - 7.0).abs() < 1e-12 && (row[1] - 1.0).abs() < 1e-12 && row[2].is_nan());
    // There is no gauge too many, so no misfit to judge by.
    assert!(row[3].is_nan());
    assert!(plane.values().row(1).iter().all(|value| value.is_nan()));
    assert_eq!(principal_strains(&plane).unwrap(), [None, None]);
    // Turned by 30°, neither shear is determined alone.
    let turned = GaugeMatrix::from_azimuths(&[30.0, 120.0], GaugeCoupling::NONE).unwrap();
    let plane = plane_strain(&gauges, &NAMES[..2], &turned, GaugeNoise::Known(0.1)).unwrap();
    let row = plane.values().row(0).to_vec();
    assert!((row[0] - 7.0).abs() < 1e-12 && row[1].is_nan() && row[2].is_nan());
    assert!((row[3] - 0.1 * 2.0_f64.sqrt()).abs() < 1e-12);
}

/// Errors from a known noise and from the misfit, and those of directions, against the scatter.
#[test]
fn errors_are_the_scatter() {
    errors_with(None);
}

/// Of three gauges areal strain and shear err together, unlike those of four.
#[test]
fn errors_are_the_scatter_with_a_gauge_missing() {
    (0..4).for_each(|gauge| errors_with(Some(gauge)));
}

fn errors_with(broken: Option<usize>) {
    let azimuths = [6.0, 51.0, 96.0, 141.0];
    let matrix = GaugeMatrix::from_azimuths(&azimuths, GaugeCoupling::NONE).unwrap();
    let strain = [20.0, -12.0, 9.0];
    let truth = principal_strain(strain, [[0.0; 3]; 3]);
    let mut rng = ChaCha8Rng::seed_from_u64(11);
    let mut columns: Vec<Vec<f64>> = azimuths
        .iter()
        .map(|&azimuth| {
            let mut noise = || -> f64 { StandardNormal.sample(&mut rng) };
            (0..4000).map(|_| along(strain, azimuth) + 0.5 * noise()).collect()
        })
        .collect();
    if let Some(gauge) = broken {
        columns[gauge].fill(f64::NAN);
    }
    let gauges = recording(&columns);
    let known = plane_strain(&gauges, &NAMES, &matrix, GaugeNoise::Known(0.5)).unwrap();
    let misfit = plane_strain(&gauges, &NAMES, &matrix, GaugeNoise::Misfit).unwrap();
    let mean = |values: &mut dyn Iterator<Item = f64>| values.sum::<f64>() / 4000.0;
    for component in 0..3 {
        let values = known.values();
        let square = mean(
            &mut values.rows().into_iter().map(|row| (row[component] - strain[component]).powi(2)),
        );
        let stated = values[[0, component + 3]];
        assert!((square.sqrt() / stated - 1.0).abs() < 0.05, "{component}");
        let estimated = misfit.values();
        if broken.is_some() {
            // Three gauges leave no misfit to judge by.
            assert!(estimated[[0, component + 3]].is_nan());
            continue;
        }
        let variance =
            mean(&mut estimated.rows().into_iter().map(|row| row[component + 3].powi(2)));
        assert!((variance.sqrt() / stated - 1.0).abs() < 0.05, "{component}");
    }
    let all: Vec<_> = principal_strains(&known).unwrap().into_iter().flatten().collect();
    let scatter = |off: fn(&PrincipalStrain, &PrincipalStrain) -> f64| {
        mean(&mut all.iter().map(|it| off(it, &truth).powi(2))).sqrt()
    };
    let larger = scatter(|it, truth| it.larger - truth.larger);
    let smaller = scatter(|it, truth| it.smaller - truth.smaller);
    let turn = scatter(|it, truth| it.azimuth_degrees - truth.azimuth_degrees);
    // Errors are taken where the sample is, which moves them a little about those of the truth.
    let stated = |error: fn(&PrincipalStrain) -> f64| {
        (all.iter().map(|it| error(it).powi(2)).sum::<f64>() / all.len() as f64).sqrt()
    };
    let larger = larger / stated(|it| it.larger_error);
    let smaller = smaller / stated(|it| it.smaller_error);
    let turn = turn / stated(|it| it.azimuth_error_degrees);
    println!("{broken:?}: {larger:.3} {smaller:.3} {turn:.3}");
    assert!((larger - 1.0).abs() < 0.06, "{broken:?}: {larger}");
    assert!((smaller - 1.0).abs() < 0.06, "{broken:?}: {smaller}");
    assert!((turn - 1.0).abs() < 0.1, "{broken:?}: {turn}");
}

/// Gauges of planted coupling in a random walk: the matrix comes back within its errors.
#[test]
fn tides_calibrate_gauges() {
    let hours = 24 * 200;
    let start = "2008-01-01T00:00:00Z".parse().unwrap();
    let grid = TimeGrid::new(start, SignedDuration::from_hours(1), hours).unwrap();
    let site = TideSite::new(38.0, -122.0);
    let tide = solid_tide(&site, &grid, &LoveNumbers::default()).unwrap();
    let tensor = tide.tensor();
    let components = [
        tide.areal().to_vec(),
        (&tensor.column(1) - &tensor.column(0)).to_vec(),
        (&tensor.column(2) * 2.0).to_vec(),
    ];
    let fit = |values: &[f64]| -> ResponseFit {
        let values = recording(&[values.to_vec()]).values().to_owned();
        let one = Recording::new("X", grid, vec![Channel::new("a", Unit::Nanostrain)], values);
        fit_response(&one.unwrap(), "a", 0..hours, &ResponseConfig::default()).unwrap()
    };
    let theory = components.each_ref().map(|values| fit(values));
    let theory = TheoryFits { areal: &theory[0], gamma1: &theory[1], gamma2: &theory[2] };
    let planted = [[0.9, 1.2, -0.3], [0.6, -0.8, 1.4], [0.7, -0.7, -1.0]];
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    let gauges: Vec<ResponseFit> = planted
        .iter()
        .map(|row| {
            let mut walk = 0.0;
            let values = (0..hours).map(|hour| {
                let normal: f64 = StandardNormal.sample(&mut rng);
                walk += 0.3 * normal;
                walk + (0..3).map(|c| row[c] * components[c][hour]).sum::<f64>()
            });
            fit(&values.collect::<Vec<_>>())
        })
        .collect();
    let matrix = tidal_calibration(&gauges, theory, &["M2", "O1", "N2"]).unwrap();
    for (gauge, planted) in planted.iter().enumerate() {
        let row = matrix.rows()[gauge].iter().zip(matrix.errors()[gauge]);
        for ((found, error), planted) in row.zip(planted) {
            println!("{gauge}: {found:.4} ± {error:.4}, planted {planted}");
            assert!((found - planted).abs() < 4.0 * error && error < 0.05, "{gauge}");
        }
    }
    let error = tidal_calibration(&gauges, theory, &["M2"]);
    assert!(matches!(error, Err(StrainIoError::Config { .. })));
    let error = tidal_calibration(&gauges, theory, &["M2", "XX"]).unwrap_err().to_string();
    assert!(error.contains("XX"), "{error}");
}

#[test]
fn requests_that_make_no_sense_are_named() {
    assert!(GaugeMatrix::from_azimuths(&[0.0], GaugeCoupling::NONE).is_err());
    assert!(GaugeMatrix::from_azimuths(&[0.0, f64::NAN], GaugeCoupling::NONE).is_err());
    assert!(GaugeMatrix::from_azimuths(&[0.0, 1.0], GaugeCoupling::new(0.0, 1.0)).is_err());
    assert!(GaugeMatrix::from_rows(vec![[1.0; 3]; 9]).is_err());
    let matrix = GaugeMatrix::from_azimuths(&[0.0, 90.0], GaugeCoupling::GTSM).unwrap();
    let gauges = recording(&[vec![1.0], vec![2.0], vec![3.0]]);
    let error = plane_strain(&gauges, &NAMES[..3], &matrix, GaugeNoise::Misfit).unwrap_err();
    assert!(error.to_string().contains("3 gauges for 2 rows"), "{error}");
    let error = plane_strain(&gauges, &NAMES[..2], &matrix, GaugeNoise::Known(0.0));
    assert!(matches!(error, Err(StrainIoError::Config { .. })));
}

#[test]
fn a_matrix_from_a_file_is_checked_as_any_other() {
    let matrix = GaugeMatrix::from_azimuths(&[0.0, 60.0, 120.0], GaugeCoupling::GTSM).unwrap();
    let text = serde_json::to_string(&matrix).unwrap();
    assert_eq!(serde_json::from_str::<GaugeMatrix>(&text).unwrap(), matrix);
    let row = "[0.5, 0.0, 0.5]";
    let written = |rows: usize, errors: &str| {
        format!(r#"{{"rows": [{}], "errors": [{errors}]}}"#, vec![row; rows].join(","))
    };
    for (text, why) in [
        (written(1, "[0, 0, 0]"), "two to eight gauges"),
        (written(9, &["[0, 0, 0]"; 9].join(",")), "two to eight gauges"),
        (written(2, "[0, 0, 0]"), "standard errors"),
        (written(2, "[0, 0, 0], [0, -1, 0]"), "standard errors"),
        (r#"{"rows": [], "errors": [], "more": 1}"#.to_owned(), "more"),
    ] {
        let error = serde_json::from_str::<GaugeMatrix>(&text).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    }
}

#[test]
fn flags_of_all_gauges_go_through() {
    let matrix = GaugeMatrix::from_azimuths(&[0.0, 90.0], GaugeCoupling::NONE).unwrap();
    let gauges = recording(&[vec![1.0], vec![2.0]]);
    let mut flags = gauges.provenance().to_owned();
    flags[[0, 1]].insert(Provenance::FILLED);
    let gauges = gauges.with_values(gauges.values().to_owned(), flags).unwrap();
    let plane = plane_strain(&gauges, &NAMES[..2], &matrix, GaugeNoise::Misfit).unwrap();
    assert_eq!(plane.provenance()[[0, 0]], Provenance::FILLED);
}
