use miniseed_rs::{EncodingFormat, MseedRecord, NanoTime, Samples, encode};
use proptest::prelude::*;

use super::*;
use crate::{ColumnSpec, Read, Result, SeamKind, StrainIoError, Unit};

/// A record at one sample a second from 00:00:`second` of 2019-07-06 on.
fn record(version3: bool, channel: &str, second: u8, samples: Samples) -> MseedRecord {
    let encoding = match samples {
        Samples::Int(_) => EncodingFormat::Steim2,
        Samples::Float(_) => EncodingFormat::Float32,
        Samples::Double(_) => EncodingFormat::Float64,
    };
    let new = if version3 { MseedRecord::new_v3() } else { MseedRecord::new() };
    let start = NanoTime { year: 2019, day: 187, hour: 0, minute: 0, second, nanosecond: 0 };
    new.with_nslc("CI", "WNM", "00", channel)
        .with_start_time(start)
        .with_sample_rate(1.0)
        .with_encoding(encoding)
        .with_samples(samples)
}

fn ints(version3: bool, channel: &str, second: u8, values: &[i32]) -> Vec<u8> {
    encode(&record(version3, channel, second, Samples::Int(values.to_vec()))).unwrap()
}

fn read(bytes: &[u8], options: &MiniSeedOptions) -> Result<Read> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.mseed");
    std::fs::write(&path, bytes).unwrap();
    read_miniseed(&[path], options)
}

fn all(bytes: &[u8]) -> Result<Read> {
    read(bytes, &MiniSeedOptions::default())
}

#[test]
fn both_versions_and_all_types() {
    for version3 in [false, true] {
        let whole = Samples::Int(vec![1, -2, 100_000]);
        let float = Samples::Float(vec![1.5, f32::NAN, -2.0]);
        let double = Samples::Double(vec![1e-3, 2.0, 3.0]);
        let bytes: Vec<u8> = [("LS1", whole), ("LS2", float), ("LS3", double)]
            .into_iter()
            .flat_map(|(name, samples)| encode(&record(version3, name, 0, samples)).unwrap())
            .collect();
        let got = all(&bytes).unwrap().recording;
        assert_eq!(got.grid().start(), "2019-07-06T00:00:00Z".parse().unwrap());
        assert_eq!(got.channel("LS1").unwrap().to_vec(), [1.0, -2.0, 100_000.0]);
        assert_eq!(got.missing_count("LS2").unwrap(), 1);
        assert_eq!(got.channel("LS3").unwrap()[0], 1e-3);
        let units = [Unit::Count, Unit::default(), Unit::default()];
        assert!(got.channels().iter().map(|channel| &channel.unit).eq(&units));
    }
}

#[test]
fn gaps_and_overlaps_are_resolved_and_reported() {
    let pieces = [
        ints(true, "LS1", 6, &[60, 70]),
        ints(false, "LS1", 0, &[0, 10, 20]),
        ints(false, "LS1", 2, &[21, 30]),
    ];
    let got = all(&pieces.concat()).unwrap();
    let column = got.recording.channel("LS1").unwrap();
    assert_eq!(column.iter().filter(|value| !value.is_nan()).count(), 6);
    assert_eq!((column[2], column[3], column[6]), (20.0, 30.0, 60.0));
    let kinds: Vec<_> = got.seams.iter().map(|seam| seam.kind.clone()).collect();
    let overlap = SeamKind::Overlap { samples: 1, differing: 1 };
    assert_eq!(kinds, [overlap, SeamKind::Gap { samples: 2 }]);
    assert_eq!(got.rows, [7]);
}

/// Sets a field of a record of version 2.
fn altered(mut bytes: Vec<u8>, at: usize, field: &[u8]) -> Vec<u8> {
    bytes[at..at + field.len()].copy_from_slice(field);
    bytes
}

#[test]
fn time_corrections_count_unless_they_are_applied() {
    let plain = ints(false, "LS1", 0, &[1, 2]);
    let corrected = altered(plain.clone(), 40, &12_345_i32.to_be_bytes());
    let start = |bytes: &[u8]| all(bytes).unwrap().recording.grid().start();
    assert_eq!(start(&corrected), "2019-07-06T00:00:01.2345Z".parse().unwrap());
    let applied = altered(corrected, 36, &[0b10]);
    assert_eq!(start(&applied), start(&plain));
}

#[test]
fn blockettes_100_and_1001_count() {
    // A record of 48 bytes of header, blockettes 1000, 1001 and 100, and two integers at byte 128.
    let mut bytes = ints(false, "LS1", 0, &[0, 0]);
    bytes.truncate(48);
    bytes[44..46].copy_from_slice(&128_u16.to_be_bytes());
    for (number, next, content) in [
        (1000_u16, 56_u16, [3, 1, 8, 0]),
        (1001, 64, [100, (-7_i8).cast_unsigned(), 0, 0]),
        (100, 0, 20_f32.to_be_bytes()),
    ] {
        bytes.extend(number.to_be_bytes());
        bytes.extend(next.to_be_bytes());
        bytes.extend(content);
    }
    bytes.resize(128, 0);
    bytes.extend([5_i32.to_be_bytes(), 6_i32.to_be_bytes()].concat());
    bytes.resize(256, 0);
    let got = all(&bytes).unwrap().recording;
    assert_eq!(got.grid().start(), "2019-07-05T23:59:59.999993Z".parse().unwrap());
    assert_eq!(got.grid().interval_seconds(), 0.05);
    assert_eq!(got.channel("LS1").unwrap().to_vec(), [5.0, 6.0]);

    let circular = altered(bytes.clone(), 66, &48_u16.to_be_bytes());
    let error = all(&circular).unwrap_err().to_string();
    assert!(error.contains("a blockette at 48 after one that ends at 72"), "{error}");
}

/// Four records that ObsPy 1.5.1 wrote with `byteorder="<"`, headers and samples little-endian: the
/// same samples in Steim 2, 32-bit integers, doubles and Steim 1.
const LITTLE_ENDIAN: &[u8; 1024] = include_bytes!("little_endian.mseed");

#[test]
fn little_endian_headers_are_read() {
    let got = all(LITTLE_ENDIAN).unwrap().recording;
    assert_eq!(got.station(), "B084");
    assert_eq!(got.grid().start(), "2019-07-06T00:00:00.25Z".parse().unwrap());
    assert_eq!(got.grid().interval_seconds(), 0.05);
    for channel in ["LS1", "LS2", "LS3", "LS4"] {
        let samples = got.channel(channel).unwrap().to_vec();
        assert_eq!(samples, [50_115_942.0, 50_115_943.0, 50_115_941.0, 50_115_950.0], "{channel}");
    }
    // Blockette 100 with its rate in the same order, after the 1000 that is there.
    let mut slower = altered(LITTLE_ENDIAN[256..512].to_vec(), 50, &56_u16.to_le_bytes());
    slower = altered(slower, 56, &[100, 0, 0, 0]);
    slower = altered(slower, 60, &2_f32.to_le_bytes());
    slower = altered(slower, 44, &64_u16.to_le_bytes());
    assert_eq!(all(&slower).unwrap().recording.grid().interval_seconds(), 0.5);

    let damaged = [&LITTLE_ENDIAN[..], &altered(LITTLE_ENDIAN[..256].to_vec(), 79, &[8])].concat();
    let error = all(&damaged).unwrap_err().to_string();
    assert!(error.contains("byte 1024") && error.contains("states 50115950"), "{error}");
    let circular = altered(LITTLE_ENDIAN[..256].to_vec(), 50, &48_u16.to_le_bytes());
    let error = all(&circular).unwrap_err().to_string();
    assert!(error.contains("a blockette at 48 after one that ends at 56"), "{error}");
}

/// The same samples in four records of ObsPy 1.5.1: Steim 1, little- and big-endian, and Steim 2 so.
/// Words of every width occur.
const STEIM_ORDERS: &[u8; 2048] = include_bytes!("steim_orders.mseed");

#[test]
fn differences_of_any_width_are_read_in_either_order() {
    let got = all(STEIM_ORDERS).unwrap().recording;
    assert_eq!(got.channels().len(), 4);
    let samples = got.channel("LS1").unwrap().to_vec();
    // Sums over what ObsPy was given, with and without weights.
    let weighted: f64 = samples.iter().zip(1..).map(|(sample, at)| sample * f64::from(at)).sum();
    assert_eq!(
        (samples.len(), samples.iter().sum::<f64>(), weighted),
        (104, 6_954_051.0, 714_775_804.0)
    );
    for channel in ["LS2", "LS3", "LS4"] {
        assert_eq!(got.channel(channel).unwrap().to_vec(), samples, "{channel}");
    }
}

#[test]
fn channels_and_stations_are_told_apart() {
    let mut second = record(false, "LS1", 0, Samples::Int(vec![7]));
    second = second.with_nslc("CI", "WNM", "10", "LS1");
    let two = [ints(false, "LS1", 0, &[1]), encode(&second).unwrap()].concat();
    let got = all(&two).unwrap().recording;
    let names: Vec<_> = got.channels().iter().map(|channel| channel.name.as_str()).collect();
    assert_eq!(names, ["00.LS1", "10.LS1"]);
    for source in ["10.LS1", "CI.WNM.10.LS1"] {
        let spec = ColumnSpec::new(source).with_name("g").with_unit(Unit::Nanostrain, 0.5);
        let got = read(&two, &MiniSeedOptions::default().with_column(spec)).unwrap();
        assert_eq!(got.recording.channel("g").unwrap().to_vec(), [3.5]);
    }
    let both = MiniSeedOptions::default()
        .with_column(ColumnSpec::new("10.LS1").with_name("a"))
        .with_column(ColumnSpec::new("10.LS1").with_name("b").with_unit(Unit::Nanostrain, 0.5));
    let got = read(&two, &both).unwrap();
    assert_eq!((got.recording.values()[[0, 0]], got.recording.values()[[0, 1]]), (7.0, 3.5));
    assert_eq!(got.rows, [1, 1]);

    let slow = record(false, "VS1", 0, Samples::Int(vec![1])).with_sample_rate(0.1);
    let mixed = [two.clone(), encode(&slow).unwrap()].concat();
    let error = all(&mixed).unwrap_err().to_string();
    assert!(error.contains("VS1 is sampled every 10 s"), "{error}");
    let only = MiniSeedOptions::default().with_column(ColumnSpec::new("VS1"));
    assert_eq!(read(&mixed, &only).unwrap().recording.grid().interval_seconds(), 10.0);

    let other = record(false, "LS1", 0, Samples::Int(vec![9])).with_nslc("CI", "WRV2", "", "LS1");
    let stations = [two, encode(&other).unwrap()].concat();
    let error = all(&stations).unwrap_err().to_string();
    assert!(error.contains("CI.WNM and CI.WRV2; name the `station`"), "{error}");
    let named = MiniSeedOptions::default().with_station("WRV2").with_null(9.0);
    assert_eq!(read(&stations, &named).unwrap().recording.missing_count("LS1").unwrap(), 1);
    let network = record(false, "LS1", 0, Samples::Int(vec![5])).with_nslc("PB", "WNM", "", "LS1");
    let stations = [ints(false, "LS1", 0, &[1]), encode(&network).unwrap()].concat();
    for (station, value) in [("CI.WNM", 1.0), ("PB.WNM", 5.0)] {
        let got = read(&stations, &MiniSeedOptions::default().with_station(station)).unwrap();
        assert_eq!((got.recording.station(), got.recording.values()[[0, 0]]), ("WNM", value));
    }
    let error = all(&stations).unwrap_err().to_string();
    assert!(error.contains("CI.WNM and PB.WNM; name the `station` to read, with its network"));
}

#[test]
fn bad_records_are_located() {
    let good = ints(false, "LS1", 0, &[1, 2, 3]);
    let new = |bytes: Vec<u8>| [good.clone(), bytes].concat();
    let three = ints(true, "LS1", 3, &[4, 5]);
    let last = three.len() - 1;
    let damaged = altered(three.clone(), last, &[0x55]);
    for (bytes, words) in [
        (new(good[..100].to_vec()), "100 bytes where its header announces 512"),
        (new(good[..20].to_vec()), "20 bytes where its header announces 48"),
        (new(b"Not miniSEED, whatever its name says, not at all".to_vec()), "neither"),
        (new(damaged), "CRC"),
        (new(altered(good.clone(), 54, &[40])), "2^40 bytes"),
        (new(altered(good.clone(), 52, &[33])), "encoding format: 33"),
        (new(altered(good.clone(), 44, &[0xff, 0xff])), "data at byte 65535"),
        (new(altered(good.clone(), 28, &[0xff, 0xff])), "65535 ten-thousandths"),
        (new(altered(good.clone(), 22, &[0x7f, 0xff])), "a start of"),
        (new(altered(good.clone(), 30, &[0xff, 0xff])), "sample count mismatch"),
        (new(altered(good.clone(), 46, &[0, 0])), "no blockette 1000"),
        // The second difference of the first frame, and what the frame says the last sample is.
        (new(altered(good.clone(), 79, &[0x40])), "first frame states 3"),
        (new(altered(good.clone(), 72, &[0, 0, 0, 4])), "last sample is 3 where its first frame"),
        (new(altered(three, 36, &u32::MAX.to_le_bytes())), "bytes, 10485760 are possible"),
    ] {
        let error = all(&bytes).unwrap_err();
        assert!(error.to_string().contains(words), "{words}: {error}");
        let StrainIoError::Row(row) = error else { panic!("{error}") };
        assert_eq!(row.byte, Some(512), "{words}");
        let skipping = read(&bytes, &MiniSeedOptions::default().with_skip_bad_rows(true)).unwrap();
        assert_eq!((skipping.bad_rows.len(), skipping.rows[0]), (1, 3), "{words}");
    }
    assert!(matches!(all(b""), Err(StrainIoError::NoRows { .. })));
    let none = read_miniseed::<&str>(&[], &MiniSeedOptions::default());
    assert!(matches!(none, Err(StrainIoError::NoChannels { .. })));
}

#[test]
fn records_of_text_and_empty_ones_are_passed_over() {
    let good = ints(false, "LS1", 0, &[1, 2, 3]);
    let text = altered(good.clone(), 52, &[0]);
    let empty = altered(good.clone(), 30, &[0, 0]);
    let got = all(&[text.clone(), empty, good].concat()).unwrap();
    assert_eq!((got.rows[0], got.bad_rows.len()), (3, 0));
    assert!(matches!(all(&text), Err(StrainIoError::NoRows { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_encoded_is_read(
        values in prop::collection::vec(-100_000_000_i32..100_000_000, 1..200),
        version3 in any::<bool>(), cut in 1_usize..200,
    ) {
        // Steim holds differences of 30 bits.
        let (head, tail) = values.split_at(cut.min(values.len()));
        let mut bytes = Vec::new();
        for (first, part) in [(0, head), (head.len(), tail)] {
            if !part.is_empty() {
                let record = record(version3, "LS1", 0, Samples::Int(part.to_vec()));
                let (minute, second) = ((first / 60) as u8, (first % 60) as u8);
                let start = NanoTime { minute, second, ..record.start_time };
                let record = record.with_record_length(4096).with_start_time(start);
                bytes.extend(encode(&record).unwrap());
            }
        }
        let got = all(&bytes).unwrap();
        let expected: Vec<f64> = values.iter().map(|&value| f64::from(value)).collect();
        prop_assert_eq!(got.recording.channel("LS1").unwrap().to_vec(), expected);
        prop_assert!(got.seams.is_empty());
    }

    #[test]
    fn any_bytes_are_a_recording_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = all(&bytes);
        let _ = all(&[b"000001D ".as_slice(), &bytes].concat());
        let _ = all(&[b"MS\x03".as_slice(), &bytes].concat());
    }

    #[test]
    fn damaged_records_are_a_recording_or_an_error(
        damage in prop::collection::vec((0_usize..200, any::<u8>()), 1..4),
        version3 in any::<bool>(), skip in any::<bool>(), length in 0_usize..1100,
    ) {
        let one = ints(version3, "LS1", 0, &[1, 1_000_000, 3]);
        let mut bytes = [one.clone(), one].concat();
        for (place, byte) in damage {
            let place = place % bytes.len();
            bytes[place] = byte;
        }
        bytes.truncate(length);
        bytes.extend_from_slice(LITTLE_ENDIAN);
        let _ = read(&bytes, &MiniSeedOptions::default().with_skip_bad_rows(skip));
    }
}
