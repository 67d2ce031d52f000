//! `impasto demo`: the whole path in minutes, with pictures that it draws itself.

use std::path::PathBuf;

use clap::Args;
use impasto::error::Result;
use impasto::jobs::{DemoReport, DemoRequest, Workshop};
use impasto::shell::Command;

use crate::job;
use crate::stop::STOPPING;
use crate::voice::Voice;
use crate::words::{count, counted, duration, indented, named};

/// Draw flowers, learn them, and paint new ones: minutes, no downloads
///
/// Ctrl-C ends the training early; the sheet is painted with what was learned by then.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  impasto demo\n  impasto demo --minutes 10 --size 64 --out runs/flowers")]
pub(crate) struct Demo {
    /// Where the run goes; when it is there already, the next free name
    #[arg(long, default_value = "runs/demo", value_name = "RUN")]
    out: PathBuf,
    /// Minutes of training [default: 1,500 steps, which take less than a minute on two cores]
    #[arg(long, value_name = "M", value_parser = super::train::flags::positive)]
    minutes: Option<f64>,
    /// Side of the pictures in pixels
    #[arg(long, default_value_t = 32, value_name = "N", value_parser = clap::value_parser!(u32).range(8..=256))]
    size: u32,
    /// Everything random depends on it
    #[arg(long, default_value_t = 1, value_name = "S", value_parser = clap::value_parser!(i64).range(0..))]
    seed: i64,
}

impl Demo {
    pub(super) fn run(&self, voice: &Voice) -> Result<()> {
        let report = job::done(&self.request(), &Workshop::of_this_user("auto")?, STOPPING, voice)?;
        voice.result(&report, &in_words(&report))
    }

    fn request(&self) -> DemoRequest {
        let Self { out, minutes, size, seed } = self;
        DemoRequest { out: out.clone(), minutes: *minutes, size: *size, seed: seed.unsigned_abs() }
    }
}

fn in_words(report: &DemoReport) -> String {
    let DemoReport { data, pictures, run: folder, sheet, shown, training: summary } = report;
    let steps = format!("{} steps, {} pictures", count(summary.steps), count(summary.images));
    let next = [
        Command::new("sample").path(folder).with("--count", 64).word("--sheet"),
        Command::new("walk").path(folder).with("--out", "walk.gif"),
        Command::new("train").with_path("--resume", folder).with("--minutes", 30),
        Command::new("train").word("YOUR-PICTURES"),
    ]
    .map(|command| command.to_string());
    format!(
        "drew     {} of flowers into {}\nlearned  them for {} ({steps})\nkept     the run in {}\npainted  {} new ones \
         beside real ones (real left, new right)\nlook at  {}\n\nnext:\n{}",
        counted(*pictures, "picture", "pictures"),
        named(data.display()),
        duration(summary.seconds),
        named(folder.display()),
        count(*shown),
        named(sheet.display()),
        indented(&next.join("\n"))
    )
}
