use std::error::Error;

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::figure::{Content, Figure, Marks, Matrix, Panel, Role};

type Drawn<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;
type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

const WIDTH: u32 = 900;
const PANEL_HEIGHT: u32 = 240;
/// A line of more points is thinned to the least and the largest of as many stretches.
const STRETCHES: usize = 1000;
/// A matrix with more lines than that is shades alone.
const MOST_LABELLED: usize = 20;

// Blue, orange, green and vermillion that colour-blind eyes tell apart.
fn color(role: Role) -> RGBColor {
    match role {
        Role::Observed => RGBColor(0, 114, 178),
        Role::Expected => RGBColor(230, 159, 0),
        Role::Truth => RGBColor(0, 158, 115),
        Role::Alarm => RGBColor(213, 94, 0),
    }
}

const GREY: RGBColor = RGBColor(130, 130, 130);

/// Draws a figure as an SVG document.
pub(super) fn draw(figure: &Figure) -> Drawn<String> {
    let panels = match &figure.content {
        Content::Panels(panels) => panels.len().max(1) as u32,
        Content::Matrix(_) => 2,
    };
    let mut svg = String::new();
    {
        let size = (WIDTH, 40 + panels * PANEL_HEIGHT);
        let root = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        root.fill(&WHITE)?;
        let root = root.titled(&figure.title, ("sans-serif", 18))?;
        match &figure.content {
            Content::Panels(panels) => {
                for (area, panel) in root.split_evenly((panels.len().max(1), 1)).iter().zip(panels)
                {
                    draw_panel(area, panel)?;
                }
            }
            Content::Matrix(matrix) => draw_matrix(&root, matrix)?,
        }
        root.present()?;
    }
    Ok(svg)
}

/// A range that holds every finite value, with a margin.
fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let finite = values.filter(|value| value.is_finite());
    let (low, high) =
        finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
    if low > high {
        return (0.0, 1.0);
    }
    let margin = (0.05 * (high - low)).max(1e-9 * high.abs().max(1e-3));
    (low - margin, high + margin)
}

fn draw_panel(area: &Area<'_>, panel: &Panel) -> Drawn {
    let points = || panel.lines.iter().chain(&panel.dots).flat_map(|marks| &marks.points);
    let (left, right) = range(points().map(|point| point.0));
    let (low, high) = range(points().map(|point| point.1).chain(panel.level));
    let mut chart = ChartBuilder::on(area)
        .margin(10)
        .margin_right(24)
        .caption(&panel.title, ("sans-serif", 15))
        .x_label_area_size(36)
        .y_label_area_size(64)
        .build_cartesian_2d(left..right, low..high)?;
    for [from, to] in &panel.shaded {
        let corners = [(from - 0.5, low), (to + 0.5, high)];
        chart.draw_series([Rectangle::new(corners, color(Role::Alarm).mix(0.15).filled())])?;
    }
    chart
        .configure_mesh()
        .disable_mesh()
        .x_desc(panel.x_label)
        .y_desc(&panel.y_label)
        .x_labels(6)
        .y_labels(5)
        .x_label_formatter(&|row| panel.place(*row))
        .draw()?;
    if let Some(level) = panel.level {
        let ends = [(left, level), (right, level)];
        chart.draw_series([PathElement::new(ends, GREY.stroke_width(1))])?;
    }
    for Marks { role, points, .. } in &panel.lines {
        let style = color(*role).stroke_width(2);
        chart.draw_series(runs(points).into_iter().map(|run| PathElement::new(run, style)))?;
    }
    for Marks { role, points, .. } in &panel.dots {
        let finite = points.iter().filter(|point| point.1.is_finite());
        chart.draw_series(finite.map(|at| Circle::new(*at, 3, color(*role).filled())))?;
    }
    draw_names(area, panel)
}

/// What the colours mean, beside the title: above the axes nothing is hidden.
fn draw_names(area: &Area<'_>, panel: &Panel) -> Drawn {
    let style = ("sans-serif", 13).into_font().color(&BLACK);
    let mut left = WIDTH as i32 - 24;
    for marks in panel.dots.iter().rev().chain(panel.lines.iter().rev()) {
        // The width of a text is not known without its font.
        left -= 8 * marks.name.chars().count() as i32 + 34;
        let swatch = [(left, 16), (left + 14, 20)];
        area.draw(&Rectangle::new(swatch, color(marks.role).filled()))?;
        area.draw_text(marks.name, &style, (left + 20, 11))?;
    }
    Ok(())
}

/// A line's pieces between missing values, long ones thinned.
fn runs(points: &[(f64, f64)]) -> Vec<Vec<(f64, f64)>> {
    let step = points.len().div_ceil(STRETCHES).max(1);
    points
        .split(|point| !point.1.is_finite())
        .filter(|run| !run.is_empty())
        .map(|run| match step {
            1 | 2 => run.to_vec(),
            _ => run.chunks(step).flat_map(extremes).collect(),
        })
        .collect()
}

/// The least and the largest point of a stretch, in their order.
fn extremes(stretch: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let by = |a: &&(f64, f64), b: &&(f64, f64)| a.1.total_cmp(&b.1);
    let ends = [stretch.iter().min_by(by), stretch.iter().max_by(by)];
    let mut ends: Vec<(f64, f64)> = ends.into_iter().flatten().copied().collect();
    ends.sort_by(|a, b| a.0.total_cmp(&b.0));
    ends.dedup();
    ends
}

fn draw_matrix(area: &Area<'_>, matrix: &Matrix) -> Drawn {
    let (rows, columns) = matrix.shares.dim();
    let mut chart = ChartBuilder::on(area)
        .margin(12)
        .margin_right(30)
        .x_label_area_size(44)
        .y_label_area_size(110)
        .build_cartesian_2d(-0.5..columns as f64 - 0.5, -0.5..rows as f64 - 0.5)?;
    let name = |names: &[String], at: f64| -> String {
        let whole = (at - at.round()).abs() < 1e-6 && at > -0.25;
        let named = names.get(at.round() as usize).filter(|_| whole);
        named.cloned().unwrap_or_default()
    };
    // Rows are read from the top.
    let below: Vec<String> = matrix.rows.iter().rev().cloned().collect();
    chart
        .configure_mesh()
        .disable_mesh()
        .x_desc(matrix.x_label)
        .y_desc(matrix.y_label)
        .x_labels(2 * columns + 1)
        .y_labels(2 * rows.min(40) + 1)
        .x_label_formatter(&|at| name(&matrix.columns, *at))
        .y_label_formatter(&|at| name(&below, *at))
        .draw()?;
    for ((row, column), share) in matrix.shares.indexed_iter() {
        let (x, y) = (column as f64, (rows - 1 - row) as f64);
        let corners = [(x - 0.5, y - 0.5), (x + 0.5, y + 0.5)];
        // Not so dark that what stands in it cannot be read.
        let shade = color(Role::Observed).mix(0.7 * share.clamp(0.0, 1.0)).filled();
        chart.draw_series([Rectangle::new(corners, shade)])?;
        if rows <= MOST_LABELLED && columns <= MOST_LABELLED {
            let style = ("sans-serif", 13).into_text_style(area).color(&BLACK);
            let style = style.pos(Pos::new(HPos::Center, VPos::Center));
            chart.draw_series([Text::new(format!("{:.0} %", 100.0 * share), (x, y), style)])?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_at_gaps_and_long_ones_keep_their_extremes() {
        let nan = f64::NAN;
        let short = runs(&[(0.0, 1.0), (1.0, nan), (2.0, 3.0), (3.0, 4.0)]);
        assert_eq!(short, [vec![(0.0, 1.0)], vec![(2.0, 3.0), (3.0, 4.0)]]);
        let mut long: Vec<(f64, f64)> = (0..10_000).map(|i| (f64::from(i), 0.0)).collect();
        (long[777].1, long[4321].1) = (5.0, -3.0);
        let thin = runs(&long).concat();
        assert!(thin.len() <= 2 * STRETCHES);
        assert!(thin.contains(&(777.0, 5.0)) && thin.contains(&(4321.0, -3.0)));
    }

    #[test]
    fn what_has_no_extent_can_be_drawn() {
        let empty = Figure { title: "a".to_owned(), content: Content::Panels(Vec::new()) };
        assert!(draw(&empty).unwrap().contains("</svg>"));
        let lines = vec![Marks::new("x", Role::Observed, vec![(3.0, 2.0), (4.0, f64::NAN)])];
        let panel = Panel { lines, ..Panel::default() };
        let flat = Figure { title: "a".to_owned(), content: Content::Panels(vec![panel]) };
        assert!(draw(&flat).unwrap().contains("</svg>"));
    }
}
