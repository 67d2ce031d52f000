//! `impasto weights`: trained networks that the user adds.

mod add;
mod get;
mod list;
mod remove;

use clap::Subcommand;
use impasto::error::Result;
use impasto::jobs::Workshop;
use impasto::weights::About;

use crate::voice::Voice;
use crate::words::bytes;

/// List, fetch, add and remove trained networks that measures and tools need
///
/// They are no part of Impasto, because of their size and their licences. They are kept in the folder `weights` where
/// caches are, or in $IMPASTO_WEIGHTS.
#[derive(Debug, Subcommand)]
#[command(
    after_help = "Examples:\n  impasto weights list\n  impasto weights get inception\n  impasto weights add inception \
                  inception-2015-12-05.pt"
)]
pub(crate) enum WeightsVerb {
    List(list::List),
    Get(get::Get),
    Add(add::Add),
    Remove(remove::Remove),
}

impl WeightsVerb {
    pub(super) fn run(&self, voice: &Voice) -> Result<()> {
        let workshop = Workshop::of_this_user("cpu")?;
        match self {
            Self::List(list) => list.run(workshop.weights()?, voice),
            Self::Get(get) => get.run(&workshop, voice),
            Self::Add(add) => add.run(&workshop, voice),
            Self::Remove(remove) => remove.run(&workshop, voice),
        }
    }
}

/// `inception: 87 MB, from the ...`
fn in_words(about: &About) -> String {
    format!("{}: {}, from the {}", about.network, bytes(about.bytes), about.from)
}
