use serde::Serialize;
use strain_io::{
    ConsistencyWindow, Earthquakes, GaugeQuality, NoiseSpectrum, QualityConfig, Recording,
    ReferenceRule, StationContext, StationQuality, assess, assess_station_spectra,
    consistency_series,
};

use crate::failure::Failure;

/// Days of a window in which the agreement of the gauges is followed.
pub(super) const WINDOW_DAYS: f64 = 30.0;

/// What four gauges are worth beyond their completeness.
#[derive(Serialize)]
pub(super) struct Figures {
    calibration_alpha: Option<f64>,
    gauges: Vec<GaugeQuality>,
    earthquakes: Option<Earthquakes>,
    pub(super) windows: Vec<ConsistencyWindow>,
    /// Why there are no such figures.
    pub(super) not_assessed: Option<String>,
    #[serde(skip)]
    pub(super) quality: Option<StationQuality>,
}

/// The figures, and the noise spectra of the gauges behind them. A recording that is too short for all of
/// them or has not four gauges is no failure: the rest of the report stands.
pub(super) fn figures(
    recording: &Recording,
    context: &StationContext<'_>,
    config: &QualityConfig,
    rule: &ReferenceRule,
) -> Result<(Figures, Vec<Option<NoiseSpectrum>>), Failure> {
    if assess(recording, config)?.self_consistency.is_none() {
        return Ok((none("it has not four gauges", Vec::new()), Vec::new()));
    }
    let days = WINDOW_DAYS * 86_400.0 / recording.grid().interval_seconds();
    let window = (days.round() as usize).max(1);
    let windows = consistency_series(recording, config, window, window)?;
    let (quality, spectra) = assess_station_spectra(recording, context, config, rule)?;
    // A gauge that has figures has at least this one.
    let assessed = quality.gauges.iter().any(|gauge| gauge.steps_per_year.is_some());
    if let (false, Some(first)) = (assessed, quality.gauges.first()) {
        let why = first.not_assessed.as_deref().unwrap_or("its gauges have no samples");
        return Ok((none(why, windows), Vec::new()));
    }
    let figures = Figures {
        calibration_alpha: quality.calibration_alpha,
        gauges: quality.gauges.clone(),
        earthquakes: quality.earthquakes,
        windows,
        not_assessed: None,
        quality: Some(quality),
    };
    Ok((figures, spectra))
}

fn none(why: &str, windows: Vec<ConsistencyWindow>) -> Figures {
    Figures {
        calibration_alpha: None,
        gauges: Vec::new(),
        earthquakes: None,
        windows,
        not_assessed: Some(why.to_owned()),
        quality: None,
    }
}
