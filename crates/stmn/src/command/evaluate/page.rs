use std::error::Error;

use jiff::civil::Date;
use plotters::prelude::*;
use sigmoid_stats::{Alarm, AlarmDays, Evaluation, ProtocolState};

type Drawn = Result<(), Box<dyn Error + Send + Sync>>;
type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;

const SIZE: (u32, u32) = (900, 780);
/// Digits of the hash on the page.
const DIGITS: usize = 12;
/// Blue, vermillion and grey that colour-blind eyes tell apart.
const CURVE: RGBColor = RGBColor(0, 114, 178);
const EVENT: RGBColor = RGBColor(213, 94, 0);
const GUESS: RGBColor = RGBColor(140, 140, 140);

/// One page: the test span with alarms and events, Molchan's diagram, ROC.
pub(super) fn page(
    evaluation: &Evaluation,
    alarms: &[Alarm],
    events: &[Date],
) -> Result<String, Box<dyn Error + Send + Sync>> {
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        root.fill(&WHITE)?;
        let r = &evaluation.r_value;
        let title = format!(
            "{} of {} events hit, alarms on {:.0} % of the time, R = {:.2} (R0 = {:.2})",
            r.hits,
            r.events,
            100.0 * r.alarm_fraction,
            r.r,
            r.r0
        );
        let root = root.titled(&title, ("sans-serif", 18))?;
        let root = root.titled(&subtitle(evaluation), ("sans-serif", 13))?;
        let (top, bottom) = root.split_vertically(260);
        let (left, right) = bottom.split_horizontally(SIZE.0 as i32 / 2);
        span(&top, evaluation, alarms, events)?;
        molchan(&left, evaluation)?;
        roc(&right, evaluation)?;
        root.present()?;
    }
    Ok(svg)
}

/// The span, and whether the choices were made before it.
fn subtitle(evaluation: &Evaluation) -> String {
    let short = |hash: &str| hash.chars().take(DIGITS).collect::<String>();
    let state = match &evaluation.protocol_state {
        ProtocolState::Frozen { hash, frozen_at } => {
            format!("protocol {} frozen before, at {frozen_at}", short(hash))
        }
        ProtocolState::FrozenLate { hash, frozen_at, span_over } => {
            let when = if *span_over { "after its end" } else { "after its start" };
            format!("protocol {} frozen only {when}, at {frozen_at}", short(hash))
        }
        ProtocolState::ChosenLater { changed } => {
            format!("chosen after freezing: {}", changed.join(", "))
        }
        _ => "no protocol was frozen beforehand".to_owned(),
    };
    let sigmoid_stats::Protocol { first_day, last_day, .. } = &evaluation.protocol;
    format!("{first_day} to {last_day}; {state}")
}

/// Level of each day, events as vertical strokes.
fn span(area: &Area<'_>, evaluation: &Evaluation, alarms: &[Alarm], events: &[Date]) -> Drawn {
    let protocol = &evaluation.protocol;
    let counted: Vec<Alarm> =
        alarms.iter().copied().filter(|a| a.level >= protocol.threshold).collect();
    let days =
        AlarmDays::new(&counted, protocol.first_day, protocol.last_day, protocol.period_days)?;
    let top = days.levels().iter().copied().fold(0.0, f64::max).max(1e-9);
    let mut chart = ChartBuilder::on(area)
        .margin(12)
        .x_label_area_size(36)
        .y_label_area_size(56)
        .build_cartesian_2d(0.0..days.days() as f64, 0.0..1.15 * top)?;
    let first = protocol.first_day;
    chart
        .configure_mesh()
        .disable_mesh()
        .x_desc("UTC day")
        .y_desc("level of the alarm")
        .x_labels(7)
        .x_label_formatter(&|day| {
            let span = jiff::Span::new().try_days(*day as i64).unwrap_or_default();
            first.checked_add(span).map_or_else(|_| String::new(), |day| day.to_string())
        })
        .draw()?;
    chart.draw_series(days.levels().iter().enumerate().filter(|(_, level)| **level > 0.0).map(
        |(day, level)| {
            let corners = [(day as f64, 0.0), (day as f64 + 1.0, *level)];
            Rectangle::new(corners, CURVE.mix(0.4).filled())
        },
    ))?;
    chart.draw_series(events.iter().filter_map(|day| days.index_of(*day)).map(|day| {
        let x = day as f64 + 0.5;
        PathElement::new([(x, 0.0), (x, 1.1 * top)], EVENT.stroke_width(2))
    }))?;
    Ok(())
}

fn molchan(area: &Area<'_>, evaluation: &Evaluation) -> Drawn {
    let molchan = &evaluation.molchan;
    let caption =
        format!("Molchan: area skill {:.2}, p = {:.3}", molchan.area_skill, molchan.area_p_value);
    let points = molchan.points.iter().map(|p| (p.alarm_fraction, p.miss_rate));
    let curve: Vec<(f64, f64)> = std::iter::once((0.0, 1.0)).chain(points).collect();
    unit_square(
        area,
        &caption,
        ["alarm-time fraction", "miss rate"],
        &curve,
        [(0.0, 1.0), (1.0, 0.0)],
    )
}

fn roc(area: &Area<'_>, evaluation: &Evaluation) -> Drawn {
    let roc = &evaluation.roc;
    let caption = match evaluation.auc_interval {
        Some([low, high]) => format!("ROC of days: AUC {:.2} ({low:.2} to {high:.2})", roc.auc),
        None => format!("ROC of days: AUC {:.2}", roc.auc),
    };
    let points = roc.points.iter().map(|p| (p.false_positive_rate, p.true_positive_rate));
    let curve: Vec<(f64, f64)> = std::iter::once((0.0, 0.0)).chain(points).collect();
    let names = ["false positive rate", "true positive rate"];
    unit_square(area, &caption, names, &curve, [(0.0, 0.0), (1.0, 1.0)])
}

fn unit_square(
    area: &Area<'_>,
    caption: &str,
    names: [&str; 2],
    curve: &[(f64, f64)],
    guess: [(f64, f64); 2],
) -> Drawn {
    let mut chart = ChartBuilder::on(area)
        .margin(12)
        .caption(caption, ("sans-serif", 15))
        .x_label_area_size(40)
        .y_label_area_size(50)
        .build_cartesian_2d(0.0..1.0, 0.0..1.0)?;
    chart.configure_mesh().disable_mesh().x_desc(names[0]).y_desc(names[1]).draw()?;
    chart.draw_series([PathElement::new(guess, GUESS.stroke_width(1))])?;
    chart.draw_series([PathElement::new(curve.to_vec(), CURVE.stroke_width(2))])?;
    chart.draw_series(curve.iter().map(|at| Circle::new(*at, 3, CURVE.filled())))?;
    Ok(())
}
