use super::axis::{Axis, day_of};
use super::chart::{BLUE, Drawn, GREEN, INK, ORANGE, Panel, SKY, VERMILLION, draw, rows};
use super::traces::{table, trace};
use super::{Figure, Subject};
use crate::Result;

/// Steps marked in one panel at most: more would hide the line.
const MOST_STEPS: usize = 100;

/// The four gauges as recorded and as cleaned, with what was learnt from, what was scored, the
/// steps taken out, and the event.
pub(super) fn figure(subject: Subject<'_>) -> Result<Option<Figure>> {
    let Subject { directory, station, .. } = subject;
    let Some(recorded) = table(directory, &station.tables.recorded)? else { return Ok(None) };
    let Some(prepared) = table(directory, &station.tables.prepared)? else { return Ok(None) };
    let mut panels = Vec::new();
    for (gauge, report) in station.prepare.gauges.iter().enumerate() {
        let channel = recorded.channel_index(&report.name)?;
        let steps: Vec<f64> =
            report.steps.iter().take(MOST_STEPS).map(|step| day_of(step.time)).collect();
        let mut push = |what: &str, unit: String, points| {
            let title = format!("{}, {what}", report.name);
            panels.push(Content { title, unit, points, steps: steps.clone() });
        };
        push("recorded", recorded.channels()[channel].unit.to_string(), trace(&recorded, channel));
        if gauge < prepared.channels().len() {
            push("cleaned", "nanostrain".to_owned(), trace(&prepared, gauge));
        }
    }
    let span = [
        day_of(recorded.grid().start()),
        day_of(recorded.grid().end()).max(day_of(subject.scores.event.time)),
    ];
    let title = format!("Station {}: the gauges as recorded and as cleaned", station.id);
    let svg = paint(&title, &panels, span, subject)?;
    let caption = "Each gauge as recorded (blue) and after cleaning (green). Shaded blue: the span \
                   that tide, pressure response and drift were learnt from; shaded orange: the \
                   scored days. Thin orange-red lines: steps taken out. Thick dark line: the event.";
    Ok(Some(Figure { name: "recordings", title, caption: caption.to_owned(), svg }))
}

struct Content {
    title: String,
    unit: String,
    points: Vec<(f64, f64)>,
    steps: Vec<f64>,
}

fn paint(title: &str, panels: &[Content], span: [f64; 2], subject: Subject<'_>) -> Result<String> {
    let last = panels.len().saturating_sub(1);
    let heights: Vec<u32> = (0..panels.len()).map(|i| Panel::height(190, i == last)).collect();
    draw(title, heights.iter().sum(), |area| {
        for (index, (row, content)) in rows(area, &heights).iter().zip(panels).enumerate() {
            paint_one(row, content, index, index == last, span, subject)?;
        }
        Ok(())
    })
}

fn paint_one(
    row: &super::chart::Area<'_>,
    content: &Content,
    index: usize,
    is_last: bool,
    [from, to]: [f64; 2],
    subject: Subject<'_>,
) -> Drawn {
    let key = [(SKY, "learnt from"), (ORANGE, "scored"), (VERMILLION, "step"), (INK, "event")];
    let mut chart = Panel {
        title: &content.title,
        legend: if index == 0 { &key } else { &[] },
        x: Axis::time(from, to),
        y: Axis::around(content.points.iter().map(|p| p.1), 3),
        x_label: if is_last { "UTC" } else { "" },
        y_label: &content.unit,
    }
    .draw(row)?;
    let station = subject.station;
    chart.shade(day_of(station.fit.from), day_of(station.fit.to), SKY, 0.22)?;
    chart.shade(day_of(station.scored.from), day_of(station.scored.to), ORANGE, 0.16)?;
    let color = if index.is_multiple_of(2) { BLUE } else { GREEN };
    chart.line(&content.points, color, 2)?;
    for step in &content.steps {
        chart.vertical(*step, VERMILLION, 2)?;
    }
    chart.vertical(day_of(subject.scores.event.time), INK, 5)
}
