//! `impasto weights remove`: networks that are not needed any more.

use clap::Args;
use impasto::error::Result;
use impasto::jobs::{RemoveWeightsRequest, Workshop};

use crate::job::{self, STOPPING_WITHOUT};
use crate::voice::Voice;
use crate::words::{bytes, named};

/// Remove a network that was fetched or added
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  impasto weights remove vgg19")]
pub(crate) struct Remove {
    /// Which network it is (`impasto weights list`)
    name: String,
}

impl Remove {
    pub(super) fn run(&self, workshop: &Workshop, voice: &Voice) -> Result<()> {
        let request = RemoveWeightsRequest { name: self.name.clone() };
        let removed = job::done(&request, workshop, STOPPING_WITHOUT, voice)?;
        voice.result(
            &removed,
            &format!("{}: removed, {} freed", named(&removed.network), bytes(removed.bytes)),
        )
    }
}
