//! Whether the tags of a document are balanced and its attributes quoted.

const VOID: [&str; 2] = ["meta", "br"];

/// Panics where an HTML page is not balanced.
pub(super) fn check_html(page: &str) {
    check(page.strip_prefix("<!DOCTYPE html>").expect("no document type"));
}

/// Panics where a document is not balanced.
pub(super) fn check(document: &str) {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = document;
    while let Some((before, tag)) = rest.split_once('<') {
        assert!(!before.contains('>') || open.last() == Some(&"style"), "stray > in {before}");
        let (tag, after) = tag.split_once('>').expect("a tag is not closed");
        assert_eq!(tag.matches('"').count() % 2, 0, "quotes in <{tag}>");
        let name = tag.split(|c: char| c.is_whitespace() || c == '/').next().unwrap_or("");
        if let Some(closed) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(closed), "closing tags do not match");
        } else if !tag.ends_with('/') && !VOID.contains(&name) {
            open.push(name);
        }
        rest = after;
    }
    assert!(open.is_empty(), "never closed: {open:?}");
}

#[test]
fn what_is_not_balanced_is_seen() {
    check("<svg a=\"1\"><title>x</title><rect/></svg>");
    for bad in ["<svg>", "<a></b>", "<a b=\"></a>", "<a>x > y</a>"] {
        assert!(std::panic::catch_unwind(|| check(bad)).is_err(), "{bad}");
    }
}
