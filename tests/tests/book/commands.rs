use std::collections::BTreeSet;
use std::path::Path;

use stmn_tests::{Outcome, stmn};

use crate::pages::{Page, every_page, root};

/// The commands in the `sh` and `console` blocks of a page.
fn commands(page: &Page) -> Vec<String> {
    let mut commands = Vec::new();
    for block in page.blocks() {
        let prompt = match block.language {
            "sh" => "",
            "console" => "$ ",
            _ => continue,
        };
        // In a console block, lines without a prompt are what was printed.
        commands.extend(block.lines.iter().filter_map(|line| line.strip_prefix(prompt)));
    }
    commands.into_iter().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect()
}

#[test]
fn every_command_line_is_understood() {
    let mut checked = 0;
    for page in every_page() {
        for command in commands(&page) {
            let place = format!("{}: {command}", page.path.display());
            check(&command, &page, &place);
            checked += 1;
        }
    }
    assert!(checked > 20, "only {checked} commands: are they found?");
}

fn check(command: &str, page: &Page, place: &str) {
    // Settings of the environment come first.
    let setting = |word: &&str| word.contains('=') && !word.starts_with('-');
    let words: Vec<&str> = command.split_whitespace().skip_while(setting).collect();
    let after = |option: &str| {
        let at = words.iter().position(|word| *word == option)?;
        words.get(at + 1).copied()
    };
    match words.as_slice() {
        ["stmn", arguments @ ..] => understood(arguments, place),
        ["cargo", "run", ..] => match (after("-p"), after("--example")) {
            (Some("stmn-vmd"), _) => program(Path::new("crates/vmd"), &after, place),
            // Its only program has its name.
            (Some("timesnet-bench"), _) => {
                assert!(root().join("benches/timesnet/src/main.rs").exists(), "{place}");
            }
            (Some("stmn-benches"), _) => program(Path::new("benches"), &after, place),
            (Some(package), _) => program(&Path::new("crates").join(package), &after, place),
            // A crate's own page speaks from the crate's folder.
            (None, Some(_)) => program(page.path.parent().unwrap(), &after, place),
            (None, None) => {
                let at = words.iter().position(|word| *word == "--").expect(place);
                understood(&words[at + 1..], place);
            }
        },
        ["cargo", "install", "--path", folder] => {
            assert!(root().join(folder).join("Cargo.toml").exists(), "{place}");
        }
        ["cargo", "test" | "doc", ..] | ["python3", "-m", "venv", ..] => {}
        ["python", script, ..] | [script, ..]
            if script.ends_with(".py") || script.ends_with(".sh") =>
        {
            assert!(root().join(script).exists(), "{place}: there is no {script}");
        }
        _ => panic!("{place}: say here how such a command is checked"),
    }
}

/// A program of a package of the workspace is there.
fn program<'a>(folder: &Path, after: &dyn Fn(&str) -> Option<&'a str>, place: &str) {
    let folder = root().join(folder);
    let stem = match (after("--example"), after("--bin")) {
        (Some(example), None) => format!("examples/{example}"),
        (None, Some(program)) => format!("src/bin/{program}"),
        _ => panic!("{place}: an example or a program is named"),
    };
    let alone = folder.join(format!("{stem}.rs"));
    let file = if alone.exists() { alone } else { folder.join(format!("{stem}/main.rs")) };
    assert!(file.exists(), "{place}: there is no {}", file.display());
}

/// A command line that cannot be understood ends with status 2. In a folder where nothing is, every
/// other fails at its first file, with status 1; those that read none are given a place where they
/// cannot write.
fn understood(arguments: &[&str], place: &str) {
    let folder = tempfile::tempdir().unwrap();
    let mut arguments: Vec<&str> = arguments.to_vec();
    if matches!(arguments.first(), Some(&("demo" | "synth"))) {
        std::fs::write(folder.path().join("file"), "").unwrap();
        replace(&mut arguments, "--out", "file/out");
    }
    if arguments.first() == Some(&"synth") {
        replace(&mut arguments, "--days", "1");
    }
    let Outcome { code, stderr, .. } = stmn(folder.path(), &arguments);
    let expected = if arguments.contains(&"--help") { 0 } else { 1 };
    assert_eq!(code, Some(expected), "{place}: {stderr}");
}

fn replace<'a>(arguments: &mut Vec<&'a str>, option: &'a str, value: &'a str) {
    match arguments.iter().position(|argument| *argument == option) {
        Some(at) => arguments[at + 1] = value,
        None => arguments.extend([option, value]),
    }
}

/// In running text a command may stand without its arguments, but not one that is not there.
#[test]
fn commands_in_the_text_exist() {
    let mut seen = BTreeSet::new();
    for page in every_page() {
        for span in page.code_spans() {
            let words: Vec<&str> = span.split_whitespace().collect();
            match words.as_slice() {
                ["stmn", command, ..] if !command.starts_with('-') => {
                    seen.insert((*command).to_owned());
                }
                ["cargo", "run", ..] => {
                    check(&span, &page, &format!("{}: {span}", page.path.display()));
                }
                _ => {}
            }
        }
    }
    assert!(seen.contains("train"), "{seen:?}");
    for command in seen {
        let outcome = stmn(Path::new("."), [command.as_str(), "--help"]);
        assert_eq!(outcome.code, Some(0), "`stmn {command}` is named but not there");
    }
}
