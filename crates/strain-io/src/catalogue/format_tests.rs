use jiff::tz::Offset;
use proptest::prelude::*;

use super::*;
use crate::{Result, RowProblem, StrainIoError};

const FDSN: &str = "\
#EventID | Time | Latitude | Longitude | Depth/km | Author | Catalog | Contributor | ContributorID | MagType | Magnitude | MagAuthor | EventLocationName
ci38457511|2019-07-06T03:19:53.040|35.7695|-117.5993|8.0|ci|ci|ci|ci38457511|mw|7.1|ci|Ridgecrest, CA
us1|2019-07-06T03:20:00|35.8|-117.6||us|us|us|us1|ml|4.5|us|
";

const COMCAT: &str = "\
time,latitude,longitude,depth,mag,magType,nst,gap,dmin,rms,net,id,updated,place,type
2008-05-12T06:28:01.570Z,31.002,103.322,19,7.9,mwc,,,,1.14,us,usp000g650,2022-05-02T22:14:18.474Z,\"58 km W of Tianpeng, China\",earthquake
";

const CENC: &str = "\
2013-08-23  16:34:04.1  -22.3   -68.7  100  M5.9  \u{667a}\u{5229}
2008-05-12  14:28:04.0   31.0   103.4   14  Ms8.0
1999-01-03  1:55:3.8   27.2   101.0    -1  5.0  a place of three words
";

const ZMAP: &str = "\
 -117.5993 35.7695 2019.5106 7 6 7.1 8.0 3 19 53.04
 103.4 31.0 2008 5 12 8.0 NaN 6 28 4 1.0 2.0 0.1
";

const QUAKEML: &str = "\
<?xml version=\"1.0\" encoding=\"UTF-8\"?>
<q:quakeml xmlns:q=\"http://quakeml.org/xmlns/quakeml/1.2\" xmlns=\"http://quakeml.org/xmlns/bed/1.2\">
 <eventParameters publicID=\"p\">
  <event publicID=\"e1\">
   <preferredOriginID>o2</preferredOriginID>
   <preferredMagnitudeID>m2</preferredMagnitudeID>
   <description><type>region name</type><text>Wenchuan &amp; around</text></description>
   <magnitude publicID=\"m1\"><mag><value>7.5</value></mag><type>mb</type></magnitude>
   <origin publicID=\"o1\"><time><value>2000-01-01T00:00:00</value></time>
    <latitude><value>0</value></latitude><longitude><value>0</value></longitude></origin>
   <origin publicID=\"o2\"><time><value>2008-05-12T06:28:04.000000Z</value></time>
    <latitude><value>31.0</value><uncertainty>0.1</uncertainty></latitude>
    <longitude><value>103.4</value></longitude><depth><value>14000</value></depth></origin>
   <magnitude publicID=\"m2\"><mag><value>8.0</value></mag><type>Ms</type>
    <comment><text>of 90 stations</text></comment></magnitude>
  </event>
  <event publicID=\"e2\">
   <origin publicID=\"o3\"><time><value>2008-05-12T06:43:15Z</value></time>
    <latitude><value>31.2</value></latitude><longitude><value>103.6</value></longitude></origin>
   <magnitude publicID=\"m3\"><mag><value>6.0</value></mag></magnitude>
  </event>
 </eventParameters>
</q:quakeml>
";

fn read_with(content: &[u8], options: &ReadCatalogueOptions) -> Result<CatalogueRead> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("events");
    std::fs::write(&path, content).unwrap();
    read_catalogue(&path, options)
}

fn read(content: &str) -> Result<CatalogueRead> {
    read_with(content.as_bytes(), &ReadCatalogueOptions::default())
}

type Facts<'a> = (&'a str, f64, f64, f64, Option<f64>, Option<&'a str>, Option<&'a str>);

fn facts<'a>(event: &'a Event, time: &'a str) -> Facts<'a> {
    (
        time,
        event.latitude,
        event.longitude,
        event.magnitude,
        event.depth_km,
        event.magnitude_type.as_deref(),
        event.region.as_deref(),
    )
}

#[test]
fn each_format_is_recognised_and_read() {
    let ridgecrest = "2019-07-06T03:19:53.04Z";
    let place = Some("Ridgecrest, CA");
    let wenchuan = "2008-05-12T06:28:04Z";
    let cases: [(&str, CatalogueFormat, Vec<Facts<'_>>); 5] = [
        (
            FDSN,
            CatalogueFormat::FdsnText,
            vec![
                (ridgecrest, 35.7695, -117.5993, 7.1, Some(8.0), Some("mw"), place),
                ("2019-07-06T03:20:00Z", 35.8, -117.6, 4.5, None, Some("ml"), None),
            ],
        ),
        (
            COMCAT,
            CatalogueFormat::Csv,
            vec![(
                "2008-05-12T06:28:01.57Z",
                31.002,
                103.322,
                7.9,
                Some(19.0),
                Some("mwc"),
                Some("58 km W of Tianpeng, China"),
            )],
        ),
        (
            CENC,
            CatalogueFormat::CencText,
            vec![
                (
                    "2013-08-23T08:34:04.1Z",
                    -22.3,
                    -68.7,
                    5.9,
                    Some(100.0),
                    Some("M"),
                    Some("\u{667a}\u{5229}"),
                ),
                (wenchuan, 31.0, 103.4, 8.0, Some(14.0), Some("Ms"), None),
                (
                    "1999-01-02T17:55:03.8Z",
                    27.2,
                    101.0,
                    5.0,
                    None,
                    None,
                    Some("a place of three words"),
                ),
            ],
        ),
        (
            ZMAP,
            CatalogueFormat::Zmap,
            vec![
                (ridgecrest, 35.7695, -117.5993, 7.1, Some(8.0), None, None),
                (wenchuan, 31.0, 103.4, 8.0, None, None, None),
            ],
        ),
        (
            QUAKEML,
            CatalogueFormat::QuakeMl,
            vec![
                (wenchuan, 31.0, 103.4, 8.0, Some(14.0), Some("Ms"), Some("Wenchuan & around")),
                ("2008-05-12T06:43:15Z", 31.2, 103.6, 6.0, None, None, None),
            ],
        ),
    ];
    for (text, format, expected) in cases {
        let got = read(text).unwrap();
        assert_eq!(got.format, format, "{}", got.because);
        let events = got.catalogue.events();
        let times: Vec<_> = events.iter().map(|event| event.time.to_string()).collect();
        let events: Vec<_> = events.iter().zip(&times).map(|(e, time)| facts(e, time)).collect();
        assert_eq!(events, expected);
    }
    let eqt = read(" 2008 5121428 4 31.00 103.408.00 14  0\n").unwrap();
    assert_eq!(eqt.format, CatalogueFormat::Eqt);
    assert_eq!(eqt.catalogue.events()[0].time.to_string(), wenchuan);
}

#[test]
fn zones_and_formats_can_be_named() {
    let utc = ReadCatalogueOptions::default().with_zone(Offset::UTC);
    let got = read_with(CENC.as_bytes(), &utc).unwrap();
    assert_eq!(got.catalogue.events()[1].time.to_string(), "2008-05-12T14:28:04Z");
    let beijing = ReadCatalogueOptions::default().with_zmap_zone(Offset::constant(8));
    let got = read_with(ZMAP.as_bytes(), &beijing).unwrap();
    assert_eq!(got.catalogue.events()[1].time.to_string(), "2008-05-11T22:28:04Z");
    let named = ReadCatalogueOptions::default().with_format(CatalogueFormat::FdsnText);
    let error = read_with(ZMAP.as_bytes(), &named).unwrap_err();
    assert!(error.to_string().contains("1 fields where 13"), "{error}");
    let unknown = read("Dear reader\n").unwrap_err().to_string();
    assert!(unknown.contains("no known format of catalogues"), "{unknown}");
    assert!(matches!(read("\n"), Err(StrainIoError::NoRows { .. })));
}

#[test]
fn bad_lines_are_located() {
    let day = RowProblem::NotATime;
    for (text, line, reason, column) in [
        (FDSN, "a|b", RowProblem::FieldCount { expected: 13, got: 2 }, None),
        (FDSN, "a|x|1|2|3|||||ml|4||", RowProblem::NotATime, Some("time")),
        (
            FDSN,
            "a|2019-07-06T03:20:00|1|2|3|||||||",
            RowProblem::FieldCount { expected: 13, got: 12 },
            None,
        ),
        (
            FDSN,
            "a|2019-07-06T03:20:00|1|2|3||||||||",
            RowProblem::Incomplete { what: "magnitude" },
            None,
        ),
        (CENC, "2013-08-23 16:34:04 1 2 3", RowProblem::FieldCount { expected: 6, got: 5 }, None),
        (CENC, "2013-08-23 16:34:04 1 2 3 Ms", RowProblem::NotANumber, Some("magnitude")),
        (ZMAP, "1 2 2019 2 30 4 5 6 7 8", day.clone(), Some("day")),
        (ZMAP, "1 2 2019 2.5 3 4 5 6 7 8", day, Some("month")),
        (
            ZMAP,
            "1 91 2019 2 3 4 5 6 7 8",
            RowProblem::OutOfRange { low: -90.0, high: 90.0 },
            Some("latitude"),
        ),
    ] {
        let number = text.lines().count() as u64 + 1;
        let text = format!("{text}{line}\n");
        let Err(StrainIoError::Row(row)) = read(&text) else { panic!("{line}") };
        assert_eq!((row.line, row.column.as_deref()), (number, column), "{line}");
        assert_eq!(row.reason, reason, "{line}");
        let skip = ReadCatalogueOptions::default().with_skip_bad_rows(true);
        let got = read_with(text.as_bytes(), &skip).unwrap();
        assert_eq!(got.bad_rows.len(), 1);
        assert_eq!(got.catalogue, read(&text[..text.len() - line.len() - 1]).unwrap().catalogue);
    }
}

#[test]
fn bad_quakeml_is_located() {
    let skip = ReadCatalogueOptions::default().with_skip_bad_rows(true);
    for (from, to, words) in [
        ("<value>6.0</value>", "<value>six</value>", "column magnitude: `six` is not a number"),
        ("<value>2008-05-12T06:43:15Z</value>", "", "column time"),
        (
            "<magnitude publicID=\"m3\"><mag><value>6.0</value></mag></magnitude>",
            "",
            "no magnitude",
        ),
    ] {
        let text = QUAKEML.replace(from, to);
        let error = read(&text).unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
        let StrainIoError::Row(row) = error else { panic!("{error}") };
        let event = text.find("<event publicID=\"e2\">").unwrap() + "<event publicID=\"e2\">".len();
        assert_eq!(row.byte, Some(event as u64));
        let got = read_with(text.as_bytes(), &skip).unwrap();
        assert_eq!((got.bad_rows.len(), got.catalogue.events().len()), (1, 1));
    }
    // Broken XML is an error whatever is to be skipped.
    let broken = QUAKEML.replace("</eventParameters>", "");
    assert!(matches!(read_with(broken.as_bytes(), &skip), Err(StrainIoError::Row(_))));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes_are_a_catalogue_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        use CatalogueFormat::{CencText, Csv, Eqt, FdsnText, QuakeMl, Zmap};
        for format in [CencText, Csv, Eqt, FdsnText, QuakeMl, Zmap] {
            let options = ReadCatalogueOptions::default().with_format(format);
            let _ = read_with(&bytes, &options);
        }
        let _ = read_with(&bytes, &ReadCatalogueOptions::default());
    }

    #[test]
    fn damaged_catalogues_are_a_catalogue_or_an_error(
        which in 0_usize..5, damage in prop::collection::vec((0_usize..4000, any::<u8>()), 1..4),
    ) {
        let mut bytes = [FDSN, COMCAT, CENC, ZMAP, QUAKEML][which].as_bytes().to_vec();
        for (place, byte) in damage {
            let place = place % bytes.len();
            bytes[place] = byte;
        }
        let _ = read_with(&bytes, &ReadCatalogueOptions::default().with_skip_bad_rows(true));
    }
}
