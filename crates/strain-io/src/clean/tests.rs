use jiff::SignedDuration;
use ndarray::Array2;
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use super::*;
use crate::{
    Catalogue, Channel, Event, LoveNumbers, Provenance, Recording, ResponseConfig, StrainIoError,
    TideSite, TimeGrid, fit_response, solid_tide,
};

fn recording(values: Vec<f64>) -> Recording {
    let start = "2008-05-01T00:00:00Z".parse().unwrap();
    let grid = TimeGrid::new(start, SignedDuration::from_hours(1), values.len()).unwrap();
    let values = Array2::from_shape_vec((grid.len(), 1), values).unwrap();
    Recording::new("X", grid, vec![Channel::gauge("s1", 51.0)], values).unwrap()
}

/// A random walk whose steps remember the one before, as boreholes' do.
fn walk(seed: u64, len: usize) -> Vec<f64> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let (mut level, mut step) = (1e3, 0.0);
    let mut next = || {
        let normal: f64 = StandardNormal.sample(&mut rng);
        step = 0.7 * step + normal;
        level += step;
        level
    };
    (0..len).map(|_| next()).collect()
}

fn noise(seed: u64, len: usize) -> Vec<f64> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    (0..len).map(|_| StandardNormal.sample(&mut rng)).collect()
}

#[test]
fn cleaning_a_clean_record_changes_nothing() {
    // White noise and a random walk of 20,000 samples each, four times.
    for seed in 0..4 {
        for values in [noise(seed, 20_000), walk(seed, 20_000), vec![5.0; 500]] {
            let clean = recording(values);
            for causal in [false, true] {
                let config = HampelConfig::default().with_causal(causal);
                let found = remove_spikes(&clean, "s1", &config).unwrap().changes;
                assert!(found.is_empty(), "seed {seed}, causal {causal}: {found:?}");
            }
            let offsets = find_offsets(&clean, "s1", &OffsetConfig::default()).unwrap();
            assert!(offsets.is_empty(), "seed {seed}: {offsets:?}");
            let fill = FillConfig::new(FillMethod::Cubic, 50);
            assert!(fill_gaps(&clean, "s1", &fill, None).unwrap().changes.is_empty());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Single and double spikes of 25 standard deviations are all found, wherever they are, with at most
    /// one sample of plain noise among them, and the truth is restored to within the noise.
    #[test]
    fn spikes_are_found(
        seed in any::<u64>(), at in prop::collection::btree_set(3_usize..98, 1..12),
        causal in any::<bool>(), double in any::<bool>(), sign in prop::bool::ANY,
    ) {
        let truth = noise(seed, 2000);
        let size = if sign { 25.0 } else { -25.0 };
        let mut spiked = truth.clone();
        let mut planted = Vec::new();
        for place in at {
            let last = place * 20 + usize::from(double);
            spiked[place * 20..=last].fill(size);
            planted.extend(place * 20..=last);
        }
        let config = HampelConfig::default().with_causal(causal);
        let before = recording(spiked);
        let after = remove_spikes(&before, "s1", &config).unwrap();
        let found: Vec<usize> = after.changes.iter().map(|change| change.index).collect();
        prop_assert!(planted.iter().all(|index| found.contains(index)), "{planted:?} {found:?}");
        prop_assert!(found.len() <= planted.len() + 1, "{planted:?} {found:?}");
        for &index in &planted {
            let value = after.recording.values()[[index, 0]];
            prop_assert!(value.abs() < 4.5, "{value}");
            prop_assert!(after.recording.provenance()[[index, 0]].contains(Provenance::SPIKE));
        }
        let undone = after.undo().unwrap();
        prop_assert_eq!(undone.values(), before.values());
    }

    /// The causal form takes the first two samples of a step for a spike and the rest for a level.
    #[test]
    fn a_step_is_two_samples_of_spike_to_the_causal_form(seed in any::<u64>(), size in 30.0..1e6_f64) {
        let mut values = noise(seed, 600);
        values[300..].iter_mut().for_each(|value| *value += size);
        let config = HampelConfig::default().with_causal(true);
        let found = remove_spikes(&recording(values), "s1", &config).unwrap().changes;
        let found: Vec<usize> = found.iter().map(|change| change.index).collect();
        prop_assert_eq!(found, [300, 301]);
    }

    /// No later sample changes what the causal form does.
    #[test]
    fn the_causal_form_is_causal(seed in any::<u64>(), cut in 50_usize..400, change in -1e4..1e4_f64) {
        let config = HampelConfig::default().with_causal(true).with_threshold(3.0);
        let values = noise(seed, 400);
        let mut later = values.clone();
        later[cut..].iter_mut().for_each(|value| *value += change);
        let clean = |values| remove_spikes(&recording(values), "s1", &config).unwrap().recording;
        let (a, b) = (clean(values), clean(later));
        for index in 0..cut {
            prop_assert_eq!(a.values()[[index, 0]], b.values()[[index, 0]]);
        }
    }
}

/// Offsets of 25 standard deviations of white noise in a drift: found, dated and measured.
#[test]
fn offsets_are_found_and_measured() {
    let (mut found, mut wrong, mut on_time, mut error) = (0.0, 0, 0.0, 0.0);
    let count = 40;
    for seed in 0..count {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let at = 100 + (rng.random::<f64>() * 800.0) as usize;
        let size = if seed % 2 == 0 { 10.0 } else { -10.0 };
        let mut values = noise(seed, 1000);
        for (index, value) in values.iter_mut().enumerate() {
            *value += 0.02 * index as f64 + if index >= at { size } else { 0.0 };
        }
        let before = recording(values.clone());
        let offsets = find_offsets(&before, "s1", &OffsetConfig::default()).unwrap();
        let near = |offset: &&Offset| offset.index.abs_diff(at) <= 3;
        wrong += offsets.iter().filter(|offset| !near(offset)).count();
        let Some(offset) = offsets.iter().find(near) else { continue };
        found += 1.0;
        on_time += f64::from(u8::from(offset.index == at));
        error += (offset.size - size).powi(2);
        let mended = remove_offsets(&before, "s1", &offsets).unwrap();
        let last = mended.recording.values()[[999, 0]];
        assert!((last - (values[999] - size)).abs() < 4.0, "seed {seed}");
        assert_eq!(mended.changes.len(), 1000 - offset.index);
        assert_eq!(mended.undo().unwrap().values(), before.values());
    }
    let rms = (error / found).sqrt();
    println!("{found} of {count} found, {on_time} to the sample, {wrong} wrong, rms {rms:.2}");
    assert!(found >= 38.0 && on_time >= 36.0 && wrong == 0 && rms < 1.2);
}

#[test]
fn the_model_fills_better_than_a_line_and_as_well_as_it_can() {
    let hours = 24 * 90;
    let grid = recording(vec![0.0; hours]);
    let site = TideSite::new(30.0, 102.0);
    let tide = solid_tide(&site, grid.grid(), &LoveNumbers::default()).unwrap().along(51.0);
    let truth: Vec<f64> =
        walk(7, hours).iter().zip(&tide).map(|(walk, tide)| 0.2 * walk + tide).collect();
    let mut holed = truth.clone();
    let gaps: Vec<usize> = (0..40).map(|gap| 40 + gap * 50).collect();
    for &gap in &gaps {
        holed[gap..gap + 8].fill(f64::NAN);
    }
    let holed = recording(holed);
    let fit = fit_response(&holed, "s1", 0..hours, &ResponseConfig::default()).unwrap();
    let error = |method| {
        let config = FillConfig::new(method, 8);
        let filled = fill_gaps(&holed, "s1", &config, Some(&fit)).unwrap();
        assert_eq!(filled.changes.len(), 320);
        assert_eq!(filled.undo().unwrap().missing_count("s1").unwrap(), 320);
        let values = filled.recording.channel("s1").unwrap().to_owned();
        let square =
            gaps.iter().flat_map(|&gap| gap..gap + 8).map(|i| (values[i] - truth[i]).powi(2));
        (square.sum::<f64>() / 320.0).sqrt()
    };
    let (line, cubic, model) =
        (error(FillMethod::Linear), error(FillMethod::Cubic), error(FillMethod::Model));
    println!("rms of filled values: line {line:.2}, cubic {cubic:.2}, model {model:.2}");
    assert!(model < 0.5 * line && model < 0.8 * cubic, "{line} {cubic} {model}");
    // The walk's own expectation, known its filter, is off by about 0.5.
    assert!(model < 0.8, "{model}");
    let shorter =
        fill_gaps(&holed, "s1", &FillConfig::new(FillMethod::Model, 7), Some(&fit)).unwrap();
    assert!(shorter.changes.is_empty());
    let none = fill_gaps(&holed, "s1", &FillConfig::new(FillMethod::None, 99), None).unwrap();
    assert!(none.changes.is_empty());
    for (method, longest, fit) in
        [(FillMethod::Model, 8, None), (FillMethod::Model, 900, Some(&fit))]
    {
        let error = fill_gaps(&holed, "s1", &FillConfig::new(method, longest), fit);
        assert!(matches!(error, Err(StrainIoError::Config { .. })));
    }
}

#[test]
fn a_cubic_keeps_level_and_slope() {
    let truth: Vec<f64> = (0..60).map(|i| 3.0 + 0.5 * f64::from(i)).collect();
    let mut holed = truth.clone();
    holed[20..31].fill(f64::NAN);
    holed[0] = f64::NAN;
    let config = FillConfig::new(FillMethod::Cubic, 11);
    let filled = fill_gaps(&recording(holed), "s1", &config, None).unwrap();
    assert_eq!(filled.changes.len(), 11);
    for (index, truth) in truth.iter().enumerate().skip(1) {
        assert!((filled.recording.values()[[index, 0]] - truth).abs() < 1e-9);
    }
    assert!(filled.recording.values()[[0, 0]].is_nan());
}

#[test]
fn an_offset_is_labelled_by_what_can_have_made_it() {
    let mut values = noise(1, 200);
    values[100..].iter_mut().for_each(|value| *value += 50.0);
    let recording = recording(values);
    let offsets = find_offsets(&recording, "s1", &OffsetConfig::default()).unwrap();
    assert_eq!((offsets.len(), offsets[0].index), (1, 100));
    let event = |minutes: i64, latitude: f64, magnitude: f64| {
        let time = recording.grid().time(100) + SignedDuration::from_mins(minutes);
        Event::new(time, latitude, 100.0, magnitude)
    };
    let label = |events: Vec<Event>| {
        let (grid, rule) = (recording.grid(), CoseismicRule::default());
        let catalogue = Catalogue::new(events);
        label_coseismic(&offsets, grid, (30.0, 100.0), &catalogue, &rule).unwrap()[0]
    };
    // After the offset, too long before it, too far away for its magnitude.
    let others = vec![event(5, 30.1, 7.0), event(-200, 30.1, 7.0), event(-10, 50.0, 6.0)];
    assert_eq!(label(others.clone()), None);
    let mut all = others;
    all.extend([event(-20, 30.5, 5.0), event(-30, 31.0, 6.5)]);
    assert_eq!(label(all).map(|it| it.event), Some(4));
    let rule = CoseismicRule::default().with_radii(0.0);
    let none =
        label_coseismic::<Offset>(&[], recording.grid(), (0.0, 0.0), &Catalogue::default(), &rule);
    assert!(matches!(none, Err(StrainIoError::Config { .. })));
}
