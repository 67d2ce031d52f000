//! `impasto data synth`: pictures drawn by rule.

use std::path::PathBuf;

use clap::Args;
use impasto::error::Result;
use impasto::jobs::{SynthRequest, Workshop};
use impasto::shell::Command;

use crate::job::{self, STOPPING_WITHOUT};
use crate::voice::Voice;
use crate::words::{counted, named};

/// Draw pictures by rule, with labelled sub-folders: something to learn from at once
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  impasto data synth flowers my-flowers --count 3000 --size 32\n  impasto data synth flowers \
                  cut-out --alpha\n  impasto data list"
)]
pub(crate) struct Synth {
    /// What to draw (`impasto data list`)
    motif: String,
    /// The folder to draw into; it must be empty or not there yet
    out: PathBuf,
    /// How many pictures
    #[arg(long, default_value_t = 1000, value_name = "N")]
    count: usize,
    /// Side of the pictures in pixels
    #[arg(long, default_value_t = 64, value_name = "S")]
    size: u32,
    /// The same seed gives the same pictures, byte for byte
    #[arg(long, default_value_t = 1, value_name = "K")]
    seed: u64,
    /// Leave out what lies behind: transparent pictures
    #[arg(long)]
    alpha: bool,
}

impl Synth {
    pub(super) fn run(&self, voice: &Voice) -> Result<()> {
        let report = job::done(&self.request(), &Workshop::of_this_user("cpu")?, STOPPING_WITHOUT, voice)?;
        let pictures = counted(report.pictures, "picture", "pictures");
        let names: Vec<&str> = report.classes.keys().copied().collect();
        let folder = named(report.folder.display());
        let train = Command::new("train").path(&report.folder);
        let train = if self.alpha { train.word("--alpha") } else { train };
        voice.result(&report, &format!("{folder}: {pictures} of {}\nnext: {train}", names.join(", ")))
    }

    fn request(&self) -> SynthRequest {
        let Self { motif, out, count, size, seed, alpha } = self;
        let (motif, out) = (motif.clone(), out.clone());
        SynthRequest { motif, out, count: *count, size: *size, seed: *seed, alpha: *alpha }
    }
}
