//! Steps that an earthquake explains: named, and kept where that is asked for.

use ndarray::s;

use super::*;
use crate::{Catalogue, CoseismicContext, CoseismicRule, Event, StrainIoError, label_coseismic};

const SITE: (f64, f64) = (30.12, 102.17);
/// The first sample after the earthquake.
const SHAKEN: usize = 1500;
const OTHER: usize = 1800;
const SIZE: f64 = -60.0;

/// A large earthquake 26 minutes before the sample, and one so far away that it can have done nothing.
fn catalogue(recording: &Recording) -> Catalogue {
    let before = |index: usize, minutes: i64| {
        recording.grid().time(index) - SignedDuration::from_mins(minutes)
    };
    Catalogue::new(vec![
        Event::new(before(OTHER, 10), -20.0, -70.0, 6.0),
        Event::new(before(SHAKEN, 26), 30.95, 103.4, 8.0),
    ])
}

fn clean() -> Recording {
    hourly("2006-11-01T00:00:00Z", 100, 0.2, 21)
}

/// An earthquake's step in gauge 1, one that no earthquake explains, and waves in gauge 2 that are over
/// after two samples.
fn shaken(clean: &Recording) -> Recording {
    altered(clean, |values| {
        values.slice_mut(s![SHAKEN.., 0]).map_inplace(|value| *value += SIZE);
        values.slice_mut(s![OTHER.., 0]).map_inplace(|value| *value += 45.0);
        values.slice_mut(s![SHAKEN..SHAKEN + 2, 1]).map_inplace(|value| *value += 80.0);
    })
}

fn prepared(recording: &Recording, keep: bool) -> Prepared {
    let trend = TrendConfig::default().with_relevel_days(None);
    let steps = StepConfig::default().with_keep_coseismic(keep);
    let config = eight().with_steps(steps).with_trend(trend);
    let catalogue = catalogue(recording);
    let around = CoseismicContext::new(&catalogue, SITE);
    prepare_with_catalogue(recording, &config, 0..24 * 60, &around).unwrap()
}

#[test]
fn a_step_says_how_far_beyond_noise_it_is_and_whose_it_is() {
    let recording = shaken(&clean());
    let named = prepared(&recording, false);
    let steps = &named.report.gauges[0].steps;
    assert_eq!(steps.len(), 2);
    assert_eq!(steps[0].time, recording.grid().time(SHAKEN));
    let earthquake = steps[0].coseismic.unwrap();
    assert_eq!(earthquake.event, 1);
    assert!((100.0..200.0).contains(&earthquake.distance_km));
    assert_eq!(steps[1].coseismic, None);
    // The planted noise is 0.2 a sample.
    for (step, size) in steps.iter().zip([60.0, 45.0]) {
        let noise = step.noise.unwrap();
        assert!((0.15..0.3).contains(&noise), "{noise}");
        assert!((step.significance().unwrap() * noise - size).abs() < 1.0);
    }
    // The same by the steps of a report afterwards.
    let (grid, rule) = (recording.grid(), CoseismicRule::default());
    let labels = label_coseismic(steps, grid, SITE, &catalogue(&recording), &rule).unwrap();
    assert_eq!(labels, [Some(earthquake), None]);
    // A name alone changes nothing.
    let trend = TrendConfig::default().with_relevel_days(None);
    let plain = prepare(&recording, &eight().with_trend(trend), 0..24 * 60).unwrap();
    let bits = |of: &Prepared| of.recording.values().mapv(f64::to_bits);
    assert_eq!(bits(&plain), bits(&named));
    assert_eq!(plain.recording.provenance(), named.recording.provenance());
    assert!(plain.report.gauges[0].steps.iter().all(|step| step.coseismic.is_none()));
    assert!(named.report.gauges.iter().all(|gauge| gauge.kept_steps.is_empty()));
}

#[test]
fn a_kept_step_stays_and_another_goes() {
    let clean = clean();
    let expected = prepared(&clean, true).recording;
    let kept = prepared(&shaken(&clean), true);
    let gauge = &kept.report.gauges[0];
    assert_eq!(gauge.kept_steps.len(), 1);
    assert_eq!(gauge.kept_steps[0].time, clean.grid().time(SHAKEN));
    assert!((gauge.kept_steps[0].size - SIZE).abs() < 1.0);
    let gone: Vec<_> = gauge.steps.iter().map(|step| step.time).collect();
    assert_eq!(gone, [clean.grid().time(OTHER)]);
    let both = kept.recording.values();
    for ((index, gauge), truth) in expected.values().indexed_iter() {
        let step = if gauge == 0 && index >= SHAKEN { SIZE } else { 0.0 };
        let waves = if gauge == 1 && (SHAKEN..SHAKEN + 2).contains(&index) { 80.0 } else { 0.0 };
        let off = both[[index, gauge]] - truth - step - waves;
        // The true change at the other step's sample is lost.
        assert!(off.abs() < 2.0, "{index}, gauge {gauge}: {off}");
    }
    let flags = kept.recording.provenance();
    let changed = |index: usize| flags[[index, 0]].contains(Provenance::STEP_CORRECTED);
    assert!(!changed(SHAKEN) && !changed(OTHER - 1) && changed(OTHER + 1));
    assert!(!flags[[SHAKEN, 0]].contains(Provenance::SPIKE));
    // Waves that are over are no step of either kind, and are not taken out.
    let waved = &kept.report.gauges[1];
    assert!(waved.steps.is_empty() && waved.kept_steps.is_empty() && waved.spikes.is_empty());
    let back = kept.undo().unwrap();
    let recorded = shaken(&clean);
    for ((place, value), truth) in back
        .values()
        .indexed_iter()
        .zip(recorded.select(&["s1", "s2", "s3", "s4"]).unwrap().values())
    {
        assert!((value - truth).abs() < 1e-9 * 1e4, "{place:?}");
    }
}

#[test]
fn later_earthquakes_change_no_earlier_sample() {
    let recording = shaken(&clean());
    let config = eight().with_steps(StepConfig::default().with_keep_coseismic(true));
    let run = |catalogue: &Catalogue| {
        let around = CoseismicContext::new(catalogue, SITE);
        prepare_with_catalogue(&recording, &config, 0..24 * 40, &around).unwrap().recording
    };
    let all = catalogue(&recording);
    let none = Catalogue::default();
    let (with, without) = (run(&all), run(&none));
    let bits = |of: &Recording, index: usize| of.values().row(index).mapv(f64::to_bits);
    for index in 0..SHAKEN {
        assert_eq!(bits(&with, index), bits(&without, index));
    }
    assert!(bits(&with, SHAKEN) != bits(&without, SHAKEN));
}

#[test]
fn keeping_needs_a_catalogue() {
    let recording = clean();
    let config = eight().with_steps(StepConfig::default().with_keep_coseismic(true));
    let error = prepare(&recording, &config, 0..24 * 60).unwrap_err();
    assert!(error.to_string().contains("steps.keep_coseismic"), "{error}");
    let none = Catalogue::default();
    let rule = CoseismicRule::default().with_radii(0.0);
    let around = CoseismicContext::new(&none, SITE).with_rule(rule);
    let error = prepare_with_catalogue(&recording, &eight(), 0..24 * 60, &around);
    assert!(matches!(error, Err(StrainIoError::Config { name: "radii", .. })));
}
