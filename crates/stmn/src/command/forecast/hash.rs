//! What tells one table from another, whatever it is called.

use std::path::Path;

use crate::failure::Failure;

/// The hash of a table's bytes; of a folder of days, of its files' names and bytes.
pub(super) fn hash(path: &Path) -> Result<String, Failure> {
    let mut hasher = blake3::Hasher::new();
    add(&mut hasher, path)
        .map_err(|error| Failure::of(format!("cannot read {}", path.display()), error))?;
    Ok(hasher.finalize().to_hex().to_string())
}

fn add(hasher: &mut blake3::Hasher, path: &Path) -> std::io::Result<()> {
    if !path.is_dir() {
        std::io::copy(&mut std::fs::File::open(path)?, hasher)?;
        return Ok(());
    }
    let entries: std::io::Result<Vec<_>> = std::fs::read_dir(path)?.collect();
    let mut entries = entries?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        hasher.update(entry.file_name().as_encoded_bytes());
        add(hasher, &entry.path())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_s_hash_is_of_its_files() {
        let folder = tempfile::tempdir().unwrap();
        let days = folder.path().join("days");
        std::fs::create_dir(&days).unwrap();
        std::fs::write(days.join("a"), "1").unwrap();
        std::fs::write(days.join("b"), "2").unwrap();
        let before = hash(&days).unwrap();
        assert_eq!(hash(&days).unwrap(), before);
        std::fs::write(days.join("b"), "3").unwrap();
        let changed = hash(&days).unwrap();
        assert_ne!(changed, before);
        std::fs::rename(days.join("b"), days.join("c")).unwrap();
        assert_ne!(hash(&days).unwrap(), changed);
        assert!(hash(&folder.path().join("none")).is_err());
    }
}
