//! `impasto data stack`: a thousand classes from ten.

use std::path::PathBuf;

use clap::Args;
use impasto::error::Result;
use impasto::jobs::{StackRequest, Workshop};
use impasto::shell::Command;

use crate::job::{self, STOPPING_WITHOUT};
use crate::verbs::sample::one_or_more;
use crate::voice::Voice;
use crate::words::{count, counted, named};

/// Stack a labelled set: RGB pictures whose three channels are pictures of the set, drawn by chance
///
/// Ten digits become a thousand classes (StackedMNIST). A model that is trained on them shows how many kinds of pictures
/// it loses: `impasto judge RUN --against OUT --classes` counts those that it paints.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  impasto data stack my-digits stacked --count 60000\n  impasto train stacked --size 28\n  \
                  impasto judge runs/0001-stacked-dcgan-28 --against stacked --classes"
)]
pub(crate) struct Stack {
    /// A set with 2 to 10 classes, such as mnist
    from: PathBuf,
    /// The folder for it; it must be empty or not there yet
    out: PathBuf,
    /// How many pictures
    #[arg(long, default_value_t = 60_000, value_name = "N", value_parser = one_or_more)]
    count: usize,
    /// The same seed draws the same pictures
    #[arg(long, default_value_t = 1, value_name = "K")]
    seed: u64,
}

impl Stack {
    pub(super) fn run(&self, voice: &Voice) -> Result<()> {
        let (from, out) = (self.from.clone(), self.out.clone());
        let request = StackRequest { from, out, count: self.count, seed: self.seed };
        let report = job::done(&request, &Workshop::of_this_user("cpu")?, STOPPING_WITHOUT, voice)?;
        let pictures = counted(report.pictures, "picture", "pictures");
        let of = format!("{} of {} possible classes", count(report.classes), count(report.possible));
        let (folder, train) = (named(self.out.display()), Command::new("train").path(&self.out));
        voice.result(&report, &format!("{folder}: {pictures} of {of}\nnext: {train}"))
    }
}
