//! `impasto compare`: several runs side by side.

use std::path::PathBuf;

use clap::Args;
use impasto::compare::{Compared, Comparison, FIGURES};
use impasto::error::Result;
use impasto::jobs::{CompareRequest, Workshop};
use serde_json::Value;

use crate::job::{self, run_named};
use crate::voice::Voice;
use crate::words::{count, duration, named, rate, short, table};

/// Compare runs: figures, settings that differ, learning curves and sheets
///
/// Reads the folders only, so runs that are still training (or were killed) can be compared too; what a run doesn't
/// have is left open. Losses are means over the last tenth of a run. With --out the learning curves (over pictures
/// seen, and over seconds) and the newest sheets beside the real pictures go into one HTML file that needs nothing
/// else. Nothing is overwritten without --force.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Compare {
    /// The runs
    #[arg(required = true, value_name = "RUN")]
    runs: Vec<PathBuf>,
    /// Write a page with curves and sheets
    #[arg(long, value_name = "FILE.html")]
    out: Option<PathBuf>,
    /// Overwrite the page
    #[arg(long)]
    force: bool,
}

const EXAMPLES: &str = "\
Examples:
  impasto compare runs/0001-flowers-dcgan-64 runs/0002-flowers-dcgan-64
  impasto compare runs/* --out comparison.html
  impasto compare runs/mine runs/yours --json

With --json one object is printed:
  {\"runs\":[{\"name\",\"run\",\"recipe\",\"state\",\"steps\",\"images\",\"seconds\",\"images_per_second\",\"losses\":{},
             \"measures\":{},\"alarms\":[],\"sheet\",\"curves\":{\"images\":[],\"seconds\":[],\"losses\":{},...}}],
   \"settings\":{\"rate\":[0.0002,0.0001]},\"page\"}";

const STOPPING: &str = "stopping; Ctrl-C once more leaves at once";

impl Compare {
    pub(super) fn run(&self, voice: &Voice) -> Result<()> {
        let workshop = Workshop::of_this_user("cpu")?;
        let report = job::done(&self.request(), &workshop, STOPPING, voice)?;
        let page = report.page.as_ref();
        let page = page.map(|path| format!("\n\ncurves and sheets: {}", named(path.display())));
        voice.result(&report, &format!("{}{}", in_words(&report.all), page.unwrap_or_default()))
    }

    fn request(&self) -> CompareRequest {
        CompareRequest {
            runs: self.runs.iter().map(|run| run_named(run)).collect(),
            out: self.out.clone(),
            force: self.force,
        }
    }
}

fn in_words(all: &Comparison) -> String {
    let mut rows = vec![row("", all, &|run| run.name.clone())];
    rows.push(row("recipe", all, &|run| run.recipe.clone()));
    rows.push(row("state", all, &|run| run.state.clone()));
    rows.push(row("steps", all, &|run| count(run.steps)));
    rows.push(row("pictures seen", all, &|run| count(run.images)));
    rows.push(row("time", all, &|run| duration(run.seconds)));
    rows.push(row("pictures/s", all, &|run| rate(run.images_per_second)));
    rows.push(row("alarms", all, &alarms));
    for figures in FIGURES {
        for name in all.names_of(figures) {
            rows.push(row(name, all, &|run| {
                figures(run).get(name).map_or_else(|| "-".to_owned(), |value| short(*value))
            }));
        }
    }
    if !all.settings.is_empty() {
        rows.push(Vec::new());
        rows.push(vec!["settings that differ".to_owned()]);
    }
    for (key, values) in &all.settings {
        rows.push(std::iter::once(format!("  {key}")).chain(values.iter().map(setting)).collect());
    }
    table(&rows)
}

fn row(name: &str, all: &Comparison, value: &dyn Fn(&Compared) -> String) -> Vec<String> {
    std::iter::once(name.to_owned()).chain(all.runs.iter().map(value)).collect()
}

/// Which alarms were raised: `mode collapse (2)`.
fn alarms(run: &Compared) -> String {
    let mut kinds: Vec<(&str, usize)> = Vec::new();
    for alarm in &run.alarms {
        match kinds.iter_mut().find(|(kind, _)| *kind == alarm.kind) {
            Some((_, times)) => *times += 1,
            None => kinds.push((&alarm.kind, 1)),
        }
    }
    let told =
        |(kind, times): (&str, usize)| if times > 1 { format!("{kind} ({times})") } else { kind.to_owned() };
    if kinds.is_empty() {
        "none".to_owned()
    } else {
        kinds.into_iter().map(told).collect::<Vec<_>>().join(", ")
    }
}

fn setting(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) if text.is_empty() => "-".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
