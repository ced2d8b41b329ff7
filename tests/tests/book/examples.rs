use std::fs;
use std::path::Path;

use strain_io::{ReadCatalogueOptions, ReadOptions, read_catalogue, read_recording, read_stations};

use crate::pages::{Page, page};

/// A file that the page on formats shows: what it is, what it is called, and what is said of it.
struct Example<'a> {
    part: &'a str,
    format: &'a str,
    name: &'a str,
    text: &'a str,
}

/// Sections of `## PART` that are headed by ``### `FORMAT`: `NAME` ``.
fn examples(page: &Page) -> Vec<Example<'_>> {
    let mut examples = Vec::new();
    for part in page.text.split("\n## ").skip(1) {
        let name = part.lines().next().unwrap();
        for section in part.split("\n### ").skip(1) {
            let (heading, text) = section.split_once('\n').unwrap();
            let quoted: Vec<&str> = heading.split('`').skip(1).step_by(2).collect();
            if let [format, file] = quoted[..] {
                examples.push(Example { part: name, format, name: file, text });
            }
        }
    }
    examples
}

impl Example<'_> {
    /// The bytes of its first block.
    fn content(&self) -> Vec<u8> {
        let fence = self.text.split("```").nth(1).unwrap();
        let (language, block) = fence.split_once('\n').unwrap();
        let hex = |line: &str| -> Vec<u8> {
            let bytes = line.split('|').next().unwrap().split_whitespace();
            bytes.map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect()
        };
        match language {
            "hex" => block.lines().flat_map(hex).collect(),
            _ => block.as_bytes().to_vec(),
        }
    }

    /// The format of the file and what the page has to say of it.
    fn read(&self, path: &Path) -> (String, String) {
        let number = |count: usize, what: &str| match count {
            1 => format!("1 {what}"),
            _ => format!("{count} {what}s"),
        };
        match self.part {
            "Recordings" => {
                let read = read_recording(path, &ReadOptions::default()).unwrap();
                let (grid, channels) = (read.recording.grid(), read.recording.channels());
                let names: Vec<_> = channels.iter().map(|c| format!("`{}`", c.name)).collect();
                let format = serde_json::to_value(read.recognised.unwrap().format).unwrap();
                let samples = number(grid.len(), "sample");
                let interval = grid.interval_seconds();
                let said = format!("{samples} at {interval} s: {}.", names.join(", "));
                (format.as_str().unwrap().to_owned(), said)
            }
            "Catalogues" => {
                let read = read_catalogue(path, &ReadCatalogueOptions::default()).unwrap();
                let first = &read.catalogue.events()[0];
                let scale = first.magnitude_type.iter().map(|scale| format!(" `{scale}`"));
                let (events, scale) =
                    (number(read.catalogue.events().len(), "event"), scale.collect::<String>());
                let (size, time) = (first.magnitude, first.time);
                let said = format!("{events}, the first of M {size}{scale} at {time}.");
                (format!("{:?}", read.format), said)
            }
            _ => {
                let read = read_stations(path, false).unwrap();
                let first = &read.channels[0];
                let channels = number(read.channels.len(), "channel");
                let towards = first.azimuth_degrees.map(|azimuth| format!(" towards {azimuth}°"));
                let (station, item) = (&first.station_code, &first.item_code);
                let item = if item.is_empty() { String::new() } else { format!(" `{item}`") };
                let said = format!(
                    "{channels}, the first `{station}`{item}{}.",
                    towards.unwrap_or_default()
                );
                (format!("{:?}", read.format), said)
            }
        }
    }
}

/// Every example is of the format that it is said to be and holds what is said of it.
#[test]
fn examples_of_formats_are_read_as_it_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let page = page("docs/src/reference/format-examples.md");
    let mut wrong = Vec::new();
    for example in examples(&page) {
        let path = folder.path().join(example.name);
        fs::write(&path, example.content()).unwrap();
        let (format, said) = example.read(&path);
        if format != example.format || !example.text.replace('\n', " ").contains(&said) {
            wrong.push(format!("{}: {format}: {said}", example.name));
        }
    }
    assert!(wrong.is_empty(), "say: {wrong:#?}");
}

/// Every format of the tables has an example.
#[test]
fn every_format_has_an_example() {
    let (list, shown) =
        (page("docs/src/reference/formats.md"), page("docs/src/reference/format-examples.md"));
    let mut formats = 0;
    for row in list.text.lines().filter(|line| line.starts_with("| `")) {
        let format = row.split('`').nth(1).unwrap();
        // The head of the table of catalogues.
        if format.contains("::") {
            continue;
        }
        formats += 1;
        assert!(shown.text.contains(&format!("\n### `{format}`")), "no example of {format}");
    }
    assert!(formats > 12, "only {formats} formats: are they found?");
    for format in ["FdsnText", "StationXml"] {
        let stations = examples(&shown);
        let found = stations.iter().any(|e| e.part.starts_with("Lists") && e.format == format);
        assert!(found, "no list of stations in {format}");
    }
}
