//! Files and folders that are being made: under a temporary name beside their place, until they are whole.
//!
//! An unfinished file or folder is locked for as long as its process lives. So whoever comes later can tell what was left
//! by a process that is gone, on whatever machine it ran, and clears it away.

use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::names::{aside_name, temporary_name};
use crate::sweep::{open_folder, remove, sweep_once, sync_folder};
use crate::{FileError, sync_folder_of};

/// What becomes of a file that has the name already when a new one is finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// It is replaced, at one instant.
    Replace,
    /// It stays, and the new one is refused: also when it has come while the new one was made.
    Keep,
}

impl Existing {
    /// As a user has said: `--force` replaces.
    pub fn forced(force: bool) -> Self {
        if force { Self::Replace } else { Self::Keep }
    }
}

/// A file that is being written. It gets its name when it is committed; one that isn't leaves nothing.
#[derive(Debug)]
pub struct NewFile {
    file: File,
    temporary: Temporary,
    path: PathBuf,
}

impl NewFile {
    /// Begins a file that will be at `path`.
    ///
    /// # Errors
    /// What the system says.
    pub fn create(path: &Path) -> Result<Self, FileError> {
        let made = begin(path, &|temporary| File::create_new(temporary));
        let (temporary, file) = made.map_err(FileError::at("write", path))?;
        Ok(Self { file, temporary, path: path.to_path_buf() })
    }

    /// The file, for all that a file can do.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Where it is as long as it is unfinished: for another program that writes it.
    pub fn temporary(&self) -> &Path {
        &self.temporary.0
    }

    /// The file is whole: it is synced and gets its name.
    ///
    /// # Errors
    /// `AlreadyExists` for a file that is to be kept, else what the system says; then nothing has changed.
    pub fn commit(self, existing: Existing) -> Result<(), FileError> {
        let Self { file, temporary, path } = self;
        let placed = file.sync_all().and_then(|()| place(&temporary.0, &path, existing));
        placed.map_err(FileError::at("write", &path))?;
        sync_folder_of(&path)
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// A folder that is being filled. It gets its name when it is committed; one that isn't leaves nothing.
#[derive(Debug)]
pub struct NewFolder {
    temporary: Temporary,
    path: PathBuf,
    /// Its lock, where folders have such.
    _lock: Option<File>,
}

impl NewFolder {
    /// Begins a folder that will be at `path`.
    ///
    /// # Errors
    /// What the system says.
    pub fn create(path: &Path) -> Result<Self, FileError> {
        let path = named(path).map_err(FileError::at("find", path))?;
        let made = begin(&path, &|temporary| {
            fs::create_dir(temporary)?;
            open_folder(temporary)
        });
        let (temporary, lock) = made.map_err(FileError::at("make the folder", &path))?;
        Ok(Self { temporary, path, _lock: lock })
    }

    /// Where it is as long as it is unfinished.
    pub fn path(&self) -> &Path {
        &self.temporary.0
    }

    /// The folder is whole: it gets its name. `Existing::Keep` keeps a folder with anything in it; an empty one is none.
    ///
    /// # Errors
    /// What the system says; then what was there before is there still.
    pub fn commit(self, existing: Existing) -> Result<(), FileError> {
        let Self { temporary, path, .. } = &self;
        sync_folder(&temporary.0)?;
        match existing {
            Existing::Replace if path.exists() => replace(&temporary.0, path),
            _ => settle(&temporary.0, path).map_err(FileError::at("write", path)),
        }?;
        sync_folder_of(path)
    }
}

/// Builds a whole folder by filling an empty one, or leaves what was there before.
///
/// # Errors
/// What the filling says, and the system.
pub fn build_folder<E: From<FileError>>(
    path: &Path,
    fill: impl FnOnce(&Path) -> Result<(), E>,
) -> Result<(), E> {
    let draft = NewFolder::create(path)?;
    fill(draft.path())?;
    Ok(draft.commit(Existing::Replace)?)
}

/// Makes a folder and those above it.
///
/// # Errors
/// What the system says.
pub fn make_folders(path: &Path) -> Result<(), FileError> {
    fs::create_dir_all(path).map_err(FileError::at("make the folder", path))
}

/// Makes the folder that a file is to lie in, and tries whether files can be written there: to be asked before long work.
///
/// # Errors
/// What the system says.
pub fn make_room(path: &Path) -> Result<(), FileError> {
    if let Some(folder) = path.parent().filter(|folder| *folder != Path::new("")) {
        make_folders(folder)?;
    }
    NewFile::create(path).map(drop)
}

/// Removes all that is unfinished in this process, and begins nothing any more: to be called right before it ends.
pub fn abandon() {
    let all = live().take().unwrap_or_default();
    // Threads that still fill a folder may add a file to it while it is removed.
    for _ in 0..3 {
        all.iter().for_each(|path| drop(remove(path)));
    }
}

/// The unfinished files and folders of this process; none when it is about to end.
fn live() -> std::sync::MutexGuard<'static, Option<BTreeSet<PathBuf>>> {
    static LIVE: Mutex<Option<BTreeSet<PathBuf>>> = Mutex::new(Some(BTreeSet::new()));
    LIVE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A name that is known as unfinished; what still has it in the end is removed.
#[derive(Debug)]
struct Temporary(PathBuf);

impl Temporary {
    fn beside(path: &Path) -> io::Result<Self> {
        let name = temporary_name(path);
        let ending = || io::Error::new(io::ErrorKind::Interrupted, "the program is about to end");
        live().as_mut().ok_or_else(ending)?.insert(name.clone());
        Ok(Self(name))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // Usually it has another name by now.
        let _ = remove(&self.0);
        if let Some(live) = live().as_mut() {
            live.remove(&self.0);
        }
    }
}

/// Makes something under a temporary name and locks it. A sweeper may be quicker with the lock; then another is made.
fn begin<T: AsLock>(path: &Path, make: &dyn Fn(&Path) -> io::Result<T>) -> io::Result<(Temporary, T)> {
    const TRIES: usize = 100;
    sweep_once(path.parent().unwrap_or(Path::new("")));
    for _ in 0..TRIES {
        let temporary = Temporary::beside(path)?;
        let made = make(&temporary.0)?;
        if made.is_locked_by_us() && temporary.0.symlink_metadata().is_ok() {
            return Ok((temporary, made));
        }
    }
    Err(io::Error::new(io::ErrorKind::ResourceBusy, "other programs keep removing it"))
}

/// What can be locked. Where a system knows no locks, nothing is ever swept by others, so that it counts as locked.
trait AsLock {
    fn is_locked_by_us(&self) -> bool;
}

impl AsLock for File {
    fn is_locked_by_us(&self) -> bool {
        !matches!(self.try_lock(), Err(TryLockError::WouldBlock))
    }
}

impl AsLock for Option<File> {
    fn is_locked_by_us(&self) -> bool {
        self.as_ref().is_none_or(AsLock::is_locked_by_us)
    }
}

/// Gives a finished file its name.
fn place(temporary: &Path, path: &Path, existing: Existing) -> io::Result<()> {
    if existing == Existing::Replace {
        return fs::rename(temporary, path);
    }
    match fs::hard_link(temporary, path) {
        // The temporary name is removed when the draft is dropped.
        Ok(()) => Ok(()),
        Err(error) if knows_no_links(&error) => reserve(temporary, path),
        Err(error) => Err(error),
    }
}

/// Some file systems, such as those of memory cards, know no second name for a file.
fn knows_no_links(error: &io::Error) -> bool {
    use io::ErrorKind::{PermissionDenied, TooManyLinks, Unsupported};
    matches!(error.kind(), PermissionDenied | TooManyLinks | Unsupported)
}

/// Takes the name with an empty file first, which only one can do.
fn reserve(temporary: &Path, path: &Path) -> io::Result<()> {
    File::create_new(path)?;
    fs::rename(temporary, path).inspect_err(|_| drop(fs::remove_file(path)))
}

/// Puts a finished folder in the place of another one.
fn replace(temporary: &Path, path: &Path) -> Result<(), FileError> {
    let aside = aside_name(path);
    // Held until the end, so that nobody takes it for what a process that is gone has left.
    let lock = open_folder(path).map_err(FileError::at("replace", path))?;
    let _ = lock.as_ref().map(File::try_lock);
    fs::rename(path, &aside).map_err(FileError::at("replace", path))?;
    let moved = fs::rename(temporary, path).map_err(FileError::at("write", path));
    if let Err(error) = moved.and_then(|()| sync_folder_of(path)) {
        // Put the older one back; should that fail too, the next sweep does it.
        let _ = fs::rename(path, temporary);
        let _ = fs::rename(&aside, path);
        return Err(error);
    }
    fs::remove_dir_all(&aside).map_err(FileError::at("remove the older version of", path))
}

/// Gives a finished folder its name, which nothing has but perhaps an empty folder.
fn settle(temporary: &Path, path: &Path) -> io::Result<()> {
    if path.read_dir().is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(io::ErrorKind::DirectoryNotEmpty.into());
    }
    // A shell that stands in this folder would stand in a removed one.
    let is_here = || std::env::current_dir().is_ok_and(|here| here == path);
    if path.is_dir() && (cfg!(not(unix)) || is_here()) {
        return move_inside(temporary, path);
    }
    match fs::rename(temporary, path) {
        // Another file system begins here, and its root can't be replaced.
        Err(error) if error.kind() == io::ErrorKind::ResourceBusy => move_inside(temporary, path),
        renamed => renamed,
    }
}

/// Moves all that lies in a folder into another one, which is empty; all or nothing.
fn move_inside(from: &Path, to: &Path) -> io::Result<()> {
    let mut moved = Vec::new();
    for entry in from.read_dir()? {
        let name = entry?.file_name();
        if let Err(error) = fs::rename(from.join(&name), to.join(&name)) {
            moved.iter().for_each(|name| drop(fs::rename(to.join(name), from.join(name))));
            return Err(error);
        }
        moved.push(name);
    }
    Ok(())
}

/// The path with a name at its end: `.` and `..` have none.
fn named(path: &Path) -> io::Result<PathBuf> {
    match path.file_name() {
        Some(_) => Ok(path.to_path_buf()),
        None => path.canonicalize(),
    }
}

#[cfg(test)]
mod tests;
