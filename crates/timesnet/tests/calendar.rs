//! Time features against pandas 3.1.1 and the formulas of the published `timefeatures.py`
//! (value/largest − 0.5), six digits; the calendar of the `fixed` embedding beside them.

#![allow(clippy::unwrap_used)] // a failing test should stop at once

use jiff::civil::DateTime;
use timesnet::TimeFrequency;

/// A time; second, minute, hour, weekday, day of month, day of year; week; month; the calendar.
type Row = (&'static str, [f64; 6], f64, f64, [f32; 5]);

/// ```python
/// t = pandas.DatetimeIndex([time])
/// t.second / 59, t.minute / 59, t.hour / 23, t.day_of_week / 6, (t.day - 1) / 30
/// (t.day_of_year - 1) / 365, (t.isocalendar().week - 1) / 52, (t.month - 1) / 11
/// t.month, t.day, t.day_of_week, t.hour, t.minute // 15
/// ```
const TABLE: [Row; 6] = [
    (
        "2016-07-01 02:00:00",
        [-0.5, -0.5, -0.413043, 0.166667, -0.5, -0.00137],
        -0.019231,
        0.045455,
        [7., 1., 4., 2., 0.],
    ),
    // A leap day's last second.
    (
        "2020-02-29 23:59:59",
        [0.5, 0.5, 0.5, 0.333333, 0.433333, -0.338356],
        -0.346154,
        -0.409091,
        [2., 29., 5., 23., 3.],
    ),
    // Day 366, in week 53.
    (
        "2020-12-31 12:34:56",
        [0.449153, 0.076271, 0.021739, 0.0, 0.5, 0.5],
        0.5,
        0.5,
        [12., 31., 3., 12., 2.],
    ),
    // The first of January in the last year's week 53.
    (
        "2021-01-01 00:00:00",
        [-0.5, -0.5, -0.5, 0.166667, -0.5, -0.5],
        0.5,
        -0.5,
        [1., 1., 4., 0., 0.],
    ),
    // A Sunday.
    (
        "2021-01-03 06:15:30",
        [0.008475, -0.245763, -0.23913, 0.5, -0.433333, -0.494521],
        0.5,
        -0.5,
        [1., 3., 6., 6., 1.],
    ),
    // A Monday of December in the next year's week 1.
    (
        "2024-12-30 18:45:01",
        [-0.483051, 0.262712, 0.282609, -0.5, 0.466667, 0.49726],
        -0.5,
        0.5,
        [12., 30., 0., 18., 3.],
    ),
];

#[test]
fn features_are_those_of_pandas_for_each_frequency() {
    for (time, units, week, month, _) in TABLE {
        let day = units[4];
        for (name, wanted) in [
            ("s", units.to_vec()),
            ("t", units[1..].to_vec()),
            ("h", units[2..].to_vec()),
            ("d", units[3..].to_vec()),
            ("b", units[3..].to_vec()),
            ("w", vec![day, week]),
            ("m", vec![month]),
        ] {
            let frequency: TimeFrequency = name.parse().unwrap();
            let features = frequency.time_features(&[time.parse::<DateTime>().unwrap()]);
            assert_eq!(features.dim(), (1, frequency.features()));
            assert_eq!(features.len(), wanted.len());
            for (got, wanted) in features.iter().zip(&wanted) {
                assert!((f64::from(*got) - wanted).abs() < 1e-6, "{name} {time}: {features}");
            }
        }
    }
}

#[test]
fn calendars_are_whole_numbers_with_a_quarter_of_the_hour_for_minutes_alone() {
    for (time, _, _, _, wanted) in TABLE {
        let times = [time.parse::<DateTime>().unwrap()];
        for name in ["s", "t", "h", "d", "b", "w", "m"] {
            let calendar = name.parse::<TimeFrequency>().unwrap().calendar(&times);
            let columns = if name == "t" { 5 } else { 4 };
            assert_eq!(calendar.as_slice().unwrap(), &wanted[..columns], "{name} {time}");
        }
    }
}
