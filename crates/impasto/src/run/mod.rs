//! A run folder: everything that a training writes, and the only thing that it leaves.
//!
//! ```text
//! runs/0007-flowers-dcgan-64/
//!   config.toml      every resolved value: `impasto train --config` repeats the run
//!   run.json         version, device, seed, data fingerprint, recipe
//!   run.lock         locked while a process trains here
//!   events.jsonl     append-only: losses, speed, alarms, measures
//!   samples/000010.240k.png
//!   checkpoints/best.json   which of them is the best, once they are judged
//!   checkpoints/000010.240k/{weights.safetensors, state.safetensors, state.json}
//! ```
//!
//! Everything but the events is written to a temporary name, synced and renamed. One process trains in a folder at
//! a time; any number may read it meanwhile.

mod best;
mod catalogue;
mod checkpoint;
mod error;
mod events;
mod history;
mod number;
mod place;
mod reading;
mod state_file;
mod streamed;
mod tensors;

use std::fs::File;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use impasto_system::{Existing, FileError, read_bounded, write_atomically};

pub(crate) use place::lock;

use state_file::Room;

pub use best::Best;
pub use catalogue::{RUNS, RunSummary, find_run, next_run_path, runs_in};
pub use checkpoint::{Checkpoint, Outline, Weights, images_name, weights_hash};
pub use error::{Damaged, RunError};
pub use events::{Event, Events, in_effect};
pub use history::{History, Look, Moment, Raised, Remedied, finite_or_word};
pub use reading::{read_events, read_events_from};
pub use streamed::Counts;
pub(crate) use streamed::{Expected, read_some};
pub use tensors::{Stored, decode, encode, sha256, sha256_of_file};

/// `run.json`: where a run comes from. Unknown fields are ignored and missing ones empty, so that other versions of
/// Impasto can be read.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct About {
    /// What names this training wherever it lies: equal trainings in two folders have the same id, and so paint
    /// pictures of the same bytes.
    pub id: String,
    /// The version of Impasto.
    pub version: String,
    /// The recipe's name.
    pub recipe: String,
    /// Where it computes.
    pub device: String,
    /// On how many threads.
    pub threads: usize,
    /// The run's seed.
    pub seed: u64,
    /// The folder of pictures.
    pub data: String,
    /// The fingerprint of what was in it.
    pub fingerprint: String,
    /// How many pictures there were.
    pub pictures: u64,
    /// The names of the classes in it.
    pub classes: Vec<String>,
}

/// A run folder.
#[derive(Debug)]
pub struct Run {
    path: PathBuf,
    about: About,
    /// How much its checkpoints may hold.
    room: Room,
    /// Held by the one that trains; the system lets go of it however the process ends.
    _lock: Option<File>,
}

const ABOUT: &str = "run.json";
const CONFIG: &str = "config.toml";
const CHECKPOINTS: &str = "checkpoints";
const SAMPLES: &str = "samples";
/// `run.json` names all classes.
const LARGEST_ABOUT: u64 = 16 << 20;
const LARGEST_CONFIG: u64 = 1 << 20;

impl Run {
    /// Begins a run in a new or empty folder, for training. One whose beginning was cut short may begin again.
    pub fn create(path: &Path, config_toml: &str, about: &About) -> Result<Self, RunError> {
        let lock = place::taken(path)?;
        impasto_system::make_folders(&path.join(CHECKPOINTS))?;
        impasto_system::make_folders(&path.join(SAMPLES))?;
        write_atomically(&path.join(CONFIG), config_toml.as_bytes(), Existing::Replace)?;
        let json = serde_json::to_vec_pretty(about).map_err(std::io::Error::from);
        // Last, because a folder is a run when it has this file.
        write_atomically(
            &path.join(ABOUT),
            &json.map_err(FileError::at("write", &path.join(ABOUT)))?,
            Existing::Replace,
        )?;
        let room = Room::of_this_machine();
        Ok(Self { path: path.to_path_buf(), about: about.clone(), room, _lock: lock })
    }

    /// Opens a run for reading, also while it is being trained; changes nothing.
    pub fn open(path: &Path) -> Result<Self, RunError> {
        let about = path.join(ABOUT);
        let not_a_run = |why| RunError::NotARun { path: path.to_path_buf(), why };
        if !about.exists() {
            return Err(not_a_run(match path.exists() {
                true => format!("it has no {ABOUT}"),
                false => "there is nothing there".to_owned(),
            }));
        }
        let bytes = read_bounded(&about, LARGEST_ABOUT)?;
        let about =
            serde_json::from_slice(&bytes).map_err(|error| not_a_run(format!("its {ABOUT}: {error}")))?;
        Ok(Self { path: path.to_path_buf(), about, room: Room::of_this_machine(), _lock: None })
    }

    /// The same run, whose checkpoints are those of networks of so many numbers and can't be larger.
    pub(crate) fn of_networks(self, numbers: u64) -> Self {
        Self { room: Room::of_networks(numbers), ..self }
    }

    /// Opens a run to go on training: no other process may, and what a crash left is cleared away.
    pub fn resume(path: &Path) -> Result<Self, RunError> {
        let run = Self::open(path)?;
        let lock = lock(path)?;
        for folder in [path.to_path_buf(), path.join(SAMPLES), run.checkpoints_folder()] {
            impasto_system::sweep(&folder)?;
        }
        Ok(Self { _lock: lock, ..run })
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The folder's name.
    pub fn name(&self) -> String {
        let path = std::path::absolute(&self.path).unwrap_or_else(|_| self.path.clone());
        path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// Where the run comes from.
    pub fn about(&self) -> &About {
        &self.about
    }

    /// The text of `config.toml`.
    pub fn config(&self) -> Result<String, RunError> {
        let path = self.path.join(CONFIG);
        let bytes = read_bounded(&path, LARGEST_CONFIG)?;
        String::from_utf8(bytes).map_err(|_| RunError::NotARun {
            path: self.path.clone(),
            why: format!("its {CONFIG} is not text"),
        })
    }

    /// Notes that its pictures are in another place now.
    pub fn move_data(&self, data: &str) -> Result<(), RunError> {
        let unusable = |why: String| RunError::NotARun { path: self.path.clone(), why };
        let mut table: toml::Table = self.config()?.parse().map_err(|error| unusable(format!("{error}")))?;
        table.insert("data".into(), data.into());
        let text = toml::to_string(&table).map_err(|error| unusable(error.to_string()))?;
        Ok(write_atomically(&self.path.join(CONFIG), text.as_bytes(), Existing::Replace)?)
    }

    /// Where the events are.
    pub fn events_path(&self) -> PathBuf {
        self.path.join("events.jsonl")
    }

    /// Where the sheet of samples after this many pictures belongs.
    pub fn sample_path(&self, images: u64) -> PathBuf {
        self.path.join(SAMPLES).join(images_name(images) + ".png")
    }

    fn checkpoints_folder(&self) -> PathBuf {
        self.path.join(CHECKPOINTS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Action, Classify};
    use std::fs;

    fn about() -> About {
        About { id: "0123456789abcdef".into(), recipe: "dcgan".into(), seed: u64::MAX, ..About::default() }
    }

    #[test]
    fn a_run_opens_as_it_was_created() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("runs/0001-flowers-dcgan-64");
        drop(Run::create(&path, "size = 64\n", &about()).unwrap());
        let run = Run::open(&path).unwrap();
        assert_eq!(run.about(), &about());
        assert_eq!(run.config().unwrap(), "size = 64\n");
        assert_eq!(run.name(), "0001-flowers-dcgan-64");
        assert!(run.sample_path(10_240).ends_with("samples/000010.240k.png"));
    }

    #[test]
    fn a_folder_that_holds_files_is_refused_and_untouched() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("config.toml"), "mine").unwrap();
        let class = Run::create(folder.path(), "ours", &about()).unwrap_err().class();
        let actions: Vec<Action> = class.hints.into_iter().map(|hint| hint.action).collect();
        let another = Action::Set { key: "out".into(), value: Some("FOLDER".into()) };
        assert_eq!(actions, [another, Action::ResumeRun { run: folder.path().to_path_buf() }]);
        assert_eq!(fs::read(folder.path().join("config.toml")).unwrap(), b"mine");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_beginning_that_was_cut_short_can_begin_again() {
        let folder = tempfile::tempdir().unwrap();
        drop(Run::create(folder.path(), "first", &about()).unwrap());
        assert!(matches!(Run::create(folder.path(), "", &about()), Err(RunError::NotEmpty { .. })));
        fs::remove_file(folder.path().join(ABOUT)).unwrap();
        let run = Run::create(folder.path(), "second", &about()).unwrap();
        assert_eq!(run.config().unwrap(), "second");
    }

    #[test]
    fn only_one_may_train_but_others_may_read() {
        let folder = tempfile::tempdir().unwrap();
        let training = Run::create(folder.path(), "", &about()).unwrap();
        let live = folder.path().join("checkpoints/000001.000k.tmp-1-0");
        fs::create_dir(&live).unwrap();
        assert!(matches!(Run::resume(folder.path()), Err(RunError::Busy { .. })));
        assert!(Run::open(folder.path()).is_ok());
        assert!(live.exists(), "what another process is writing is left alone");
        drop(training);
        assert!(Run::resume(folder.path()).is_ok());
        assert!(!live.exists());
    }

    #[test]
    fn fields_of_a_later_version_are_ignored_and_missing_ones_empty() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(ABOUT), r#"{"recipe":"vae","planet":"Mars"}"#).unwrap();
        let run = Run::open(folder.path()).unwrap();
        assert_eq!(run.about(), &About { recipe: "vae".into(), ..About::default() });
    }

    #[test]
    fn a_folder_that_is_no_run_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let text = Run::open(folder.path()).unwrap_err().to_string();
        assert!(text.contains("no run.json"), "{text}");
        let text = Run::open(&folder.path().join("nowhere")).unwrap_err().to_string();
        assert!(text.contains("nowhere") && text.contains("nothing there"), "{text}");
        fs::write(folder.path().join(ABOUT), "{").unwrap();
        assert!(matches!(Run::open(folder.path()), Err(RunError::NotARun { .. })));
    }

    #[test]
    fn a_file_where_the_run_belongs_gives_a_clear_error() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        for path in [file.clone(), file.join("run")] {
            let text = Run::create(&path, "", &about()).unwrap_err().to_string();
            assert!(text.contains("file") && text.contains("in the way"), "{text}");
        }
    }
}
