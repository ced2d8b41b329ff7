use jiff::SignedDuration;
use proptest::prelude::*;

use super::*;
use crate::{ColumnSpec, Read, Result, RowProblem, StrainIoError, Unit};

const TEXT: &str = "\
#Reference position    100.25     25.61   1974.29    XIAG
# YYYYMMDD YYYY.DECM     N(mm)     E(mm)     U(mm) sig_n(mm) sig_e(mm) sig_u(mm)
 19991231  1999.9986     434.8    -751.0      -0.0      1.8      1.9       4.9
 20000101  2000.0014     434.7    -745.4       0.8      1.6      1.8       4.9
 20000104  2000.0096     434.6    -741.6       NaN      1.9      1.9       4.6
";

fn read(text: &[u8], options: &NeuOptions) -> Result<Read> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("X_raw.neu");
    std::fs::write(&path, text).unwrap();
    read_neu(path, options)
}

#[test]
fn positions_with_their_sigmas() {
    let got = read(TEXT.as_bytes(), &NeuOptions::default()).unwrap();
    let recording = &got.recording;
    assert_eq!((recording.station(), recording.grid().len()), ("XIAG", 5));
    assert_eq!(recording.grid().start(), "1999-12-31T12:00:00Z".parse().unwrap());
    assert_eq!(recording.channel("e").unwrap()[4], -741.6);
    assert_eq!(recording.channel("sigma_n").unwrap()[1], 1.6);
    assert_eq!(recording.missing_count("u").unwrap(), 3);
    assert!(recording.channels().iter().all(|channel| channel.unit == Unit::Millimetre));
    let position = got.position.unwrap();
    assert_eq!((position.latitude, position.longitude), (25.61, 100.25));
    assert_eq!((position.elevation_m, got.rows[0]), (Some(1974.29), 3));
}

#[test]
fn columns_station_and_time_of_day_can_be_chosen() {
    let options = NeuOptions::default()
        .with_station("S")
        .with_time_of_day(SignedDuration::ZERO)
        .with_column(ColumnSpec::new("u").with_name("up").with_unit(Unit::Metre, 1e-3));
    let got = read(TEXT.as_bytes(), &options).unwrap();
    assert_eq!(got.recording.station(), "S");
    assert_eq!(got.recording.grid().start(), "1999-12-31T00:00:00Z".parse().unwrap());
    assert_eq!(got.recording.channel("up").unwrap()[1], 8e-4);
    let late = NeuOptions::default().with_time_of_day(SignedDuration::from_hours(24));
    assert!(matches!(read(TEXT.as_bytes(), &late), Err(StrainIoError::Config { .. })));
    let wrong = NeuOptions::default().with_column(ColumnSpec::new("N"));
    assert!(matches!(read(TEXT.as_bytes(), &wrong), Err(StrainIoError::NoColumn { .. })));
    let anonymous = TEXT.replace("XIAG", "");
    let got = read(anonymous.as_bytes(), &NeuOptions::default()).unwrap();
    assert_eq!(got.recording.station(), "X_raw");
}

#[test]
fn bad_lines_are_located() {
    let other = RowProblem::DatesDisagree { other: "2000.0096".to_owned() };
    for (line, column, reason) in [
        ("20000105 2000.0096 1 2 3 1 1 1", Some("date"), other),
        ("20000104 2000.0096 1 2 3 1 1 1", Some("date"), RowProblem::DuplicateTime),
        ("2000010512 2000.0123 1 2 3 1 1 1", Some("date"), RowProblem::NotATime),
        ("20000105 x 1 2 3 1 1 1", Some("decimal year"), RowProblem::NotANumber),
        ("20000105 2000.0123 1 2 x 1 1 1", Some("u"), RowProblem::NotANumber),
        ("20000105 2000.0123 1 2 3 1 1 inf", Some("sigma_u"), RowProblem::NotFinite),
        ("20000105 2000.0123 1 2 3", None, RowProblem::FieldCount { expected: 8, got: 5 }),
    ] {
        let text = format!("{TEXT}{line}\n");
        let error = read(text.as_bytes(), &NeuOptions::default()).unwrap_err();
        let StrainIoError::Row(row) = error else { panic!("{error}") };
        assert_eq!((row.line, row.column.as_deref()), (6, column), "{line}");
        assert_eq!(row.reason, reason, "{line}");
        let skipping = NeuOptions::default().with_skip_bad_rows(true);
        let got = read(text.as_bytes(), &skipping).unwrap();
        assert_eq!((got.bad_rows.len(), got.rows[0]), (1, 4), "{line}");
    }
    let none = read(b"#Reference position 1 2 3 A\n", &NeuOptions::default());
    assert!(matches!(none, Err(StrainIoError::NoRows { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes_are_a_recording_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(&bytes, &NeuOptions::default());
    }

    #[test]
    fn damaged_text_is_a_recording_or_an_error(place in 0_usize..420, byte in any::<u8>()) {
        let mut text = TEXT.as_bytes().to_vec();
        let place = place % text.len();
        text[place] = byte;
        let _ = read(&text, &NeuOptions::default().with_skip_bad_rows(true));
    }
}
