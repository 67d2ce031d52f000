//! The folder of a new run: whether it is free, and who has it.
//!
//! A folder is locked first and looked at then, so that of two processes that begin at once only one finds it free. It is
//! free only if it holds nothing of a run: a checkpoint, a sheet or events of another training would be taken for those of
//! the new one.

use std::fs::{self, File, TryLockError};
use std::path::Path;

use impasto_system::FileError;

use super::{ABOUT, CHECKPOINTS, CONFIG, RunError, SAMPLES};

const LOCK: &str = "run.lock";

/// Takes a new or empty folder for a run, or one in which the beginning of a run was cut short. One that is refused is
/// left as it was.
pub(super) fn taken(path: &Path) -> Result<Option<File>, RunError> {
    let begun = path.join(LOCK).exists();
    // Looked at before as well, so that nothing is put into a folder that was never free.
    if !begun {
        refuse_unless(impasto_system::list(path)?.is_empty(), path)?;
    }
    impasto_system::make_folders(path)?;
    let lock = lock(path)?;
    refuse_unless(is_free(path)?, path)?;
    impasto_system::sweep(path)?;
    Ok(lock)
}

/// Locks the folder for this process. File systems that know no locks go without.
pub(crate) fn lock(path: &Path) -> Result<Option<File>, RunError> {
    let name = path.join(LOCK);
    let file = impasto_system::open_to_lock(&name).map_err(FileError::at("lock", &name))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Err(RunError::Busy { path: path.to_path_buf() }),
        Err(TryLockError::Error(_)) => Ok(None),
    }
}

fn refuse_unless(is_free: bool, path: &Path) -> Result<(), RunError> {
    if is_free { Ok(()) } else { Err(RunError::NotEmpty { path: path.to_path_buf() }) }
}

/// Whether a locked folder holds nothing but what a beginning makes before `run.json`, which makes it a run.
fn is_free(path: &Path) -> Result<bool, FileError> {
    Ok(impasto_system::list(path)?.iter().all(|entry| is_of_a_beginning(entry)))
}

fn is_of_a_beginning(entry: &Path) -> bool {
    let Ok(kind) = fs::symlink_metadata(entry).map(|about| about.file_type()) else { return false };
    let name = entry.file_name().unwrap_or_default().to_string_lossy();
    let is_unfinished = |of: &str| name.starts_with(&format!("{of}.")) && impasto_system::is_temporary(entry);
    match &*name {
        LOCK | CONFIG => kind.is_file(),
        CHECKPOINTS | SAMPLES => {
            kind.is_dir() && impasto_system::list(entry).is_ok_and(|entries| entries.is_empty())
        }
        _ => kind.is_file() && (is_unfinished(CONFIG) || is_unfinished(ABOUT)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{About, Checkpoint, Event, Events, Run};
    use super::*;
    use std::path::PathBuf;

    fn create(path: &Path) -> Result<Run, RunError> {
        Run::create(path, "new", &About::default())
    }

    fn names(path: &Path) -> Vec<String> {
        let name = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().into_owned();
        impasto_system::list(path).unwrap().iter().map(name).collect()
    }

    /// A folder as a kill leaves it after so many of the things that a beginning does.
    fn cut_short(folder: &Path, after: usize) {
        let steps: [&dyn Fn(&Path); 6] = [
            &|path| fs::write(path.join(LOCK), "").unwrap(),
            &|path| fs::create_dir(path.join(CHECKPOINTS)).unwrap(),
            &|path| fs::create_dir(path.join(SAMPLES)).unwrap(),
            &|path| fs::write(path.join("config.toml.tmp-4711-0"), "ol").unwrap(),
            &|path| fs::rename(path.join("config.toml.tmp-4711-0"), path.join(CONFIG)).unwrap(),
            &|path| fs::write(path.join("run.json.tmp-4711-1"), "{").unwrap(),
        ];
        steps[..after].iter().for_each(|step| step(folder));
    }

    #[test]
    fn a_beginning_may_begin_again_at_whatever_moment_it_was_killed() {
        for after in 0..=6 {
            let folder = tempfile::tempdir().unwrap();
            cut_short(folder.path(), after);
            let run = create(folder.path()).unwrap_or_else(|error| panic!("after {after}: {error}"));
            assert_eq!(run.config().unwrap(), "new");
            assert_eq!(names(folder.path()), [CHECKPOINTS, CONFIG, ABOUT, LOCK, SAMPLES], "after {after}");
        }
    }

    #[test]
    fn what_another_training_made_is_never_adopted() {
        type Maker<'a> = (&'a str, &'a dyn Fn(&Run));
        let makers: [Maker<'_>; 5] = [
            ("a checkpoint", &|run| drop(run.save(&Checkpoint::default()).unwrap())),
            ("a sheet", &|run| fs::write(run.sample_path(0), "").unwrap()),
            ("events", &|run| {
                let end = Event::End { step: 1, reason: "done".into() };
                Events::open(&run.events_path()).unwrap().write(&end).unwrap();
            }),
            ("a style", &|run| fs::write(run.path().join("style.png"), "").unwrap()),
            ("a half checkpoint", &|run| {
                fs::create_dir(run.path().join("checkpoints/000001.000k.tmp-1-0")).unwrap();
            }),
        ];
        for (what, make) in makers {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("run");
            make(&create(&path).unwrap());
            fs::remove_file(path.join(ABOUT)).unwrap();
            let before = names(&path);
            let text = create(&path).map(drop).unwrap_err().to_string();
            assert!(text.contains("already holds files"), "{what}: {text}");
            assert_eq!(names(&path), before, "{what}: left as it was");
        }
    }

    #[test]
    fn a_folder_that_is_refused_is_left_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        for made in ["checkpoints", "config.toml", "photo.jpg"] {
            let path = folder.path().join(made);
            fs::create_dir(&path).unwrap();
            fs::create_dir(path.join(made)).unwrap();
            assert!(matches!(create(&path), Err(RunError::NotEmpty { .. })), "{made}");
            assert_eq!(names(&path), [made]);
        }
    }

    #[test]
    fn of_many_that_begin_at_once_one_does() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("runs/one");
        let began: Vec<Result<Run, RunError>> = std::thread::scope(|scope| {
            let all: Vec<_> = (0..8).map(|_| scope.spawn(|| create(&path))).collect();
            all.into_iter().map(|one| one.join().unwrap()).collect()
        });
        assert_eq!(began.iter().filter(|one| one.is_ok()).count(), 1);
        for error in began.into_iter().filter_map(Result::err) {
            assert!(matches!(error, RunError::Busy { .. } | RunError::NotEmpty { .. }), "{error}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_lock_that_is_no_file_is_refused_at_once() {
        let folder = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("/dev/zero", folder.path().join(LOCK)).unwrap();
        assert!(create(folder.path()).map(drop).unwrap_err().to_string().contains("a link"));
        assert_eq!(names(folder.path()), [LOCK]);
    }
}
