use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;
use sigmoid_stats::{Declustering, Protocol};
use strain_io::{BadRow, Catalogue, Event, GardnerKnopoff, NearestNeighbour, ReadCatalogueOptions};

use crate::cli::EvaluateArgs;
use crate::command::input::read_options;
use crate::failure::Failure;

/// What became of the earthquakes of the catalogue, in the order in which they were left out.
#[derive(Serialize)]
pub(super) struct Left {
    /// Read.
    events: usize,
    /// Stand there a second time.
    #[serde(skip)]
    pub(super) repeated: usize,
    /// Of the rest, no main shocks.
    pub(super) aftershocks: usize,
    below_magnitude: usize,
    too_far: usize,
    pub(super) outside_span: usize,
    /// Of those read, named no zone.
    pub(super) zone_assumed: usize,
}

/// The earthquakes that count.
pub(super) struct Chosen {
    /// UTC days of those of the wanted magnitude and place; some may be outside the span.
    pub(super) days: Vec<Date>,
    pub(super) left: Left,
    pub(super) bad_rows: Vec<BadRow>,
}

pub(super) fn choose(
    path: &Path,
    args: &EvaluateArgs,
    protocol: &Protocol,
) -> Result<Chosen, Failure> {
    let options: ReadCatalogueOptions = read_options(args.catalogue_read.as_deref())?;
    let skip = args.skip_bad_rows || options.skip_bad_rows;
    let read = strain_io::read_catalogue(path, &options.with_skip_bad_rows(skip))?;
    let once = largest_of_repeated(&read.catalogue);
    let main = declustered(&once, protocol.decluster)?;
    let large = main.min_magnitude(protocol.min_magnitude);
    let near = match (protocol.near, protocol.max_distance_km) {
        (Some([latitude, longitude]), Some(km)) => large.within_radius(latitude, longitude, km),
        _ => large.clone(),
    };
    let day = |event: &Event| TimeZone::UTC.to_datetime(event.time).date();
    let days: Vec<Date> = near.events().iter().map(day).collect();
    let span = protocol.first_day..=protocol.last_day;
    let inside: Vec<Date> = days.iter().copied().filter(|day| span.contains(day)).collect();
    let number = |catalogue: &Catalogue| catalogue.events().len();
    let left = Left {
        events: number(&read.catalogue),
        repeated: number(&read.catalogue) - number(&once),
        aftershocks: number(&once) - number(&main),
        below_magnitude: number(&main) - number(&large),
        too_far: number(&large) - number(&near),
        outside_span: days.len() - inside.len(),
        zone_assumed: read.zone_assumed,
    };
    check(&inside, number(&main), days.len(), protocol)?;
    Ok(Chosen { days, left, bad_rows: read.bad_rows })
}

/// Something to hit, and a day on which nothing was to be hit.
fn check(inside: &[Date], main: usize, chosen: usize, protocol: &Protocol) -> Result<(), Failure> {
    let Protocol { first_day, last_day, .. } = protocol;
    if inside.is_empty() {
        return Err(Failure::new(format!(
            "no earthquake counts: of {main} in the catalogue {chosen} have the magnitude and the place, \
             and none of these is from {first_day} to {last_day}; without one there is nothing to evaluate"
        )));
    }
    let hours = first_day.duration_until(*last_day).as_hours();
    let days = inside.iter().collect::<BTreeSet<_>>().len();
    if i64::try_from(days).is_ok_and(|days| days == hours / 24 + 1) {
        return Err(Failure::new(format!(
            "an earthquake counts on each of the {days} days from {first_day} to {last_day}, so that no \
             day is left on which an alarm would be wrong; raise --min-magnitude, lower --radius, or \
             test a longer span"
        )));
    }
    Ok(())
}

/// The catalogue with each earthquake once, of the largest magnitude that it is given: whether it is
/// large enough shall not depend on the order of the file.
fn largest_of_repeated(catalogue: &Catalogue) -> Catalogue {
    // Adding zero makes -0.0 and 0.0 one.
    let bits = |degrees: f64| (degrees + 0.0).to_bits();
    let identity = |event: &Event| (event.time, bits(event.latitude), bits(event.longitude));
    let mut largest = HashMap::new();
    for event in catalogue.events() {
        let magnitude = largest.entry(identity(event)).or_insert(event.magnitude);
        *magnitude = event.magnitude.max(*magnitude);
    }
    let mut events = catalogue.without_duplicates().events().to_vec();
    for event in &mut events {
        event.magnitude = largest.get(&identity(event)).copied().unwrap_or(event.magnitude);
    }
    Catalogue::new(events)
}

/// The main shocks of the whole catalogue, before any choice by magnitude or place.
fn declustered(catalogue: &Catalogue, how: Option<Declustering>) -> Result<Catalogue, Failure> {
    let clusters = match how {
        None => return Ok(catalogue.clone()),
        Some(Declustering::NearestNeighbour) => {
            strain_io::decluster_nearest_neighbour(catalogue, &NearestNeighbour::default())
                .map(|found| found.clusters)
                .map_err(|error| {
                    let advice = "the catalogue cannot be declustered by nearest neighbours; use \
                                  `--decluster gardner-knopoff`";
                    Failure::of(advice, error)
                })?
        }
        Some(Declustering::GardnerKnopoff) => {
            strain_io::decluster_gardner_knopoff(catalogue, &GardnerKnopoff::default())?
        }
        Some(other) => {
            return Err(Failure::new(format!("declustering by {other:?} is not known here")));
        }
    };
    Ok(clusters.main_shocks(catalogue))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_repeated_rows_the_largest_is_kept_in_either_order() {
        let event = |magnitude| {
            let time = "2022-03-20T00:00:00Z".parse().unwrap();
            Event::new(time, 30.0, 100.0, magnitude)
        };
        for magnitudes in [[5.4, 4.9], [4.9, 5.4]] {
            let once = largest_of_repeated(&Catalogue::new(magnitudes.map(event).to_vec()));
            assert_eq!(once.events(), [event(5.4)]);
        }
    }
}
