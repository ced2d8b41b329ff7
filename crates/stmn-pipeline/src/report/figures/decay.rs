use sigmoid_stats::PowerLawFit;

use super::Figure;
use super::axis::Axis;
use super::chart::{Chart, Drawn, GREEN, INK, Panel, VERMILLION, draw};
use crate::Result;
use crate::report::number::{fixed, interval, p_value};
use crate::stage::analyze::NetworkResult;

/// Points along a curve.
const POINTS: usize = 200;

/// The excess of one station.
struct Excess {
    id: String,
    distance_km: f64,
    number: f64,
    standard_error: f64,
}

/// Excess of every station against its distance, with the fitted power law; `None` for one station.
pub(super) fn figure(result: &NetworkResult, confidence: Option<f64>) -> Result<Option<Figure>> {
    let stations: Vec<Excess> = result
        .stations
        .iter()
        .filter_map(|station| {
            let excess = &station.primary()?.analysis.excess;
            let known = excess.number.is_finite() && excess.standard_error.is_finite();
            (known && station.distance_km > 0.0).then(|| Excess {
                id: station.id.clone(),
                distance_km: station.distance_km,
                number: excess.number,
                standard_error: excess.standard_error,
            })
        })
        .collect();
    if stations.len() < 2 {
        return Ok(None);
    }
    let title = "Excess counts of the stations against their distance".to_owned();
    let svg = draw(&title, Panel::height(480, true), |area| {
        paint(area, &stations, result.decay.as_ref())
    })?;
    let caption = caption(result.decay.as_ref(), confidence);
    Ok(Some(Figure { name: "decay", title, caption, svg }))
}

fn caption(decay: Option<&PowerLawFit>, confidence: Option<f64>) -> String {
    let points = "Counts above the background in the window before the event, with standard errors";
    let Some(fit) = decay else {
        return format!("{points}. The stations do not allow a fit of the decay.");
    };
    let open = match fit.interval_open {
        [false, false] => "",
        _ => " (open where it ends at the range searched, ±10)",
    };
    let share = confidence.map_or(String::new(), |c| format!("{} % ", fixed(100.0 * c, 0)));
    format!(
        "{points}, and the fitted A·r^(−b): b = {}, {share}interval {}{open}, p of no decay {}. \
         Shaded: the curves whose b lies in that interval, each with its best A.",
        fixed(fit.exponent, 3),
        interval(Some(fit.exponent_interval), 3),
        p_value(fit.p_value)
    )
}

fn paint(area: &super::chart::Area<'_>, stations: &[Excess], decay: Option<&PowerLawFit>) -> Drawn {
    let ends =
        stations.iter().flat_map(|s| [s.number - s.standard_error, s.number + s.standard_error]);
    let farthest = stations.iter().map(|s| s.distance_km).fold(0.0, f64::max);
    let nearest = stations.iter().map(|s| s.distance_km).fold(f64::INFINITY, f64::min);
    let mut chart = Panel {
        title: "excess counts",
        legend: &[(GREEN, "station ± standard error"), (VERMILLION, "power law")],
        x: Axis::linear(0.0, 1.12 * farthest, 8),
        y: Axis::around(ends.chain([0.0]), 5),
        x_label: "distance to the epicentre, km",
        y_label: "samples",
    }
    .draw(area)?;
    if let Some(fit) = decay {
        let distances: Vec<f64> = (0..=POINTS)
            .map(|i| nearest + (1.1 * farthest - nearest) * i as f64 / POINTS as f64)
            .collect();
        let curve = |b: f64, a: f64| distances.iter().map(move |r| (*r, a * r.powf(-b)));
        let [low, high] = fit.exponent_interval.map(|b| curve(b, amplitude(stations, b)));
        let between: Vec<(f64, [f64; 2])> =
            low.zip(high).map(|((r, y), (_, z))| (r, [y.min(z), y.max(z)])).collect();
        chart.band(&between, VERMILLION, 0.15)?;
        let best: Vec<(f64, f64)> = curve(fit.exponent, fit.amplitude).collect();
        chart.line(&best, VERMILLION, 4)?;
    }
    chart.horizontal(0.0, INK, 2)?;
    stations.iter().try_for_each(|station| point(&mut chart, station))
}

/// A of the least squares A·r^(−b), weighted by the standard errors.
fn amplitude(stations: &[Excess], b: f64) -> f64 {
    let (mut product, mut square) = (0.0, 0.0);
    for station in stations {
        let shape = station.distance_km.powf(-b);
        let weight = station.standard_error.powi(-2);
        product += weight * shape * station.number;
        square += weight * shape * shape;
    }
    (product / square).max(0.0)
}

fn point(chart: &mut Chart<'_, '_>, station: &Excess) -> Drawn {
    let Excess { id, distance_km: r, number, standard_error } = station;
    chart.segment([(*r, number - standard_error), (*r, number + standard_error)], GREEN, 4)?;
    chart.dots(&[(*r, *number)], 9, GREEN)?;
    chart.label(&format!("  {id}"), (*r, *number))
}
