//! The shared Chinese catalogue against figures computed apart (`data/seismicity_oracle.py`, which stands
//! beside this file).

use std::path::PathBuf;

use strain_io::{
    Catalogue, CatalogueOptions, GardnerKnopoff, NearestNeighbour, b_value,
    completeness_goodness_of_fit, completeness_max_curvature, decluster_gardner_knopoff,
    decluster_nearest_neighbour, preparing_at, read_catalogue_csv,
};

/// 21–34° N, 97–107° E, without duplicates; nothing where there is no shared data.
fn catalogue() -> Option<Catalogue> {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared");
    let shared = std::env::var_os("STMN_SHARED").map_or_else(|| default.into(), PathBuf::from);
    let path = shared.join("data/catalog/china_m3_1970_2023.csv.gz");
    if !path.is_file() {
        assert!(std::env::var_os("CI").is_none(), "no {}", path.display());
        eprintln!("skipped: no {} (set STMN_SHARED)", path.display());
        return None;
    }
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

#[test]
fn what_prepared_at_guza() {
    let Some(catalogue) = catalogue() else { return };
    let zone = preparing_at(&catalogue.min_magnitude(7.0), 30.117, 102.173);
    let magnitudes: Vec<f64> = zone.events().iter().map(|event| event.magnitude).collect();
    assert!(magnitudes.contains(&8.0) && zone.events().iter().all(|e| e.magnitude >= 7.0));
    let few = preparing_at(&catalogue.min_magnitude(5.0), 30.117, 102.173);
    assert!(few.events().iter().all(|event| {
        event.distance_km(30.117, 102.173) <= strain_io::dobrovolsky_radius_km(event.magnitude)
    }));
}
