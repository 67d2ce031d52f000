//! Clearing away what was left unfinished, and making names survive a power cut.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::names::{Leftover, is_surely_ours, leftover, temporary_name};
use crate::{FileError, list};

/// Clears a folder of what a crash left: unfinished files and folders go, a folder that was set aside while its successor
/// never came is put back. For the one process that may write there, since it asks nobody.
///
/// # Errors
/// What the system says.
pub fn sweep(folder: &Path) -> Result<(), FileError> {
    for entry in list(folder)? {
        clear(&entry).map_err(FileError::at("clear away", &entry))?;
    }
    Ok(())
}

/// Removes a folder so that a crash half-way can't leave half of it under its own name.
///
/// # Errors
/// What the system says.
pub fn remove_folder(path: &Path) -> Result<(), FileError> {
    let temporary = temporary_name(path);
    fs::rename(path, &temporary)
        .and_then(|()| fs::remove_dir_all(&temporary))
        .map_err(FileError::at("remove", path))
}

/// Clears a folder, once in the life of this process, of what processes left there that are gone. It is a courtesy:
/// what can't be cleared stays.
pub(crate) fn sweep_once(folder: &Path) {
    static SWEPT: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    if SWEPT.lock().unwrap_or_else(PoisonError::into_inner).insert(folder.to_path_buf()) {
        sweep_dead(folder);
    }
}

/// Clears a folder of what processes left there that are gone: nobody holds its lock any more.
pub(crate) fn sweep_dead(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
        if is_surely_ours(&entry)
            && let Some(_lock) = lock_of_the_dead(&entry)
        {
            let _ = clear(&entry);
        }
    }
}

/// The lock of something unfinished that nobody makes any more. Where there are no locks, nobody knows.
fn lock_of_the_dead(path: &Path) -> Option<File> {
    let kind = path.symlink_metadata().ok()?.file_type();
    let file = match () {
        () if kind.is_file() => crate::open(path).ok()?,
        () if kind.is_dir() => open_folder(path).ok()??,
        () => return None,
    };
    matches!(file.try_lock(), Ok(())).then_some(file)
}

/// Removes something unfinished, or puts back what was set aside for it. What has another name is left alone.
fn clear(path: &Path) -> io::Result<()> {
    let Some((name, kind)) = leftover(path) else { return Ok(()) };
    let home = path.with_file_name(name);
    match kind {
        Leftover::SetAside if !home.exists() => fs::rename(path, &home),
        _ => remove(path),
    }
}

/// Removes a file, or a folder with all that is in it.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    match path.symlink_metadata()?.is_dir() {
        true => fs::remove_dir_all(path),
        false => fs::remove_file(path),
    }
}

/// A folder as a file that can be locked and synced; none where the system has no such thing.
#[cfg(unix)]
pub(crate) fn open_folder(path: &Path) -> io::Result<Option<File>> {
    File::open(path).map(Some)
}

/// Elsewhere a folder can't be opened as a file.
#[cfg(not(unix))]
pub(crate) fn open_folder(_path: &Path) -> io::Result<Option<File>> {
    Ok(None)
}

/// Makes the names in the folder of this path survive a power cut.
pub(crate) fn sync_folder_of(path: &Path) -> Result<(), FileError> {
    match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => sync_folder(Path::new(".")),
        Some(parent) => sync_folder(parent),
        None => Ok(()),
    }
}

/// Makes the names in a folder survive a power cut. Where a folder can't be opened, the system keeps its names by itself.
pub(crate) fn sync_folder(path: &Path) -> Result<(), FileError> {
    let synced = open_folder(path).and_then(|folder| folder.map_or(Ok(()), |folder| folder.sync_all()));
    match synced {
        // Some network file systems can't sync a folder; there the rename itself has to do.
        Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => {
            Ok(())
        }
        other => other.map_err(FileError::at("sync", path)),
    }
}

/// Whether a lock is held by somebody else.
#[cfg(test)]
pub(crate) fn is_held(file: &File) -> bool {
    matches!(file.try_lock(), Err(std::fs::TryLockError::WouldBlock))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unfinished::{NewFile, NewFolder};

    fn names(folder: &Path) -> Vec<String> {
        let name = |path: PathBuf| path.file_name().unwrap().to_string_lossy().into_owned();
        list(folder).unwrap().into_iter().map(name).collect()
    }

    /// What a crash leaves, with names of this version or of older ones.
    fn littered(ours: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let inside = |name: &str| folder.path().join(name);
        fs::create_dir(inside(&format!("lost.{ours}aside-12-0"))).unwrap();
        fs::create_dir(inside("kept")).unwrap();
        fs::create_dir(inside(&format!("kept.{ours}aside-12-1"))).unwrap();
        fs::create_dir(inside(&format!("half.{ours}tmp-12-2"))).unwrap();
        fs::write(inside(&format!("half.{ours}tmp-12-2/weights")), b"ha").unwrap();
        fs::write(inside(&format!("run.json.{ours}tmp-12-3")), b"{").unwrap();
        fs::write(inside("my.tmp-notes"), b"a stranger's").unwrap();
        folder
    }

    #[test]
    fn sweeping_removes_unfinished_things_and_puts_back_what_was_set_aside() {
        for ours in ["", "impasto-"] {
            let folder = littered(ours);
            sweep(folder.path()).unwrap();
            assert_eq!(names(folder.path()), ["kept", "lost", "my.tmp-notes"]);
        }
    }

    #[cfg(unix)]
    #[test]
    fn what_the_dead_left_is_swept_and_what_the_living_make_is_not() {
        let folder = littered("impasto-");
        let file = NewFile::create(&folder.path().join("a.png")).unwrap();
        let inner = NewFolder::create(&folder.path().join("set")).unwrap();
        assert!(is_held(&File::open(file.temporary()).unwrap()));
        sweep_dead(folder.path());
        let living = [file.temporary(), inner.path()];
        assert!(living.iter().all(|path| path.exists()));
        drop((file, inner));
        assert_eq!(names(folder.path()), ["kept", "lost", "my.tmp-notes"]);
    }

    #[cfg(unix)]
    #[test]
    fn what_other_programs_have_not_finished_is_left_alone() {
        let folder = littered("");
        let before = names(folder.path());
        sweep_dead(folder.path());
        assert_eq!(names(folder.path()), before);
    }

    #[cfg(unix)]
    #[test]
    fn the_first_file_that_is_made_in_a_folder_sweeps_it() {
        let folder = littered("impasto-");
        drop(NewFile::create(&folder.path().join("a.png")).unwrap());
        assert_eq!(names(folder.path()), ["kept", "lost", "my.tmp-notes"]);
    }
}
