use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::{Catalogue, Event, StrainIoError};

fn event(hours: f64, latitude: f64, longitude: f64, magnitude: f64) -> Event {
    let time = Timestamp::UNIX_EPOCH + SignedDuration::from_secs((hours * 3600.0) as i64);
    Event::new(time, latitude, longitude, magnitude)
}

/// Magnitudes that follow the law from `least` on, rounded to 0.1.
fn lawful(rng: &mut ChaCha8Rng, least: f64, b: f64) -> f64 {
    let uniform: f64 = rng.random();
    let exact = least - 0.05 - (1.0 - uniform).log10() / b;
    (exact * 10.0).round() / 10.0
}

/// Background over ten years and a thousand kilometres, and twenty main shocks with thirty
/// aftershocks each within days and kilometres; true for those.
fn planted(seed: u64) -> (Catalogue, Vec<bool>) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut events = Vec::new();
    for _ in 0..300 {
        let (hours, lat, lon) =
            (rng.random::<f64>() * 87_600.0, rng.random::<f64>(), rng.random::<f64>());
        events.push((event(hours, 25.0 + 9.0 * lat, 97.0 + 10.0 * lon, 3.5), false));
    }
    for _ in 0..20 {
        let (hours, lat, lon) =
            (rng.random::<f64>() * 80_000.0, rng.random::<f64>(), rng.random::<f64>());
        let (lat, lon) = (25.0 + 9.0 * lat, 97.0 + 10.0 * lon);
        events.push((event(hours, lat, lon, 6.0), false));
        for _ in 0..30 {
            let later = hours + 0.5 + 200.0 * rng.random::<f64>().powi(3);
            let near = || 0.03;
            let (dlat, dlon) = (rng.random::<f64>() - 0.5, rng.random::<f64>() - 0.5);
            events.push((event(later, lat + near() * dlat, lon + near() * dlon, 3.5), true));
        }
    }
    (
        Catalogue::new(events.iter().map(|(event, _)| event.clone()).collect()),
        events.iter().map(|e| e.1).collect(),
    )
}

#[test]
fn planted_aftershocks_are_found_by_both_methods() {
    for seed in 0..4 {
        let (catalogue, aftershock) = planted(seed);
        let windows = decluster_gardner_knopoff(&catalogue, &GardnerKnopoff::default()).unwrap();
        let nearest =
            decluster_nearest_neighbour(&catalogue, &NearestNeighbour::default()).unwrap();
        for clusters in [windows, nearest.clusters] {
            let wrong = |kind: bool| {
                let of_kind = || (0..aftershock.len()).filter(|&i| aftershock[i] == kind);
                of_kind().filter(|&i| clusters.is_main(i) == kind).count() as f64
                    / of_kind().count() as f64
            };
            println!("seed {seed}: {:.3} missed, {:.3} wrongly taken", wrong(true), wrong(false));
            assert!(wrong(true) < 0.01, "{}", wrong(true));
            assert!(wrong(false) < 0.1, "{}", wrong(false));
        }
    }
}

/// Without clusters the distances have one mode, skewed as it is, and no threshold may be made up.
#[test]
fn a_catalogue_without_clusters_is_refused_a_threshold() {
    for (seed, count) in (0..24).zip([50, 100, 300, 1000].into_iter().cycle()) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let events = (0..count).map(|_| {
            let hours = rng.random::<f64>() * 87_600.0;
            let (lat, lon) = (rng.random::<f64>(), rng.random::<f64>());
            // Catalogues with magnitudes of the law, and with all of one.
            let magnitude = if seed / 4 % 2 == 0 { lawful(&mut rng, 3.0, 1.0) } else { 3.5 };
            event(hours, 25.0 + 9.0 * lat, 97.0 + 10.0 * lon, magnitude)
        });
        let catalogue = Catalogue::new(events.collect());
        let found = decluster_nearest_neighbour(&catalogue, &NearestNeighbour::default());
        let error = found.map(|found| found.threshold).unwrap_err().to_string();
        assert!(error.contains("give a threshold"), "seed {seed}: {error}");
    }
    for seed in 0..8 {
        let (clustered, _) = planted(seed);
        assert!(decluster_nearest_neighbour(&clustered, &NearestNeighbour::default()).is_ok());
    }
}

#[test]
fn b_value_errors_are_the_scatter() {
    let (mut aki, mut shi_bolt) = (0.0, 0.0);
    for seed in 0..200 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let events = (0..400).map(|_| event(0.0, 0.0, 0.0, lawful(&mut rng, 3.0, 0.9)));
        let found = b_value(&Catalogue::new(events.collect()), 3.0, 0.1).unwrap();
        aki += ((found.b - 0.9) / found.aki_error).powi(2) / 200.0;
        shi_bolt += ((found.b - 0.9) / found.shi_bolt_error).powi(2) / 200.0;
    }
    // A mean of 200 squares is 1 ± 0.1.
    assert!((0.7..1.35).contains(&aki), "{aki}");
    assert!((0.7..1.35).contains(&shi_bolt), "{shi_bolt}");
}

#[test]
fn a_detection_limit_is_found() {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    // Below 3.0 fewer and fewer are seen.
    let events = (0..60_000).filter_map(|_| {
        let magnitude = lawful(&mut rng, 1.0, 1.0);
        let seen = if magnitude >= 2.95 { 1.0 } else { 10.0_f64.powf(2.0 * (magnitude - 3.0)) };
        (rng.random::<f64>() < seen).then(|| event(0.0, 0.0, 0.0, magnitude))
    });
    let catalogue = Catalogue::new(events.collect());
    let curvature = completeness_max_curvature(&catalogue, 0.1, 0.0).unwrap();
    let fit = completeness_goodness_of_fit(&catalogue, 0.1, 95.0).unwrap().unwrap();
    for found in [curvature, fit] {
        assert!((2.8..3.3).contains(&found.magnitude), "{found:?}");
    }
}

#[test]
fn settings_that_make_no_sense_are_named() {
    let catalogue = Catalogue::new(vec![event(0.0, 0.0, 0.0, 4.0); 60]);
    let config = |result: bool| assert!(result);
    config(matches!(b_value(&catalogue, 4.0, 0.0), Err(StrainIoError::Config { .. })));
    for alike in [b_value(&catalogue, 4.0, 0.1), b_value(&catalogue, 3.0, 0.1)] {
        assert!(alike.unwrap_err().to_string().contains("all magnitudes 4"));
    }
    config(matches!(b_value(&catalogue, 5.0, 0.1), Err(StrainIoError::Config { .. })));
    config(matches!(b_value(&catalogue, 3.0, 2.0), Err(StrainIoError::Config { .. })));
    config(completeness_max_curvature(&catalogue, 0.0, 0.2).is_err());
    config(completeness_goodness_of_fit(&catalogue, f64::NAN, 90.0).is_err());
    let share = GardnerKnopoff::default().with_foreshock_share(2.0);
    config(decluster_gardner_knopoff(&catalogue, &share).is_err());
    // Events of one instant have no earlier neighbour, so that no threshold can be found.
    let error = decluster_nearest_neighbour(&catalogue, &NearestNeighbour::default());
    config(matches!(error, Err(StrainIoError::Config { name: "threshold", .. })));
    let given = NearestNeighbour::default().with_threshold(-5.0);
    let alone = decluster_nearest_neighbour(&catalogue, &given).unwrap();
    assert_eq!(alone.clusters.count(), 60);
    let empty = Catalogue::default();
    assert_eq!(decluster_nearest_neighbour(&empty, &given).unwrap().clusters.count(), 0);
    config(completeness_max_curvature(&empty, 0.1, 0.2).is_err());
    assert_eq!(completeness_goodness_of_fit(&empty, 0.1, 90.0).unwrap(), None);
}

fn catalogues() -> impl Strategy<Value = Catalogue> {
    let event = (0.0..1e5_f64, -90.0..90.0_f64, -180.0..180.0_f64, -1.0..9.0_f64).prop_map(
        |(hours, latitude, longitude, m)| event(hours, latitude / 9.0, longitude / 36.0, m),
    );
    prop::collection::vec(event, 0..60).prop_map(Catalogue::new)
}

proptest! {
    /// Every event has one main shock, which is its own and no smaller; order in the file decides
    /// nothing where magnitudes and times differ.
    #[test]
    fn clusters_have_one_largest_event(catalogue in catalogues(), turn in 0_usize..60) {
        let near = NearestNeighbour::default().with_threshold(-3.0);
        let both = |catalogue: &Catalogue| {
            let windows = decluster_gardner_knopoff(catalogue, &GardnerKnopoff::default()).unwrap();
            [windows, decluster_nearest_neighbour(catalogue, &near).unwrap().clusters]
        };
        let events = catalogue.events();
        let mut turned = events.to_vec();
        let turn = turn % events.len().max(1);
        turned.rotate_left(turn);
        let again = both(&Catalogue::new(turned));
        for (clusters, again) in both(&catalogue).iter().zip(&again) {
            for (index, &main) in clusters.main_shock.iter().enumerate() {
                prop_assert!(clusters.is_main(main));
                prop_assert!(events[main].magnitude >= events[index].magnitude);
                let place = |i: usize| (i + events.len() - turn) % events.len();
                prop_assert_eq!(again.main_shock[place(index)], place(main));
            }
            prop_assert_eq!(clusters.main_shocks(&catalogue).events().len(), clusters.count());
        }
    }
}
