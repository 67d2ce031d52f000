//! `impasto data`: pictures to learn from.

mod check;
mod get;
mod list;
mod pairs;
mod stack;
mod synth;

use clap::Subcommand;

use crate::voice::Voice;
use impasto::error::Result;

/// Get, draw and check pictures to learn from
#[derive(Debug, Subcommand)]
#[command(
    after_help = "Examples:\n  impasto data synth flowers my-flowers --count 3000 --size 64\n  impasto data get \
                        mnist my-digits\n  impasto data check my-pictures"
)]
pub(crate) enum Data {
    Synth(synth::Synth),
    Get(get::Get),
    Check(check::Check),
    Stack(stack::Stack),
    Pairs(pairs::Pairs),
    List(list::List),
}

impl Data {
    pub(super) fn run(&self, voice: &Voice) -> Result<()> {
        match self {
            Self::Synth(synth) => synth.run(voice),
            Self::Get(get) => get.run(voice),
            Self::Check(check) => check.run(voice),
            Self::Stack(stack) => stack.run(voice),
            Self::Pairs(pairs) => pairs.run(voice),
            Self::List(list) => list.run(voice),
        }
    }
}
