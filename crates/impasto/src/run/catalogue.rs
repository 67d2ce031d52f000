//! A folder of runs: what is there, and the next name.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use impasto_data::Size;
use serde::Serialize;

use super::reading::last_events;
use super::{Event, History, Run, number};
use impasto_system::FileError;

/// The folder of runs, where no other one is said.
pub const RUNS: &str = "runs";

/// A run in a line.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunSummary {
    /// The folder's name.
    pub name: String,
    /// The folder.
    pub path: PathBuf,
    /// The recipe's name.
    pub recipe: String,
    /// Steps done, by the last events or else the last checkpoint's name.
    pub step: u64,
    /// Pictures seen.
    pub images: u64,
    /// The parts of the last loss by name.
    #[serde(with = "number::map")]
    pub losses: BTreeMap<String, f64>,
    /// How many checkpoints there are.
    pub checkpoints: usize,
    /// How its last training ended: `done`, `interrupted`, `diverged`, or `unfinished`.
    pub state: String,
    /// The score of its best checkpoint, where they were judged: lower is better.
    pub score: Option<f64>,
    /// Which alarms were raised, the newest last.
    pub alarms: Vec<String>,
    /// When something last happened, in seconds since 1970.
    pub modified: u64,
}

/// The runs in a folder, in the order of their names; what isn't a run is left out.
pub fn runs_in(folder: &Path) -> Result<Vec<RunSummary>, FileError> {
    let runs = impasto_system::list(folder)?.into_iter().filter(|path| path.is_dir());
    Ok(runs.filter_map(|path| Run::open(&path).ok()).map(|run| summary(&run)).collect())
}

/// Where the next run belongs: `runs/0007-flowers-dcgan-64` after `runs/0006-...`, or `...-96x64`.
pub fn next_run_path(folder: &Path, data_name: &str, recipe: &str, size: Size) -> Result<PathBuf, FileError> {
    let last = impasto_system::list(folder)?.iter().filter_map(|path| number_of(path)).max().unwrap_or(0);
    let parts = [plain(data_name), plain(recipe), size.to_string()];
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    Ok(folder.join(format!("{:04}-{}", last.saturating_add(1), parts.join("-"))))
}

/// The run of this name or number in a folder.
pub fn find_run(folder: &Path, name: &str) -> Option<PathBuf> {
    let whole = folder.join(name);
    if whole.is_dir() {
        return Some(whole);
    }
    let number: u64 = name.parse().ok()?;
    impasto_system::list(folder).ok()?.into_iter().find(|path| number_of(path) == Some(number))
}

fn summary(run: &Run) -> RunSummary {
    let events = last_events(&run.events_path()).unwrap_or_default();
    let checkpoints = run.checkpoints();
    let history = History::read(run.path()).unwrap_or_default();
    let mut summary = RunSummary {
        name: run.name(),
        path: run.path().to_path_buf(),
        recipe: run.about().recipe.clone(),
        step: 0,
        images: checkpoints.last().map_or(0, |(images, _)| *images),
        losses: BTreeMap::new(),
        checkpoints: checkpoints.len(),
        state: history.state,
        score: history.best.map(|best| best.score),
        alarms: history.alarms.into_iter().map(|alarm| alarm.kind).collect(),
        modified: modified(run),
    };
    if let Some(Event::Step { step, images, losses, .. }) =
        events.into_iter().rfind(|event| matches!(event, Event::Step { .. }))
    {
        (summary.step, summary.images, summary.losses) = (step, images, losses);
    }
    summary
}

fn modified(run: &Run) -> u64 {
    let times = [run.events_path(), run.path().to_path_buf()].map(|path| path.metadata()?.modified());
    let latest = times.into_iter().filter_map(Result::ok).max().unwrap_or(SystemTime::UNIX_EPOCH);
    latest.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// The number before the first dash.
fn number_of(path: &Path) -> Option<u64> {
    path.file_name()?.to_str()?.split('-').next()?.parse().ok()
}

/// A name that is safe in every file system and shell: lower-case letters, digits and single dashes.
fn plain(name: &str) -> String {
    let lower = name.to_lowercase();
    let words = lower.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<&str>>().join("-").chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::{About, Checkpoint, Events};

    #[test]
    fn names_count_up_from_the_highest() {
        let folder = tempfile::tempdir().unwrap();
        let runs = folder.path().join("runs");
        let next = |data| next_run_path(&runs, data, "dcgan", Size::square(64)).unwrap();
        assert_eq!(next("flowers"), runs.join("0001-flowers-dcgan-64"));
        for name in ["0006-flowers-dcgan-64", "0002-old", "notes"] {
            std::fs::create_dir_all(runs.join(name)).unwrap();
        }
        assert_eq!(next("My  Flowers (new)/"), runs.join("0007-my-flowers-new-dcgan-64"));
        assert_eq!(next("../.."), runs.join("0007-dcgan-64"));
        assert_eq!(next("画"), runs.join("0007-画-dcgan-64"));
        let wide = next_run_path(&runs, "flowers", "dcgan", Size { width: 96, height: 64 }).unwrap();
        assert_eq!(wide, runs.join("0007-flowers-dcgan-96x64"));
    }

    #[test]
    fn the_list_shows_the_last_loss_and_leaves_out_what_is_no_run() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("not-a-run")).unwrap();
        let about = About { recipe: "vae".into(), ..About::default() };
        let run = Run::create(&folder.path().join("0001-a"), "", &about).unwrap();
        run.save(&Checkpoint { images: 64, ..Checkpoint::default() }).unwrap();
        let mut events = Events::open(&run.events_path()).unwrap();
        for step in 1..=2000 {
            let losses = BTreeMap::from([("elbo".to_string(), step as f64)]);
            let event = Event::Step {
                step,
                images: step * 8,
                seconds: 1.0,
                step_ms: 1.0,
                images_per_second: 8.0,
                losses,
            };
            events.write(&event).unwrap();
        }
        let runs = runs_in(folder.path()).unwrap();
        assert_eq!(runs.len(), 1);
        assert_eq!((runs[0].name.as_str(), runs[0].recipe.as_str()), ("0001-a", "vae"));
        assert_eq!((runs[0].step, runs[0].images, runs[0].losses["elbo"]), (2000, 16_000, 2000.0));
        assert_eq!(runs[0].checkpoints, 1);
        assert!(runs[0].modified > 1_600_000_000);
        assert!(runs_in(&folder.path().join("nowhere")).unwrap().is_empty());
    }
}
