use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::{Result, StrainIoError};

/// Writes a file whole or not at all.
///
/// `fill` writes to a new file beside `path`, which then takes its name; a reader, or a run that is
/// killed half-way, sees the old file or the new one and nothing between. If `fill` fails the new
/// file is removed and an old one stays.
///
/// # Errors
///
/// [`StrainIoError::Io`] naming `path`, with what `fill` or the file system said.
///
/// # Example
///
/// ```
/// use std::io::Write;
///
/// let dir = tempfile::tempdir()?;
/// let path = dir.path().join("counts.csv");
/// strain_io::write_atomically(&path, |file| writeln!(file, "date,count"))?;
/// assert_eq!(std::fs::read_to_string(&path)?, "date,count\n");
///
/// let failed = strain_io::write_atomically(&path, |file| {
///     writeln!(file, "half of")?;
///     Err(std::io::Error::other("disk full"))
/// });
/// assert!(failed.is_err());
/// assert_eq!(std::fs::read_to_string(&path)?, "date,count\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write_atomically(
    path: impl AsRef<Path>,
    fill: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> Result<()> {
    let path = path.as_ref();
    let temporary = temporary_beside(path);
    let result = create(&temporary, fill).and_then(|()| fs::rename(&temporary, path));
    result.map_err(|source| {
        // The first failure is what the caller must hear of, not that of tidying up after it.
        let _ = fs::remove_file(&temporary);
        StrainIoError::Io { action: "write", path: path.to_owned(), source }
    })
}

/// Removes what writers that were killed have left in a folder: the new files that never took their
/// names. Those of writers still at work are left alone.
///
/// # Errors
///
/// [`StrainIoError::Io`] where the folder cannot be read or a file cannot be removed; a folder that
/// is not there holds nothing.
///
/// ```
/// let folder = tempfile::tempdir()?;
/// std::fs::write(folder.path().join(".counts.csv.4711-0.tmp"), "date,cou")?;
/// std::fs::write(folder.path().join("notes.tmp"), "mine")?;
/// strain_io::remove_abandoned(folder.path())?;
/// assert!(!folder.path().join(".counts.csv.4711-0.tmp").exists());
/// assert!(folder.path().join("notes.tmp").exists());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn remove_abandoned(folder: impl AsRef<Path>) -> Result<()> {
    let folder = folder.as_ref();
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(source) => {
            return Err(StrainIoError::Io { action: "read", path: folder.to_owned(), source });
        }
    };
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with('.') && name.ends_with(".tmp") && is_abandoned(&path) {
            match fs::remove_file(&path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                result => result.map_err(|source| StrainIoError::Io {
                    action: "remove",
                    path: path.clone(),
                    source,
                })?,
            }
        }
    }
    Ok(())
}

/// Whether nobody holds the lock that a writer has on its file for as long as it lives.
fn is_abandoned(path: &Path) -> bool {
    let Ok(file) = File::open(path) else { return false };
    !matches!(file.try_lock(), Err(fs::TryLockError::WouldBlock))
}

fn create(
    path: &Path,
    fill: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> io::Result<()> {
    let file = OpenOptions::new().write(true).create_new(true).open(path)?;
    // Says that the writer lives; where there are no locks nothing says so.
    let _ = file.try_lock();
    let mut writer = BufWriter::with_capacity(1 << 16, file);
    fill(&mut writer)?;
    writer.flush()?;
    // Without this a crash of the machine can leave an empty file under the final name.
    writer.get_ref().sync_all()
}

/// A name in the same folder (a rename must not cross file systems) that no other writer uses.
fn temporary_beside(path: &Path) -> PathBuf {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}-{}.tmp", process::id(), COUNTER.fetch_add(1, Ordering::Relaxed)));
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_nothing_behind() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.txt");
        write_atomically(&path, |file| file.write_all(b"one")).unwrap();
        write_atomically(&path, |_| Err(io::Error::other("no"))).unwrap_err();
        let names: Vec<_> = fs::read_dir(dir.path()).unwrap().collect();
        assert_eq!(names.len(), 1);
    }

    #[test]
    fn only_what_nobody_writes_is_abandoned() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.txt");
        write_atomically(&path, |file| {
            file.write_all(b"one")?;
            remove_abandoned(dir.path()).map_err(io::Error::other)
        })
        .unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "one");
        remove_abandoned(dir.path().join("nowhere")).unwrap();
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        let path = Path::new("no/such/folder/a.txt");
        let error = write_atomically(path, |_| Ok(())).unwrap_err();
        assert!(error.to_string().contains("no/such/folder/a.txt"));
    }
}
