use std::error::Error;

use jiff::{SignedDuration, Timestamp};
use strain_io::{
    Catalogue, Clusters, Event, GardnerKnopoff, NearestNeighbour, completeness_max_curvature,
    decluster_gardner_knopoff, decluster_nearest_neighbour,
};

use super::draw::{Line, chart};

type Picture = Result<String, Box<dyn Error>>;

/// Evenly spread numbers in 0..1 that look like drawn ones: multiples of an irrational one.
fn spread(index: u32, of: f64) -> f64 {
    (f64::from(index + 1) * of).fract()
}

/// Reciprocals of the plastic number and of its square, which fill a plane, and of the golden ratio.
const PLANE: [f64; 2] = [0.754_877_666_246_692_8, 0.569_840_290_998_053_2];
const GOLDEN: f64 = 0.618_033_988_749_894_9;

/// 300 events over ten years, and eight of magnitude 6 with 40 aftershocks each within days.
fn clustered() -> Result<Catalogue, Box<dyn Error>> {
    let start: Timestamp = "2000-01-01T00:00:00Z".parse()?;
    let event = |hours: f64, place: [f64; 2], magnitude: f64| {
        let time = start + SignedDuration::from_secs((hours * 3600.0) as i64);
        Event::new(time, 25.0 + 9.0 * place[0], 97.0 + 10.0 * place[1], magnitude)
    };
    let place = |index: u32| PLANE.map(|of| spread(index, of));
    let mut events: Vec<Event> =
        (0..300).map(|index| event(87_600.0 * spread(index, GOLDEN), place(index), 3.5)).collect();
    for main in 0..8 {
        let (hours, at) = (80_000.0 * spread(main, GOLDEN) + 3000.0, place(700 + main));
        events.push(event(hours, at, 6.0));
        for index in 40 * main..40 * main + 40 {
            let later = hours + 0.5 + 200.0 * spread(index, GOLDEN).powi(3);
            let near = place(index);
            let at = [0, 1].map(|axis| at[axis] + 0.003 * (near[axis] - 0.5));
            events.push(event(later, at, 3.5));
        }
    }
    Ok(Catalogue::new(events))
}

/// Numbers of events over time: all of them, and the main shocks by both methods.
pub(crate) fn declustering() -> Picture {
    let catalogue = clustered()?;
    let windows = decluster_gardner_knopoff(&catalogue, &GardnerKnopoff::default())?;
    let nearest = decluster_nearest_neighbour(&catalogue, &NearestNeighbour::default())?.clusters;
    let mut order: Vec<usize> = (0..catalogue.events().len()).collect();
    order.sort_by_key(|&index| catalogue.events()[index].time);
    let start = catalogue.events()[order[0]].time;
    let line = |name, clusters: Option<&Clusters>| {
        let main = |index: &usize| clusters.is_none_or(|clusters| clusters.is_main(*index));
        let days = |index: usize| {
            catalogue.events()[index].time.duration_since(start).as_secs_f64() / 86_400.0
        };
        let all: Vec<usize> = order.iter().copied().filter(main).collect();
        let points =
            all.iter().enumerate().map(|(n, &index)| (days(index) / 365.25, n as f64 + 1.0));
        Line::new(name, points.step_by(3))
    };
    let planted = (0..=1).map(|end| (10.0 * f64::from(end), 308.0 * f64::from(end)));
    let lines = [
        line("all events", None),
        line("main shocks, Gardner and Knopoff", Some(&windows)),
        line("main shocks, nearest neighbours", Some(&nearest)),
        Line::new("planted main shocks", planted),
    ];
    chart("Aftershocks taken out of a catalogue", ("years", "events until then"), &lines)
}

/// The numbers by magnitude of a catalogue that sees fewer and fewer below 3, and the law from the
/// magnitude of completeness on.
pub(crate) fn completeness() -> Picture {
    let events = (0..30_000).filter_map(|index| {
        let exact = 1.95 - (1.0 - spread(index, PLANE[0])).log10();
        let magnitude = (exact * 10.0).round() / 10.0;
        let seen = if magnitude > 2.95 { 1.0 } else { 10_f64.powf(1.5 * (magnitude - 3.0)) };
        let event = Event::new(Timestamp::UNIX_EPOCH, 30.0, 100.0, magnitude);
        (spread(index, PLANE[1]) < seen).then_some(event)
    });
    let catalogue = Catalogue::new(events.collect());
    let found = completeness_max_curvature(&catalogue, 0.1, 0.2)?;
    let bins = || (20..=62).map(|tenths| f64::from(tenths) / 10.0);
    let number = |from: f64, to: f64| {
        let all = catalogue.events().iter();
        let count =
            all.filter(|event| event.magnitude > from - 0.05 && event.magnitude < to).count();
        if count == 0 { f64::NAN } else { (count as f64).log10() }
    };
    let law = &found.b_value;
    let from = bins().filter(|bin| *bin > found.magnitude - 0.05);
    let lines = [
        Line::new("the law from there on", from.map(|bin| (bin, law.a - law.b * bin))),
        Line::new("of magnitude M and more", bins().map(|bin| (bin, number(bin, 99.0)))).dots(),
        Line::new("of magnitude M", bins().map(|bin| (bin, number(bin, bin + 0.05)))).dots(),
    ];
    let title = format!(
        "Complete from M {:.1} on, b = {:.2} ± {:.2} (planted: 3.0 and 1.00)",
        found.magnitude, law.b, law.shi_bolt_error
    );
    chart(&title, ("magnitude M", "log10 of the number of events"), &lines)
}
