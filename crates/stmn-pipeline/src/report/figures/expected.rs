use super::axis::Axis;
use super::chart::{BLUE, Chart, Drawn, GREY, ORANGE, Panel, SKY, VERMILLION, draw, rows};
use super::traces::{any_value, averaged, close_up, table, trace, within};
use super::{Figure, Subject};
use crate::Result;
use crate::config::ModeFeatures;
use crate::report::number::significant;

/// One feature, the first gauge's first: observed and expected, and what is left.
struct Content {
    feature: String,
    span: [f64; 2],
    observed: Vec<(f64, f64)>,
    expected: Vec<(f64, f64)>,
    residual: Vec<(f64, f64)>,
    bound: f64,
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
    let z = subject.scores.method.detect.z_alpha;
    let caption = format!(
        "Above: {} as observed (blue) and as the network expected it (orange). Below: their \
         difference with its bounds of ±{} nanostrain ({z} σe); samples outside (orange-red) are \
         what is counted. One feature of {}, chosen by its place in the list, not by what it shows.",
        content.feature,
        significant(content.bound, 3),
        subject.scores.trained.normalization.features.len(),
    );
    Ok(Some(Figure { name: "expected", title, caption, svg }))
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
    let Some(sigma) = station.series.get(1).and_then(|gauge| gauge.sigma.first()) else {
        return Ok(None);
    };
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
    let residual: Vec<(f64, f64)> =
        expected.iter().zip(&means).map(|((day, e), value)| (*day, value - e)).collect();
    let residual = within(residual, span);
    Ok(any_value(&residual).then(|| Content {
        feature: normalization.features.first().cloned().unwrap_or_default(),
        span,
        observed: within(observed, span),
        expected: within(expected, span),
        residual,
        bound: scores.method.detect.z_alpha * sigma,
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
    let bound = content.bound;
    let ends = [-bound, bound].into_iter();
    let mut chart = Panel {
        title: "observed − expected",
        legend: &[(SKY, "within bounds"), (VERMILLION, "outside")],
        x: Axis::time(content.span[0], content.span[1]),
        y: Axis::around(content.residual.iter().map(|p| p.1).chain(ends), 4),
        x_label: "UTC",
        y_label: "nanostrain",
    }
    .draw(row)?;
    let span = content.span;
    chart.band(&span.map(|day| (day, [-bound, bound])), SKY, 0.25)?;
    bounds(&mut chart, bound)?;
    chart.line(&content.residual, GREY, 2)?;
    let outside: Vec<(f64, f64)> =
        content.residual.iter().copied().filter(|(_, value)| value.abs() > bound).collect();
    chart.dots(&outside, 6, VERMILLION)
}

fn bounds(chart: &mut Chart<'_, '_>, bound: f64) -> Drawn {
    chart.horizontal(bound, SKY, 2)?;
    chart.horizontal(-bound, SKY, 2)
}
