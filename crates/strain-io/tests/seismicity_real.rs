//! The shared Chinese catalogue against figures computed apart (`data/seismicity_oracle.py`, which stands
//! beside this file).

mod common;

use common::data;
use strain_io::{
    Catalogue, CatalogueOptions, Event, GardnerKnopoff, NearestNeighbour, b_value,
    completeness_goodness_of_fit, completeness_max_curvature, decluster_gardner_knopoff,
    decluster_nearest_neighbour, preparing_at, read_catalogue_csv,
};

/// 21–34° N, 97–107° E, without duplicates; nothing where there is no shared data.
fn catalogue() -> Option<Catalogue> {
    let path = data()?.join("catalog/china_m3_1970_2023.csv.gz");
    let all = read_catalogue_csv(path, &CatalogueOptions::default()).expect("a catalogue");
    Some(all.without_duplicates().in_box(21.0..=34.0, 97.0..=107.0))
}

#[test]
fn completeness_and_b_value() {
    let Some(catalogue) = catalogue() else { return };
    assert_eq!(catalogue.events().len(), 7_921);
    for (least, events, b, aki, shi_bolt) in [
        (3.0, 7_608, 0.710_959_336, 0.008_150_974, 0.008_652_320),
        (3.1, 6_255, 0.686_985_391, 0.008_686_280, 0.008_995_988),
        (4.0, 1_533, 0.654_162_064, 0.016_707_608, 0.016_033_310),
    ] {
        let found = b_value(&catalogue, least, 0.1).unwrap();
        assert_eq!(found.events, events);
        for (found, wanted) in
            [(found.b, b), (found.aki_error, aki), (found.shi_bolt_error, shi_bolt)]
        {
            assert!((found - wanted).abs() < 1e-8, "{least}: {found} {wanted}");
        }
    }
    let curvature = completeness_max_curvature(&catalogue, 0.1, 0.2).unwrap();
    assert!((curvature.magnitude - 3.2).abs() < 1e-9);
    let fit = completeness_goodness_of_fit(&catalogue, 0.1, 95.0).unwrap().unwrap();
    assert!((fit.magnitude - 3.1).abs() < 1e-9);
    assert!((fit.goodness_percent - 95.781_271_4).abs() < 1e-5, "{}", fit.goodness_percent);
    assert_eq!(completeness_goodness_of_fit(&catalogue, 0.1, 99.9).unwrap(), None);
}

#[test]
fn clusters() {
    let Some(catalogue) = catalogue() else { return };
    let large = catalogue.min_magnitude(4.0);
    assert_eq!(large.events().len(), 1_533);
    for (share, mains) in [(0.0, 724), (1.0, 611)] {
        let config = GardnerKnopoff::default().with_foreshock_share(share);
        let clusters = decluster_gardner_knopoff(&large, &config).unwrap();
        assert_eq!(clusters.count(), mains, "{share}");
        assert_eq!(clusters.main_shocks(&large).events().len(), mains);
    }
    let config = NearestNeighbour::default().with_threshold(-5.0);
    let found = decluster_nearest_neighbour(&large, &config).unwrap();
    assert_eq!(found.clusters.count(), 731);
    let mut etas: Vec<f64> = found.neighbours.iter().flatten().map(|n| n.log_eta()).collect();
    etas.sort_by(f64::total_cmp);
    let median = (etas[765] + etas[766]) / 2.0;
    assert_eq!(etas.len(), 1_532);
    assert!((median + 5.225_760_9).abs() < 1e-5, "{median}");
    // Both methods put Wenchuan's aftershocks of its first day under Wenchuan.
    let wenchuan = large.events().iter().position(|e| e.magnitude == 8.0).unwrap();
    let day = large.events()[wenchuan].time + jiff::SignedDuration::from_hours(24);
    let gk = decluster_gardner_knopoff(&large, &GardnerKnopoff::default()).unwrap();
    let after = (0..large.events().len()).filter(|&index| {
        let event = &large.events()[index];
        let (main, near) = (large.events()[wenchuan].time, event.distance_km(31.0, 103.4) < 80.0);
        main < event.time && event.time < day && near
    });
    let after: Vec<usize> = after.collect();
    assert!(after.len() > 20, "{}", after.len());
    for index in after {
        assert_eq!(gk.main_shock[index], wenchuan);
        assert_eq!(found.clusters.main_shock[index], wenchuan);
    }
}

/// Against the radius 10^(0.43 M) km and great circles of a sphere, which are within 0.6 % of a geodesic.
#[test]
fn what_prepared_at_guza() {
    let Some(catalogue) = catalogue() else { return };
    let (lat, lon) = (30.117_f64.to_radians(), 102.173_f64.to_radians());
    for least in [5.0, 7.0] {
        let large = catalogue.min_magnitude(least);
        let zone = preparing_at(&large, 30.117, 102.173);
        let radii = |event: &Event| {
            let (other, east) = (event.latitude.to_radians(), event.longitude.to_radians() - lon);
            let half = ((other - lat) / 2.0).sin().powi(2)
                + lat.cos() * other.cos() * (east / 2.0).sin().powi(2);
            2.0 * 6371.0 * half.sqrt().asin() / 10_f64.powf(0.43 * event.magnitude)
        };
        let (mut inside, mut outside) = (0, 0);
        for event in large.events() {
            let prepared = zone.events().contains(event);
            match radii(event) {
                radii if radii < 0.994 => inside += usize::from(prepared),
                radii if radii > 1.006 => outside += usize::from(prepared),
                _ => {}
            }
        }
        let wanted = large.events().iter().filter(|event| radii(event) < 0.994).count();
        println!("M {least}: {inside} of {wanted} within, {} in all", zone.events().len());
        assert_eq!((inside, outside), (wanted, 0), "M {least}");
        // Of magnitude 7 and more all in this box are within; of smaller ones few.
        assert!(wanted > 3 && (least > 5.0 || 2 * wanted < large.events().len()));
    }
    let great = preparing_at(&catalogue.min_magnitude(8.0), 30.117, 102.173);
    assert_eq!(great.events().len(), 1, "Wenchuan");
}

/// What SeismoStats finds in the same events (`data/seismicity_published.py`).
#[derive(serde::Deserialize)]
struct Published {
    events: usize,
    b_values: Vec<PublishedB>,
    max_curvature: f64,
    large: usize,
    clusters: Vec<PublishedClusters>,
}

#[derive(serde::Deserialize)]
struct PublishedB {
    least: f64,
    events: usize,
    b: f64,
    shi_bolt_error: f64,
}

#[derive(serde::Deserialize)]
struct PublishedClusters {
    foreshock_share: f64,
    main_shocks: Vec<usize>,
}

#[test]
fn a_published_implementation_finds_the_same() {
    let Some(catalogue) = catalogue() else { return };
    let published: Published =
        serde_json::from_str(include_str!("data/seismicity_published.json")).unwrap();
    assert_eq!(catalogue.events().len(), published.events);
    for wanted in &published.b_values {
        let found = b_value(&catalogue, wanted.least, 0.1).unwrap();
        assert_eq!(found.events, wanted.events);
        assert!((found.b - wanted.b).abs() < 1e-12, "{}", wanted.least);
        assert!((found.shi_bolt_error - wanted.shi_bolt_error).abs() < 1e-12, "{}", wanted.least);
    }
    let curvature = completeness_max_curvature(&catalogue, 0.1, 0.2).unwrap();
    assert!((curvature.magnitude - published.max_curvature).abs() < 1e-9);
    let large = catalogue.min_magnitude(4.0);
    assert_eq!(large.events().len(), published.large);
    assert!(published.clusters.len() >= 3);
    for wanted in &published.clusters {
        let config = GardnerKnopoff::default().with_foreshock_share(wanted.foreshock_share);
        let found = decluster_gardner_knopoff(&large, &config).unwrap();
        let main = |&index: &usize| found.main_shock[index] == index;
        let mains: Vec<usize> = (0..large.events().len()).filter(main).collect();
        assert_eq!(mains, wanted.main_shocks, "foreshocks {}", wanted.foreshock_share);
    }
}
