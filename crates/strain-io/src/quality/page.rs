use plotters::coord::Shift;
use plotters::prelude::*;

use super::spectrum::NoiseSpectrum;
use super::station::StationQuality;
use super::windows::ConsistencyWindow;
use crate::robust::median;
use crate::{Recording, Result, StrainIoError};

const SIZE: (u32, u32) = (1200, 900);
const COLOURS: [RGBColor; 4] =
    [RGBColor(31, 119, 180), RGBColor(214, 95, 14), RGBColor(44, 140, 60), RGBColor(140, 86, 160)];
const FONT: &str = "sans-serif";
const SECONDS_A_DAY: f64 = 86_400.0;
/// Points of a drawn spectrum.
const BINS_A_DECADE: f64 = 50.0;

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Drawn = std::result::Result<(), Box<dyn std::error::Error>>;

/// One page about a station as SVG: its gauges through time (daily medians), their noise with its
/// power law, their agreement in windows, and the table of [`StationQuality`].
///
/// `spectra` are those of the gauges, in the order of `quality`; gauges without one are left out of
/// the picture, and so is what is not finite. Text needs no font of this machine.
///
/// # Errors
///
/// [`StrainIoError::NoChannel`] for a recording without the gauges of `quality`,
/// [`StrainIoError::Drawing`].
pub fn station_page(
    recording: &Recording,
    quality: &StationQuality,
    spectra: &[Option<NoiseSpectrum>],
    windows: &[ConsistencyWindow],
) -> Result<String> {
    let mut gauges = Vec::new();
    for gauge in &quality.gauges {
        gauges.push((gauge.name.as_str(), daily(recording, &gauge.name)?));
    }
    let mut svg = String::new();
    draw(&mut svg, &gauges, quality, spectra, windows)
        .map_err(|source| StrainIoError::Drawing { problem: source.to_string() })?;
    Ok(svg)
}

/// Days since the start and the medians of whole days, less the median of all.
fn daily(recording: &Recording, name: &str) -> Result<Vec<(f64, f64)>> {
    let values = recording.channel(name)?.to_vec();
    let per_day = (SECONDS_A_DAY / recording.grid().interval_seconds()).round().max(1.0) as usize;
    let known = |part: &[f64]| part.iter().copied().filter(|v| !v.is_nan()).collect::<Vec<_>>();
    let all = median(&mut known(&values)).unwrap_or(0.0);
    let days = values.chunks(per_day).enumerate();
    let points = days.filter_map(|(day, part)| Some((day as f64, median(&mut known(part))? - all)));
    Ok(points.collect())
}

fn draw(
    svg: &mut String,
    gauges: &[(&str, Vec<(f64, f64)>)],
    quality: &StationQuality,
    spectra: &[Option<NoiseSpectrum>],
    windows: &[ConsistencyWindow],
) -> Drawn {
    let root = SVGBackend::with_string(svg, SIZE).into_drawing_area();
    root.fill(&WHITE)?;
    let (pictures, table) = root.split_vertically(620);
    let parts = pictures.split_evenly((2, 2));
    let lines = gauges.iter().map(|(name, points)| (*name, points.clone())).collect::<Vec<_>>();
    chart(&parts[0], "strain, nanostrain, by days", &lines)?;
    let spectra: Vec<(&str, Vec<(f64, f64)>)> = gauges
        .iter()
        .zip(spectra)
        .filter_map(|((name, _), spectrum)| Some((*name, logarithms(spectrum.as_ref()?))))
        .collect();
    chart(&parts[1], "noise: log10 of nanostrain² days, by log10 of cycles a day", &spectra)?;
    let start = quality.report.start;
    let day =
        |window: &ConsistencyWindow| window.end.duration_since(start).as_secs_f64() / SECONDS_A_DAY;
    let series = |value: fn(&ConsistencyWindow) -> Option<f64>| -> Vec<(f64, f64)> {
        windows.iter().filter_map(|window| Some((day(window), value(window)?))).collect()
    };
    let slope = series(|window| window.self_consistency.difference_slope);
    let correlation = series(|window| window.self_consistency.difference_correlation);
    let agreement = [("k of differences", slope), ("correlation", correlation)];
    chart(&parts[2], "agreement of S1+S3 with S2+S4, by days", &agreement)?;
    let laws: Vec<(&str, Vec<(f64, f64)>)> = quality
        .gauges
        .iter()
        .filter_map(|gauge| {
            let law = gauge.noise?;
            let at = |x: f64| (x, law.at_one_day.log10() - law.index * x);
            Some((gauge.name.as_str(), vec![at(-1.0), at(1.0)]))
        })
        .collect();
    chart(&parts[3], "power laws of the noise, in the same units", &laws)?;
    for (line, text) in quality.to_string().lines().enumerate() {
        let style = ("monospace", 15).into_font().color(&BLACK);
        table.draw(&Text::new(text.to_owned(), (20, 15 + 26 * line as i32), style))?;
    }
    root.present()?;
    Ok(())
}

/// Means of the density in bins of equal width in the logarithm of frequency: a page has no room for
/// the ten thousands of frequencies of a month of minutes.
fn logarithms(spectrum: &NoiseSpectrum) -> Vec<(f64, f64)> {
    let pairs: Vec<(f64, f64)> =
        spectrum.cycles_per_day.iter().copied().zip(spectrum.density.iter().copied()).collect();
    let bin = |pair: &(f64, f64)| (pair.0.log10() * BINS_A_DECADE).floor();
    let bins = pairs.chunk_by(|a, b| bin(a) == bin(b));
    let mean = |bin: &[(f64, f64)], part: fn(&(f64, f64)) -> f64| {
        (bin.iter().map(part).sum::<f64>() / bin.len() as f64).log10()
    };
    bins.map(|bin| (mean(bin, |pair| pair.0), mean(bin, |pair| pair.1))).collect()
}

/// Lines with a legend; those without a finite point are left out.
fn chart(area: &Area<'_>, title: &str, lines: &[(&str, Vec<(f64, f64)>)]) -> Drawn {
    let finite = |points: &[(f64, f64)]| -> Vec<(f64, f64)> {
        let good = |p: &&(f64, f64)| p.0.is_finite() && p.1.is_finite();
        points.iter().filter(good).copied().collect()
    };
    let lines: Vec<_> = lines.iter().map(|(name, points)| (*name, finite(points))).collect();
    let range = |part: fn(&(f64, f64)) -> f64| {
        let values = lines.iter().flat_map(|(_, points)| points.iter().map(part));
        let (low, high) =
            values.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
        match high - low {
            span if span > 0.0 => low - 0.04 * span..high + 0.04 * span,
            0.0 => low - 0.5..high + 0.5,
            _ => 0.0..1.0,
        }
    };
    let mut chart = ChartBuilder::on(area)
        .caption(title, (FONT, 16))
        .margin(8)
        .x_label_area_size(28)
        .y_label_area_size(60)
        .build_cartesian_2d(range(|p| p.0), range(|p| p.1))?;
    chart.configure_mesh().light_line_style(WHITE.mix(0.0)).label_style((FONT, 12)).draw()?;
    for ((name, points), colour) in lines.into_iter().zip(COLOURS.into_iter().cycle()) {
        let series = chart.draw_series(LineSeries::new(points, colour))?;
        series.label(name).legend(move |(x, y)| PathElement::new([(x, y), (x + 14, y)], colour));
    }
    chart
        .configure_series_labels()
        .background_style(WHITE.mix(0.8))
        .label_font((FONT, 12))
        .draw()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        QualityConfig, ReferenceRule, SpectrumConfig, StationContext, SynthConfig, TideSite,
        assess_station, consistency_series, network, noise_spectrum,
    };

    #[test]
    fn a_drawn_spectrum_is_short_and_keeps_its_level() {
        let cycles_per_day: Vec<f64> = (1..=21_600).map(|i| f64::from(i) / 30.0).collect();
        let density = cycles_per_day.iter().map(|f| 7.0 * f.powf(-1.5)).collect();
        let power_law = crate::PowerLaw { at_one_day: 7.0, index: 1.5, index_error: 0.0 };
        let drawn = logarithms(&NoiseSpectrum { cycles_per_day, density, segments: 1, power_law });
        assert!((100..250).contains(&drawn.len()), "{}", drawn.len());
        for (x, y) in drawn {
            assert!((y - (7.0_f64.log10() - 1.5 * x)).abs() < 0.002, "{x} {y}");
        }
    }

    #[test]
    fn a_page_shows_the_gauges_and_the_table() {
        let config = SynthConfig::default().with_reference_days(150).with_target_days(60);
        let recording = network(&config, 3).unwrap().reference.recording;
        let context = StationContext::new(TideSite::new(30.0, 102.0)).with_pressure("pressure");
        let (config, rule) = (QualityConfig::default(), ReferenceRule::default());
        let quality = assess_station(&recording, &context, &config, &rule).unwrap();
        let spectra: Vec<Option<NoiseSpectrum>> = quality
            .gauges
            .iter()
            .map(|gauge| noise_spectrum(&recording, &gauge.name, &SpectrumConfig::default()).ok())
            .collect();
        let windows = consistency_series(&recording, &config, 24 * 15, 24 * 15).unwrap();
        let svg = station_page(&recording, &quality, &spectra, &windows).unwrap();
        assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
        assert!(svg.contains("M2 spread") && !svg.contains("NaN"));
        // Nothing to draw is an empty page, not a failure.
        let empty = station_page(&recording, &quality, &[], &[]).unwrap();
        for gauge in &quality.gauges {
            // In the table and, with spectra, in three legends.
            let named = |svg: &str| svg.matches(&gauge.name).count();
            assert_eq!((named(&svg), named(&empty)), (4, 3), "{}", gauge.name);
        }
        assert!(empty.contains("M2 spread") && !empty.contains("NaN"));
        let other = recording.select(&["pressure"]).unwrap();
        assert!(matches!(
            station_page(&other, &quality, &[], &[]),
            Err(StrainIoError::NoChannel { .. })
        ));
    }
}
