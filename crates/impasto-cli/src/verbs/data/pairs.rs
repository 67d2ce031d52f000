//! `impasto data pairs`: two folders become one set of pairs.

use std::path::PathBuf;

use clap::Args;
use impasto::error::Result;
use impasto::jobs::{PairsRequest, Workshop};
use impasto::shell::Command;

use crate::job::{self, STOPPING_WITHOUT};
use crate::voice::Voice;
use crate::words::{counted, named};

/// Join the pictures of two folders that have the same names: inputs on the left, targets on the right
///
/// A model learns from such pairs to translate (train --recipe paired --preset beside). Names count without their endings,
/// and with their sub-folders; both pictures of a pair must have one size. Pictures without a counterpart are left out and
/// named.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  impasto data pairs sketches paintings my-pairs\n  impasto train my-pairs --recipe paired \
                  --preset beside --size 64\n  impasto translate new-sketch.png --run runs/0001-my-pairs-paired-64 --out \
                  painting.png"
)]
pub(crate) struct Pairs {
    /// The folder of what will be given
    inputs: PathBuf,
    /// The folder of what should become of it
    targets: PathBuf,
    /// The folder for the pairs; it must be empty or not there yet
    out: PathBuf,
}

impl Pairs {
    pub(super) fn run(&self, voice: &Voice) -> Result<()> {
        let Self { inputs, targets, out } = self;
        let request = PairsRequest { inputs: inputs.clone(), targets: targets.clone(), out: out.clone() };
        let report = job::done(&request, &Workshop::of_this_user("cpu")?, STOPPING_WITHOUT, voice)?;
        let train =
            Command::new("train").path(&self.out).with("--recipe", "paired").with("--preset", "beside");
        let (folder, pairs) = (named(self.out.display()), counted(report.pairs, "pair", "pairs"));
        voice.result(&report, &format!("{folder}: {pairs}\nnext: {train}"))
    }
}
