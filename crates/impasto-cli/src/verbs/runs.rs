//! `impasto runs`: what has been trained.

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Args;
use impasto::error::Result;
use impasto::run::{RunSummary, runs_in};

use crate::voice::Voice;
use crate::words::{count, duration, figures, table};

/// List the runs in a folder
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  impasto runs\n  impasto runs my-runs --json")]
pub(crate) struct Runs {
    /// The folder of runs
    #[arg(default_value = "runs")]
    folder: PathBuf,
}

impl Runs {
    pub(super) fn run(&self, voice: &Voice) -> Result<()> {
        let runs = runs_in(&self.folder)?;
        if runs.is_empty() {
            let folder = self.folder.display();
            voice.note(&format!(
                "there are no runs in {folder}; `impasto train FOLDER` or `impasto demo` makes one"
            ));
            return Ok(());
        }
        voice.results(&runs, &listed(&runs))
    }
}

fn listed(runs: &[RunSummary]) -> String {
    let head = ["run", "recipe", "steps", "pictures", "last change", "losses"].map(str::to_owned).to_vec();
    let rows: Vec<Vec<String>> = std::iter::once(head).chain(runs.iter().map(row)).collect();
    table(&rows)
}

fn row(run: &RunSummary) -> Vec<String> {
    let losses = figures(run.losses.iter().filter(|(name, _)| !name.contains('_')));
    let steps = [count(run.step), count(run.images)];
    let [step, images] = steps;
    vec![run.name.clone(), run.recipe.clone(), step, images, ago(run.modified), losses]
}

fn ago(modified: u64) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    match now.saturating_sub(modified) {
        seconds if seconds >= 2 * 86_400 => format!("{} days ago", seconds / 86_400),
        seconds => format!("{} ago", duration(seconds.max(1) as f64)),
    }
}
