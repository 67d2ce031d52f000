//! `state.json` of a checkpoint: how far it is, and what its two files of tensors must be.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use impasto_system::read_bounded;

use super::Checkpoint;
use super::streamed::{Expected, LONGEST_HEADER};
use super::tensors;

pub(super) const STATE_JSON: &str = "state.json";
/// Where the system doesn't say what memory there is.
const LARGEST_TENSORS: u64 = 64 << 30;
/// `state.json` is never near its limit.
const LARGEST_JSON: u64 = 4 << 20;

/// `state.json`.
#[derive(Serialize, Deserialize)]
pub(super) struct StateFile {
    format: u32,
    pub(super) step: u64,
    pub(super) images: u64,
    pub(super) weights_sha256: String,
    pub(super) state_sha256: String,
    /// Lengths; older versions wrote none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    weights_bytes: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    state_bytes: Option<u64>,
    pub(super) counters: BTreeMap<String, u64>,
    pub(super) notes: serde_json::Map<String, serde_json::Value>,
}

/// The present layout of a checkpoint; a higher number in `state.json` is of a later version of Impasto.
const FORMAT: u32 = 1;

/// How many bytes the files of a checkpoint may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Room {
    weights: u64,
    state: u64,
}

impl Room {
    /// Where nothing of them is held.
    pub(super) const ENDLESS: Self = Self { weights: u64::MAX, state: u64::MAX };

    /// For networks of so many numbers: painting needs each at most once, and training beside it once more and what an
    /// optimiser remembers, which is at most three times as many.
    pub(super) fn of_networks(numbers: u64) -> Self {
        let bytes = |times: u64| numbers.saturating_mul(4 * times).saturating_add(LONGEST_HEADER);
        Self { weights: bytes(1), state: bytes(4) }.least(Self::of_this_machine())
    }

    /// Where nothing is known of the networks: what the memory could hold twice, as read and in the networks.
    pub(super) fn of_this_machine() -> Self {
        let most = impasto_system::available().map_or(LARGEST_TENSORS, |bytes| bytes / 2);
        Self { weights: most, state: most }
    }

    fn least(self, other: Self) -> Self {
        Self { weights: self.weights.min(other.weights), state: self.state.min(other.state) }
    }
}

impl StateFile {
    pub(super) fn of(checkpoint: &Checkpoint, weights: &[u8], state: &[u8]) -> Self {
        Self {
            format: FORMAT,
            step: checkpoint.step,
            images: checkpoint.images,
            weights_sha256: tensors::sha256(weights),
            state_sha256: tensors::sha256(state),
            weights_bytes: Some(weights.len() as u64),
            state_bytes: Some(state.len() as u64),
            counters: checkpoint.counters.clone(),
            notes: checkpoint.notes.clone(),
        }
    }

    pub(super) fn of_weights(&self, room: Room) -> Expected<'_> {
        Expected { sha256: &self.weights_sha256, bytes: self.weights_bytes, most: room.weights }
    }

    pub(super) fn of_state(&self, room: Room) -> Expected<'_> {
        Expected { sha256: &self.state_sha256, bytes: self.state_bytes, most: room.state }
    }

    /// What it says of the checkpoint in this folder; the error is a sentence.
    pub(super) fn read(path: &Path) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Format {
            format: u32,
        }
        let bytes = read_bounded(&path.join(STATE_JSON), LARGEST_JSON).map_err(|error| error.to_string())?;
        let unreadable = |error: serde_json::Error| format!("{STATE_JSON} is not what was written ({error})");
        let Format { format } = serde_json::from_slice(&bytes).map_err(unreadable)?;
        if format > FORMAT {
            return Err(format!(
                "it is of a later version of Impasto (format {format}); update this program"
            ));
        }
        serde_json::from_slice(&bytes).map_err(unreadable)
    }

    /// The name of the weights.
    pub(super) fn weights_name(&self) -> String {
        name_of_weights(&self.weights_sha256)
    }
}

/// The name of weights with this SHA-256.
pub(super) fn name_of_weights(sha256: &str) -> String {
    sha256.chars().take(16).collect()
}
