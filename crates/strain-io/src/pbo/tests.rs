use jiff::SignedDuration;
use proptest::prelude::*;

use super::*;
use crate::{ColumnSpec, Read, Result, RowProblem, SeamKind, StrainIoError, Unit};

/// A bottle as the logger writes it, from a table of the format and not from the reader.
struct Written {
    big_endian: bool,
    start: f64,
    interval: f32,
    kind: i32,
    samples: Vec<f64>,
}

impl Written {
    fn new(start: f64, samples: &[f64]) -> Self {
        Self { big_endian: false, start, interval: 0.05, kind: 1, samples: samples.to_vec() }
    }

    fn bytes(&self) -> Vec<u8> {
        let count = self.samples.len() as i32;
        // Magic and an unused half, each of two bytes.
        let mut bytes = self.ordered(&0x15d_i16.to_be_bytes());
        bytes.extend([0, 0]);
        bytes.extend(self.ordered(&40_i32.to_be_bytes()));
        bytes.extend(self.ordered(&self.start.to_be_bytes()));
        bytes.extend(self.ordered(&self.interval.to_be_bytes()));
        for word in [count, self.kind, 999_999, 0, 0] {
            bytes.extend(self.ordered(&word.to_be_bytes()));
        }
        for &sample in &self.samples {
            let sample = match self.kind {
                0 => (sample as i16).to_be_bytes().to_vec(),
                1 => (sample as i32).to_be_bytes().to_vec(),
                _ => (sample as f32).to_be_bytes().to_vec(),
            };
            bytes.extend(self.ordered(&sample));
        }
        bytes
    }

    fn ordered(&self, big: &[u8]) -> Vec<u8> {
        let mut bytes = big.to_vec();
        if !self.big_endian {
            bytes.reverse();
        }
        bytes
    }
}

const STRAIN_OF_48E6: f64 = -93_760.386_156_115_61;
const START: f64 = 1_239_832_680.0;

fn read(files: &[(&str, Vec<u8>)], options: &BottleOptions) -> Result<Read> {
    let dir = tempfile::tempdir().unwrap();
    let paths: Vec<_> = files.iter().map(|(name, _)| dir.path().join(name)).collect();
    for (path, (_, content)) in paths.iter().zip(files) {
        std::fs::write(path, content).unwrap();
    }
    read_bottles(&paths, options)
}

fn values(read: &Read, name: &str) -> Vec<Option<f64>> {
    let values = read.recording.channel(name).unwrap();
    values.iter().map(|value| (!value.is_nan()).then_some(*value)).collect()
}

#[test]
fn both_byte_orders_and_three_types() {
    for big_endian in [false, true] {
        for (kind, null) in [(0, 32_767.0), (1, 999_999.0), (2, 999_999.0)] {
            let samples = [1.0, null, -2.0];
            let bottle = Written { big_endian, kind, ..Written::new(START, &samples) };
            let read = read(&[("B001091052158CH1_20", bottle.bytes())], &BottleOptions::default())
                .unwrap();
            assert_eq!(values(&read, "CH1"), [Some(1.0), None, Some(-2.0)], "{big_endian} {kind}");
            assert_eq!(read.recording.grid().start(), "2009-04-15T21:58:00Z".parse().unwrap());
            assert_eq!(read.recording.grid().interval(), SignedDuration::from_millis(50));
            assert_eq!(read.recording.channels()[0].unit, Unit::Count);
            assert_eq!((read.rows[0], read.recording.station()), (3, "B001"));
        }
    }
    // A null of one type is a value of another.
    let bottle = Written { kind: 1, ..Written::new(START, &[32_767.0]) };
    let got = read(&[("B001091052158CH1_20", bottle.bytes())], &BottleOptions::default()).unwrap();
    assert_eq!(values(&got, "CH1"), [Some(32_767.0)]);
}

#[test]
fn channels_and_consecutive_bottles_make_one_recording() {
    let bottle = |start, samples: &[f64]| Written::new(start, samples).bytes();
    let files = [
        ("B001091052159CH0_20", bottle(START + 0.15, &[4.0, 5.0])),
        ("B001091052158CH0_20", bottle(START, &[1.0, 2.0])),
        ("B001091052158CH1_20", bottle(START + 0.05, &[7.0])),
        ("B00109105PressureKPa", bottle(START, &[84.5])),
    ];
    let got = read(&files, &BottleOptions::default()).unwrap();
    assert_eq!(values(&got, "CH0"), [Some(1.0), Some(2.0), None, Some(4.0), Some(5.0)]);
    assert_eq!(values(&got, "CH1"), [None, Some(7.0), None, None, None]);
    assert_eq!(values(&got, "PressureKPa")[0], Some(840.0), "an i32 cuts, hPa are ten times kPa");
    assert_eq!(got.seams[0].kind, SeamKind::Gap { samples: 1 });
    assert_eq!(got.seams[0].channel, "CH0");
    assert_eq!(got.rows, [4, 1, 1]);

    let only = BottleOptions::default().with_column(ColumnSpec::new("CH1").with_name("g1"));
    let got = read(&files, &only).unwrap();
    assert_eq!(values(&got, "g1"), [Some(7.0)]);
    let twice = only.with_column(ColumnSpec::new("CH1").with_unit(Unit::Metre, 0.5));
    let got = read(&files, &twice).unwrap();
    assert_eq!((values(&got, "g1"), values(&got, "CH1")), (vec![Some(7.0)], vec![Some(3.5)]));
    assert_eq!(got.rows, [1, 1]);
    let other = [files[0].clone(), ("B002091052158CH0_20", bottle(START, &[1.0]))];
    let error = read(&other, &BottleOptions::default()).unwrap_err();
    assert!(error.to_string().contains("one station"), "{error}");
}

#[test]
fn counts_become_strain_as_the_network_computes_it() {
    // From the formula with numbers of station B084, in Python:
    // r = lambda c: c/1e8/(1-c/1e8); (r(48e6) - r(50115942))*1e-4/0.087*1e9
    let bottle = Written::new(START, &[48e6, 50_115_942.0, 999_999.0]).bytes();
    let files = [("B084091052158CH0_20", bottle)];
    let linear = Linearisation::new("CH0", 50_115_942.0, 1e-4);
    let got = read(&files, &BottleOptions::default().with_linearisation(linear)).unwrap();
    let strain = values(&got, "CH0");
    assert!((strain[0].unwrap() - STRAIN_OF_48E6).abs() < 1e-6, "{strain:?}");
    assert_eq!((strain[1], strain[2]), (Some(0.0), None));
    assert_eq!(got.recording.channels()[0].unit, Unit::Nanostrain);

    let absent = Linearisation::new("CH3", 5e7, 1e-4);
    let error = read(&files, &BottleOptions::default().with_linearisation(absent)).unwrap_err();
    assert!(matches!(error, StrainIoError::Config { .. }));
    for (counts, gap) in [(1e8, 1e-4), (-1.0, 1e-4), (5e7, 0.0), (5e7, f64::NAN)] {
        let wrong = Linearisation::new("CH0", counts, gap);
        assert!(BottleOptions::default().with_linearisation(wrong).validate().is_err());
    }
}

#[test]
fn bad_bottles_are_located() {
    let good = Written::new(START, &[1.0, 2.0]).bytes();
    let altered = |at: usize, bytes: &[u8]| {
        let mut bottle = good.clone();
        bottle[at..at + bytes.len()].copy_from_slice(bytes);
        bottle
    };
    let cases: [(Vec<u8>, u64, &str); 9] = [
        (good[..39].to_vec(), 0, "39 bytes"),
        (good[..47].to_vec(), 40, "7 bytes where its header announces 8"),
        ([good.clone(), vec![0]].concat(), 48, "bytes follow"),
        (altered(4, &39_i32.to_le_bytes()), 0, "header of 39 bytes"),
        (altered(8, &1e300_f64.to_le_bytes()), 0, "a start of"),
        (altered(16, &f32::NAN.to_le_bytes()), 0, "an interval of NaN"),
        (altered(20, &i32::MAX.to_le_bytes()), 0, "2147483647 samples"),
        (altered(24, &3_i32.to_le_bytes()), 0, "type 3"),
        (altered(0, b"XX"), 0, "0x015D"),
    ];
    for (bytes, byte, words) in cases {
        let files = [("a.20", bytes), ("b.20", good.clone())];
        let named = BottleOptions::default().with_station("X");
        let error = read(&files, &named).unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
        let StrainIoError::Row(row) = error else { panic!("{error}") };
        assert_eq!((row.byte, row.line), (Some(byte), 0), "{words}");
        let skipping = read(&files, &named.with_skip_bad_rows(true)).unwrap();
        assert_eq!((skipping.bad_rows.len(), skipping.rows[0]), (1, 2));
    }
    let float = Written { kind: 2, ..Written::new(START, &[1.0, f64::INFINITY]) }.bytes();
    let Err(StrainIoError::Row(row)) = read(&[("a", float)], &BottleOptions::default()) else {
        panic!()
    };
    assert_eq!((row.byte, row.reason), (Some(44), RowProblem::NotFinite));
    let none = read_bottles::<&str>(&[], &BottleOptions::default());
    assert!(matches!(none, Err(StrainIoError::NoChannels { .. })));
}

fn level2(name: &str, text: &str) -> Result<Read> {
    level2_files(&[(name, text)], &Level2Options::default())
}

fn level2_files(files: &[(&str, &str)], options: &Level2Options) -> Result<Read> {
    let dir = tempfile::tempdir().unwrap();
    let paths: Vec<_> = files.iter().map(|(name, _)| dir.path().join(name)).collect();
    for (path, (_, text)) in paths.iter().zip(files) {
        std::fs::write(path, text).unwrap();
    }
    read_pbo_level2(&paths, options)
}

#[test]
fn level2_of_a_gauge_has_nine_columns() {
    let text = "2011-03-11T00:00:00.00\t50115942\t-37.5\t0\t0.1\t-0.2\t999999\t2015.7\t2011298000000\n\
                2011-03-11T00:00:01.00\t50115943\t999999\t0\t0.1\t-0.2\t845.5\t2015.7\t2011298000000\n";
    let read = level2("B084.CH2.20110311_Tohoku.txt", text).unwrap();
    assert_eq!(read.recording.station(), "B084");
    assert_eq!(values(&read, "CH2_strain"), [Some(-37_500.0), None]);
    assert_eq!(values(&read, "CH2_counts"), [Some(50_115_942.0), Some(50_115_943.0)]);
    assert_eq!(values(&read, "CH2_pressure"), [None, Some(845.5)]);
    assert_eq!(read.recording.grid().interval_seconds(), 1.0);
}

const SERIES: &str = "strain date doy MJD gauge0(mstrain) s_offset strain_quality tide_c detrend_c atmp_c atmp_c_quality level version atmp
gauge0 2010-01-01T00:00:00 1 55197.0 -12.5 0.25 g 0.001 -10 0.002 g 2b 2011001000000 950.5
gauge0 2010-01-01T00:05:00 1 55197.00347 -12.4 0.25 b 0.002 -10 0.002 i 2b 2011001000000 950.4
gauge0 2010-01-01T00:10:00 1 55197.00694 999999 0.25 m 0.003 -10 0.002 m 2b 2011001000000 999999
";

#[test]
fn level2_series_know_their_flags() {
    let read = level2("B009.2010.txt", SERIES).unwrap();
    assert_eq!(values(&read, "gauge0"), [Some(-12_500.0), None, None]);
    assert_eq!(values(&read, "gauge0_tide"), [Some(1.0), Some(2.0), Some(3.0)]);
    assert_eq!(values(&read, "gauge0_pressure"), [Some(950.5), Some(950.4), None]);
    let header = SERIES.find('\n').unwrap() + 1;
    let bare = level2("B009.2010.txt", &SERIES[header..]).unwrap();
    assert_eq!(values(&bare, "gauge0_offset"), [Some(250.0); 3]);

    let dir = tempfile::tempdir().unwrap();
    let paths = [dir.path().join("B009.a.txt"), dir.path().join("B009.b.txt")];
    std::fs::write(&paths[0], SERIES).unwrap();
    std::fs::write(&paths[1], SERIES.replace("gauge0", "gauge1")).unwrap();
    let options = Level2Options::default()
        .with_keep_flagged(true)
        .with_column(ColumnSpec::new("gauge1").with_name("s2"))
        .with_column(ColumnSpec::new("gauge0").with_name("s1"));
    let both = read_pbo_level2(&paths, &options).unwrap();
    assert_eq!(values(&both, "s2"), [Some(-12_500.0), Some(-12_400.0), None]);
    assert_eq!(both.rows, [3, 3]);
}

const NAMED: &str = "DateTime(UTC) Eee+Enn(ms) BaroPressure(mbar) Version
2011-03-11T00:00:00 -1 950.5 2011298000000
2011-03-11T00:00:01 -2 999999 2011298000000
";

#[test]
fn level2_of_consecutive_files_is_one_channel() {
    let later = NAMED.replace("T00:00:00", "T00:00:03").replace("T00:00:01", "T00:00:04");
    let later = later.replace(" -1 ", " -4 ").replace(" -2 ", " -5 ");
    let later = format!("{later}2011-03-11T00:00:05 -6 950.1 2011298000000\n");
    let files = [("B084.b.txt", later.as_str()), ("B084.a.txt", NAMED)];
    let strain = [Some(-1000.0), Some(-2000.0), None, Some(-4000.0), Some(-5000.0), Some(-6000.0)];
    let all = level2_files(&files, &Level2Options::default()).unwrap();
    assert_eq!(values(&all, "Eee+Enn"), strain);
    assert_eq!(values(&all, "BaroPressure")[4..], [None, Some(950.1)]);
    assert_eq!((all.rows.as_slice(), all.files.len()), ([5, 5].as_slice(), 2));
    assert_eq!(all.ignored_columns, ["Version"]);
    let gaps: Vec<_> = all.seams.iter().map(|seam| seam.kind.clone()).collect();
    assert_eq!(gaps, vec![SeamKind::Gap { samples: 1 }; 2]);

    // A channel under two names is both of them, and all files of both.
    let options = ["e", "again"].into_iter().fold(Level2Options::default(), |options, name| {
        options.with_column(ColumnSpec::new("Eee+Enn").with_name(name))
    });
    let twice = level2_files(&files, &options).unwrap();
    assert_eq!((values(&twice, "e"), values(&twice, "again")), (strain.to_vec(), strain.to_vec()));
    assert_eq!(twice.rows, [5, 5]);
}

#[test]
fn level2_files_that_do_not_belong_together() {
    let of = |name: &str, text: &str, station: &str| {
        let options = Level2Options::default().with_station(station);
        level2_files(&[("B084.txt", NAMED), (name, text)], &options)
    };
    let later = NAMED.replace("2011-03-11", "2011-03-12");
    let error = of("B073.txt", &later, "").unwrap_err().to_string();
    assert!(error.contains("B073.txt") && error.contains("one station"), "{error}");
    assert_eq!(of("B073.txt", &later, "B084").unwrap().rows, [4, 4]);
    // A file between the samples of the other is moved onto them, unless that is not wanted.
    let beside = NAMED.replace("00:00:00", "00:00:02.25").replace("00:00:01", "00:00:03.25");
    let moved = of("B084.2.txt", &beside, "").unwrap();
    assert_eq!(values(&moved, "Eee+Enn")[2..], [Some(-1000.0), Some(-2000.0)]);
    assert!(moved.seams.iter().any(|s| s.kind == SeamKind::Shift { seconds: -0.25 }));
    let exact = Level2Options::default().with_tolerance(0.1);
    let error = level2_files(&[("B084.txt", NAMED), ("B084.2.txt", &beside)], &exact).unwrap_err();
    let StrainIoError::Join { file, other, problem } = &error else { panic!("{error}") };
    assert!(file.ends_with("B084.2.txt") && other.ends_with("B084.txt"), "{error}");
    assert!(problem.contains("a larger `tolerance`"), "{error}");
    let wrong = Level2Options::default().with_tolerance(0.6).validate();
    assert!(matches!(wrong, Err(StrainIoError::Config { name: "tolerance", .. })));

    let error = of("B084.2.txt", &later.replace("(mbar)", "(Pa)"), "").unwrap_err().to_string();
    assert!(error.contains("BaroPressure is in pa in the one and in hPa"), "{error}");
}

#[test]
fn level2_bad_lines_are_located() {
    let header = "DateTime(UTC) Eee+Enn(ms) Eee-Enn(ms)\n2011-03-11T00:00:00 1 2\n";
    for (line, column) in [
        ("2011-03-11T00:00:01 1", None),
        ("2011-03-11T00:00:01 x 2", Some("2")),
        ("11-03-2011 1 2", Some("time")),
        ("2011-03-11T00:00:00 1 2", Some("time")),
    ] {
        let error = level2("a", &format!("{header}{line}\n")).unwrap_err();
        let StrainIoError::Row(row) = error else { panic!("{error}") };
        assert_eq!((row.line, row.column.as_deref()), (3, column), "{line}");
    }
    assert!(matches!(level2("a", "time s1\n"), Err(StrainIoError::Format { .. })));
    assert!(matches!(level2("a", "\n"), Err(StrainIoError::NoRows { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes_are_a_recording_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..120)) {
        let _ = read(&[("a", bytes.clone())], &BottleOptions::default());
        let _ = level2("a", &String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn damaged_bottles_are_a_recording_or_an_error(
        place in 0_usize..48, byte in any::<u8>(), cut in 0_usize..56, skip in any::<bool>(),
    ) {
        let mut bottle = Written::new(START, &[1.0, 2.0]).bytes();
        bottle[place] = byte;
        bottle.truncate(cut);
        let _ = read(&[("a", bottle)], &BottleOptions::default().with_skip_bad_rows(skip));
    }

    #[test]
    fn damaged_level2_is_a_recording_or_an_error(place in 0_usize..500, byte in any::<u8>()) {
        let mut text = SERIES.as_bytes().to_vec();
        if let Some(at) = text.get_mut(place) {
            *at = byte;
        }
        let _ = level2("a", &String::from_utf8_lossy(&text));
    }
}
