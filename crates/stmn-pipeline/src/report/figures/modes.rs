use vmd::SegmentMode;

use super::axis::Axis;
use super::chart::{BLUE, Panel, draw, rows};
use super::traces::{CLOSE_UP_DAYS, any_value, close_up, table, trace, within};
use super::{Figure, Subject};
use crate::Result;

/// The kept modes of the first gauge over the last days before the event.
pub(super) fn figure(subject: Subject<'_>) -> Result<Option<Figure>> {
    let station = subject.station;
    let Some(modes) = table(subject.directory, &station.tables.modes)? else { return Ok(None) };
    let kept = (modes.channels().len() / 4).max(1);
    let span = close_up(&subject);
    let periods = &station.modes.median_period_hours;
    let panels: Vec<(String, Vec<(f64, f64)>)> = (0..kept)
        .map(|mode| {
            let name = &modes.channels()[mode].name;
            let title = match periods.get(mode) {
                Some(hours) if *hours > 0.0 => format!("{name}, typical period {hours:.1} h"),
                _ => name.clone(),
            };
            (title, within(trace(&modes, mode), span))
        })
        .collect();
    if !panels.iter().any(|(_, points)| any_value(points)) {
        return Ok(None);
    }
    let title = format!("Station {}: kept modes of the first gauge before the event", station.id);
    let last = kept - 1;
    let heights: Vec<u32> = (0..kept).map(|i| Panel::height(220, i == last)).collect();
    let svg = draw(&title, heights.iter().sum(), |area| {
        for (index, (row, (name, points))) in rows(area, &heights).iter().zip(&panels).enumerate() {
            let mut chart = Panel {
                title: name,
                legend: &[],
                x: Axis::time(span[0], span[1]),
                y: Axis::around(points.iter().map(|p| p.1), 3),
                x_label: if index == last { "UTC" } else { "" },
                y_label: "nanostrain",
            }
            .draw(row)?;
            chart.line(points, BLUE, 3)?;
        }
        Ok(())
    })?;
    let windows = match subject.scores.method.decompose.mode {
        SegmentMode::Causal => "Each day's modes come from a window that ends with that day.",
        _ => "Windows are cross-faded, so that a day's modes have seen later days.",
    };
    let caption = format!(
        "What the network is given: the kept modes of one gauge over the {CLOSE_UP_DAYS} days \
         before the event, which is the right edge. {windows}"
    );
    Ok(Some(Figure { name: "modes", title, caption, svg }))
}
