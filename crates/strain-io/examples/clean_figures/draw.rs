use std::error::Error;

use plotters::prelude::*;

const SIZE: (u32, u32) = (800, 300);
const FONT: &str = "sans-serif";
/// Distinct to the colour-blind (Okabe and Ito).
const COLOURS: [RGBColor; 4] =
    [RGBColor(0, 114, 178), RGBColor(213, 94, 0), RGBColor(0, 158, 115), RGBColor(120, 120, 120)];

/// A line of a picture: its name and its points, NaN where it is broken.
pub(crate) struct Line {
    name: &'static str,
    points: Vec<(f64, f64)>,
    dots: bool,
}

impl Line {
    pub(crate) fn new(name: &'static str, points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        Self { name, points: points.into_iter().collect(), dots: false }
    }

    /// The same as dots.
    pub(crate) fn dots(mut self) -> Self {
        self.dots = true;
        self
    }
}

/// A picture of lines, as SVG.
pub(crate) fn chart(
    title: &str,
    axes: (&str, &str),
    lines: &[Line],
) -> Result<String, Box<dyn Error>> {
    let range = |part: fn(&(f64, f64)) -> f64, margin: f64| {
        let all = lines.iter().flat_map(|line| line.points.iter().map(part));
        let (low, high) = all.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), value| {
            if value.is_nan() { (l, h) } else { (l.min(value), h.max(value)) }
        });
        low - margin * (high - low)..high + margin * (high - low)
    };
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        root.fill(&WHITE)?;
        let mut chart = ChartBuilder::on(&root)
            .caption(title, (FONT, 16))
            .margin(8)
            .x_label_area_size(36)
            .y_label_area_size(64)
            .build_cartesian_2d(range(|p| p.0, 0.0), range(|p| p.1, 0.06))?;
        let mut mesh = chart.configure_mesh();
        mesh.max_light_lines(0).x_desc(axes.0).y_desc(axes.1);
        mesh.label_style((FONT, 12)).axis_desc_style((FONT, 12)).draw()?;
        for (line, colour) in lines.iter().zip(COLOURS) {
            let legend = move |(x, y)| PathElement::new([(x, y), (x + 14, y)], colour);
            if line.dots {
                let known = line.points.iter().filter(|point| !point.1.is_nan());
                let dots = known.map(|point| Circle::new(*point, 2, colour.filled()));
                chart.draw_series(dots)?.label(line.name).legend(legend);
                continue;
            }
            // A line each from gap to gap, of which the first stands in the legend.
            let runs = line.points.split(|point| point.1.is_nan()).filter(|run| !run.is_empty());
            for (index, run) in runs.enumerate() {
                let drawn = chart.draw_series(LineSeries::new(run.iter().copied(), colour))?;
                if index == 0 {
                    drawn.label(line.name).legend(legend);
                }
            }
        }
        let mut labels = chart.configure_series_labels();
        labels.background_style(WHITE.mix(0.8)).label_font((FONT, 12)).draw()?;
        root.present()?;
    }
    Ok(svg)
}
