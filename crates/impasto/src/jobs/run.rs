//! The trained run that a job uses.

use std::path::PathBuf;

use impasto_system::Monitor;
use serde::{Deserialize, Serialize};

use super::Workshop;
use crate::error::Result;
use crate::paint::Painter;

/// A run that is to be used.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UseRun {
    /// Its folder.
    pub path: PathBuf,
    /// `best`, `last`, or a checkpoint's name; by itself the best, and the last one where none was judged.
    #[serde(default)]
    pub checkpoint: Option<String>,
}

impl UseRun {
    /// Opens it; what is wrong with its checkpoints is told.
    pub(crate) fn open(&self, workshop: &Workshop, monitor: &mut dyn Monitor) -> Result<Painter> {
        Ok(Painter::open(&self.path, self.checkpoint.as_deref(), workshop.device(), monitor)?)
    }
}

/// The run that made something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunUsed {
    /// Its folder.
    pub run: String,
    /// The checksum of its weights.
    pub checkpoint: String,
}

impl RunUsed {
    pub(crate) fn of(painter: &Painter) -> Self {
        Self {
            run: painter.run().path().display().to_string(),
            checkpoint: painter.weights_hash().to_owned(),
        }
    }
}
