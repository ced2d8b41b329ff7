use std::path::{Path, PathBuf};

/// The folder of real recordings and golden values: `STMN_SHARED`, or `shared` beside the
/// repository.
///
/// `None`, with the reason printed, where there is none.
///
/// # Panics
///
/// Where there is none although this is CI (`CI` is set): a skipped test proves nothing there.
pub fn shared(what: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("STMN_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared"), PathBuf::from);
    let path = folder.join(what);
    if path.exists() {
        return Some(path);
    }
    assert!(std::env::var_os("CI").is_none(), "there is no {}", path.display());
    println!("skipped: there is no {}", path.display());
    None
}
