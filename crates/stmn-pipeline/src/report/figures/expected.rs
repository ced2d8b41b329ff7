use super::axis::Axis;
use super::chart::{BLUE, Chart, Drawn, GREY, ORANGE, Panel, SKY, VERMILLION, draw, rows};
use super::traces::{any_value, averaged, close_up, table, trace, within};
use super::{Figure, Subject};
use crate::Result;
use crate::config::{BoundKind, DetectConfig, ModeFeatures};
use crate::report::number::significant;

/// One feature, the first gauge's first: observed and expected, and what is left.
struct Content {
    feature: String,
    span: [f64; 2],
    observed: Vec<(f64, f64)>,
    expected: Vec<(f64, f64)>,
    residual: Vec<(f64, f64)>,
    /// Lowest and highest residual inside, in each part of the UTC day.
    bounds: Vec<[f64; 2]>,
}

impl Content {
    /// The bounds at a time, days since 1970.
    fn bounds_at(&self, day: f64) -> [f64; 2] {
        let parts = self.bounds.len();
        // A sample just before a part's first moment is that moment, rounded.
        let part = ((day.rem_euclid(1.0) + 1e-6) * parts as f64) as usize % parts;
        self.bounds[part]
    }
}

/// What the network expected of one feature over the last days before the event, and the residual
/// with its bounds.
pub(super) fn figure(subject: Subject<'_>) -> Result<Option<Figure>> {
    let Some(content) = content(&subject)? else { return Ok(None) };
    let station = &subject.station.id;
    let title = format!("Station {station}: {} expected and observed", content.feature);
    let heights = [Panel::height(300, false), Panel::height(260, true)];
    let svg = draw(&title, heights.iter().sum(), |area| {
        let rows = rows(area, &heights);
        paint_values(&rows[0], &content)?;
        paint_residual(&rows[1], &content)
    })?;
    let caption = format!(
        "Above: {} as observed (blue) and as the network expected it (orange). Below: their \
         difference with its bounds of {}; samples outside (orange-red) are \
         what is counted. One feature of {}, chosen by its place in the list, not by what it shows.",
        content.feature,
        words(&content.bounds, &subject.scores.method.detect),
        subject.scores.trained.normalization.features.len(),
    );
    Ok(Some(Figure { name: "expected", title, caption, svg }))
}

/// The bounds, in nanostrain.
fn words(bounds: &[[f64; 2]], config: &DetectConfig) -> String {
    match (bounds, config.bounds) {
        ([[_, high]], BoundKind::Sigma) => {
            format!("±{} nanostrain ({} σe)", significant(*high, 3), config.z_alpha)
        }
        ([[low, high]], _) => {
            format!("{} to {} nanostrain", significant(*low, 3), significant(*high, 3))
        }
        (parts, _) => format!("{} σe of each of {} parts of the day", config.z_alpha, parts.len()),
    }
}

fn content(subject: &Subject<'_>) -> Result<Option<Content>> {
    let Subject { directory, scores, station, .. } = *subject;
    let Some(modes) = table(directory, &station.tables.modes)? else { return Ok(None) };
    let reconstruction = table(directory, &station.tables.reconstruction)?;
    let Some(reconstruction) = reconstruction else { return Ok(None) };
    let normalization = &scores.trained.normalization;
    let (Some(mean), Some(scale)) =
        (normalization.mean.first(), normalization.standard_deviation.first())
    else {
        return Ok(None);
    };
    // Series 0 is all gauges together, then come the gauges.
    let Some(gauge) = station.series.get(1) else { return Ok(None) };
    let Some(sigma) = gauge.sigma.first() else { return Ok(None) };
    let half = scores.method.detect.z_alpha * sigma;
    let bounds = gauge.bounds.first().filter(|parts| !parts.is_empty()).cloned();
    let span = close_up(subject);
    let expected: Vec<(f64, f64)> =
        trace(&reconstruction, 0).into_iter().map(|(day, z)| (day, z * scale + mean)).collect();
    let summed = match scores.method.model.modes {
        ModeFeatures::Separate => 1,
        ModeFeatures::Summed => scores.method.decompose.keep.len(),
    };
    let mut means = averaged(&modes, &reconstruction, 0);
    for column in 1..summed {
        let more = averaged(&modes, &reconstruction, column);
        means.iter_mut().zip(more).for_each(|(sum, value)| *sum += value);
    }
    let observed: Vec<(f64, f64)> =
        expected.iter().zip(&means).map(|((day, _), value)| (*day, *value)).collect();
    let mut residual: Vec<(f64, f64)> =
        expected.iter().zip(&means).map(|((day, e), value)| (*day, value - e)).collect();
    // What is not counted is not shown either.
    for known in &station.interference {
        let rows = known.means(modes.grid(), reconstruction.grid());
        residual[rows].iter_mut().for_each(|(_, value)| *value = f64::NAN);
    }
    let residual = within(residual, span);
    Ok(any_value(&residual).then(|| Content {
        feature: normalization.features.first().cloned().unwrap_or_default(),
        span,
        observed: within(observed, span),
        expected: within(expected, span),
        residual,
        bounds: bounds.unwrap_or_else(|| vec![[-half, half]]),
    }))
}

fn paint_values(row: &super::chart::Area<'_>, content: &Content) -> Drawn {
    let both = content.observed.iter().chain(&content.expected).map(|p| p.1);
    let mut chart = Panel {
        title: &content.feature,
        legend: &[(BLUE, "observed"), (ORANGE, "expected")],
        x: Axis::time(content.span[0], content.span[1]),
        y: Axis::around(both, 4),
        x_label: "",
        y_label: "nanostrain",
    }
    .draw(row)?;
    chart.line(&content.observed, BLUE, 3)?;
    chart.line(&content.expected, ORANGE, 3)
}

fn paint_residual(row: &super::chart::Area<'_>, content: &Content) -> Drawn {
    let ends = content.bounds.iter().flatten().copied();
    let mut chart = Panel {
        title: "observed − expected",
        legend: &[(SKY, "within bounds"), (VERMILLION, "outside")],
        x: Axis::time(content.span[0], content.span[1]),
        y: Axis::around(content.residual.iter().map(|p| p.1).chain(ends), 4),
        x_label: "UTC",
        y_label: "nanostrain",
    }
    .draw(row)?;
    paint_bounds(&mut chart, content)?;
    chart.line(&content.residual, GREY, 2)?;
    let is_outside = |(day, value): &(f64, f64)| {
        let [low, high] = content.bounds_at(*day);
        *value < low || *value > high
    };
    let outside: Vec<(f64, f64)> = content.residual.iter().copied().filter(is_outside).collect();
    chart.dots(&outside, 6, VERMILLION)
}

fn paint_bounds(chart: &mut Chart<'_, '_>, content: &Content) -> Drawn {
    if let [[low, high]] = content.bounds[..] {
        chart.band(&content.span.map(|day| (day, [low, high])), SKY, 0.25)?;
        chart.horizontal(high, SKY, 2)?;
        return chart.horizontal(low, SKY, 2);
    }
    let band: Vec<(f64, [f64; 2])> =
        content.residual.iter().map(|(day, _)| (*day, content.bounds_at(*day))).collect();
    chart.band(&band, SKY, 0.25)?;
    for end in [1, 0] {
        let line: Vec<(f64, f64)> = band.iter().map(|(day, bounds)| (*day, bounds[end])).collect();
        chart.line(&line, SKY, 2)?;
    }
    Ok(())
}
