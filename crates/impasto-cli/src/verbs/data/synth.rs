//! `impasto data synth`: pictures drawn by rule.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use impasto::error::Result;
use impasto::shell::Command;
use impasto_data::synth::{Ground, write_on};
use serde_json::json;

use crate::console::Console;
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
        let mut console = Console::new(voice);
        let ground = if self.alpha { Ground::Transparent } else { Ground::Painted };
        let Self { motif, out, count, size, seed, .. } = self;
        let written = write_on(ground, motif, out, *count, *size, *seed, &mut console);
        console.finish();
        let written = written?;
        let classes: BTreeMap<&str, usize> = written.classes.iter().copied().collect();
        let value = json!({ "folder": written.folder, "pictures": written.pictures, "classes": classes });
        let pictures = counted(written.pictures, "picture", "pictures");
        let names: Vec<&str> = classes.keys().copied().collect();
        let folder = named(written.folder.display());
        let train = Command::new("train").path(&written.folder);
        let train = if self.alpha { train.word("--alpha") } else { train };
        voice.result(&value, &format!("{folder}: {pictures} of {}\nnext: {train}", names.join(", ")))
    }
}
