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

fn create(
    path: &Path,
    fill: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> io::Result<()> {
    let file = OpenOptions::new().write(true).create_new(true).open(path)?;
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
    fn a_folder_that_is_not_there_is_named() {
        let path = Path::new("no/such/folder/a.txt");
        let error = write_atomically(path, |_| Ok(())).unwrap_err();
        assert!(error.to_string().contains("no/such/folder/a.txt"));
    }
}
