//! What a checkpoint holds; all of it is read, so damage is seen.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use impasto::run::{Checkpoint, Stored};
use serde_json::json;

use super::facts;
use crate::voice::Voice;
use crate::words::{bytes, count, indented, named};

pub(super) fn tell(path: &Path, voice: &Voice) -> Result<()> {
    let checkpoint = Checkpoint::load(path)?;
    let hash = checkpoint.weights_hash()?;
    let size = folder_bytes(path);
    let [weights, state] = [&checkpoint.weights, &checkpoint.state].map(numbers);
    let Checkpoint { step, images, counters, notes, .. } = &checkpoint;
    let value = json!({
        "checkpoint": path, "step": step, "images": images, "weights_hash": hash, "weights": weights,
        "state": state, "bytes": size, "counters": counters, "notes": notes
    });
    let rows = facts(&[
        ("steps", count(*step)),
        ("pictures", count(*images)),
        ("weights", format!("{} numbers in {} tensors, {hash}", count(weights), checkpoint.weights.len())),
        ("state", format!("{} numbers in {} tensors", count(state), checkpoint.state.len())),
        ("on disk", bytes(size)),
    ]);
    voice.result(&value, &format!("{}: a whole checkpoint\n{}", named(path.display()), indented(&rows)))
}

fn numbers(tensors: &BTreeMap<String, Stored>) -> u64 {
    tensors.values().map(|stored| stored.values.len() as u64).sum()
}

/// The bytes of the files in a folder.
pub(super) fn folder_bytes(path: &Path) -> u64 {
    let files = std::fs::read_dir(path).into_iter().flatten().flatten();
    files.filter_map(|file| file.metadata().ok()).map(|about| about.len()).sum()
}
