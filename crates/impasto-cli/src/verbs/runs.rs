//! `impasto runs`: what has been trained.

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Args;
use impasto::error::Result;
use impasto::jobs::{RunsRequest, Workshop};
use impasto::run::{RUNS, RunSummary};

use crate::job::{self, STOPPING_WITHOUT};
use crate::voice::Voice;
use crate::words::{count, duration, short, table};

/// List the runs in a folder
///
/// Wherever a run is asked for, its folder does, and of one in `runs` also its name or its number: `impasto sample 7`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  impasto runs\n  impasto info 7\n  impasto runs my-runs --json")]
pub(crate) struct Runs {
    /// The folder of runs [default: runs]
    folder: Option<PathBuf>,
}

impl Runs {
    pub(super) fn run(&self, voice: &Voice) -> Result<()> {
        let folder = self.folder.clone().unwrap_or_else(|| RUNS.into());
        let request = RunsRequest { folder: folder.clone(), must_exist: self.folder.is_some() };
        let runs = job::done(&request, &Workshop::of_this_user("cpu")?, STOPPING_WITHOUT, voice)?;
        if runs.is_empty() {
            voice.note(&format!(
                "there are no runs in {}; `impasto train FOLDER` or `impasto demo` makes one",
                folder.display()
            ));
            return Ok(());
        }
        voice.results(&runs, &listed(&runs))
    }
}

fn listed(runs: &[RunSummary]) -> String {
    let head = ["run", "recipe", "state", "steps", "pictures", "score", "alarms", "last change"];
    let head = head.map(str::to_owned).to_vec();
    let rows: Vec<Vec<String>> = std::iter::once(head).chain(runs.iter().map(row)).collect();
    format!("{}\n\nscore: how far from real pictures (lower is better)", table(&rows))
}

fn row(run: &RunSummary) -> Vec<String> {
    let alarms = match (&run.alarms[..], run.alarms.len()) {
        ([], _) => String::new(),
        ([.., last], 1) => last.clone(),
        ([.., last], number) => format!("{number}, the last: {last}"),
    };
    vec![
        run.name.clone(),
        run.recipe.clone(),
        run.state.clone(),
        count(run.step),
        count(run.images),
        run.score.map_or_else(|| "-".to_owned(), short),
        alarms,
        ago(run.modified),
    ]
}

fn ago(modified: u64) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    match now.saturating_sub(modified) {
        seconds if seconds >= 2 * 86_400 => format!("{} days ago", seconds / 86_400),
        seconds => format!("{} ago", duration(seconds.max(1) as f64)),
    }
}
