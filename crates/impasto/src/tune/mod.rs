//! Settings for a folder, found by trying: successive halving over a small space around a plan, judged by the kernel
//! distance to pictures that were held out.
//!
//! ```text
//! runs/tune-flowers/
//!   tune.toml       what is tried and how far; written once, and again when a trial is given up
//!   run.lock        held while a process tunes here
//!   trial-00/ ...   ordinary runs
//!   config.toml     the result: for `impasto train --config`
//! ```
//!
//! How far the tuning is follows from the runs alone, so it can be killed at any moment. A trial that goes on has its best
//! score in `best.json`, which only falls, so those that went on before go on again when all is worked out anew.

mod halving;
mod space;

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use toml::Table;

use crate::config::{Config, ConfigError};
use crate::error::{Class, Classify, ErrorKind, Hint};
use crate::run::{History, Run, RunError};
use impasto_system::{Existing, FileError, read_bounded, write_atomically};

const NOTES: &str = "tune.toml";
const RESULT: &str = "config.toml";
const LARGEST: u64 = 1 << 20;
/// Held-out pictures to judge by, of sets that would hold out fewer; and the largest share of a set that may be.
const HELD_OUT: f64 = 50.0;
const MOST_HELD_OUT: f64 = 0.25;

/// What a tuning spends: minutes, or steps, of all trials together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Effort {
    /// Minutes of training.
    Minutes(f64),
    /// Steps, however long they take.
    Steps(u64),
}

/// `tune.toml`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Notes {
    /// How far a trial goes on each rung, counted from its beginning: minutes or steps.
    limits: Vec<f64>,
    in_steps: bool,
    /// What was typed: another command is another tuning.
    asked: Table,
    /// Settings of the trials only.
    #[serde(default)]
    of_trials: Table,
    /// What each trial changes.
    trials: Vec<Table>,
    /// The settings that all of it is around.
    base: Table,
    /// Trials that were given up, and why.
    #[serde(default)]
    failed: BTreeMap<String, String>,
}

/// A tuning in its folder.
#[derive(Debug)]
pub struct Tuning {
    folder: PathBuf,
    notes: Notes,
    /// Held while it is open; the system lets go of it however the process ends.
    _lock: Option<File>,
}

/// What is to be done next.
#[derive(Debug)]
pub enum Turn {
    /// Train this a bit further.
    Train(Box<Trial>),
    /// This trial can't be trained, and is to be given up.
    Refused {
        /// Which trial, from 0.
        trial: usize,
        /// Why not.
        why: String,
    },
    /// Nothing: this trial is the best.
    Done(usize),
}

/// A trial that is to be trained up to the settings' limit.
#[derive(Debug)]
pub struct Trial {
    /// Which trial, from 0.
    pub number: usize,
    /// Which rung, from 0.
    pub rung: usize,
    /// Where its run is or will be.
    pub run: PathBuf,
    /// Its settings; the limit is that of the rung.
    pub config: Config,
}

/// How a trial stands.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Standing {
    /// Which trial, from 0; the first is the plan itself.
    pub trial: usize,
    /// Its run.
    pub run: PathBuf,
    /// What it changes.
    pub settings: Table,
    /// Rungs that it has reached.
    pub rungs: usize,
    /// Steps done.
    pub steps: u64,
    /// Seconds of training.
    pub seconds: f64,
    /// Its best score so far: lower is better.
    pub score: Option<f64>,
    /// Why it was given up.
    pub failed: Option<String>,
}

impl Tuning {
    /// The tuning in this folder, if there is one; `asked` is what was typed.
    pub fn open(folder: &Path, asked: &Table) -> Result<Option<Self>, TuneError> {
        let path = folder.join(NOTES);
        if !path.exists() {
            return Ok(None);
        }
        let broken = |why: String| TuneError::Broken { path: path.clone(), why };
        let text =
            String::from_utf8(read_bounded(&path, LARGEST)?).map_err(|error| broken(error.to_string()))?;
        let notes: Notes = toml::from_str(&text).map_err(|error| broken(error.message().to_owned()))?;
        if notes.asked != *asked {
            let other = difference(&notes.asked, asked);
            return Err(TuneError::Other { folder: folder.to_path_buf(), other });
        }
        let lock = crate::run::lock(folder)?;
        Ok(Some(Self { folder: folder.to_path_buf(), notes, _lock: lock }))
    }

    /// Begins one around these settings. `pictures` are all that there are, where the trials may hold out more of them
    /// than the settings say.
    pub fn begin(
        folder: &Path,
        base: &Config,
        asked: Table,
        effort: Effort,
        trials: usize,
        pictures: Option<usize>,
    ) -> Result<Self, TuneError> {
        refuse_taken(folder)?;
        impasto_system::make_folders(folder)?;
        let lock = crate::run::lock(folder)?;
        // Again, because another process may have begun one meanwhile.
        refuse_taken(folder)?;
        let trials = space::trials(&base.table, trials.max(1), base.common.seed);
        let (total, in_steps) = match effort {
            Effort::Minutes(minutes) => (minutes, false),
            Effort::Steps(steps) => (steps as f64, true),
        };
        let notes = Notes {
            limits: halving::limits(total, trials.len()),
            in_steps,
            of_trials: of_trials(base, pictures),
            asked,
            trials,
            base: base.table.clone(),
            failed: BTreeMap::new(),
        };
        let tuning = Self { folder: folder.to_path_buf(), notes, _lock: lock };
        tuning.write()?;
        Ok(tuning)
    }

    /// What is to be done next, by what lies in the folder.
    pub fn next(&self) -> Result<Turn, TuneError> {
        let standings = self.standings();
        let score = |trial: usize| {
            let Standing { score, failed, .. } = &standings[trial];
            if failed.is_some() { f64::INFINITY } else { score.unwrap_or(f64::MAX) }
        };
        let mut racing: Vec<usize> = (0..standings.len()).collect();
        for rung in 0..self.notes.limits.len() {
            let is_behind =
                |trial: &&usize| standings[**trial].failed.is_none() && standings[**trial].rungs <= rung;
            if let Some(&trial) = racing.iter().find(is_behind) {
                return match self.trial(trial, rung) {
                    Ok(trial) => Ok(Turn::Train(Box::new(trial))),
                    // Double of what was planned may be more than a recipe takes; the plan itself must do.
                    Err(TuneError::Config(why)) if trial > 0 => {
                        Ok(Turn::Refused { trial, why: why.to_string() })
                    }
                    Err(error) => Err(error),
                };
            }
            racing = halving::best(&racing, score);
        }
        match racing.first() {
            Some(&best) if standings[best].failed.is_none() => Ok(Turn::Done(best)),
            _ => Err(TuneError::AllFailed {
                folder: self.folder.clone(),
                why: self.notes.failed.values().next().cloned().unwrap_or_default(),
            }),
        }
    }

    /// How all trials stand, in their order.
    pub fn standings(&self) -> Vec<Standing> {
        (0..self.notes.trials.len()).map(|trial| self.standing(trial)).collect()
    }

    /// How many rungs there are.
    pub fn rungs(&self) -> usize {
        self.notes.limits.len()
    }

    /// How many trials begin.
    pub fn trials(&self) -> usize {
        self.notes.trials.len()
    }

    /// Gives a trial up: it has blown up, and would again.
    pub fn give_up(&mut self, trial: usize, why: String) -> Result<(), TuneError> {
        self.notes.failed.insert(trial.to_string(), why);
        self.write()
    }

    /// The settings of a trial as a training of its own, with the limit of the plan.
    pub fn config(&self, trial: usize) -> Result<Config, TuneError> {
        let mut table = self.notes.base.clone();
        table.extend(self.notes.trials[trial].clone());
        Ok(Config::from_table(table)?)
    }

    /// Writes the settings of a trial as the result; one that was changed by hand is left alone, and that is an error.
    pub fn write_result(&self, trial: usize) -> Result<PathBuf, TuneError> {
        let path = self.folder.join(RESULT);
        let mut table = self.config(trial)?.table;
        // How long a training takes is for whoever begins it.
        ["steps", "images", "minutes"].into_iter().for_each(|limit| _ = table.remove(limit));
        let text = toml::to_string(&table).map_err(ConfigError::broken)?;
        match path.exists() && read_bounded(&path, LARGEST)? != text.as_bytes() {
            true => Err(TuneError::Changed { path }),
            false => write_atomically(&path, text.as_bytes(), Existing::Replace)
                .map(|()| path)
                .map_err(TuneError::from),
        }
    }

    /// How a trial stands.
    pub fn standing(&self, trial: usize) -> Standing {
        let run = self.run(trial);
        let history = History::read(&run).unwrap_or_default();
        let (steps, seconds) = history.last().map_or((0, 0.0), |last| (last.step, last.seconds));
        let spent = if self.notes.in_steps { steps as f64 } else { seconds / 60.0 };
        // A training ends when the limit is reached, so what is short of it by a hair is an error of rounding.
        let reached =
            self.notes.limits.iter().filter(|limit| spent >= limit.floor_to(self.notes.in_steps)).count();
        // While it is on its way to a rung it counts as behind, whatever has been reached: its end is not written.
        let rungs = if history.state == "done" { reached } else { reached.saturating_sub(1) };
        Standing {
            trial,
            run,
            settings: self.notes.trials[trial].clone(),
            rungs,
            steps,
            seconds,
            score: history.best.map(|best| best.score),
            failed: self.notes.failed.get(&trial.to_string()).cloned(),
        }
    }

    fn trial(&self, trial: usize, rung: usize) -> Result<Trial, TuneError> {
        let limit = self.notes.limits[rung];
        let mut table = self.notes.base.clone();
        table.extend(self.notes.of_trials.clone());
        table.extend(self.notes.trials[trial].clone());
        let (steps, minutes) = match self.notes.in_steps {
            true => (limit.floor_to(true) as i64, 0.0),
            false => (0, limit),
        };
        let limits: [(&str, toml::Value); 3] =
            [("steps", steps.into()), ("images", 0.into()), ("minutes", minutes.into())];
        table.extend(limits.map(|(key, value)| (key.to_owned(), value)));
        Ok(Trial { number: trial, rung, run: self.run(trial), config: Config::from_table(table)? })
    }

    fn run(&self, trial: usize) -> PathBuf {
        self.folder.join(format!("trial-{trial:02}"))
    }

    fn write(&self) -> Result<(), TuneError> {
        let text = toml::to_string(&self.notes).map_err(ConfigError::broken)?;
        Ok(write_atomically(&self.folder.join(NOTES), text.as_bytes(), Existing::Replace)?)
    }
}

/// What lies in a tuning's folder is the tuning's; a beginning that was cut short has left its lock.
fn refuse_taken(folder: &Path) -> Result<(), TuneError> {
    let is_ours = |path: &PathBuf| path.ends_with("run.lock") || impasto_system::is_temporary(path);
    match impasto_system::list(folder)?.iter().all(is_ours) {
        true => Ok(()),
        false => Err(TuneError::Taken { folder: folder.to_path_buf() }),
    }
}

impl Trial {
    /// The run to go on with; none, if the trial has not begun. A run that was killed before its first checkpoint has
    /// nothing to go on from, and is removed.
    pub fn begun(&self) -> Result<Option<Run>, TuneError> {
        if !self.run.exists() {
            return Ok(None);
        }
        match Run::resume(&self.run) {
            Ok(run) if !run.checkpoints().is_empty() => return Ok(Some(run)),
            Ok(_) | Err(RunError::NotARun { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        impasto_system::remove_folder(&self.run)?;
        Ok(None)
    }
}

/// Limits as they are compared.
trait Floor {
    fn floor_to(self, whole: bool) -> f64;
}

impl Floor for f64 {
    fn floor_to(self, whole: bool) -> f64 {
        if whole { self.floor().max(1.0) } else { self - 1e-9 }
    }
}

/// No sheets but the last, few checkpoints, and pictures enough to judge by.
fn of_trials(base: &Config, pictures: Option<usize>) -> Table {
    let mut table = Table::new();
    table.insert("sample_every".into(), 0.into());
    table.insert("keep_checkpoints".into(), 2.into());
    let share = HELD_OUT / pictures.unwrap_or(0).max(1) as f64;
    if share > base.common.held_out && share <= MOST_HELD_OUT {
        // A little more, so that it is not rounded to one picture less.
        table.insert("held_out".into(), (share * 1.01).into());
    }
    table
}

/// What differs first, in words.
fn difference(before: &Table, now: &Table) -> String {
    let keys = before.keys().chain(now.keys());
    let told = |table: &Table, key: &str| table.get(key).map_or("nothing".to_owned(), ToString::to_string);
    let first = keys.into_iter().find(|key| before.get(*key) != now.get(*key));
    first.map_or_else(String::new, |key| format!("{key} was {} and is {}", told(before, key), told(now, key)))
}

/// What can go wrong with a tuning.
#[derive(Debug, thiserror::Error)]
pub enum TuneError {
    /// The folder holds another one.
    #[error("`{}` holds a tuning of another command ({other})", folder.display())]
    Other {
        /// The folder.
        folder: PathBuf,
        /// What differs.
        other: String,
    },
    /// The folder holds something else.
    #[error("`{}` holds other files; a tuning needs a folder of its own", folder.display())]
    Taken {
        /// The folder.
        folder: PathBuf,
    },
    /// Its notes were changed by hand, or are damaged.
    #[error("`{}` can't be read: {why}; was it changed by hand?", path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// The result was changed by hand.
    #[error("`{}` is there already with other settings and is not overwritten; move it away and start again", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// No trial was any good.
    #[error("all trials in `{}` were given up; the first one, because {why}", folder.display())]
    AllFailed {
        /// The folder.
        folder: PathBuf,
        /// Why.
        why: String,
    },
    /// A setting is no good.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A run is no good.
    #[error(transparent)]
    Run(#[from] RunError),
    /// A file can't be written.
    #[error(transparent)]
    File(#[from] FileError),
}

impl Classify for TuneError {
    fn class(&self) -> Class {
        let elsewhere = || [Hint::set("tune in another folder", "out", Some("FOLDER"))];
        match self {
            Self::Other { .. } => ErrorKind::Usage.with(elsewhere()),
            Self::Taken { .. } => ErrorKind::Refused.with(elsewhere()),
            Self::Broken { .. } => ErrorKind::Corrupt.into(),
            Self::Changed { .. } | Self::AllFailed { .. } => ErrorKind::Refused.into(),
            Self::Config(error) => error.class(),
            Self::Run(error) => error.class(),
            Self::File(error) => error.class(),
        }
    }
}

#[cfg(test)]
mod tests;
