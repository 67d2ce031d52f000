//! `impasto cache`: what is kept that can be made again.

use clap::Args;
use impasto::error::Result;
use impasto::jobs::{CacheContent, CachePart, CacheReport, CacheRequest, Choice, Workshop};

use crate::job::{self, STOPPING, choices};
use crate::voice::Voice;
use crate::words::{bytes, indented, named, table};

/// Show what is kept between runs and where, and free some of it
///
/// Pictures that were prepared for a training, features that pictures are judged with, and the demo's flowers are made again when they
/// are needed. Runs and networks are not touched: remove a run's folder by hand, and a network with `impasto weights remove`. The
/// folder is $IMPASTO_CACHE, or the system's for caches.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  impasto cache\n  impasto cache --clear prepared\n  impasto cache --clear all"
)]
pub(crate) struct Cache {
    /// Remove this, or all of it
    #[arg(long, value_name = "WHAT", value_parser = choices::<Clear>())]
    clear: Option<Clear>,
}

/// What may be removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Clear {
    All,
    Part(CachePart),
}

impl Choice for Clear {
    const ALL: &'static [Self] = &[
        Self::All,
        Self::Part(CachePart::Prepared),
        Self::Part(CachePart::Features),
        Self::Part(CachePart::Demo),
    ];

    fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Part(part) => part.name(),
        }
    }

    fn about(self) -> &'static str {
        match self {
            Self::All => "everything that can be made again",
            Self::Part(part) => part.about(),
        }
    }
}

impl Cache {
    pub(super) fn run(&self, voice: &Voice) -> Result<()> {
        let report = job::done(&self.request(), &Workshop::of_this_user("cpu")?, STOPPING, voice)?;
        voice.result(&report, &in_words(&report))
    }

    fn request(&self) -> CacheRequest {
        let clear = match self.clear {
            None => Vec::new(),
            Some(Clear::All) => CachePart::ALL.to_vec(),
            Some(Clear::Part(part)) => vec![part],
        };
        CacheRequest { clear }
    }
}

fn in_words(report: &CacheReport) -> String {
    let row = |content: &CacheContent| {
        vec![
            content.name.to_owned(),
            bytes(content.bytes),
            content.what.to_owned(),
            named(content.path.display()),
        ]
    };
    let rows: Vec<Vec<String>> = report.parts.iter().chain([&report.weights]).map(row).collect();
    let freed = if report.freed > 0 { format!("freed {}\n\n", bytes(report.freed)) } else { String::new() };
    format!("{freed}in {}:\n{}", named(report.folder.display()), indented(&table(&rows)))
}
