//! A training at rest: everything that is needed to go on exactly where it stood.
//!
//! A checkpoint is a folder `checkpoints/000010.240k`, named by the thousands of pictures seen, with always three
//! decimals so that names are unique and sort:
//!
//! - `weights.safetensors`: what painting needs,
//! - `state.safetensors`: what only training needs (optimisers' moments and the like),
//! - `state.json`: step, counters, notes and the length and SHA-256 of the two, so that damage is seen when it is read.
//!
//! The two safetensors files are a pure function of the training: two identical trainings write identical bytes.
//! Checkpoints that don't read back whole are passed over and named, never deleted.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::Run;
use super::error::{Damaged, RunError};
use super::state_file::{Room, STATE_JSON, StateFile, name_of_weights};
use super::streamed::{self, Counts};
use super::tensors::{self, Stored};
use impasto_system::{Existing, write_atomically};

/// Everything that is needed to go on with a training.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Checkpoint {
    /// Tensors that painting needs, by name.
    pub weights: BTreeMap<String, Stored>,
    /// Tensors that only training needs, by name.
    pub state: BTreeMap<String, Stored>,
    /// Whole numbers by name.
    pub counters: BTreeMap<String, u64>,
    /// Anything else, such as seconds of training; finite numbers come back exactly.
    pub notes: serde_json::Map<String, serde_json::Value>,
    /// Steps done.
    pub step: u64,
    /// Pictures seen.
    pub images: u64,
}

/// What painting needs of a checkpoint.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Weights {
    /// Tensors by name.
    pub tensors: BTreeMap<String, Stored>,
    /// The name of the weights: the first 16 hexadecimal digits of the SHA-256 of `weights.safetensors`.
    pub hash: String,
    /// Pictures seen.
    pub images: u64,
}

/// What a checkpoint holds, without its numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Outline {
    /// Steps done.
    pub step: u64,
    /// Pictures seen.
    pub images: u64,
    /// The name of the weights.
    pub hash: String,
    /// Of what painting needs.
    pub weights: Counts,
    /// Of what only training needs.
    pub state: Counts,
    /// Whole numbers by name.
    pub counters: BTreeMap<String, u64>,
    /// Anything else.
    pub notes: serde_json::Map<String, serde_json::Value>,
}

/// Notes that are times.
const TIMES: [&str; 2] = ["seconds", "judging_seconds"];
const WEIGHTS: &str = "weights.safetensors";
const STATE: &str = "state.safetensors";

impl Checkpoint {
    /// The name of the weights: the first 16 hexadecimal digits of the SHA-256 of `weights.safetensors`.
    pub fn weights_hash(&self) -> Result<String, RunError> {
        let bytes = tensors::encode(&self.weights).map_err(cannot_store(Path::new(WEIGHTS)))?;
        Ok(name_of_weights(&tensors::sha256(&bytes)))
    }
}

impl Outline {
    /// Checks every byte of the checkpoint in this folder, and tells what it holds.
    pub fn of(path: &Path) -> Result<Self, RunError> {
        outline(path).map_err(damaged(path))
    }
}

/// The same name, of a checkpoint on disk: read from its `state.json` without reading the weights.
pub fn weights_hash(checkpoint: &Path) -> Result<String, RunError> {
    Ok(StateFile::read(checkpoint).map_err(damaged(checkpoint))?.weights_name())
}

/// The name of a checkpoint or a sheet after this many pictures: 10240 gives `000010.240k`.
pub fn images_name(images: u64) -> String {
    format!("{:06}.{:03}k", images / 1000, images % 1000)
}

impl Run {
    /// Writes a checkpoint: wholly or not at all. When one of this name is there with the same contents (but for
    /// seconds) it is left as it is; when it differs or is damaged, the new one takes its place.
    pub fn save(&self, checkpoint: &Checkpoint) -> Result<PathBuf, RunError> {
        let path = self.checkpoints_folder().join(images_name(checkpoint.images));
        let weights = tensors::encode(&checkpoint.weights).map_err(cannot_store(&path))?;
        let state = tensors::encode(&checkpoint.state).map_err(cannot_store(&path))?;
        let json = StateFile::of(checkpoint, &weights, &state);
        if is_already_there(&path, &json) {
            return Ok(path);
        }
        let text =
            serde_json::to_vec_pretty(&json).map_err(|error| cannot_store(&path)(error.to_string()))?;
        impasto_system::make_folders(&self.checkpoints_folder())?;
        impasto_system::build_folder(&path, |folder| -> Result<(), RunError> {
            write_atomically(&folder.join(WEIGHTS), &weights, Existing::Replace)?;
            write_atomically(&folder.join(STATE), &state, Existing::Replace)?;
            Ok(write_atomically(&folder.join(STATE_JSON), &text, Existing::Replace)?)
        })?;
        Ok(path)
    }

    /// All checkpoints, the oldest first: pictures seen, and the folder. Damaged ones are among them.
    pub fn checkpoints(&self) -> Vec<(u64, PathBuf)> {
        let folders = impasto_system::list(&self.checkpoints_folder()).unwrap_or_default();
        let mut found: Vec<(u64, PathBuf)> =
            folders.into_iter().filter_map(|path| Some((images_of(&path)?, path))).collect();
        found.sort();
        found
    }

    /// The newest checkpoint that reads back whole, and the newer ones that don't.
    pub fn latest(&self) -> Result<(Checkpoint, Vec<Damaged>), RunError> {
        self.newest(|path| read_whole(path, self.room))
    }

    /// The newest weights that read back whole, and the newer ones that don't. What only training needs is not read:
    /// it is most of a checkpoint.
    pub fn latest_weights(&self) -> Result<(Weights, Vec<Damaged>), RunError> {
        self.newest(|path| read_weights(path, self.room))
    }

    fn newest<T>(&self, read: impl Fn(&Path) -> Result<T, String>) -> Result<(T, Vec<Damaged>), RunError> {
        let mut damaged = Vec::new();
        for (_, path) in self.checkpoints().into_iter().rev() {
            match read(&path) {
                Ok(found) => return Ok((found, damaged)),
                Err(why) => damaged.push(Damaged { path, why }),
            }
        }
        Err(RunError::NoCheckpoint { path: self.path().to_path_buf(), damaged })
    }

    /// Reads one checkpoint.
    pub fn load(&self, path: &Path) -> Result<Checkpoint, RunError> {
        read_whole(path, self.room).map_err(damaged(path))
    }

    /// Reads the weights of one checkpoint.
    pub fn load_weights(&self, path: &Path) -> Result<Weights, RunError> {
        read_weights(path, self.room).map_err(damaged(path))
    }

    /// Removes all checkpoints but the newest `count` (at least one), the newest that reads back whole, and the best.
    pub fn keep_last(&self, count: usize) -> Result<(), RunError> {
        self.keep_last_of(count, &|_| true)
    }

    /// The same, where only some count; the others are removed when they are older than all that are kept. `counts`
    /// is asked about pictures seen.
    pub(crate) fn keep_last_of(&self, count: usize, counts: &dyn Fn(u64) -> bool) -> Result<(), RunError> {
        let newest_first: Vec<(u64, PathBuf)> = self.checkpoints().into_iter().rev().collect();
        let mut counted = newest_first.iter().map(|(images, _)| *images).filter(|images| counts(*images));
        let Some(oldest) = counted.nth(count.max(1) - 1) else { return Ok(()) };
        if newest_first.last().is_none_or(|(images, _)| *images >= oldest) {
            return Ok(());
        }
        let good = newest_first.iter().find(|(_, path)| outline(path).is_ok()).map(|(images, _)| *images);
        let best = self.best().map(|best| best.images);
        for (images, path) in &newest_first {
            if *images < oldest && Some(*images) != good && Some(*images) != best {
                impasto_system::remove_folder(path)?;
            }
        }
        Ok(())
    }

    /// Removes all checkpoints after this many pictures: the training has gone back, and resuming must not find them.
    pub(crate) fn forget_after(&self, images: u64) -> Result<(), RunError> {
        self.forget_best_after(images)?;
        for (_, path) in self.checkpoints().into_iter().filter(|(later, _)| *later > images) {
            impasto_system::remove_folder(&path)?;
        }
        Ok(())
    }
}

/// Whether this very training state is on disk. Times don't count: they differ between equal trainings.
fn is_already_there(path: &Path, new: &StateFile) -> bool {
    let notes = |file: &StateFile| {
        let timeless = file.notes.iter().filter(|(name, _)| !TIMES.contains(&name.as_str()));
        timeless.map(|(name, note)| (name.clone(), note.clone())).collect::<BTreeMap<_, _>>()
    };
    let same = |old: StateFile| {
        notes(&old) == notes(new)
            && (old.step, old.weights_sha256, old.state_sha256, old.counters)
                == (new.step, new.weights_sha256.clone(), new.state_sha256.clone(), new.counters.clone())
    };
    path.exists() && StateFile::read(path).is_ok_and(same) && outline(path).is_ok()
}

fn read_whole(path: &Path, room: Room) -> Result<Checkpoint, String> {
    let json = StateFile::read(path)?;
    Ok(Checkpoint {
        weights: streamed::read(&path.join(WEIGHTS), json.of_weights(room))?,
        state: streamed::read(&path.join(STATE), json.of_state(room))?,
        counters: json.counters,
        notes: json.notes,
        step: json.step,
        images: json.images,
    })
}

fn read_weights(path: &Path, room: Room) -> Result<Weights, String> {
    let json = StateFile::read(path)?;
    let tensors = streamed::read(&path.join(WEIGHTS), json.of_weights(room))?;
    Ok(Weights { tensors, hash: json.weights_name(), images: json.images })
}

/// Nothing of the tensors is held, so there is room for any.
fn outline(path: &Path) -> Result<Outline, String> {
    let json = StateFile::read(path)?;
    let room = Room::ENDLESS;
    Ok(Outline {
        weights: streamed::check(&path.join(WEIGHTS), json.of_weights(room))?,
        state: streamed::check(&path.join(STATE), json.of_state(room))?,
        hash: json.weights_name(),
        counters: json.counters,
        notes: json.notes,
        step: json.step,
        images: json.images,
    })
}

fn images_of(path: &Path) -> Option<u64> {
    let (thousands, rest) = path.file_name()?.to_str()?.strip_suffix('k')?.split_once('.')?;
    let images = thousands.parse::<u64>().ok()?.checked_mul(1000)?.checked_add(rest.parse().ok()?)?;
    // Only names that this program gives: `+1.5k` is none of ours.
    (path.file_name()?.to_str()? == images_name(images)).then_some(images)
}

fn damaged(path: &Path) -> impl FnOnce(String) -> RunError + use<> {
    let path = path.to_path_buf();
    move |why| RunError::Damaged(Damaged { path, why })
}

fn cannot_store(path: &Path) -> impl FnOnce(String) -> RunError + use<> {
    let path = path.to_path_buf();
    move |why| RunError::CannotStore { path, why }
}

#[cfg(test)]
mod tests;
