use std::error::Error;

use strain_io::ndarray::Array1;
use strain_io::{
    Driver, GaugeCoupling, GaugeMatrix, GaugeNoise, LoveNumbers, PrepareConfig, QualityConfig,
    Recording, ResponseConfig, ResponseFit, SyntheticStation, TheoryFits, TideSite, calibrate,
    consistency_series, fit_response, plane_strain, prepare, solid_tide, substitutions,
    tidal_calibration,
};

use super::draw::{Line, chart};

type Picture = Result<String, Box<dyn Error>>;

const NAMES: [&str; 4] = ["s1", "s2", "s3", "s4"];

/// The recording with other values in some of its channels.
fn with_channels<'a>(
    recording: &Recording,
    channels: impl IntoIterator<Item = (&'a str, Vec<f64>)>,
) -> Result<Recording, Box<dyn Error>> {
    let mut values = recording.values().to_owned();
    for (name, channel) in channels {
        values.column_mut(recording.channel_index(name)?).assign(&Array1::from(channel));
    }
    Ok(recording.with_values(values, recording.provenance().to_owned())?)
}

fn days(name: &'static str, values: &[f64], hours: std::ops::Range<usize>) -> Line {
    Line::new(name, hours.map(|hour| (hour as f64 / 24.0, values[hour])))
}

/// The tide in four gauges of which the third shows a tenth too little, and waves that are each one's own.
pub(crate) fn calibration(station: &SyntheticStation) -> Picture {
    let recording = &station.recording;
    let hours = recording.grid().len();
    let site = TideSite::new(station.latitude, station.longitude);
    let tide = solid_tide(&site, recording.grid(), &LoveNumbers::default())?;
    let gauges = NAMES.into_iter().zip([0.0, 45.0, 90.0, 135.0]).map(|(name, azimuth)| {
        let gain = if name == "s3" { 0.9 } else { 1.0 };
        let own = |hour: usize| 0.2 * ((1.3 + 0.01 * azimuth) * hour as f64).sin();
        let values = tide.along(azimuth).into_iter().enumerate();
        (name, values.map(|(hour, value)| gain * value + own(hour)).collect::<Vec<f64>>())
    });
    let gauges = with_channels(recording, gauges)?;
    let found = calibrate(&gauges, NAMES, 0..hours)?;
    let misfit = |recording: &Recording| -> Vec<f64> {
        let rows = recording.values();
        rows.rows().into_iter().map(|row| row[0] + row[2] - row[1] - row[3]).collect()
    };
    let lines = [
        days("as recorded", &misfit(&gauges), 2400..2640),
        days("calibrated", &misfit(&found.apply(&gauges, NAMES)?), 2400..2640),
    ];
    let shown = found.factors.map(|factor| format!("{:.3}", factor / found.factors[0])).join(", ");
    let title = format!("Relative calibration, k/k1 = {shown} (planted: 1, 1, 1.111, 1)");
    chart(&title, ("days", "S1+S3−S2−S4, nanostrain"), &lines)
}

/// Agreement in windows of a station of which gauge 3 sticks in its noise for six weeks.
pub(crate) fn consistency(station: &SyntheticStation) -> Picture {
    let recording = &station.recording;
    let mut s3 = recording.channel("s3")?.to_vec();
    for hour in 24 * 80..24 * 122 {
        s3[hour] = s3[24 * 80 - 1] + 3.0 * ((hour * hour) as f64).sin();
    }
    let failing = with_channels(recording, [("s3", s3)])?;
    let series = consistency_series(&failing, &QualityConfig::default(), 24 * 5, 24 * 2)?;
    let start = recording.grid().start();
    let line = |name, part: fn(&strain_io::SelfConsistency) -> Option<f64>| {
        let points = series.iter().map(|window| {
            let day = window.start.duration_since(start).as_secs_f64() / 86_400.0 + 2.5;
            (day, part(&window.self_consistency).unwrap_or(f64::NAN))
        });
        Line::new(name, points)
    };
    let lines = [
        line("correlation of hourly differences", |it| it.difference_correlation),
        line("their slope k", |it| it.difference_slope),
    ];
    let title = "S1+S3 against S2+S4 in windows of five days; gauge 3 fails for six weeks";
    chart(title, ("days", "correlation, slope"), &lines)
}

pub(crate) fn substitution(station: &SyntheticStation) -> Picture {
    let strain = substitutions(&station.recording, NAMES)?;
    let line = |name, channel| -> Result<Line, Box<dyn Error>> {
        let values = strain.channel(channel)?;
        Ok(days(name, &(&values - values[2400]).to_vec(), 2400..2640))
    };
    let lines = [line("Sa", "sa")?, line("S13", "s13")?, line("S24", "s24")?];
    chart("Substitutions of four gauges", ("days", "nanostrain"), &lines)
}

/// A GTSM whose gauges are coupled otherwise than in the laboratory, calibrated by the tide.
pub(crate) fn tidal(station: &SyntheticStation) -> Picture {
    const AZIMUTHS: [f64; 4] = [20.0, 80.0, 140.0, 50.0];
    let recording = &station.recording;
    let site = TideSite::new(station.latitude, station.longitude);
    let tide = solid_tide(&site, recording.grid(), &LoveNumbers::default())?;
    let tensor = tide.tensor();
    let gamma1 = (&tensor.column(1) - &tensor.column(0)).to_vec();
    let parts = [tide.areal().to_vec(), gamma1, (&tensor.column(2) * 2.0).to_vec()];
    let coupled = GaugeMatrix::from_azimuths(&AZIMUTHS, GaugeCoupling::new(0.9, 2.3))?;
    let seen = coupled.rows().iter().zip(NAMES).map(|(row, name)| {
        let tide = |hour: usize| (0..3).map(|part| row[part] * parts[part][hour]).sum::<f64>();
        // Each gauge in noise of its own, here the sum of two waves that are no tide.
        let wave = |hour: usize| 2.0 * (0.7 * hour as f64 + row[1]).sin();
        (
            name,
            (0..recording.grid().len()).map(|hour| tide(hour) + wave(hour)).collect::<Vec<f64>>(),
        )
    });
    let gauges = with_channels(recording, seen)?;
    let theory = with_channels(recording, NAMES.into_iter().zip(parts.clone()))?;
    let fit = |recording: &Recording, name| -> Result<ResponseFit, Box<dyn Error>> {
        Ok(fit_response(recording, name, 0..recording.grid().len(), &ResponseConfig::default())?)
    };
    let fits = [fit(&theory, "s1")?, fit(&theory, "s2")?, fit(&theory, "s3")?];
    let mut shown = Vec::new();
    for name in NAMES {
        shown.push(fit(&gauges, name)?);
    }
    let theory = TheoryFits { areal: &fits[0], gamma1: &fits[1], gamma2: &fits[2] };
    let found = tidal_calibration(&shown, theory, &["M2", "O1"])?;
    let laboratory = GaugeMatrix::from_azimuths(&AZIMUTHS, GaugeCoupling::GTSM)?;
    let line = |name, matrix: &GaugeMatrix| -> Result<Line, Box<dyn Error>> {
        let plane = plane_strain(&gauges, &NAMES, matrix, GaugeNoise::Misfit)?;
        Ok(days(name, &plane.channel("areal")?.to_vec(), 2400..2544))
    };
    let lines = [
        line("laboratory's coupling", &laboratory)?,
        line("calibrated by M2 and O1", &found)?,
        days("theory", &parts[0], 2400..2544).dots(),
    ];
    let title = "Areal strain of a GTSM of couplings 0.9 and 2.3 (laboratory: 1.5 and 3)";
    chart(title, ("days", "nanostrain"), &lines)
}

/// The response to air pressure over frequency, of a gauge that answers at once and for two hours more.
pub(crate) fn transfer(station: &SyntheticStation) -> Picture {
    const PLANTED: [f64; 3] = [-0.6, -0.5, -0.3];
    let recording = &station.recording;
    let pressure = recording.channel("pressure")?.to_vec();
    let own = station.truth.pressure.coefficients[0];
    let recorded = recording.channel("s1")?;
    let s1 = recorded.iter().enumerate().map(|(hour, value)| {
        let lagged = PLANTED.iter().enumerate();
        let answer = lagged.map(|(lag, b)| b * pressure[hour.saturating_sub(lag)]).sum::<f64>();
        value - own * pressure[hour] + answer
    });
    let answering = with_channels(recording, [("s1", s1.collect())])?;
    let driver = Driver::new("pressure").with_lags_hours(0..=4);
    let config = ResponseConfig::default().with_driver(driver);
    let fit = fit_response(&answering, "s1", 0..recording.grid().len(), &config)?;
    let line = |name, part: &dyn Fn(f64) -> f64| {
        // Cycles a day, from the slowest to one of two hours.
        Line::new(
            name,
            (1..=120).map(|step| (f64::from(step) / 10.0, part(240.0 / f64::from(step)))),
        )
    };
    let planted = |period: f64| {
        let turn = std::f64::consts::TAU / period;
        let part = |wave: fn(f64) -> f64| {
            (0_u8..).zip(PLANTED).map(|(lag, b)| b * wave(turn * f64::from(lag))).sum::<f64>()
        };
        part(f64::cos).hypot(part(f64::sin))
    };
    let found = |period: f64| fit.drivers[0].transfer(period);
    let lines = [
        line("found", &|period| found(period).gain),
        line("two standard errors above", &|p| found(p).gain + 2.0 * found(p).gain_error),
        line("two standard errors below", &|p| found(p).gain - 2.0 * found(p).gain_error),
        line("planted", &planted),
    ];
    let axes = ("cycles a day", "nanostrain per hPa");
    chart("Response to air pressure over frequency", axes, &lines)
}

/// A gauge with a spike, a step and a gap after the fit span, as recorded and prepared.
pub(crate) fn prepared(station: &SyntheticStation) -> Picture {
    let mut s1 = station.recording.channel("s1")?.to_vec();
    s1[3000] += 60.0;
    s1[3130..].iter_mut().for_each(|value| *value -= 80.0);
    s1[3250..3256].fill(f64::NAN);
    let faulty = with_channels(&station.recording, [("s1", s1)])?;
    let after = prepare(&faulty, &PrepareConfig::default(), 0..2400)?.recording;
    let before = faulty.channel("s1")?;
    let lines = [
        days("as recorded", &(&before - before[2880]).to_vec(), 2880..3360),
        days("prepared", &after.channel("s1")?.to_vec(), 2880..3360),
    ];
    chart("A spike, a step and a gap, tides and drift: prepared", ("days", "nanostrain"), &lines)
}
