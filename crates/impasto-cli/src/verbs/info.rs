//! `impasto info`: what a run, a checkpoint or a picture is.

mod again;
mod checkpoint;
mod latent;
mod picture;
mod run;

use std::path::PathBuf;

use clap::Args;

use crate::job::run_named;
use crate::voice::Voice;
use crate::words::{indented, listed, table};
use impasto::error::{Error, Result};

/// Tell what a run, a checkpoint, a latent, or a painted picture or film is
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  impasto info runs/mine\n  impasto info runs/mine/checkpoints/000010.240k\n  impasto \
                        info painted/mine/000007.png"
)]
pub(crate) struct Info {
    /// A run folder, a checkpoint's folder, a .latent file, or a picture or film that Impasto painted: PNG or GIF, and MP4 where
    /// ffmpeg is
    path: PathBuf,
}

impl Info {
    pub(super) fn run(&self, voice: &Voice) -> Result<()> {
        let path = &run_named(&self.path);
        let shown = path.display();
        match () {
            () if path.join("run.json").exists() => run::tell(path, voice),
            () if path.join("state.json").exists() => checkpoint::tell(path, voice),
            () if path.is_dir() => Err(Error::unreadable(format!(
                "{shown} is no run and no checkpoint: it has neither run.json nor state.json; check the path"
            ))),
            () if path.is_file() && path.extension().is_some_and(|ending| ending == "latent") => {
                latent::tell(path, voice)
            }
            // What is there and no file is named by whoever opens it.
            () if path.symlink_metadata().is_ok() => picture::tell(path, voice),
            () => Err(Error::missing(format!("there is nothing at {shown}; check the path"))),
        }
    }
}

/// Names and what belongs to them, in two columns; those without anything are left out.
fn facts(rows: &[(&str, String)]) -> String {
    let rows = rows.iter().filter(|(_, text)| !text.is_empty());
    table(&rows.map(|(name, text)| vec![(*name).to_owned(), text.clone()]).collect::<Vec<_>>())
}

/// A title with lines under it; nothing without lines.
fn section(title: &str, lines: &[String]) -> String {
    if lines.is_empty() { String::new() } else { format!("\n\n{title}\n{}", indented(&listed(lines))) }
}
