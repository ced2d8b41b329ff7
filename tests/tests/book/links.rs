use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use crate::pages::{Page, book, every_page, page, root};

/// Targets of `[text](target)` and `![text](target)`, outside code.
fn links(page: &Page) -> Vec<String> {
    let prose = page.prose().join("\n");
    let text: String = prose.split('`').step_by(2).collect::<Vec<_>>().join("`");
    text.split("](").skip(1).filter_map(|rest| Some(rest.split_once(')')?.0.to_owned())).collect()
}

/// `a/../b` as `b`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                plain.pop();
            }
            Component::CurDir => {}
            part => plain.push(part),
        }
    }
    plain
}

/// The anchors of a page's headings, as mdBook and GitHub make them.
fn anchors(page: &Page) -> BTreeSet<String> {
    let heading = |line: &&str| line.starts_with('#');
    let anchor = |line: &str| -> String {
        let kept = line.trim_start_matches('#').trim().to_lowercase();
        kept.chars()
            .filter(|c| c.is_alphanumeric() || "-_ ".contains(*c))
            .map(|c| if c == ' ' { '-' } else { c })
            .collect()
    };
    page.prose().into_iter().filter(heading).map(anchor).collect()
}

#[test]
fn links_lead_somewhere() {
    let mut checked = 0;
    for from in every_page() {
        for link in links(&from) {
            if link.starts_with("http") {
                continue;
            }
            let (path, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let place = format!("{}: {link}", from.path.display());
            let target = match path {
                "" => from.path.clone(),
                path => plain(&from.path.parent().unwrap().join(path)),
            };
            assert!(root().join(&target).exists(), "{place}: there is no {}", target.display());
            if !anchor.is_empty() {
                assert!(anchors(&page(target)).contains(anchor), "{place}: no such heading");
            }
            checked += 1;
        }
    }
    assert!(checked > 30, "only {checked} links: are they found?");
}

#[test]
fn every_chapter_is_in_the_summary_and_its_inclusions_are_there() {
    let summary = page("docs/src/SUMMARY.md");
    let listed: BTreeSet<PathBuf> =
        links(&summary).iter().map(|link| Path::new("docs/src").join(link)).collect();
    for chapter in book().iter().filter(|chapter| chapter.path != summary.path) {
        assert!(listed.contains(&chapter.path), "{} is not listed", chapter.path.display());
        for rest in chapter.text.split("{{#include ").skip(1) {
            let file = rest.split_once("}}").unwrap().0;
            let path = root().join(chapter.path.parent().unwrap()).join(file);
            assert!(path.exists(), "{}: there is no {file}", chapter.path.display());
        }
        assert!(chapter.text.starts_with("# "), "{} has no title", chapter.path.display());
    }
}
