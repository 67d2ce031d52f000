//! Settings for a folder, found by trying some.

use std::path::{Path, PathBuf};

use impasto_system::Monitor;
use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use super::train::{SettingsRequest, open_data, resolved};
use super::{Job, Workshop};
use crate::config::Request;
use crate::error::{Error, ErrorKind, Result};
use crate::format::short;
use crate::judge::Onlooker;
use crate::run::{RUNS, Run};
use crate::train::{TrainError, Training};
use crate::tune::{Effort, Standing, Trial, Tuning, Turn};

/// Find settings for a folder of pictures by trying some.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TuneRequest {
    /// What settings follow from; its limits are left empty.
    pub settings: SettingsRequest,
    /// Minutes of training that all trials take together.
    #[serde(default)]
    pub minutes: Option<f64>,
    /// The same in steps, however long they take.
    #[serde(default)]
    pub steps: Option<u64>,
    /// How many trials begin; by itself by the time that there is.
    #[serde(default)]
    pub trials: Option<usize>,
    /// Where all of it goes; by itself `runs/tune-NAME`.
    #[serde(default)]
    pub out: Option<PathBuf>,
}

/// How far a tuning is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TuneReport {
    /// Where it is.
    pub folder: PathBuf,
    /// Whether the best settings are found.
    pub finished: bool,
    /// The file of these settings.
    pub config: Option<PathBuf>,
    /// The number of the best trial.
    pub best: Option<usize>,
    /// All trials.
    pub trials: Vec<Standing>,
}

impl Job for TuneRequest {
    const NAME: &'static str = "tune";
    type Report = TuneReport;

    fn run(&self, workshop: &Workshop, monitor: &mut dyn Monitor) -> Result<Self::Report> {
        self.check()?;
        let folder = self.folder();
        let mut tuning = self.tuning(&folder, workshop, monitor)?;
        let best = complete(&mut tuning, workshop, monitor)?;
        let config = best.map(|best| tuning.write_result(best)).transpose()?;
        Ok(TuneReport { folder, finished: best.is_some(), config, best, trials: tuning.standings() })
    }
}

impl TuneRequest {
    fn check(&self) -> Result<()> {
        let is_effort = match (self.steps, self.minutes) {
            (Some(steps), None) => steps > 0,
            (None, Some(minutes)) => minutes > 0.0 && minutes.is_finite(),
            _ => false,
        };
        match is_effort && self.trials.is_none_or(|trials| (1..=usize::from(u16::MAX)).contains(&trials)) {
            true => Ok(()),
            false => {
                Err(Error::usage("either minutes or steps must be given, above 0, and at least one trial"))
            }
        }
    }

    /// The one in the folder, or a new one around a plan.
    fn tuning(&self, folder: &Path, workshop: &Workshop, monitor: &mut dyn Monitor) -> Result<Tuning> {
        let request = self.settings.request()?;
        let asked = self.asked(&request);
        if let Some(tuning) = Tuning::open(folder, &asked)? {
            monitor.note(&format!("going on with the tuning in {}", folder.display()));
            return Ok(tuning);
        }
        let base = resolved(self.for_plan(&request), workshop, monitor)?;
        let pictures = open_data(&base, false, monitor)?.len();
        let pictures = (!request.says("held_out")).then_some(pictures);
        let tuning = Tuning::begin(folder, &base, asked, self.effort(), self.count(), pictures)?;
        let (trials, rungs) = (tuning.trials(), tuning.rungs());
        monitor.note(&format!("tuning in {}: {trials} trials on {rungs} rungs", folder.display()));
        Ok(tuning)
    }

    /// The result is planned for as long as all the trials take.
    fn for_plan(&self, request: &Request) -> Request {
        let mut request = request.clone();
        let (key, value) = self.limit();
        request.given.insert(key.into(), value);
        request
    }

    /// All that was asked for: another request is another tuning.
    fn asked(&self, request: &Request) -> Table {
        let mut asked = request.given.clone();
        asked.insert("trials".into(), Value::from(self.count() as i64));
        asked.insert("set".into(), self.settings.set.clone().into());
        let (key, value) = self.limit();
        asked.insert(key.into(), value);
        asked
    }

    fn limit(&self) -> (&'static str, Value) {
        match self.effort() {
            Effort::Minutes(minutes) => ("minutes", minutes.into()),
            Effort::Steps(steps) => ("steps", i64::try_from(steps).unwrap_or(i64::MAX).into()),
        }
    }

    fn effort(&self) -> Effort {
        match (self.steps, self.minutes) {
            (Some(steps), _) => Effort::Steps(steps),
            (None, minutes) => Effort::Minutes(minutes.unwrap_or_default()),
        }
    }

    /// So many that each has some minutes before the first are given up.
    fn count(&self) -> usize {
        self.trials.unwrap_or_else(|| match self.minutes.unwrap_or(60.0) {
            0.0..30.0 => 3,
            30.0..240.0 => 9,
            _ => 27,
        })
    }

    fn folder(&self) -> PathBuf {
        let name = || {
            let data = self.settings.data.clone().unwrap_or_default();
            let whole = data.canonicalize().unwrap_or(data);
            Path::new(RUNS).join(format!("tune-{}", whole.file_stem().unwrap_or_default().to_string_lossy()))
        };
        self.out.clone().unwrap_or_else(name)
    }
}

/// Trains until one trial is the best; none, when it was stopped before.
fn complete(tuning: &mut Tuning, workshop: &Workshop, monitor: &mut dyn Monitor) -> Result<Option<usize>> {
    loop {
        let trial = match tuning.next()? {
            Turn::Done(best) => return Ok(Some(best)),
            Turn::Refused { trial, why } => {
                monitor.note(&format!("trial {} is given up: {why}", trial + 1));
                tuning.give_up(trial, why)?;
                continue;
            }
            Turn::Train(trial) => trial,
        };
        attempt(tuning, &trial, workshop, monitor)?;
        if monitor.should_stop() {
            return Ok(None);
        }
        let standing = tuning.standing(trial.number);
        if standing.failed.is_none() && standing.rungs <= trial.rung {
            let sentence = format!(
                "`{0}` does not say how far it is: was it changed by hand? Remove that folder, and the same command trains it \
                 again",
                trial.run.display()
            );
            return Err(Error::new(ErrorKind::Corrupt, sentence));
        }
    }
}

/// Trains a trial up to its rung, or gives it up.
fn attempt(tuning: &mut Tuning, trial: &Trial, workshop: &Workshop, monitor: &mut dyn Monitor) -> Result<()> {
    monitor.note(&format!(
        "rung {} of {}, trial {} of {} ({})",
        trial.rung + 1,
        tuning.rungs(),
        trial.number + 1,
        tuning.trials(),
        changes(&tuning.standing(trial.number).settings)
    ));
    match train(trial, trial.begun()?, workshop, monitor) {
        Ok(score) => score.into_iter().for_each(|score| monitor.note(&format!("  score {}", short(score)))),
        Err(error) => {
            // Double of what was planned may be more than a recipe takes; the plan itself must do.
            let is_refused = matches!(error, TrainError::Config(_)) && trial.number > 0;
            if !is_refused && !matches!(error, TrainError::Diverged { .. }) {
                return Err(error.into());
            }
            monitor.note(&format!("  given up: {error}"));
            tuning.give_up(trial.number, error.to_string())?;
        }
    }
    Ok(())
}

/// Trains a trial up to its rung; gives its score.
fn train(
    trial: &Trial,
    begun: Option<Run>,
    workshop: &Workshop,
    monitor: &mut dyn Monitor,
) -> Result<Option<f64>, TrainError> {
    let config = trial.config.clone();
    let data = open_data(&config, false, &mut Quietly(monitor))?;
    let training = match begun {
        Some(run) => Training::resume(config, run, data, workshop.device(), monitor)?,
        None => Training::start(config, data, &trial.run, workshop.device(), monitor)?,
    };
    let judge = Onlooker::of(&training);
    Ok(training.judged_always_by(Box::new(judge)).run(monitor)?.score)
}

/// Passes on whether to stop, and nothing else: the same pictures are opened for each trial.
struct Quietly<'a>(&'a mut dyn Monitor);

impl Monitor for Quietly<'_> {
    fn should_stop(&self) -> bool {
        self.0.should_stop()
    }
}

/// `rate 0.0001, width 8`.
pub fn changes(settings: &Table) -> String {
    let changes: Vec<String> = settings.iter().map(|(key, value)| format!("{key} {value}")).collect();
    if changes.is_empty() { "as planned".to_owned() } else { changes.join(", ") }
}
