use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The repository's folder.
///
/// # Panics
///
/// Never: this package lies in it.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the repository").to_owned()
}

/// Every file below a folder with its bytes, by its path from there.
///
/// # Panics
///
/// Where the folder cannot be read.
pub fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    collect(folder, "", &mut files);
    files
}

fn collect(folder: &Path, prefix: &str, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let entry = entry.expect("the folder can be read");
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            collect(&entry.path(), &format!("{name}/"), files);
        } else {
            files.insert(name, fs::read(entry.path()).expect("the file can be read"));
        }
    }
}

/// Checks that two trees hold the same files with the same bytes, naming those that differ.
///
/// # Panics
///
/// Where they do not.
pub fn assert_same(found: &BTreeMap<String, Vec<u8>>, expected: &BTreeMap<String, Vec<u8>>) {
    let more: Vec<_> = found.keys().filter(|name| !expected.contains_key(*name)).collect();
    let fewer: Vec<_> = expected.keys().filter(|name| !found.contains_key(*name)).collect();
    assert!(more.is_empty() && fewer.is_empty(), "files only here {more:?}, only there {fewer:?}");
    let other: Vec<_> = found.keys().filter(|name| found[*name] != expected[*name]).collect();
    assert!(other.is_empty(), "files whose bytes differ: {other:?}");
}

/// Files that are no result: what a writer or a training leaves while it is at work.
pub fn leftovers(files: &BTreeMap<String, Vec<u8>>) -> Vec<&str> {
    let at_work = |path: &&str| {
        let name = path.rsplit('/').next().unwrap_or(path);
        name.starts_with('.') || name.ends_with(".tmp") || name.contains(".training")
    };
    files.keys().map(String::as_str).filter(at_work).collect()
}
