//! The run that a verb paints from.

use std::path::Path;

use clap::Args;
use impasto::error::Result;
use impasto::jobs::{UseRun, Workshop};

use crate::job::{OnDevice, run_named};

/// What a run paints with.
#[derive(Debug, Args)]
pub(crate) struct Brush {
    /// Use this checkpoint: best, last, or a name such as 000010.240k [default: best; the last if none was judged]
    #[arg(long, value_name = "NAME")]
    checkpoint: Option<String>,
    #[command(flatten)]
    device: OnDevice,
}

impl Brush {
    /// Where a job is done.
    pub(crate) fn workshop(&self) -> Result<Workshop> {
        self.device.workshop()
    }

    /// This run, for a request.
    pub(crate) fn request(&self, run: &Path) -> UseRun {
        UseRun { path: run_named(run), checkpoint: self.checkpoint.clone() }
    }
}
