use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use strain_io::Catalogue;

use crate::config::{EventConfig, QuietConfig};
use crate::station::{Station, utc_day};

/// Which of `days` days from `first_day` stand for normal times at a station.
///
/// The window before the event is left to the fit, which never takes its own days as normal.
pub(crate) fn quiet_days(
    station: &Station,
    event: &EventConfig,
    catalogue: Option<&Catalogue>,
    config: &QuietConfig,
    first_day: Date,
    days: usize,
) -> Vec<bool> {
    let mut quiet = vec![true; days];
    let mut exclude = |time: Timestamp, before: u32, after: u32| {
        let day = utc_day(time);
        let Ok(offset) = day.since((jiff::Unit::Day, first_day)).map(|s| i64::from(s.get_days()))
        else {
            return;
        };
        let range = offset - i64::from(before)..=offset + i64::from(after);
        for (index, quiet) in quiet.iter_mut().enumerate() {
            *quiet &= !range.contains(&(index as i64));
        }
    };
    exclude(event.time, 0, config.days_after_event);
    let last = first_day.checked_add((days as i64 + 366).days());
    for other in catalogue.iter().flat_map(|catalogue| catalogue.events()) {
        let near = other.magnitude >= config.magnitude
            && other.time != event.time
            && last.as_ref().is_ok_and(|last| utc_day(other.time) <= *last)
            && other.distance_km(station.latitude, station.longitude)
                <= graph_spatial::dobrovolsky_radius_km(other.magnitude);
        if near {
            exclude(other.time, config.days_before, config.days_after);
        }
    }
    quiet
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use ndarray::Array2;
    use strain_io::{Channel, Event, Recording, TimeGrid};

    use super::*;
    use crate::Span;

    fn station() -> Station {
        let start: Timestamp = "2020-01-01T00:00:00Z".parse().unwrap();
        let grid = TimeGrid::new(start, jiff::SignedDuration::from_hours(1), 48).unwrap();
        let channels = vec![Channel::gauge("s1", 0.0)];
        let recording = Recording::new("A", grid, channels, Array2::zeros((48, 1))).unwrap();
        let fit = Span::new(start, "2020-01-02T00:00:00Z".parse().unwrap()).unwrap();
        Station::new("A", [30.0, 100.0], &recording, fit).unwrap()
    }

    #[test]
    fn days_around_near_and_large_earthquakes_are_not_quiet() {
        let event = EventConfig::new("2020-01-20T12:00:00Z".parse().unwrap(), 30.0, 101.0, 7.0);
        let at = |time: &str, latitude, magnitude| {
            Event::new(time.parse().unwrap(), latitude, 100.0, magnitude)
        };
        let catalogue = Catalogue::new(vec![
            at("2020-01-05T01:00:00Z", 30.5, 5.5), // near and large
            at("2020-01-08T01:00:00Z", 30.5, 4.0), // too small
            at("2020-01-11T01:00:00Z", 60.0, 5.5), // too far
        ]);
        let mut config = QuietConfig::default();
        (config.days_before, config.days_after, config.days_after_event) = (1, 2, 3);
        let first = date(2020, 1, 1);
        let quiet = quiet_days(&station(), &event, Some(&catalogue), &config, first, 30);
        let excluded: Vec<usize> = (0..30).filter(|&day| !quiet[day]).map(|day| day + 1).collect();
        assert_eq!(excluded, [4, 5, 6, 7, 20, 21, 22, 23]);
    }
}
