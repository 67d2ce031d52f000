//! Opening and reading files that may come from strangers.
//!
//! A named pipe would keep the program waiting until somebody writes, a device may never end or do something when it is
//! touched. So only regular files are opened, and in a way that never waits.

use std::fs::{self, File, FileType, OpenOptions};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::FileError;

/// Opens a regular file for reading; anything else is refused, with its kind named.
///
/// # Errors
/// `InvalidInput` for what is no regular file, else what the system says.
pub fn open(path: impl AsRef<Path>) -> io::Result<File> {
    regular(path.as_ref(), OpenOptions::new().read(true))
}

/// Opens a file of our own for reading and adding to its end, and makes it where it is missing. A link is refused: in a
/// folder from elsewhere it could lead to any file of the user.
///
/// # Errors
/// `InvalidInput` for what is no regular file, else what the system says.
pub fn open_to_append(path: &Path) -> io::Result<File> {
    refuse_link(path)?;
    regular(path, OpenOptions::new().read(true).append(true).create(true))
}

/// Opens a file of our own for locking it, and makes it where it is missing; what is in it stays.
///
/// # Errors
/// As [`open_to_append`].
pub fn open_to_lock(path: &Path) -> io::Result<File> {
    refuse_link(path)?;
    regular(path, OpenOptions::new().write(true).create(true).truncate(false))
}

/// A file's bytes, refused when there are more than `limit`: a file from outside can't fill the memory.
///
/// # Errors
/// `FileTooLarge` for a larger file, `InvalidInput` for what is no regular file, else what the system says.
pub fn read_bounded(path: &Path, limit: u64) -> Result<Vec<u8>, FileError> {
    read(path, limit).map_err(FileError::at("read", path))
}

fn read(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let too_large = || {
        let why = format!("it is larger than {limit} bytes, which can't be right");
        io::Error::new(io::ErrorKind::FileTooLarge, why)
    };
    let file = open(path)?;
    let length = file.metadata()?.len();
    if length > limit {
        return Err(too_large());
    }
    // One more than there is: the end is seen without asking for more memory.
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(usize::try_from(length).unwrap_or(usize::MAX).saturating_add(1))?;
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit { Err(too_large()) } else { Ok(bytes) }
}

/// What lies in a folder, in the order of the names; nothing when the folder isn't there.
///
/// # Errors
/// What the system says.
pub fn list(folder: &Path) -> Result<Vec<PathBuf>, FileError> {
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

/// Looks before it opens, because opening a device can already do something; and looks again at what was opened, because
/// the name may mean something else by then.
fn regular(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    match fs::metadata(path) {
        Ok(about) => refuse_other_kinds(about.file_type())?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    without_waiting(options);
    let file = options.open(path)?;
    refuse_other_kinds(file.metadata()?.file_type())?;
    Ok(file)
}

fn refuse_link(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(about) if about.file_type().is_symlink() => Err(not_a_file("a link to another file")),
        _ => Ok(()),
    }
}

fn refuse_other_kinds(kind: FileType) -> io::Result<()> {
    if kind.is_file() { Ok(()) } else { Err(not_a_file(named(kind))) }
}

fn not_a_file(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, format!("it is {what}, not a regular file"))
}

#[cfg(unix)]
fn without_waiting(options: &mut OpenOptions) {
    std::os::unix::fs::OpenOptionsExt::custom_flags(options, libc::O_NONBLOCK);
}

#[cfg(not(unix))]
fn without_waiting(_options: &mut OpenOptions) {}

fn named(kind: FileType) -> &'static str {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        match () {
            () if kind.is_fifo() => return "a named pipe",
            () if kind.is_socket() => return "a socket",
            () if kind.is_char_device() || kind.is_block_device() => return "a device",
            () => {}
        }
    }
    if kind.is_dir() { "a folder" } else { "something special" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_over_the_limit_is_refused_before_it_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("big");
        fs::write(&path, [0; 11]).unwrap();
        assert!(read_bounded(&path, 10).unwrap_err().to_string().contains("larger than 10 bytes"));
        assert_eq!(read_bounded(&path, 11).unwrap().len(), 11);
        File::create(&path).unwrap().set_len(1 << 40).unwrap();
        assert_eq!(read_bounded(&path, 10).unwrap_err().source.kind(), io::ErrorKind::FileTooLarge);
    }

    #[test]
    fn a_folder_is_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let text = read_bounded(folder.path(), 10).unwrap_err().to_string();
        assert!(text.contains("it is a folder"), "{text}");
    }

    #[cfg(unix)]
    #[test]
    fn pipes_devices_and_sockets_are_refused_at_once_and_named() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let socket = folder.path().join("socket");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        for (path, kind) in
            [(&*pipe, "a named pipe"), (&socket, "a socket"), (Path::new("/dev/zero"), "a device")]
        {
            let text = read_bounded(path, 10).unwrap_err().to_string();
            assert!(text.contains(kind), "{text}");
            for opened in [open(path), open_to_append(path), open_to_lock(path)] {
                assert_eq!(opened.unwrap_err().kind(), io::ErrorKind::InvalidInput);
            }
        }
    }

    #[cfg(unix)]
    #[test]
    fn our_own_files_are_never_written_through_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let (other, link) = (folder.path().join("other"), folder.path().join("events.jsonl"));
        fs::write(&other, "mine").unwrap();
        std::os::unix::fs::symlink(&other, &link).unwrap();
        for opened in [open_to_append(&link), open_to_lock(&link)] {
            assert!(opened.unwrap_err().to_string().contains("a link"));
        }
        assert!(open(&link).is_ok(), "but read they may be");
        let endless = folder.path().join("endless");
        std::os::unix::fs::symlink(&endless, &endless).unwrap();
        assert!(open(&endless).is_err());
    }
}
