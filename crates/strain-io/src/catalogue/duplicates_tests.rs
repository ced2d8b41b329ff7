use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::{Catalogue, DuplicateTolerance, Event};

/// Events so close together that many fit more than one.
fn events() -> impl Strategy<Value = Catalogue> {
    let event = (0..40_i64, 0..8_i32, 0..8_i32, 0..6_i32).prop_map(|(second, lat, lon, mag)| {
        let time = Timestamp::from_second(1_210_000_000 + second).unwrap();
        let degrees = |steps: i32, from: f64| from + f64::from(steps) * 0.05;
        Event::new(time, degrees(lat, 31.0), degrees(lon, 103.0), 5.0 + f64::from(mag) * 0.2)
    });
    prop::collection::vec(event, 0..25).prop_map(Catalogue::new)
}

fn tolerances() -> impl Strategy<Value = DuplicateTolerance> {
    let zero_or = |most: f64| prop_oneof![1 => Just(0.0), 4 => 0.0..most];
    (zero_or(12.0), zero_or(30.0), zero_or(0.7))
        .prop_map(|(seconds, km, magnitude)| DuplicateTolerance::new(seconds, km, magnitude))
}

fn shifted(event: &Event, seconds: f64, north: f64, magnitude: f64) -> Event {
    let time = event.time + SignedDuration::from_secs_f64(seconds);
    let latitude = event.latitude + north;
    Event { time, latitude, magnitude: event.magnitude + magnitude, ..event.clone() }
}

proptest! {
    #[test]
    fn pairs_are_the_same_both_ways(a in events(), b in events(), within in tolerances()) {
        let mut back = b.duplicates_in(&a, &within).unwrap();
        back.iter_mut().for_each(|pair| *pair = (pair.1, pair.0));
        back.sort_unstable();
        prop_assert_eq!(a.duplicates_in(&b, &within).unwrap(), back);
    }

    #[test]
    fn no_pair_is_further_apart_and_no_event_in_two(
        a in events(), b in events(), within in tolerances(),
    ) {
        let pairs = a.duplicates_in(&b, &within).unwrap();
        for (here, there) in &pairs {
            let (x, y) = (&a.events()[*here], &b.events()[*there]);
            let seconds = (x.time.as_second() - y.time.as_second()).abs();
            prop_assert!(seconds as f64 <= within.seconds);
            // The geodesic's last bits depend on its direction.
            prop_assert!(x.distance_km(y.latitude, y.longitude) <= within.km + 1e-9);
            prop_assert!((x.magnitude - y.magnitude).abs() <= within.magnitude);
        }
        for side in [|pair: &(usize, usize)| pair.0, |pair: &(usize, usize)| pair.1] {
            let mut indices: Vec<_> = pairs.iter().map(side).collect();
            indices.sort_unstable();
            indices.dedup();
            prop_assert_eq!(indices.len(), pairs.len());
        }
    }

    /// Whatever is left over on both sides is further apart than the tolerance: none was missed.
    #[test]
    fn no_two_that_fit_are_both_left_over(a in events(), b in events(), within in tolerances()) {
        let pairs = a.duplicates_in(&b, &within).unwrap();
        for (here, x) in a.events().iter().enumerate() {
            for (there, y) in b.events().iter().enumerate() {
                let free = pairs.iter().all(|pair| pair.0 != here && pair.1 != there);
                let seconds = (x.time.as_second() - y.time.as_second()).abs() as f64;
                let near = seconds <= within.seconds
                    && x.distance_km(y.latitude, y.longitude) <= within.km - 1e-9
                    && (x.magnitude - y.magnitude).abs() <= within.magnitude;
                prop_assert!(!(free && near), "{} {}", here, there);
            }
        }
    }

    #[test]
    fn an_exact_copy_is_found_whole(a in events(), within in tolerances()) {
        let copy = Catalogue::new(a.events().iter().rev().cloned().collect());
        prop_assert_eq!(a.duplicates_in(&copy, &within).unwrap().len(), a.events().len());
        prop_assert_eq!(a.joined_with(&copy, &within).unwrap(), a);
    }
}

#[test]
fn each_tolerance_alone_parts_two_events() {
    let event = Event::new("2008-05-12T06:28:04Z".parse().unwrap(), 31.0, 103.4, 8.0);
    let one = Catalogue::new(vec![event.clone()]);
    let within = DuplicateTolerance::new(10.0, 50.0, 0.5);
    // A hundredth of a degree of latitude is 1.1 km.
    for (seconds, north, magnitude, found) in [
        (9.9, 0.44, 0.4, true),
        (-9.9, -0.44, -0.4, true),
        (10.0, 0.0, 0.5, true),
        (10.1, 0.0, 0.0, false),
        (-10.1, 0.0, 0.0, false),
        (0.0, 0.46, 0.0, false),
        (0.0, 0.0, 0.6, false),
        (0.0, f64::NAN, 0.0, false),
    ] {
        let other = Catalogue::new(vec![shifted(&event, seconds, north, magnitude)]);
        let pairs = one.duplicates_in(&other, &within).unwrap();
        assert_eq!(!pairs.is_empty(), found, "{seconds} s {north}° {magnitude}");
    }
}

#[test]
fn the_nearest_two_are_joined() {
    let event = Event::new("2008-05-12T06:28:04Z".parse().unwrap(), 31.0, 103.4, 8.0);
    let one = Catalogue::new(vec![event.clone()]);
    let far = shifted(&event, 4.0, 0.1, 0.1);
    let near = shifted(&event, 2.0, 0.1, 0.1);
    let other = Catalogue::new(vec![far.clone(), near]);
    let within = DuplicateTolerance::new(10.0, 50.0, 0.5);
    assert_eq!(one.duplicates_in(&other, &within).unwrap(), [(0, 1)]);
    let joined = one.joined_with(&other, &within).unwrap();
    assert_eq!(joined.events(), [event, far]);
}

#[test]
fn tolerances_that_are_none_are_refused() {
    let none = Catalogue::default();
    for (seconds, km, name) in [(-1.0, 1.0, "seconds"), (1.0, f64::NAN, "km")] {
        let within = DuplicateTolerance::new(seconds, km, 0.5);
        let error = none.duplicates_in(&none, &within).unwrap_err().to_string();
        assert!(error.starts_with(name), "{error}");
    }
}
