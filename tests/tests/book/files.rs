use crate::pages::{every_page, page, root};

const FOLDERS: [&str; 6] = ["crates/", "docs/", "examples/", "tests/", "benches/", ".ci/"];

/// What is named by its path from the root is there.
#[test]
fn files_that_are_named_exist() {
    let mut checked = 0;
    for page in every_page() {
        let mut words: Vec<String> = page
            .code_spans()
            .iter()
            .flat_map(|s| s.split_whitespace())
            .map(str::to_owned)
            .collect();
        for block in page.blocks().iter().filter(|b| ["sh", "console"].contains(&b.language)) {
            words.extend(block.lines.iter().flat_map(|l| l.split_whitespace()).map(str::to_owned));
        }
        for word in words.iter().filter(|w| FOLDERS.iter().any(|folder| w.starts_with(folder))) {
            // A crate's own page names files of its own folder too.
            let own = page.path.parent().unwrap().join(word);
            let there = root().join(word).exists() || root().join(own).exists();
            assert!(there, "{}: there is no {word}", page.path.display());
            checked += 1;
        }
    }
    assert!(checked > 10, "only {checked} paths: are they found?");
}

/// What the front page shows of the demo is what the demo printed, line for line.
#[test]
fn the_front_page_quotes_the_demo() {
    let printed = std::fs::read_to_string(root().join("docs/src/output/demo.txt")).unwrap();
    let printed: Vec<&str> = printed.lines().collect();
    let front = page("README.md");
    let shown: Vec<&str> = front
        .blocks()
        .into_iter()
        .filter(|block| block.language == "text")
        .flat_map(|block| block.lines)
        .filter(|line| !line.is_empty() && *line != "…")
        .collect();
    assert!(shown.len() > 10, "{shown:?}");
    for line in shown {
        assert!(printed.contains(&line), "the demo did not print: {line}");
    }
}
