use std::collections::BTreeSet;

use stmn::pipeline::{MethodConfig, PipelineError, RunConfig, parse_config};
use toml::Value;

use crate::pages::page;

/// A heading with a table of keys below it.
struct Section {
    /// `method.prepare`; empty for the top level.
    path: String,
    /// `[[…]]`: one of several.
    several: bool,
    /// Key and what stands in the column of defaults.
    rows: Vec<(String, String)>,
}

fn sections(path: &str) -> Vec<Section> {
    let page = page(path);
    let mut sections: Vec<Section> = Vec::new();
    for line in page.prose() {
        if let Some(heading) = line.strip_prefix("## ") {
            let name = heading.trim_matches('`');
            let path = if heading == "Top level" { "" } else { name.trim_matches(['[', ']']) };
            let several = name.starts_with("[[");
            sections.push(Section { path: path.to_owned(), several, rows: Vec::new() });
        }
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        if let [_, key, default, ..] = cells.as_slice()
            && let Some(key) = key.strip_prefix('`').and_then(|key| key.strip_suffix('`'))
        {
            let rows = &mut sections.last_mut().expect("a heading above the table").rows;
            rows.push((key.to_owned(), default.trim_matches('`').to_owned()));
        }
    }
    sections
}

fn every_section() -> Vec<Section> {
    let mut sections = sections("docs/src/reference/configuration.md");
    sections.extend(self::sections("docs/src/reference/method-keys.md"));
    sections
}

/// The keys that a table of a configuration may have, from what it says about one that it may not.
fn known_keys(section: &Section) -> BTreeSet<String> {
    let header = match (section.path.as_str(), section.several) {
        ("", _) => String::new(),
        (path, false) => format!("[{path}]\n"),
        (path, true) => format!("[[{path}]]\n"),
    };
    // What a kind of inception block has depends on the kind.
    let kind = if section.path.ends_with("inception") { "kind = \"mean_odd\"\n" } else { "" };
    let error = parse_config(&format!("{header}{kind}nobody = 1\n"), "x.toml").unwrap_err();
    let PipelineError::ConfigFile { message, .. } = error else { panic!("{error}") };
    let expected = message.strip_prefix("unknown field `nobody`, expected").unwrap_or_else(|| {
        panic!("[{}]: {message}", section.path);
    });
    let mut keys: BTreeSet<String> =
        expected.split('`').skip(1).step_by(2).map(str::to_owned).collect();
    if !kind.is_empty() {
        keys.insert("kind".to_owned());
    }
    keys
}

#[test]
fn every_key_is_listed_and_every_listed_key_exists() {
    for section in every_section() {
        let listed: BTreeSet<String> = section.rows.iter().map(|(key, _)| key.clone()).collect();
        assert_eq!(listed.len(), section.rows.len(), "[{}] lists a key twice", section.path);
        assert_eq!(listed, known_keys(&section), "[{}]", section.path);
    }
}

/// Every table of the method has its section, found from the defaults themselves.
#[test]
fn every_table_of_the_method_is_listed() {
    let listed: BTreeSet<String> = every_section().into_iter().map(|s| s.path).collect();
    let method = Value::try_from(MethodConfig::default()).unwrap();
    let mut tables = vec![("method".to_owned(), method)];
    let mut found = 0;
    while let Some((path, table)) = tables.pop() {
        assert!(listed.contains(&path), "[{path}] is not listed");
        found += 1;
        for (key, value) in table.as_table().unwrap() {
            if value.is_table() {
                tables.push((format!("{path}.{key}"), value.clone()));
            }
        }
    }
    assert!(found > 12, "{found} tables");
}

/// No command reads them from a file: the defaults themselves say which there are.
#[test]
fn the_keys_of_a_synthetic_network_are_listed_with_their_defaults() {
    let config = Value::try_from(strain_io::SynthConfig::default()).unwrap();
    let sections = sections("docs/src/reference/synth-keys.md");
    assert_eq!(sections.len(), 6);
    for section in sections {
        let table = table(&config, &section.path).and_then(Value::as_table).unwrap();
        let listed: BTreeSet<&String> = section.rows.iter().map(|(key, _)| key).collect();
        assert_eq!(listed, table.keys().collect(), "[{}]", section.path);
        for (key, default) in &section.rows {
            if default == "all defaults" {
                assert!(table[key].is_table(), "{key}");
                continue;
            }
            let listed: Value = toml::from_str(&format!("x = {default}")).unwrap();
            assert_eq!(Some(&table[key]), listed.get("x"), "[{}] {key}", section.path);
        }
    }
}

const LEAST: &str = r#"
seed = 1
[event]
time = "2008-05-12T06:28:04Z"
latitude = 31.0
longitude = 103.4
magnitude = 8.0
[reference]
id = "A"
path = "a.csv"
latitude = 30.0
longitude = 102.0
fit = { from = "2006-12-01T00:00:00Z", to = "2007-11-01T00:00:00Z" }
[[target]]
id = "B"
path = "b.csv"
latitude = 30.0
longitude = 102.0
fit = { from = "2006-12-01T00:00:00Z", to = "2007-11-01T00:00:00Z" }
"#;

/// What [`LEAST`] leaves out altogether.
const MORE: &str = r#"
[catalogue]
path = "c.csv"
[[reference.read.csv.columns]]
source = "s1"
[[reference.read.bottles.linearise]]
channel = "CH0"
reference_counts = 5e7
gap_m = 1e-4
[[method.prepare.steps.known]]
time = "2008-05-12T06:28:04Z"
[[method.prepare.drivers]]
channel = "water"
[method.prepare.refit]
every_days = 30
span_days = 60
[[method.prepare.exclude]]
start = "2006-12-01T00:00:00Z"
end = "2007-01-01T00:00:00Z"
"#;

fn read(text: &str) -> Value {
    let config: RunConfig = parse_config(text, "x.toml").unwrap();
    Value::try_from(config).unwrap()
}

fn table<'a>(config: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').filter(|part| !part.is_empty()).try_fold(config, |value, part| {
        let value = value.get(part)?;
        value.as_array().map_or(Some(value), |several| several.first())
    })
}

#[test]
fn the_listed_defaults_are_those_in_force() {
    let (least, more) = (read(LEAST), read(&format!("{LEAST}{MORE}")));
    for section in every_section() {
        let found = table(&least, &section.path).or_else(|| table(&more, &section.path));
        let found = found.unwrap_or_else(|| panic!("[{}] is in no configuration", section.path));
        for (key, default) in &section.rows {
            let (place, value) = (format!("[{}] {key}", section.path), found.get(key));
            match default.as_str() {
                "required" => assert!(value.is_some(), "{place}"),
                "unset" => assert!(value.is_none(), "{place} is {value:?}"),
                "all defaults" => assert!(value.is_some_and(Value::is_table), "{place}"),
                default => {
                    let listed: Value = toml::from_str::<Value>(&format!("x = {default}"))
                        .unwrap_or_else(|error| panic!("{place}: {error}"));
                    assert_eq!(value, listed.get("x"), "{place}");
                }
            }
        }
    }
}
