use plotters::backend::SVGBackend;
use plotters::chart::{ChartBuilder, ChartContext, LabelAreaPosition};
use plotters::coord::Shift;
use plotters::coord::cartesian::Cartesian2d;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind, IntoDrawingArea};
use plotters::element::{PathElement, Polygon, Rectangle};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{
    Color, FontStyle, FontTransform, IntoFont, RGBColor, ShapeStyle, TextStyle, WHITE,
};

use super::axis::Axis;
use super::envelope::envelope;
use super::svg::accessible;
use crate::{PipelineError, Result};

/// Width of every figure, in half pixels: `plotters` draws whole units, and half a pixel is fine
/// enough for a smooth curve.
pub(super) const WIDTH: u32 = 1600;
/// Columns of time that a line is thinned to.
pub(super) const COLUMNS: usize = 700;

// Okabe and Ito's palette, which the colour-blind can tell apart.
pub(super) const BLUE: RGBColor = RGBColor(0, 114, 178);
pub(super) const VERMILLION: RGBColor = RGBColor(213, 94, 0);
pub(super) const GREEN: RGBColor = RGBColor(0, 158, 115);
pub(super) const ORANGE: RGBColor = RGBColor(230, 159, 0);
pub(super) const SKY: RGBColor = RGBColor(86, 180, 233);
pub(super) const INK: RGBColor = RGBColor(34, 34, 34);
pub(super) const GREY: RGBColor = RGBColor(130, 130, 130);
const GRID: RGBColor = RGBColor(225, 225, 225);

/// Sizes in half pixels.
const TITLE_HEIGHT: i32 = 40;
const LEFT: i32 = 170;
const BOTTOM: i32 = 84;
const LABEL: i32 = 28;

pub(super) type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
pub(super) type Drawn<T = ()> = Result<T, DrawingAreaErrorKind<std::io::Error>>;

/// Draws a figure of the given height and returns it as an SVG document titled `title`.
pub(super) fn draw(
    title: &str,
    height: u32,
    paint: impl FnOnce(&Area<'_>) -> Drawn,
) -> Result<String> {
    let mut drawn = String::new();
    {
        let area = SVGBackend::with_string(&mut drawn, (WIDTH, height)).into_drawing_area();
        area.fill(&WHITE).and_then(|()| paint(&area)).and_then(|()| area.present()).map_err(
            |error| PipelineError::Figure { figure: title.to_owned(), problem: error.to_string() },
        )?;
    }
    Ok(accessible(&drawn, title, WIDTH, height))
}

/// Cuts an area into rows of these heights.
pub(super) fn rows<'a>(area: &Area<'a>, heights: &[u32]) -> Vec<Area<'a>> {
    let mut rest = area.clone();
    let mut rows = Vec::new();
    for height in heights {
        let (row, below) = rest.split_vertically(*height as i32);
        rows.push(row);
        rest = below;
    }
    rows
}

/// A pair of axes with a heading, and what its colours mean.
pub(super) struct Panel<'t> {
    pub(super) title: &'t str,
    pub(super) legend: &'t [(RGBColor, &'t str)],
    pub(super) x: Axis,
    pub(super) y: Axis,
    /// Empty: the panel below carries the labels of the common axis.
    pub(super) x_label: &'t str,
    pub(super) y_label: &'t str,
}

/// Axes that have been drawn.
pub(super) struct Chart<'a, 'b> {
    context: ChartContext<'a, SVGBackend<'b>, Cartesian2d<Axis, Axis>>,
    x: [f64; 2],
    y: [f64; 2],
}

impl Panel<'_> {
    pub(super) fn height(inner: u32, labelled: bool) -> u32 {
        inner + TITLE_HEIGHT as u32 + 20 + if labelled { BOTTOM as u32 } else { 0 }
    }

    pub(super) fn draw<'a, 'b>(self, area: &'a Area<'b>) -> Drawn<Chart<'a, 'b>> {
        self.heading(area)?;
        let (x, y) = ([self.x.from, self.x.to], [self.y.from, self.y.to]);
        let mut context = ChartBuilder::on(area)
            .margin_top(TITLE_HEIGHT)
            .margin_right(30)
            .margin_bottom(20)
            .set_label_area_size(LabelAreaPosition::Left, LEFT)
            .set_label_area_size(
                LabelAreaPosition::Bottom,
                if self.x_label.is_empty() { 0 } else { BOTTOM },
            )
            .build_cartesian_2d(self.x, self.y)?;
        context
            .configure_mesh()
            .bold_line_style(GRID)
            .light_line_style(WHITE.mix(0.0))
            .axis_style(GREY)
            .label_style(text(LABEL))
            .axis_desc_style(text(LABEL))
            .x_desc(self.x_label)
            .y_desc(self.y_label)
            .draw()?;
        Ok(Chart { context, x, y })
    }

    fn heading(&self, area: &Area<'_>) -> Drawn {
        let bold = TextStyle::from(("sans-serif", 30, FontStyle::Bold).into_font()).color(&INK);
        area.draw_text(self.title, &bold.pos(Pos::new(HPos::Left, VPos::Top)), (LEFT, 6))?;
        // The width of a text is not known without its font; a sans-serif letter is about half as
        // wide as it is high.
        let width = |text: &str| 13 * text.chars().count() as i32 + 66;
        let total: i32 = self.legend.iter().map(|(_, text)| width(text)).sum();
        let mut left = WIDTH as i32 - 10 - total;
        for (color, entry) in self.legend {
            let swatch = [(left, 14), (left + 28, 28)];
            area.draw(&Rectangle::new(swatch, color.filled()))?;
            area.draw_text(entry, &text(LABEL), (left + 36, 8))?;
            left += width(entry);
        }
        Ok(())
    }
}

fn text(size: i32) -> TextStyle<'static> {
    TextStyle::from(("sans-serif", size).into_font()).color(&INK)
}

impl Chart<'_, '_> {
    /// A line, thinned to what can be seen and broken where values are missing.
    pub(super) fn line(&mut self, points: &[(f64, f64)], color: RGBColor, width: u32) -> Drawn {
        let [from, to] = self.x;
        let visible: Vec<(f64, f64)> =
            points.iter().copied().filter(|(x, _)| (from..=to).contains(x)).collect();
        let style = color.stroke_width(width);
        for run in envelope(&visible, COLUMNS) {
            self.context.draw_series([PathElement::new(run, style)])?;
        }
        Ok(())
    }

    /// A filled area between a lower and an upper line over the same rising `x`.
    pub(super) fn band(
        &mut self,
        band: &[(f64, [f64; 2])],
        color: RGBColor,
        opacity: f64,
    ) -> Drawn {
        let upper = band.iter().map(|(x, [_, high])| (*x, self.inside(*high)));
        let lower = band.iter().rev().map(|(x, [low, _])| (*x, self.inside(*low)));
        let outline: Vec<(f64, f64)> = upper.chain(lower).collect();
        self.context.draw_series([Polygon::new(outline, color.mix(opacity))])?;
        Ok(())
    }

    fn inside(&self, y: f64) -> f64 {
        y.clamp(self.y[0], self.y[1])
    }

    /// The full height of the panel from `from` to `to`.
    pub(super) fn shade(&mut self, from: f64, to: f64, color: RGBColor, opacity: f64) -> Drawn {
        let (from, to) = (from.max(self.x[0]), to.min(self.x[1]));
        if from >= to {
            return Ok(());
        }
        self.rectangle([(from, self.y[0]), (to, self.y[1])], color.mix(opacity).filled())
    }

    /// A rectangle from zero, as of a histogram.
    pub(super) fn bar(&mut self, from: f64, to: f64, height: f64, color: RGBColor) -> Drawn {
        self.rectangle([(from, 0.0), (to, self.inside(height))], color.filled())
    }

    fn rectangle(&mut self, corners: [(f64, f64); 2], style: ShapeStyle) -> Drawn {
        self.context.draw_series([Rectangle::new(corners, style)])?;
        Ok(())
    }

    /// A line over the full height of the panel.
    pub(super) fn vertical(&mut self, x: f64, color: RGBColor, width: u32) -> Drawn {
        if !(self.x[0]..=self.x[1]).contains(&x) {
            return Ok(());
        }
        let [low, high] = self.y;
        self.segment([(x, low), (x, high)], color, width)
    }

    /// A line over the full width of the panel.
    pub(super) fn horizontal(&mut self, y: f64, color: RGBColor, width: u32) -> Drawn {
        if !(self.y[0]..=self.y[1]).contains(&y) {
            return Ok(());
        }
        let [from, to] = self.x;
        self.segment([(from, y), (to, y)], color, width)
    }

    /// A straight piece.
    pub(super) fn segment(&mut self, ends: [(f64, f64); 2], color: RGBColor, width: u32) -> Drawn {
        self.context.draw_series([PathElement::new(ends.to_vec(), color.stroke_width(width))])?;
        Ok(())
    }

    /// Dots of the given radius.
    pub(super) fn dots(&mut self, points: &[(f64, f64)], radius: u32, color: RGBColor) -> Drawn {
        let dot = |point: &(f64, f64)| {
            plotters::element::Circle::new(*point, radius as i32, color.filled())
        };
        self.context.draw_series(points.iter().map(dot))?;
        Ok(())
    }

    /// A short text whose lower left corner is at a point.
    pub(super) fn label(&mut self, label: &str, at: (f64, f64)) -> Drawn {
        let style = text(LABEL).pos(Pos::new(HPos::Left, VPos::Bottom));
        let style = style.transform(FontTransform::None);
        let label = plotters::element::Text::new(label.to_owned(), at, style);
        self.context.draw_series([label])?;
        Ok(())
    }
}
