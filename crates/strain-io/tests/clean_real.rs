//! Tides, pressure, steps and noise of the real record of Guza.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

mod common;

use common::{data, guza};
use strain_io::ndarray::Axis;
use strain_io::{
    CatalogueOptions, CoseismicRule, Driver, LoveNumbers, OffsetConfig, QualityConfig, Recording,
    ReferenceRule, ResponseConfig, StationContext, TideSite, assess_station, find_offsets,
    fit_response, label_coseismic, read_catalogue_csv, solid_tide,
};

const SITE: (f64, f64) = (30.117, 102.173);
/// Of s1 to s4, nanostrain.
const PUBLISHED_M2: [f64; 4] = [2.2, 4.2, 6.1, 12.6];

#[test]
fn tides_and_pressure_of_guza_are_the_published_ones() {
    let Some(data) = data() else { return };
    let recording = guza(&data);
    let len = recording.grid().len();
    let driver = Driver::new("pressure").with_lags_hours([0, 1, 2, 3]);
    let config = ResponseConfig::default().with_driver(driver);
    // MANIFEST: M2 of 22/42/61/126 units of 0.1 nanostrain, −13.8/−15.1/−6.7/−3.7 units per hPa.
    let published = [("s1", -1.38), ("s2", -1.51), ("s3", -0.67), ("s4", -0.37)];
    for ((name, at_once), m2) in published.into_iter().zip(PUBLISHED_M2) {
        let fit = fit_response(&recording, name, 0..len, &config).unwrap();
        let tide = fit.tide("M2").unwrap();
        let pressure = &fit.drivers[0];
        let (slow, day) = (pressure.total(), pressure.transfer(24.0));
        println!(
            "{name}: M2 {:.2} ± {:.2}, pressure at once {:.3} ± {:.3}, slow {:.3} ± {:.3}, daily {:.3}",
            tide.amplitude,
            tide.amplitude_error,
            pressure.lags[0].coefficient,
            pressure.lags[0].standard_error,
            slow.0,
            slow.1,
            day.gain
        );
        // The published amplitudes are without nodal correction: up to 3.7 % too small then.
        assert!((tide.amplitude / m2 - 1.0).abs() < 0.045, "{name}: {}", tide.amplitude);
        assert!(tide.amplitude_error < 0.1 && tide.phase_error_degrees < 2.0);
        // The published figure is of plain differences, with the daily tides of air and ground in
        // one; without tides it is ours.
        let plain = ResponseConfig::default().without_tides().with_driver(Driver::new("pressure"));
        let plain = fit_response(&recording, name, 0..len, &plain).unwrap();
        let coefficient = plain.drivers[0].lags[0].coefficient;
        assert!((coefficient - at_once).abs() < 0.02, "{name}: {coefficient}");
        assert!(slow.0 < 0.0 && slow.1 < 0.05 && day.gain > 0.3, "{name}");
        let fitted = fit.tides.iter().filter(|tide| tide.inferred_from.is_none()).count();
        assert_eq!(fitted, 36);
    }
}

#[test]
fn guza_steps_are_dated_measured_and_labelled() {
    let Some(data) = data() else { return };
    let recording = guza(&data);
    let config = ResponseConfig::default().with_driver(Driver::new("pressure"));
    let fit = fit_response(&recording, "s4", 0..recording.grid().len(), &config).unwrap();
    let residual = fit.correct(&recording).unwrap();
    let offsets = find_offsets(&residual, "s4", &OffsetConfig::default()).unwrap();
    let catalogue = data.join("catalog/china_m3_1970_2023.csv.gz");
    let catalogue = read_catalogue_csv(catalogue, &CatalogueOptions::default()).unwrap();
    let rule = CoseismicRule::default().with_radii(0.2);
    let labels = label_coseismic(&offsets, recording.grid(), SITE, &catalogue, &rule).unwrap();
    println!("{} offsets, {} coseismic", offsets.len(), labels.iter().flatten().count());
    // MANIFEST, in units of 0.1 nanostrain: +1,700 on 2007-03-05 09h Beijing time, no earthquake;
    // −2,252 within the hour of Wenchuan (a level on either side, over a day, differs from one hour's
    // difference).
    for (time, size, earthquake) in
        [("2007-03-05T01:00:00Z", 170.0, None), ("2008-05-12T07:00:00Z", -225.2, Some(8.0))]
    {
        let time: jiff::Timestamp = time.parse().unwrap();
        let at = offsets.iter().position(|offset| offset.time == time).unwrap();
        println!("{time}: {:.1} ± {:.1}", offsets[at].size, offsets[at].noise);
        assert!((offsets[at].size / size - 1.0).abs() < 0.15, "{}", offsets[at].size);
        assert!(offsets[at].significance() > 20.0);
        let magnitude = labels[at].map(|label| catalogue.events()[label.event].magnitude);
        assert_eq!(magnitude, earthquake);
    }
}

#[test]
fn guza_as_a_station() {
    let Some(data) = data() else { return };
    // A year.
    let recording = guza(&data).slice(2000..2000 + 8766).unwrap();
    let catalogue = data.join("catalog/china_m3_1970_2023.csv.gz");
    let catalogue = read_catalogue_csv(catalogue, &CatalogueOptions::default()).unwrap();
    let context = StationContext::new(TideSite::new(SITE.0, SITE.1))
        .with_catalogue(&catalogue)
        .with_pressure("pressure");
    let (config, rule) = (QualityConfig::default(), ReferenceRule::default());
    let quality = assess_station(&recording, &context, &config, &rule).unwrap();
    println!("{quality}");
    assert_eq!(quality.gauges.len(), 4);
    let found = quality.earthquakes.unwrap();
    assert_eq!((found.magnitude, found.radius_km, found.wide_radius_km), (3.0, 50.0, 200.0));
    assert!(found.near <= found.wide && found.wide < 20, "{found:?}");
    for gauge in &quality.gauges {
        let noise = gauge.noise.unwrap();
        assert!((0.5..3.0).contains(&noise.index), "{}: {noise:?}", gauge.name);
        assert!(gauge.m2_instability.unwrap() < 0.1, "{}", gauge.name);
        assert!(gauge.pressure.unwrap().coefficient < 0.0);
    }
    let json = serde_json::to_string(&quality).unwrap();
    let again: strain_io::StationQuality = serde_json::from_str(&json).unwrap();
    assert_eq!(again, quality);
    // The published amplitudes (MANIFEST; two digits, nodal correction not in them) over those of theory
    // along each gauge. They are of all four years, from which one may differ by a fifth.
    let tide =
        solid_tide(&context.site.unwrap(), recording.grid(), &LoveNumbers::default()).unwrap();
    for (gauge, m2) in quality.gauges.iter().zip(PUBLISHED_M2) {
        let column = recording.channel_index(&gauge.name).unwrap();
        let channel = recording.channels()[column].clone();
        let values = tide.along(channel.azimuth_degrees.unwrap()).insert_axis(Axis(1));
        let theory = Recording::new("theory", *recording.grid(), vec![channel], values).unwrap();
        let all = 0..recording.grid().len();
        let fit = fit_response(&theory, &gauge.name, all, &ResponseConfig::default()).unwrap();
        let wanted = m2 / fit.tide("M2").unwrap().amplitude;
        let factor = gauge.m2_factor.unwrap();
        println!("{}: M2 factor {factor:.3}, published {wanted:.3}", gauge.name);
        assert!((factor / wanted - 1.0).abs() < 0.2, "{}: {factor} {wanted}", gauge.name);
    }
}
