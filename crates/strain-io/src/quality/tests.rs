use jiff::SignedDuration;
use ndarray::Array2;
use proptest::prelude::*;

use super::*;
use crate::{Catalogue, Channel, Event, Recording, StrainIoError, TimeGrid, Unit};

const NAN: f64 = f64::NAN;

pub(super) fn recording(values: Array2<f64>) -> Recording {
    let start = "2008-05-01T00:00:00Z".parse().unwrap();
    let grid = TimeGrid::new(start, SignedDuration::from_hours(1), values.nrows()).unwrap();
    let channels =
        (0..values.ncols()).map(|i| Channel::gauge(format!("g{i}"), 45.0 * i as f64)).collect();
    Recording::new("X", grid, channels, values).unwrap()
}

/// Four gauges whose S1+S3 is exactly `k` times S2+S4.
pub(super) fn gauges(k: f64, samples: usize) -> Array2<f64> {
    Array2::from_shape_fn((samples, 4), |(time, gauge)| {
        let t = time as f64;
        let (areal, shear) = ((t * 0.7).sin() + (t * 0.11).cos(), (t * 0.4).sin());
        match gauge {
            0 => k * areal + shear,
            1 => areal - 2.0 * shear,
            2 => k * areal - shear,
            _ => areal + 2.0 * shear,
        }
    })
}

#[test]
fn known_slope_known_gaps_and_a_step() {
    let mut values = gauges(0.9, 400);
    values[[100, 1]] = NAN;
    values[[200, 2]] = NAN;
    values[[200, 3]] = NAN;
    for time in 300..400 {
        values[[time, 0]] += 50.0;
    }
    let report = assess(&recording(values), &QualityConfig::default()).unwrap();
    let missing: Vec<_> = report.channels.iter().map(|channel| channel.missing).collect();
    assert_eq!(missing, [0, 1, 1, 1]);
    assert_eq!(report.channels[1].continuity, 1.0 - 1.0 / 400.0);
    let agreement = report.self_consistency.unwrap();
    assert!((agreement.difference_slope.unwrap() - 0.9).abs() < 1e-9);
    assert!((agreement.difference_correlation.unwrap() - 1.0).abs() < 1e-9);
    assert!((agreement.slope.unwrap() - 0.9).abs() > 0.1, "the step spoils the raw slope");
    // 399 differences; two neighbours of each of two gaps are lost, at most one per gauge is left out.
    let left_out = agreement.differences_left_out;
    assert_eq!(agreement.differences_used + left_out, 395);
    assert!((1..=4).contains(&left_out));
}

#[test]
fn what_cannot_be_computed_is_absent() {
    let constant = assess(&recording(Array2::ones((10, 4))), &QualityConfig::default()).unwrap();
    let agreement = constant.self_consistency.unwrap();
    assert_eq!((agreement.slope, agreement.difference_correlation), (None, None));
    let none = assess(&recording(Array2::from_elem((10, 4), NAN)), &QualityConfig::default());
    let none = none.unwrap();
    assert_eq!(none.channels[0].continuity, 0.0);
    assert_eq!(none.self_consistency.unwrap().correlation, None);
    let single = assess(&recording(Array2::ones((1, 4))), &QualityConfig::default()).unwrap();
    assert_eq!(single.self_consistency.unwrap().differences_used, 0);
    let three = assess(&recording(Array2::ones((9, 3))), &QualityConfig::default()).unwrap();
    assert!(three.self_consistency.is_none());
}

#[test]
fn gauges_are_found_by_name_or_by_unit() {
    let start = "2008-05-01T00:00:00Z".parse().unwrap();
    let grid = TimeGrid::new(start, SignedDuration::from_hours(1), 3).unwrap();
    let found = |names: &[&str], config: &QualityConfig| {
        let unit = |name: &str| if name.starts_with('x') { Unit::Nanostrain } else { Unit::Count };
        let channels = names.iter().map(|&name| Channel::new(name, unit(name))).collect();
        let values = Array2::zeros((3, names.len()));
        let recording = Recording::new("X", grid, channels, values).unwrap();
        assess(&recording, config).map(|report| report.self_consistency.map(|s| s.gauges))
    };
    let automatic = QualityConfig::default();
    let names = |report: Option<[String; 4]>| report.map(|gauges| gauges.join(" "));
    let got = found(&["p", "S4", "S3", "S2", "S1"], &automatic).unwrap();
    assert_eq!(names(got).as_deref(), Some("S1 S2 S3 S4"));
    let got = found(&["2324", "2323", "2322", "2321"], &automatic).unwrap();
    assert_eq!(names(got).as_deref(), Some("2321 2322 2323 2324"));
    let got = found(&["xa", "p", "xb", "xc", "xd"], &automatic).unwrap();
    assert_eq!(names(got).as_deref(), Some("xa xb xc xd"));
    assert_eq!(found(&["xa", "xb", "xc", "xd", "xe"], &automatic).unwrap(), None);
    let named = automatic.clone().with_gauges(["a", "b", "c", "nope"]);
    assert!(matches!(found(&["a", "b", "c", "d"], &named), Err(StrainIoError::NoChannel { .. })));
    assert!(found(&["a"], &automatic.with_step_share(0.5)).is_err());
}

#[test]
fn reports_are_stored_and_read_back() {
    let report = assess(&recording(gauges(1.0, 50)), &QualityConfig::default()).unwrap();
    let text = serde_json::to_string(&report).unwrap();
    for key in [
        "\"station\"",
        "\"start\"",
        "\"end\"",
        "\"interval_s\":3600.0",
        "\"channels\"",
        "\"rows\":null",
        "\"samples\":50",
        "\"missing\":0",
        "\"continuity\":1.0",
        "\"self_consistency\"",
        "\"correlation\"",
        "\"slope\"",
        "\"difference_correlation\"",
        "\"difference_slope\"",
    ] {
        assert!(text.contains(key), "{key} in {text}");
    }
    assert_eq!(serde_json::from_str::<QualityReport>(&text).unwrap(), report);
}

#[test]
fn references_are_ranked_with_reasons() {
    let report = |station: &str, k: f64, gap: usize| {
        let mut values = gauges(k, 100);
        values.slice_mut(ndarray::s![..gap, 0]).fill(NAN);
        let mut report = assess(&recording(values), &QualityConfig::default()).unwrap();
        report.station = station.to_owned();
        report
    };
    let reports = [
        report("gappy", 1.0, 10),
        report("skewed", 1.2, 0),
        report("good", 0.96, 5),
        report("shaken", 1.0, 0),
        report("better", 1.04, 5),
    ];
    let places = [40.0, 41.0, 42.0, 43.0, 50.0];
    let candidates: Vec<_> = reports
        .iter()
        .zip(places)
        .map(|(report, latitude)| ReferenceCandidate::new(report, latitude, 100.0))
        .collect();
    let event = |time: &str, latitude, m| Event::new(time.parse().unwrap(), latitude, 100.0, m);
    let catalogue = Catalogue::new(vec![
        event("2008-01-01T00:00:00Z", 42.0, 6.0),
        event("2008-05-02T00:00:00Z", 43.1, 3.0),
        event("2008-05-02T00:00:00Z", 42.0, 2.9),
        event("2008-12-01T00:00:00Z", 42.0, 6.0),
    ]);
    let rule = ReferenceRule::default();
    let ranks = rank_references(&candidates, &catalogue, &rule).unwrap();
    let order: Vec<_> = ranks.iter().map(|rank| (&*rank.station, rank.suitable)).collect();
    assert_eq!(
        order,
        [("better", true), ("good", true), ("skewed", false), ("gappy", false), ("shaken", false)]
    );
    assert!(ranks[2].reasons[0].starts_with("k = 1.200"));
    assert_eq!(ranks[3].reasons, ["continuity 0.900 is not above 0.9"]);
    assert_eq!((ranks[1].events_near, ranks[1].events_wide), (0, 1));

    let empty = rank_references(&candidates, &Catalogue::default(), &rule).unwrap();
    assert!(empty.iter().all(|rank| !rank.suitable));
    let absurd = ReferenceRule { wide_radius_km: 10.0, ..rule };
    assert!(rank_references(&candidates, &catalogue, &absurd).is_err());
}

/// A station whose gauges all have these figures.
fn gauges_worth(station: &str, steps: f64, m2: Option<f64>, noise: f64) -> StationQuality {
    let mut report = assess(&recording(gauges(1.0, 100)), &QualityConfig::default()).unwrap();
    report.station = station.to_owned();
    let gauge = |index: usize| GaugeQuality {
        name: format!("g{index}"),
        noise: Some(PowerLaw { at_one_day: noise, index: 1.0, index_error: 0.1 }),
        steps_per_year: Some(if index == 2 { steps } else { 0.0 }),
        pressure: None,
        m2_factor: m2.map(|_| 1.0),
        m2_instability: m2,
        m2_windows: 6,
        not_assessed: None,
    };
    let gauges = (0..4).map(gauge).collect();
    StationQuality { report, calibration_alpha: None, gauges, earthquakes: None }
}

#[test]
fn gauges_decide_between_stations_that_are_equally_complete() {
    let worth = [
        gauges_worth("a-steps", 30.0, Some(0.02), 1.0),
        gauges_worth("b-unstable", 1.0, Some(0.3), 2.0),
        gauges_worth("c-good", 1.0, Some(0.02), 1.0),
        gauges_worth("d-unknown", 1.0, None, 1.0),
    ];
    let event = |time: &str| Event::new(time.parse().unwrap(), -50.0, 0.0, 6.0);
    let catalogue =
        Catalogue::new(vec![event("2008-01-01T00:00:00Z"), event("2009-01-01T00:00:00Z")]);
    let candidates: Vec<_> = worth
        .iter()
        .map(|it| ReferenceCandidate::new(&it.report, 40.0, 100.0).with_quality(it))
        .collect();
    let ranked = |rule: &ReferenceRule| rank_references(&candidates, &catalogue, rule).unwrap();
    let ranks = ranked(&ReferenceRule::default());
    assert!(ranks.iter().all(|rank| rank.suitable), "the method's own rule asks for none of it");
    // Places behind others: good none; steps 3; unknown 3 (M2); unstable 2 (M2) + 3 (noise).
    let order: Vec<_> = ranks.iter().map(|rank| &*rank.station).collect();
    assert_eq!(order, ["c-good", "a-steps", "d-unknown", "b-unstable"]);
    assert_eq!(
        ranks[0].reasons[4..],
        [
            "at most 1.0 steps a year",
            "spread of the M2 factor 2.0 %",
            "noise at one cycle a day at most 1.000"
        ]
    );
    assert_eq!(ranks[1].steps_per_year, Some(30.0), "its worst gauge counts");

    let strict = ReferenceRule::default().with_max_steps_per_year(5.0).with_max_m2_instability(0.1);
    let ranks = ranked(&strict);
    let suitable: Vec<_> = ranks.iter().map(|rank| (&*rank.station, rank.suitable)).collect();
    assert_eq!(
        suitable,
        [("c-good", true), ("a-steps", false), ("d-unknown", false), ("b-unstable", false)]
    );
    assert_eq!(ranks[1].reasons, ["steps a year: 30.000 of one gauge, above 5"]);
    assert_eq!(ranks[2].reasons, ["spread of the M2 factor: not known, and 0.1 is the limit"]);
    assert!(ReferenceRule::default().with_max_steps_per_year(-1.0).validate().is_err());
    for rule in [
        ReferenceRule::default().with_magnitude(NAN),
        ReferenceRule { continuity_above: NAN, ..ReferenceRule::default() },
        ReferenceRule { min_k: f64::INFINITY, ..ReferenceRule::default() },
    ] {
        let error = rank_references(&candidates, &catalogue, &rule).unwrap_err().to_string();
        assert!(error.contains("give a finite number"), "{error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Neither offsets nor the unit of the gauges matter to how well they agree.
    #[test]
    fn agreement_does_not_depend_on_offset_and_scale(
        k in 0.2..3.0_f64, scale in 1e-3..1e3_f64, offsets in prop::array::uniform4(-1e3..1e3_f64),
    ) {
        let mut values = gauges(k, 200);
        for (time, mut row) in values.rows_mut().into_iter().enumerate() {
            row[0] += (time as f64 * 1.3).sin() * 0.2;
            for gauge in 0..4 {
                row[gauge] = row[gauge] * scale + offsets[gauge] * scale;
            }
        }
        let mut plain = gauges(k, 200);
        for (time, mut row) in plain.rows_mut().into_iter().enumerate() {
            row[0] += (time as f64 * 1.3).sin() * 0.2;
        }
        let of = |values| {
            assess(&recording(values), &QualityConfig::default()).unwrap().self_consistency.unwrap()
        };
        let (a, b) = (of(values), of(plain));
        for (a, b) in [(a.slope, b.slope), (a.correlation, b.correlation),
            (a.difference_slope, b.difference_slope),
            (a.difference_correlation, b.difference_correlation)] {
            prop_assert!((a.unwrap() - b.unwrap()).abs() < 1e-8);
        }
    }

    /// What was planted is what is counted, and steps do not spoil k of the differences.
    #[test]
    fn planted_gaps_are_counted_and_planted_steps_left_out(
        planted in crate::strategies::planted_recordings(),
    ) {
        let report = assess(&planted.recording, &QualityConfig::default().with_step_share(0.01));
        let report = report.unwrap();
        for (index, channel) in report.channels.iter().enumerate() {
            let known = planted.gaps.iter().filter(|gap| gap.channel == index);
            prop_assert_eq!(channel.missing, known.map(|gap| gap.samples.len()).sum::<usize>());
        }
        let agreement = report.self_consistency.unwrap();
        if planted.recording.grid().len() > 300 {
            prop_assert!((agreement.difference_slope.unwrap() - 1.0).abs() < 1e-6);
        }
    }
}
