//! A training at rest: everything that is needed to go on exactly where it stood.
//!
//! A checkpoint is a folder `checkpoints/000010.240k`, named by the thousands of pictures seen, with always three
//! decimals so that names are unique and sort:
//!
//! - `weights.safetensors`: what painting needs,
//! - `state.safetensors`: what only training needs (optimisers' moments and the like),
//! - `state.json`: step, counters, notes and the SHA-256 of the two, so that damage is seen when it is read.
//!
//! The two safetensors files are a pure function of the training: two identical trainings write identical bytes.
//! Checkpoints that don't read back whole are passed over and named, never deleted.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::Run;
use super::error::{Damaged, RunError};
use super::tensors::{self, Stored};
use impasto_system::{Existing, read_bounded, write_atomically};

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

/// `state.json`.
#[derive(Serialize, Deserialize)]
struct StateFile {
    format: u32,
    step: u64,
    images: u64,
    weights_sha256: String,
    state_sha256: String,
    counters: BTreeMap<String, u64>,
    notes: serde_json::Map<String, serde_json::Value>,
}

/// The present layout of a checkpoint; a higher number in `state.json` is of a later version of Impasto.
const FORMAT: u32 = 1;
/// Notes that are times.
const TIMES: [&str; 2] = ["seconds", "judging_seconds"];
const WEIGHTS: &str = "weights.safetensors";
const STATE: &str = "state.safetensors";
const STATE_JSON: &str = "state.json";
/// More than the largest model that this program could hold; `state.json` is never near its limit.
const LARGEST_TENSORS: u64 = 64 << 30;
const LARGEST_JSON: u64 = 64 << 20;

impl Checkpoint {
    /// Reads the checkpoint in this folder and checks every byte of it.
    pub fn load(path: &Path) -> Result<Self, RunError> {
        read_whole(path).map_err(|why| RunError::Damaged(Damaged { path: path.to_path_buf(), why }))
    }

    /// The name of the weights: the first 16 hexadecimal digits of the SHA-256 of `weights.safetensors`.
    pub fn weights_hash(&self) -> Result<String, RunError> {
        let bytes = tensors::encode(&self.weights).map_err(cannot_store(Path::new(WEIGHTS)))?;
        Ok(short(&tensors::sha256(&bytes)))
    }
}

/// The same name, of a checkpoint on disk: read from its `state.json` without reading the weights.
pub fn weights_hash(checkpoint: &Path) -> Result<String, RunError> {
    match read_state_file(checkpoint) {
        Ok(state) => Ok(short(&state.weights_sha256)),
        Err(why) => Err(RunError::Damaged(Damaged { path: checkpoint.to_path_buf(), why })),
    }
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
        self.newest(read_whole)
    }

    /// The newest weights that read back whole, and the newer ones that don't. What only training needs is not read:
    /// it is most of a checkpoint.
    pub fn latest_weights(&self) -> Result<(Weights, Vec<Damaged>), RunError> {
        self.newest(read_weights)
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
        Checkpoint::load(path)
    }

    /// Reads the weights of one checkpoint.
    pub fn load_weights(&self, path: &Path) -> Result<Weights, RunError> {
        read_weights(path).map_err(|why| RunError::Damaged(Damaged { path: path.to_path_buf(), why }))
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
        let good = newest_first.iter().find(|(_, path)| read_whole(path).is_ok()).map(|(images, _)| *images);
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

impl StateFile {
    fn of(checkpoint: &Checkpoint, weights: &[u8], state: &[u8]) -> Self {
        Self {
            format: FORMAT,
            step: checkpoint.step,
            images: checkpoint.images,
            weights_sha256: tensors::sha256(weights),
            state_sha256: tensors::sha256(state),
            counters: checkpoint.counters.clone(),
            notes: checkpoint.notes.clone(),
        }
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
    path.exists() && read_state_file(path).is_ok_and(same) && read_whole(path).is_ok()
}

fn read_whole(path: &Path) -> Result<Checkpoint, String> {
    let json = read_state_file(path)?;
    Ok(Checkpoint {
        weights: read_tensors(&path.join(WEIGHTS), &json.weights_sha256)?,
        state: read_tensors(&path.join(STATE), &json.state_sha256)?,
        counters: json.counters,
        notes: json.notes,
        step: json.step,
        images: json.images,
    })
}

fn read_weights(path: &Path) -> Result<Weights, String> {
    let json = read_state_file(path)?;
    let tensors = read_tensors(&path.join(WEIGHTS), &json.weights_sha256)?;
    Ok(Weights { tensors, hash: short(&json.weights_sha256), images: json.images })
}

fn read_state_file(path: &Path) -> Result<StateFile, String> {
    #[derive(Deserialize)]
    struct Format {
        format: u32,
    }
    let bytes = read_bounded(&path.join(STATE_JSON), LARGEST_JSON).map_err(|error| error.to_string())?;
    let unreadable = |error: serde_json::Error| format!("{STATE_JSON} is not what was written ({error})");
    let Format { format } = serde_json::from_slice(&bytes).map_err(unreadable)?;
    if format > FORMAT {
        return Err(format!("it is of a later version of Impasto (format {format}); update this program"));
    }
    serde_json::from_slice(&bytes).map_err(unreadable)
}

fn read_tensors(path: &Path, sha256: &str) -> Result<BTreeMap<String, Stored>, String> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let bytes = read_bounded(path, LARGEST_TENSORS).map_err(|error| error.to_string())?;
    if tensors::sha256(&bytes) != sha256 {
        return Err(format!("{name} is not what was written (truncated or changed: its SHA-256 differs)"));
    }
    tensors::decode(&bytes).map_err(|why| format!("{name}: {why}"))
}

fn images_of(path: &Path) -> Option<u64> {
    let (thousands, rest) = path.file_name()?.to_str()?.strip_suffix('k')?.split_once('.')?;
    let images = thousands.parse::<u64>().ok()?.checked_mul(1000)?.checked_add(rest.parse().ok()?)?;
    // Only names that this program gives: `+1.5k` is none of ours.
    (path.file_name()?.to_str()? == images_name(images)).then_some(images)
}

fn cannot_store(path: &Path) -> impl FnOnce(String) -> RunError + use<> {
    let path = path.to_path_buf();
    move |why| RunError::CannotStore { path, why }
}

fn short(sha256: &str) -> String {
    sha256.chars().take(16).collect()
}

#[cfg(test)]
mod tests;
