//! Cleaning that answers to the past of what was recorded beside the gauges.

use ndarray::{Array2, Axis, concatenate};
use stmn_pipeline::{Network, Station, StationConfig};
use strain_io::{Channel, Driver, Recording, Unit};

use crate::{Change, HOURS, Known, LEARNT, changed, counts_before, known, rows_before, scored};

/// The network with a well at every station.
fn with_wells(known: &Known) -> Network {
    let wet = |station: &Station, config: &StationConfig| {
        let dry = station.recording();
        let level =
            |(hour, _): (usize, usize)| (hour as f64 * 0.21).sin() + (hour as f64 * 0.05).cos();
        let level = Array2::from_shape_fn((dry.grid().len(), 1), level);
        let values = concatenate![Axis(1), dry.values(), level];
        let channels = [dry.channels(), &[Channel::new("well", Unit::Metre)]].concat();
        let recording = Recording::new(dry.station(), *dry.grid(), channels, values).unwrap();
        let place = [config.latitude, config.longitude];
        Station::new(station.id(), place, &recording, config.fit).unwrap()
    };
    let (network, config) = (&known.network, &known.config);
    let targets = network.targets().iter().zip(&config.target);
    let targets = targets.map(|(station, config)| wet(station, config)).collect();
    let reference = wet(network.reference(), &config.reference);
    Network::new(network.event().clone(), reference, targets).unwrap()
}

/// Answers to the past of air pressure and of a well have seen no later sample of either.
#[test]
fn lagged_drivers_have_seen_no_later_day() {
    let dry = known();
    let from = LEARNT + 50 * 24;
    let mut config = dry.config.clone();
    let well = Driver::new("well").with_lags_hours([0, 6]);
    let prepare = config.method.prepare.with_pressure_lags_hours([0, 1, 3]).with_driver(well);
    config.method.prepare = prepare;
    let network = with_wells(dry);
    let scored_wet = scored(&config, &network);
    let wet = Known { config, network, scored: scored_wet };
    let after = scored(&wet.config, &changed(&wet, [true, true], Change::Noise(1), from));
    for (station, tables) in wet.scored.tables.iter().enumerate() {
        let prepared = |tables: &[(&str, Recording)], to: usize| rows_before(&tables[0].1, to);
        let without = &dry.scored.tables[station];
        assert_ne!(prepared(tables, HOURS), prepared(without, HOURS), "the setting does something");
        let with_noise = &after.tables[station];
        assert_ne!(prepared(tables, HOURS), prepared(with_noise, HOURS), "the change is seen");
        for ((stage, before), (_, after)) in tables.iter().zip(with_noise) {
            assert_eq!(rows_before(before, from), rows_before(after, from), "{stage}");
        }
    }
    let pairs = wet.scored.scores.stations.iter().zip(&after.scores.stations);
    for (before, after) in pairs {
        assert_eq!(counts_before(before, from), counts_before(after, from));
        for gauge in &before.prepare.gauges {
            let lags = gauge.drivers.iter().map(|it| (it.channel.as_str(), it.lags.len()));
            assert_eq!(lags.collect::<Vec<_>>(), [("pressure", 3), ("well", 2)]);
        }
    }
}
