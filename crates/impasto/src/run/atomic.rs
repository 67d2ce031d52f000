//! Files and folders that are either wholly there or not at all.
//!
//! Everything is written under a temporary name in the same folder, synced to the disk and then renamed, so a
//! `kill -9` or a full disk at any instant leaves what was there before. Temporary names end in `.tmp-` and
//! numbers; what a crash left of them is swept away when the run is resumed.

use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Reading or writing a file went wrong.
#[derive(Debug, thiserror::Error)]
#[error("could not {doing} `{path}`: {source}; {}", remedy(source))]
pub struct FileError {
    /// What was being done, as a verb: "write", "read".
    pub doing: &'static str,
    /// The file or folder.
    pub path: PathBuf,
    /// What the system said.
    pub source: io::Error,
}

impl FileError {
    /// For `map_err`: the system's error becomes one that says what was done and where.
    pub fn at(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_path_buf();
        move |source| Self { doing, path, source }
    }
}

/// What to do about an error of the system.
fn remedy(error: &io::Error) -> &'static str {
    use io::ErrorKind as Kind;
    match error.kind() {
        Kind::StorageFull | Kind::QuotaExceeded => {
            "the disk is full: free some space and try again (nothing that was there before has been changed)"
        }
        Kind::PermissionDenied | Kind::ReadOnlyFilesystem => {
            "choose a folder that you may write to, or change its permissions"
        }
        Kind::NotFound => "check the path",
        Kind::NotADirectory | Kind::AlreadyExists | Kind::IsADirectory | Kind::DirectoryNotEmpty => {
            "something else of this name is in the way: move it, or choose another path"
        }
        _ => "check the disk and try again",
    }
}

/// Writes a whole file, or leaves what was there before.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    write_atomically_with(path, |file| file.write_all(bytes))
}

/// Writes a whole file piece by piece, or leaves what was there before.
pub fn write_atomically_with(
    path: &Path,
    fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), FileError> {
    let temporary = temporary_name(path);
    let written = fill_and_sync(&temporary, fill).and_then(|()| fs::rename(&temporary, path));
    if let Err(source) = written {
        // The first error is the one worth telling; a leftover is swept away later.
        let _ = fs::remove_file(&temporary);
        return Err(FileError { doing: "write", path: path.to_path_buf(), source });
    }
    sync_folder_of(path)
}

/// Writes several whole files of one folder; each of them is wholly there or not at all.
///
/// All are written before the first is synced: the disk is then waited for about once, and not once for each file.
pub fn write_together(files: &[(PathBuf, Vec<u8>)]) -> Result<(), FileError> {
    let temporary: Vec<PathBuf> = files.iter().map(|(path, _)| temporary_name(path)).collect();
    let written = write_and_sync(files, &temporary);
    if written.is_err() {
        // Those that have their names already are gone from here.
        temporary.iter().for_each(|path| drop(fs::remove_file(path)));
        return written;
    }
    files.first().map_or(Ok(()), |(path, _)| sync_folder_of(path))
}

/// Builds a whole folder by filling an empty one, or leaves what was there before.
///
/// When a folder of this name is already there it is set aside until the new one is in its place; a crash between
/// these two renames is mended by [`sweep`].
pub fn build_folder<E: From<FileError>>(
    path: &Path,
    fill: impl FnOnce(&Path) -> Result<(), E>,
) -> Result<(), E> {
    let temporary = temporary_name(path);
    let built = fs::create_dir(&temporary)
        .map_err(FileError::at("make the folder", path))
        .map_err(E::from)
        .and_then(|()| fill(&temporary))
        .and_then(|()| Ok(sync_folder(&temporary)?))
        .and_then(|()| Ok(put_in_place(&temporary, path)?));
    if built.is_err() {
        let _ = fs::remove_dir_all(&temporary);
    }
    built
}

/// Makes a folder and those above it.
pub fn make_folders(path: &Path) -> Result<(), FileError> {
    fs::create_dir_all(path).map_err(FileError::at("make the folder", path))
}

/// Makes the folder that a file is to lie in, and tries whether files can be written there: to be asked before long work.
pub fn make_room(path: &Path) -> Result<(), FileError> {
    if let Some(folder) = path.parent().filter(|folder| *folder != Path::new("")) {
        make_folders(folder)?;
    }
    let trial = temporary_name(path);
    File::create_new(&trial).and_then(|_| fs::remove_file(&trial)).map_err(FileError::at("write", path))
}

/// Removes a folder so that a crash half-way can't leave half of it under its own name.
pub fn remove_folder(path: &Path) -> Result<(), FileError> {
    let temporary = temporary_name(path);
    fs::rename(path, &temporary)
        .and_then(|()| fs::remove_dir_all(&temporary))
        .map_err(FileError::at("remove", path))
}

/// Clears a folder of what a crash left: temporary files and folders go, a folder that was set aside while its
/// successor never came is put back. Only for the one process that writes there.
pub fn sweep(folder: &Path) -> Result<(), FileError> {
    for entry in list(folder)? {
        let Some((name, kind)) = leftover(&entry) else { continue };
        let home = folder.join(name);
        let swept = match kind {
            Leftover::SetAside if !home.exists() => fs::rename(&entry, &home),
            _ if entry.is_dir() && !entry.is_symlink() => fs::remove_dir_all(&entry),
            _ => fs::remove_file(&entry),
        };
        swept.map_err(FileError::at("clear away", &entry))?;
    }
    Ok(())
}

/// Whether this is the name of something unfinished.
pub fn is_temporary(path: &Path) -> bool {
    leftover(path).is_some()
}

/// A file's bytes, refused when there are more than `limit`: a file from outside can't fill the memory.
pub fn read_bounded(path: &Path, limit: u64) -> Result<Vec<u8>, FileError> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| {
        // One more than there is: the end is seen without asking for more memory.
        let length = file.metadata()?.len().min(limit) + 1;
        bytes.reserve_exact(usize::try_from(length).unwrap_or(0));
        file.take(limit + 1).read_to_end(&mut bytes)
    });
    read.map_err(FileError::at("read", path))?;
    if bytes.len() as u64 > limit {
        let source = io::Error::other(format!("it is larger than {limit} bytes, which can't be right"));
        return Err(FileError { doing: "read", path: path.to_path_buf(), source });
    }
    Ok(bytes)
}

/// What lies in a folder, in the order of the names; nothing when the folder isn't there.
pub(crate) fn list(folder: &Path) -> Result<Vec<PathBuf>, FileError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(FileError::at("list", folder)(error)),
    };
    let paths: io::Result<Vec<PathBuf>> = entries.map(|entry| entry.map(|entry| entry.path())).collect();
    let mut paths = paths.map_err(FileError::at("list", folder))?;
    paths.sort();
    Ok(paths)
}

/// A name for the unfinished `path`, in the same folder and used by nobody else.
pub(crate) fn temporary_name(path: &Path) -> PathBuf {
    named_beside(path, "tmp")
}

/// Makes the names in a folder survive a power cut.
pub(crate) fn sync_folder_of(path: &Path) -> Result<(), FileError> {
    match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => sync_folder(Path::new(".")),
        Some(parent) => sync_folder(parent),
        None => Ok(()),
    }
}

fn write_and_sync(files: &[(PathBuf, Vec<u8>)], temporary: &[PathBuf]) -> Result<(), FileError> {
    let mut open = Vec::with_capacity(files.len());
    for ((path, bytes), temporary) in files.iter().zip(temporary) {
        let written = File::create_new(temporary).and_then(|mut file| {
            file.write_all(bytes)?;
            Ok(file)
        });
        open.push(written.map_err(FileError::at("write", path))?);
    }
    for ((path, _), file) in files.iter().zip(open) {
        file.sync_all().map_err(FileError::at("write", path))?;
    }
    for ((path, _), temporary) in files.iter().zip(temporary) {
        fs::rename(temporary, path).map_err(FileError::at("write", path))?;
    }
    Ok(())
}

fn fill_and_sync(path: &Path, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut file = BufWriter::new(File::create_new(path)?);
    fill(&mut file)?;
    file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
}

fn put_in_place(temporary: &Path, path: &Path) -> Result<(), FileError> {
    let aside = named_beside(path, "aside");
    let is_replaced = path.exists();
    if is_replaced {
        fs::rename(path, &aside).map_err(FileError::at("replace", path))?;
    }
    let moved = fs::rename(temporary, path);
    if moved.is_err() && is_replaced {
        // Put the older one back; should that fail too, resuming does it.
        let _ = fs::rename(&aside, path);
    }
    moved.map_err(FileError::at("write", path))?;
    sync_folder_of(path)?;
    if is_replaced {
        fs::remove_dir_all(&aside).map_err(FileError::at("remove the older version of", path))?;
    }
    Ok(())
}

fn named_beside(path: &Path, mark: &str) -> PathBuf {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{mark}-{}-{count}", std::process::id()));
    path.with_file_name(name)
}

enum Leftover {
    Unfinished,
    SetAside,
}

/// Of a temporary name: the name it stands for, and which sort it is.
fn leftover(path: &Path) -> Option<(&str, Leftover)> {
    let name = path.file_name()?.to_str()?;
    let (unmarked, count) = name.rsplit_once('-')?;
    let (unmarked, process) = unmarked.rsplit_once('-')?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(count) || !digits(process) {
        return None;
    }
    if let Some(home) = unmarked.strip_suffix(".tmp") {
        return Some((home, Leftover::Unfinished));
    }
    unmarked.strip_suffix(".aside").map(|home| (home, Leftover::SetAside))
}

#[cfg(unix)]
fn sync_folder(path: &Path) -> Result<(), FileError> {
    match File::open(path).and_then(|folder| folder.sync_all()) {
        // Some network file systems can't sync a folder; there the rename itself has to do.
        Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => {
            Ok(())
        }
        other => other.map_err(FileError::at("sync", path)),
    }
}

/// Elsewhere a folder can't be opened as a file, and the system keeps its names safe by itself.
#[cfg(not(unix))]
fn sync_folder(_path: &Path) -> Result<(), FileError> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let name = |path: PathBuf| path.file_name().unwrap().to_string_lossy().into_owned();
        list(folder).unwrap().into_iter().map(name).collect()
    }

    #[test]
    fn a_write_that_fails_leaves_the_old_file_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.json");
        write_atomically(&path, b"old").unwrap();
        let error = write_atomically_with(&path, |file| {
            file.write_all(b"half of the ne")?;
            Err(io::ErrorKind::StorageFull.into())
        });
        let text = error.unwrap_err().to_string();
        assert!(text.contains("run.json") && text.contains("the disk is full"), "{text}");
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(names(folder.path()), ["run.json"]);
    }

    #[test]
    fn files_that_are_written_together_are_whole_or_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, bytes: &[u8]| (folder.path().join(name), bytes.to_vec());
        write_together(&[file("a", b"1"), file("b", b"")]).unwrap();
        write_together(&[file("a", b"22")]).unwrap();
        write_together(&[]).unwrap();
        fs::create_dir_all(folder.path().join("full/of")).unwrap();
        let failed = write_together(&[file("c", b"3"), file("full", b"4"), file("d", b"5")]);
        assert!(failed.unwrap_err().to_string().contains("full"));
        assert_eq!(names(folder.path()), ["a", "b", "c", "full"]);
        for (name, bytes) in [("a", &b"22"[..]), ("b", b""), ("c", b"3")] {
            assert_eq!(fs::read(folder.path().join(name)).unwrap(), bytes);
        }
        assert!(write_together(&[file("no/such/folder", b"")]).is_err());
    }

    #[test]
    fn a_folder_that_fails_half_way_leaves_the_old_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("one");
        build_folder(&path, |inside| write_atomically(&inside.join("a"), b"old")).unwrap();
        let failed = build_folder(&path, |inside| {
            write_atomically(&inside.join("a"), b"new")?;
            write_atomically(&inside.join("no/such/folder"), b"new")
        });
        assert!(failed.is_err());
        assert_eq!(fs::read(path.join("a")).unwrap(), b"old");
        build_folder(&path, |inside| write_atomically(&inside.join("a"), b"new")).unwrap();
        assert_eq!(fs::read(path.join("a")).unwrap(), b"new");
        assert_eq!(names(folder.path()), ["one"]);
    }

    #[test]
    fn sweeping_removes_unfinished_things_and_puts_back_what_was_set_aside() {
        let folder = tempfile::tempdir().unwrap();
        let inside = |name: &str| folder.path().join(name);
        fs::create_dir(inside("lost.aside-12-0")).unwrap();
        fs::create_dir(inside("kept")).unwrap();
        fs::create_dir(inside("kept.aside-12-1")).unwrap();
        fs::create_dir(inside("half.tmp-12-2")).unwrap();
        fs::write(inside("half.tmp-12-2/weights"), b"ha").unwrap();
        fs::write(inside("run.json.tmp-12-3"), b"{").unwrap();
        fs::write(inside("my.tmp-notes"), b"a stranger's").unwrap();
        sweep(folder.path()).unwrap();
        assert_eq!(names(folder.path()), ["kept", "lost", "my.tmp-notes"]);
    }

    #[test]
    fn a_file_where_a_folder_is_needed_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, b"").unwrap();
        let text = write_atomically(&file.join("run.json"), b"{}").unwrap_err().to_string();
        assert!(text.contains("run.json") && text.contains("in the way"), "{text}");
    }

    #[test]
    fn room_for_a_file_is_made_and_tried_before_it_is_written() {
        let folder = tempfile::tempdir().unwrap();
        make_room(&folder.path().join("a/b/c.png")).unwrap();
        assert_eq!(names(&folder.path().join("a")), ["b"]);
        assert!(names(&folder.path().join("a/b")).is_empty());
        fs::write(folder.path().join("file"), b"").unwrap();
        let text = make_room(&folder.path().join("file/c.png")).unwrap_err().to_string();
        assert!(text.contains("file") && text.contains("in the way"), "{text}");
    }

    #[test]
    fn a_file_over_the_limit_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("big");
        fs::write(&path, [0; 11]).unwrap();
        assert!(read_bounded(&path, 10).unwrap_err().to_string().contains("larger than 10 bytes"));
        assert_eq!(read_bounded(&path, 11).unwrap().len(), 11);
    }
}
