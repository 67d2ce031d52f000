//! What a checkpoint holds; all of it is read, so damage is seen.

use std::path::Path;

use impasto::error::Result;
use impasto::run::Outline;
use serde_json::json;

use super::facts;
use crate::voice::Voice;
use crate::words::{bytes, count, indented, named};

pub(super) fn tell(path: &Path, voice: &Voice) -> Result<()> {
    let Outline { step, images, hash, weights, state, counters, notes } = Outline::of(path)?;
    let size = folder_bytes(path);
    let value = json!({
        "checkpoint": path, "step": step, "images": images, "weights_hash": hash, "weights": weights.numbers,
        "state": state.numbers, "bytes": size, "counters": counters, "notes": notes
    });
    let rows = facts(&[
        ("steps", count(step)),
        ("pictures", count(images)),
        ("weights", format!("{} numbers in {} tensors, {hash}", count(weights.numbers), weights.tensors)),
        ("state", format!("{} numbers in {} tensors", count(state.numbers), state.tensors)),
        ("on disk", bytes(size)),
    ]);
    voice.result(&value, &format!("{}: a whole checkpoint\n{}", named(path.display()), indented(&rows)))
}

/// The bytes of the files in a folder.
pub(super) fn folder_bytes(path: &Path) -> u64 {
    let files = impasto_system::list(path).unwrap_or_default();
    let lengths = files.iter().filter_map(|file| file.symlink_metadata().ok()).map(|about| about.len());
    lengths.fold(0, u64::saturating_add)
}
