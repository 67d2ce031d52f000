//! From flags to a job, for the verbs that are one.

use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use impasto::error::Result;
use impasto::jobs::{BatchReport, Choice, Job, RunUsed, UseRun, Workshop};
use impasto::run::{RUNS, find_run};
use impasto::shell::typed_path;
use serde::Serialize;

use crate::console::Console;
use crate::voice::Voice;
use crate::words::{count, named};

/// What is said where a job is asked to stop that keeps what is done.
pub(crate) const STOPPING: &str = "stopping: what is done is kept; Ctrl-C once more leaves at once";
/// The same where a picture can't be stopped before it is finished.
pub(crate) const STOPPING_AFTER: &str =
    "stopping after this picture: those that are done are kept; Ctrl-C once more leaves at once";

/// The same where nothing is kept.
pub(crate) const STOPPING_WITHOUT: &str = "stopping: nothing is kept; Ctrl-C once more leaves at once";

/// So many pictures are shown in words.
const SHOWN: usize = 20;

/// Does a job while somebody watches, who may stop it.
pub(crate) fn done<J: Job>(
    request: &J,
    workshop: &Workshop,
    stopping: &'static str,
    voice: &Voice,
) -> Result<J::Report> {
    let mut console = Console::stoppable(voice, stopping);
    let report = request.run(workshop, &mut console);
    console.finish();
    report
}

/// Shows what came of many pictures: a line for each in words.
pub(crate) fn show<T: Serialize>(
    report: &BatchReport<T>,
    in_words: impl Fn(&T) -> String,
    voice: &Voice,
) -> Result<()> {
    show_and(report, in_words, None, voice)
}

/// The same, with what can be done next where people read it. Of very many, only the first ones are shown in words.
pub(crate) fn show_and<T: Serialize>(
    report: &BatchReport<T>,
    in_words: impl Fn(&T) -> String,
    next: Option<String>,
    voice: &Voice,
) -> Result<()> {
    let mut lines: Vec<String> = report.outputs.iter().take(SHOWN).map(in_words).collect();
    if let Some(more) = report.outputs.len().checked_sub(SHOWN).filter(|&more| more > 0) {
        lines.push(format!("and {} more; --json lists all", count(more)));
    }
    lines.extend(next.filter(|_| !voice.is_quiet()).map(|next| format!("\n{next}")));
    voice.result(report, &lines.join("\n"))
}

/// Parses the values of a choice, which are listed in the help.
pub(crate) fn choices<C: Choice + Send + Sync>() -> impl TypedValueParser<Value = C> {
    let values = C::ALL.iter().map(|choice| PossibleValue::new(choice.name()).help(choice.about()));
    PossibleValuesParser::new(values).try_map(|name| C::named(&name).ok_or("there is no such value"))
}

/// Where a job computes.
#[derive(Debug, Args)]
pub(crate) struct OnDevice {
    /// Where to compute: auto, cpu, gpu or gpu:1
    #[arg(long, default_value = "auto", value_name = "DEVICE")]
    device: String,
}

impl OnDevice {
    pub(crate) fn workshop(&self) -> Result<Workshop> {
        Workshop::of_this_user(&self.device)
    }
}

/// A run that does what could be done without one.
#[derive(Debug, Args)]
pub(crate) struct ByRun {
    /// Let a trained run do it; train one with the recipe that is called like this verb
    #[arg(long, value_name = "RUN")]
    run: Option<PathBuf>,
    /// Use this checkpoint: best, last, or a name such as 000010.240k [default: best; the last if none was judged]
    #[arg(long, value_name = "NAME", requires = "run")]
    checkpoint: Option<String>,
    /// Where the run computes: auto, cpu, gpu or gpu:1 [default: auto]
    #[arg(long, value_name = "DEVICE", requires = "run")]
    device: Option<String>,
}

impl ByRun {
    /// The run, if one was asked for.
    pub(crate) fn request(&self) -> Option<UseRun> {
        let run = |path: &PathBuf| UseRun { path: run_named(path), checkpoint: self.checkpoint.clone() };
        self.run.as_ref().map(run)
    }

    pub(crate) fn workshop(&self) -> Result<Workshop> {
        Workshop::of_this_user(self.device.as_deref().unwrap_or("auto"))
    }

    /// What is said where it is stopped.
    pub(crate) fn stopping(&self) -> &'static str {
        if self.run.is_some() { STOPPING_AFTER } else { STOPPING }
    }
}

/// The run that is meant: a folder, or the short name of one in `runs`, which is its name or its number.
pub(crate) fn run_named(path: &Path) -> PathBuf {
    let is_short = path.components().count() == 1 && !path.exists();
    let named = || find_run(Path::new(RUNS), path.to_str()?);
    is_short.then(named).flatten().unwrap_or_else(|| path.to_path_buf())
}

/// Who did it, in words: the run, as it is typed, and the beginning of the checksum of its weights.
pub(crate) fn by_run(RunUsed { run, checkpoint }: &RunUsed) -> String {
    let short: String = checkpoint.chars().take(12).collect();
    format!("by run {} (weights {})", typed_path(run), named(short))
}
