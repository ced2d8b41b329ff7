use std::error::Error;

use jiff::SignedDuration;
use strain_io::ndarray::{Array2, s};
use strain_io::{
    Channel, DecimateConfig, DriftConfig, Driver, FillConfig, FillMethod, FilterPhase,
    GaugeCoupling, GaugeMatrix, GaugeNoise, HampelConfig, LoveNumbers, OffsetConfig, QualityConfig,
    Recording, ReferenceRule, ResponseConfig, StationContext, SynthConfig, SynthFaults,
    SyntheticStation, TideSite, TimeGrid, Unit, assess_station_spectra, consistency_series,
    fill_gaps, find_offsets, fit_drift, fit_response, network, plane_strain, remove_offsets,
    remove_spikes, solid_tide, station_page,
};

use super::draw::{Line, chart};
use super::{catalogues, stations};

type Picture = Result<String, Box<dyn Error>>;

/// All pictures with their files' names.
pub(crate) fn figures() -> Result<Vec<(&'static str, String)>, Box<dyn Error>> {
    let station = station(SynthFaults::none(), 200)?;
    Ok(vec![
        ("clean-tide.svg", tide()?),
        ("clean-response.svg", response(&station)?),
        ("clean-decimation.svg", decimation()?),
        ("clean-spikes.svg", spikes(&station)?),
        ("clean-offsets.svg", offsets(&station)?),
        ("clean-gaps.svg", gaps(&station)?),
        ("clean-drift.svg", drift()?),
        ("clean-gauges.svg", gauges(&station)?),
        ("clean-calibration.svg", stations::calibration(&station)?),
        ("clean-consistency.svg", stations::consistency(&station)?),
        ("clean-substitutions.svg", stations::substitution(&station)?),
        ("clean-tidal-calibration.svg", stations::tidal(&station)?),
        ("clean-transfer.svg", stations::transfer(&station)?),
        ("clean-prepare.svg", stations::prepared(&station)?),
        ("clean-declustering.svg", catalogues::declustering()?),
        ("clean-completeness.svg", catalogues::completeness()?),
        ("quality-page.svg", page()?),
    ])
}

/// A synthetic station, hourly.
fn station(faults: SynthFaults, days: u32) -> Result<SyntheticStation, Box<dyn Error>> {
    let config = SynthConfig::default().with_reference_days(days).with_target_days(60);
    Ok(network(&config.with_anomalous(false).with_faults(faults), 2)?.reference)
}

/// Days and values of some hours of a channel, less the first one's.
fn hours(
    recording: &Recording,
    channel: &str,
    hours: std::ops::Range<usize>,
) -> Result<Vec<(f64, f64)>, Box<dyn Error>> {
    let values = recording.channel(channel)?;
    let zero = values[hours.start];
    Ok(hours.map(|hour| (hour as f64 / 24.0, values[hour] - zero)).collect())
}

/// A recording with other values in its first gauge.
fn with_s1(
    recording: &Recording,
    change: impl Fn(usize, f64) -> f64,
) -> Result<Recording, Box<dyn Error>> {
    let mut values = recording.values().to_owned();
    let column = recording.channel_index("s1")?;
    let s1 = values.column_mut(column).into_iter().enumerate();
    s1.for_each(|(hour, value)| *value = change(hour, *value));
    Ok(recording.with_values(values, recording.provenance().to_owned())?)
}

/// Without tides and the response to pressure.
fn quiet(recording: &Recording) -> Result<Recording, Box<dyn Error>> {
    let config = ResponseConfig::default().with_driver(Driver::new("pressure"));
    let fit = fit_response(recording, "s1", 0..recording.grid().len(), &config)?;
    Ok(fit.correct(recording)?)
}

fn tide() -> Picture {
    let start = "2008-05-01T00:00:00Z".parse()?;
    let grid = TimeGrid::new(start, SignedDuration::from_hours(1), 24 * 20)?;
    let tide = solid_tide(&TideSite::new(30.117, 102.173), &grid, &LoveNumbers::default())?;
    let line = |name, values: Vec<f64>| {
        Line::new(name, values.into_iter().enumerate().map(|(t, v)| (t as f64 / 24.0, v)))
    };
    let lines =
        [line("areal", tide.areal().to_vec()), line("along N51°E", tide.along(51.0).to_vec())];
    let axes = ("days since 2008-05-01", "nanostrain");
    chart("Theoretical tide at 30.117° N, 102.173° E", axes, &lines)
}

fn response(station: &SyntheticStation) -> Picture {
    let recording = &station.recording;
    let (before, after) =
        (hours(recording, "s1", 2400..2880)?, hours(&quiet(recording)?, "s1", 2400..2880)?);
    let lines = [Line::new("recorded", before), Line::new("less tides and air pressure", after)];
    chart("Responses taken out of gauge 1", ("days", "nanostrain"), &lines)
}

fn decimation() -> Picture {
    let line = |name, phase| -> Result<Line, Box<dyn Error>> {
        let filter = DecimateConfig::new(5).with_phase(phase).filter()?;
        let gain = (0..=400).map(|step| {
            let frequency = f64::from(step) / 800.0;
            (frequency, 20.0 * filter.gain(frequency).max(1e-6).log10())
        });
        Ok(Line::new(name, gain))
    };
    let lines =
        [line("linear phase", FilterPhase::Linear)?, line("minimum phase", FilterPhase::Minimum)?];
    let axes = ("cycles per sample before decimation", "decibels");
    chart("Filters for one sample of five", axes, &lines)
}

fn spikes(station: &SyntheticStation) -> Picture {
    let planted = |hour: usize| match hour {
        2450 => 110.0,
        2520 | 2521 => -45.0,
        2600 => 25.0,
        _ => 0.0,
    };
    let spiked = with_s1(&quiet(&station.recording)?, |hour, value| value + planted(hour))?;
    let cleaned = remove_spikes(&spiked, "s1", &HampelConfig::default())?.recording;
    let (before, after) = (hours(&spiked, "s1", 2400..2680)?, hours(&cleaned, "s1", 2400..2680)?);
    let lines = [Line::new("with spikes", before), Line::new("without", after)];
    chart("Spikes of one and two samples", ("days", "nanostrain"), &lines)
}

fn offsets(station: &SyntheticStation) -> Picture {
    let step = |hour: usize| if hour >= 2500 { -70.0 } else { 0.0 };
    let moved = with_s1(&quiet(&station.recording)?, |hour, value| value + step(hour))?;
    let found = find_offsets(&moved, "s1", &OffsetConfig::default())?;
    let mended = remove_offsets(&moved, "s1", &found)?.recording;
    let (before, after) = (hours(&moved, "s1", 2300..2700)?, hours(&mended, "s1", 2300..2700)?);
    let lines = [Line::new("with an offset", before), Line::new("repaired", after)];
    chart("An offset found and repaired", ("days", "nanostrain"), &lines)
}

fn gaps(station: &SyntheticStation) -> Picture {
    const GAP: std::ops::Range<usize> = 2520..2538;
    let truth = &station.recording;
    let holed = with_s1(truth, |h, value| if GAP.contains(&h) { f64::NAN } else { value })?;
    let config = ResponseConfig::default().with_driver(Driver::new("pressure"));
    let fit = fit_response(&holed, "s1", 0..holed.grid().len(), &config)?;
    let line = |name, method| -> Result<Line, Box<dyn Error>> {
        let filled = fill_gaps(&holed, "s1", &FillConfig::new(method, 24), Some(&fit))?;
        let mut points = hours(&filled.recording, "s1", 2490..2568)?;
        points.retain(|point| {
            (GAP.start as f64 - 1.0..=GAP.end as f64).contains(&(point.0 * 24.0).round())
        });
        Ok(Line::new(name, points))
    };
    let lines = [
        line("cubic", FillMethod::Cubic)?,
        line("tides, pressure, autoregression", FillMethod::Model)?,
        line("line", FillMethod::Linear)?,
        Line::new("truth", hours(truth, "s1", 2490..2568)?).dots(),
    ];
    chart("A gap of 18 hours, filled", ("days", "nanostrain"), &lines)
}

fn drift() -> Picture {
    let start = "2008-01-01T00:00:00Z".parse()?;
    let grid = TimeGrid::new(start, SignedDuration::from_hours(24), 300)?;
    let curve = |day: f64| 400.0 * (-day / 35.0).exp() - 0.3 * day;
    let values = Array2::from_shape_fn((300, 1), |(day, _)| {
        let wave = 6.0 * (day as f64 * 0.31).sin() + 4.0 * (day as f64 * 1.7).sin();
        curve(day as f64) + wave + if (120..190).contains(&day) { 110.0 } else { 0.0 }
    });
    let channels = vec![Channel::new("s1", Unit::Nanostrain)];
    let recording = Recording::new("X", grid, channels, values)?;
    let config = DriftConfig::default().with_curing(true);
    let days = |values: Vec<f64>| values.into_iter().enumerate().map(|(day, v)| (day as f64, v));
    let line = |name, robust| -> Result<Line, Box<dyn Error>> {
        let fit = fit_drift(&recording, "s1", 0..300, &config.with_robust(robust))?;
        Ok(Line::new(name, days(fit.predict(&grid).to_vec())))
    };
    let lines = [
        line("robust", true)?,
        line("least squares", false)?,
        Line::new("truth", (0..300).map(|day| (f64::from(day), curve(f64::from(day))))),
        Line::new("recorded", days(recording.channel("s1")?.to_vec())).dots(),
    ];
    chart("Curing of a borehole with an offset of ten weeks", ("days", "nanostrain"), &lines)
}

fn gauges(station: &SyntheticStation) -> Picture {
    let names = ["s1", "s2", "s3", "s4"];
    let matrix = GaugeMatrix::from_azimuths(&[0.0, 45.0, 90.0, 135.0], GaugeCoupling::NONE)?;
    let strain = plane_strain(&station.recording, &names, &matrix, GaugeNoise::Misfit)?;
    let line = |name, channel| -> Result<Line, Box<dyn Error>> {
        Ok(Line::new(name, hours(&strain, channel, 2400..2640)?))
    };
    let lines = [line("areal", "areal")?, line("γ1", "gamma1")?, line("γ2", "gamma2")?];
    chart("Areal and shear strain from four gauges", ("days", "nanostrain"), &lines)
}

/// A station of half a year with faults, of which a gauge is cut off after two months.
fn page() -> Picture {
    let station = station(SynthFaults::default(), 180)?;
    let mut values = station.recording.values().to_owned();
    let column = station.recording.channel_index("s3")?;
    values.slice_mut(s![24 * 60.., column]).fill(f64::NAN);
    let recording =
        station.recording.with_values(values, station.recording.provenance().to_owned())?;
    let site = TideSite::new(station.latitude, station.longitude);
    let context = StationContext::new(site).with_pressure("pressure");
    let (config, rule) = (QualityConfig::default(), ReferenceRule::default());
    let (quality, spectra) = assess_station_spectra(&recording, &context, &config, &rule)?;
    let windows = consistency_series(&recording, &config, 24 * 15, 24 * 15)?;
    Ok(station_page(&recording, &quality, &spectra, &windows)?)
}
