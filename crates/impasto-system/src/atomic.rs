//! Whole files at once.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::{Existing, FileError, NewFile};

/// Writes a whole file, or leaves what was there before.
///
/// # Errors
/// What the system says.
pub fn write_atomically(path: &Path, bytes: &[u8], existing: Existing) -> Result<(), FileError> {
    write_atomically_with(path, existing, |file| file.write_all(bytes))
}

/// Writes a whole file piece by piece, or leaves what was there before.
///
/// # Errors
/// What `fill` says, and the system.
pub fn write_atomically_with(
    path: &Path,
    existing: Existing,
    fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), FileError> {
    let draft = NewFile::create(path)?;
    let mut buffer = BufWriter::new(draft.file());
    let filled = fill(&mut buffer).and_then(|()| buffer.flush());
    filled.map_err(FileError::at("write", path))?;
    drop(buffer);
    draft.commit(existing)
}

/// Writes several files of one folder; each of them is wholly there or not at all.
///
/// All are written before the first is synced: the disk is then waited for about once, and not once for each file.
///
/// # Errors
/// What the system says.
pub fn write_together(files: &[(PathBuf, Vec<u8>)], existing: Existing) -> Result<(), FileError> {
    let mut drafts = Vec::with_capacity(files.len());
    for (path, bytes) in files {
        let mut draft = NewFile::create(path)?;
        draft.write_all(bytes).map_err(FileError::at("write", path))?;
        drafts.push(draft);
    }
    drafts.into_iter().try_for_each(|draft| draft.commit(existing))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::list;
    use std::fs;

    fn names(folder: &Path) -> Vec<String> {
        let name = |path: PathBuf| path.file_name().unwrap().to_string_lossy().into_owned();
        list(folder).unwrap().into_iter().map(name).collect()
    }

    #[test]
    fn a_write_that_fails_leaves_the_old_file_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.json");
        write_atomically(&path, b"old", Existing::Keep).unwrap();
        let error = write_atomically_with(&path, Existing::Replace, |file| {
            file.write_all(b"half of the ne")?;
            Err(io::ErrorKind::StorageFull.into())
        });
        let text = error.unwrap_err().to_string();
        assert!(text.contains("run.json") && text.contains("the disk is full"), "{text}");
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(names(folder.path()), ["run.json"]);
    }

    #[test]
    fn a_file_that_came_meanwhile_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        let error = write_atomically_with(&path, Existing::Keep, |file| {
            fs::write(&path, b"another process's")?;
            file.write_all(b"ours")
        });
        assert_eq!(error.unwrap_err().source.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"another process's");
        assert_eq!(names(folder.path()), ["a.png"]);
    }

    #[test]
    fn files_that_are_written_together_are_whole_or_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, bytes: &[u8]| (folder.path().join(name), bytes.to_vec());
        write_together(&[file("a", b"1"), file("b", b"")], Existing::Keep).unwrap();
        write_together(&[file("a", b"22")], Existing::Replace).unwrap();
        write_together(&[], Existing::Keep).unwrap();
        fs::create_dir_all(folder.path().join("full/of")).unwrap();
        let failed =
            write_together(&[file("c", b"3"), file("full", b"4"), file("d", b"5")], Existing::Replace);
        assert!(failed.unwrap_err().to_string().contains("full"));
        assert_eq!(names(folder.path()), ["a", "b", "c", "full"]);
        for (name, bytes) in [("a", &b"22"[..]), ("b", b""), ("c", b"3")] {
            assert_eq!(fs::read(folder.path().join(name)).unwrap(), bytes);
        }
        assert!(write_together(&[file("no/such/folder", b"")], Existing::Keep).is_err());
    }

    #[test]
    fn a_file_where_a_folder_is_needed_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, b"").unwrap();
        let text =
            write_atomically(&file.join("run.json"), b"{}", Existing::Replace).unwrap_err().to_string();
        assert!(text.contains("run.json") && text.contains("in the way"), "{text}");
    }
}
