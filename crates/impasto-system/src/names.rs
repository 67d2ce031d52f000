//! The names of unfinished files and folders: the name that they will have, a mark, the process, and a number. The mark names
//! this program: in a folder of the user, other programs may have unfinished files too.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Before a mark. Versions before had none, and only in run folders, which are one process's at a time.
const OURS: &str = "impasto-";

/// What an unfinished name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leftover {
    /// Something that was not finished.
    Unfinished,
    /// Something that was to be replaced.
    SetAside,
}

/// A name for the unfinished `path`, in the same folder and used by nobody else.
pub(crate) fn temporary_name(path: &Path) -> PathBuf {
    beside(path, "tmp")
}

/// A name for what `path` is until its successor is in place.
pub(crate) fn aside_name(path: &Path) -> PathBuf {
    beside(path, "aside")
}

/// Whether this is the name of something unfinished.
pub fn is_temporary(path: &Path) -> bool {
    leftover(path).is_some()
}

fn beside(path: &Path, mark: &str) -> PathBuf {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{OURS}{mark}-{}-{count}", std::process::id()));
    path.with_file_name(name)
}

/// Of a temporary name: the name it stands for, and which sort it is.
pub(crate) fn leftover(path: &Path) -> Option<(&str, Leftover)> {
    let name = path.file_name()?.to_str()?;
    let (unmarked, count) = name.rsplit_once('-')?;
    let (unmarked, process) = unmarked.rsplit_once('-')?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(count) || !digits(process) {
        return None;
    }
    let (home, mark) = unmarked.rsplit_once('.')?;
    match mark.strip_prefix(OURS).unwrap_or(mark) {
        "tmp" => Some((home, Leftover::Unfinished)),
        "aside" => Some((home, Leftover::SetAside)),
        _ => None,
    }
}

/// Whether such a name can only be one of this program.
pub(crate) fn is_surely_ours(path: &Path) -> bool {
    let marked = |name: &str| [".impasto-tmp-", ".impasto-aside-"].iter().any(|mark| name.contains(mark));
    is_temporary(path) && path.file_name().and_then(|name| name.to_str()).is_some_and(marked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unfinished_name_says_what_it_stands_for() {
        let path = Path::new("runs/one.png");
        assert_eq!(leftover(&temporary_name(path)), Some(("one.png", Leftover::Unfinished)));
        assert_eq!(leftover(&aside_name(path)), Some(("one.png", Leftover::SetAside)));
        assert_ne!(temporary_name(path), temporary_name(path));
        assert!(is_surely_ours(&temporary_name(path)) && is_surely_ours(&aside_name(path)));
        let older = Path::new("runs/one.png.tmp-1-2");
        assert_eq!(leftover(older), Some(("one.png", Leftover::Unfinished)));
        assert!(!is_surely_ours(older), "it may be another program's");
        for name in ["one.png", "one.tmp", "my.tmp-notes", "a.tmp-1-", "b.tmp--2", "-1-2", ""] {
            assert!(!is_temporary(Path::new(name)), "{name}");
        }
    }
}
