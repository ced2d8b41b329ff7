use std::fs;
use std::path::{Path, PathBuf};

/// A page of text.
pub(crate) struct Page {
    /// From the repository's root.
    pub path: PathBuf,
    pub text: String,
}

/// A fenced block.
pub(crate) struct Block<'a> {
    /// What stands behind the fence: `rust`, `console`, …
    pub language: &'a str,
    pub lines: Vec<&'a str>,
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

pub(crate) fn page(path: impl Into<PathBuf>) -> Page {
    let path = path.into();
    let text = fs::read_to_string(root().join(&path))
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    Page { path, text }
}

/// The book's chapters.
pub(crate) fn book() -> Vec<Page> {
    let mut paths = Vec::new();
    let mut folders = vec![PathBuf::from("docs/src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root().join(&folder)).unwrap() {
            let path = folder.join(entry.unwrap().file_name());
            if root().join(&path).is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "md") {
                paths.push(path);
            }
        }
    }
    paths.sort();
    assert!(paths.len() > 10, "only {} chapters", paths.len());
    paths.into_iter().map(page).collect()
}

/// The book, the front page, and the pages of crates and data.
pub(crate) fn every_page() -> Vec<Page> {
    let mut pages = book();
    pages.extend(["README.md", "CHANGELOG.md", "examples/data/README.md"].map(page));
    for entry in fs::read_dir(root().join("crates")).unwrap() {
        pages.push(page(Path::new("crates").join(entry.unwrap().file_name()).join("README.md")));
    }
    pages
}

impl Page {
    /// Its fenced blocks.
    pub(crate) fn blocks(&self) -> Vec<Block<'_>> {
        let mut blocks = Vec::new();
        let mut open: Option<Block<'_>> = None;
        for line in self.text.lines() {
            match (open.take(), line.trim_start().strip_prefix("```")) {
                (None, Some(language)) => {
                    open = Some(Block { language: language.trim(), lines: Vec::new() });
                }
                (None, None) => {}
                (Some(block), Some(_)) => blocks.push(block),
                (Some(mut block), None) => {
                    block.lines.push(line);
                    open = Some(block);
                }
            }
        }
        assert!(open.is_none(), "{}: a block is not closed", self.path.display());
        blocks
    }

    /// Its lines outside fenced blocks.
    pub(crate) fn prose(&self) -> Vec<&str> {
        let mut inside = false;
        let outside = |line: &&str| {
            let fence = line.trim_start().starts_with("```");
            inside ^= fence;
            !inside && !fence
        };
        self.text.lines().filter(outside).collect()
    }

    /// What stands between single backticks, line ends as spaces.
    pub(crate) fn code_spans(&self) -> Vec<String> {
        let prose = self.prose().join(" ");
        prose.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    }
}
