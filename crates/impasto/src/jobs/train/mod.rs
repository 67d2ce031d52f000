//! Trainings: planned ([`PlanRequest`]), begun ([`TrainRequest`]), gone on with ([`ResumeRequest`]).

mod data;
mod request;

use std::path::{Path, PathBuf};

use impasto_data::DataError;
use impasto_system::Monitor;
use serde::{Deserialize, Serialize};
use toml::Table;

use super::{Job, Workshop};
use crate::config::Config;
use crate::error::{Action, Error, Hint, Result};
use crate::format::count;
use crate::judge::Onlooker;
use crate::plan::Plan;
use crate::run::{RUNS, Run, RunError, next_run_path};
use crate::train::{Summary, Training, check_style};
pub(super) use data::open as open_data;
pub(super) use request::resolved;
pub use request::{LIMITS, SettingsRequest};

/// Learn a folder of pictures.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainRequest {
    /// What follows settings.
    pub settings: SettingsRequest,
    /// Where the run goes; by itself `runs/NNNN-NAME-RECIPE-SIZE`.
    #[serde(default)]
    pub out: Option<PathBuf>,
    /// Whether every picture that is left out is named.
    #[serde(default)]
    pub verbose: bool,
}

/// Go on with a run.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResumeRequest {
    /// The run.
    pub run: PathBuf,
    /// Where its pictures are now, if they were moved.
    #[serde(default)]
    pub data: Option<PathBuf>,
    /// A new limit: `steps`, `images` or `minutes`; by itself the one that it has.
    #[serde(default)]
    pub limits: Table,
    /// Whether every picture that is left out is named.
    #[serde(default)]
    pub verbose: bool,
}

/// Plan a training; nothing is trained or written.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PlanRequest(pub SettingsRequest);

impl Job for PlanRequest {
    const NAME: &'static str = "plan";
    type Report = Plan;

    fn run(&self, workshop: &Workshop, monitor: &mut dyn Monitor) -> Result<Self::Report> {
        let request = self.0.request()?;
        if !request::is_planned(&request) {
            return Err(Error::usage(
                "with a recipe, or settings from a file, nothing is planned: name none",
            ));
        }
        Ok(request::planned(&request, workshop, monitor)?.1)
    }
}

impl Job for TrainRequest {
    const NAME: &'static str = "train";
    type Report = Summary;

    fn run(&self, workshop: &Workshop, monitor: &mut dyn Monitor) -> Result<Self::Report> {
        self.refuse_taken_folder()?;
        let config = request::resolved(self.settings.request()?, workshop, monitor)?;
        let folder = self.folder(&config)?;
        check_style(&config)?;
        let data = open_data(&config, self.verbose, monitor)?;
        let training = Training::start(config, data, &folder, workshop.device(), monitor)?;
        training.origin().into_iter().for_each(|origin| monitor.note(origin));
        if let Some([from, to]) = training.between() {
            monitor.note(&format!("pictures like those in {from} become such as in {to}"));
        }
        monitor.note(&format!("training in {}", folder.display()));
        complete(training, monitor)
    }
}

impl TrainRequest {
    /// Asked again when the run is created; asked here because planning and preparing the pictures may take long.
    fn refuse_taken_folder(&self) -> Result<()> {
        match &self.out {
            Some(path) if path.join("run.json").exists() => {
                Err(RunError::NotEmpty { path: path.clone() }.into())
            }
            _ => Ok(()),
        }
    }

    fn folder(&self, config: &Config) -> Result<PathBuf> {
        let name = Path::new(&config.common.data).file_stem().unwrap_or_default().to_string_lossy();
        let next = || next_run_path(Path::new(RUNS), &name, &config.common.recipe, config.common.size);
        Ok(self.out.clone().map_or_else(next, Ok)?)
    }
}

impl Job for ResumeRequest {
    const NAME: &'static str = "resume";
    type Report = Summary;

    fn run(&self, workshop: &Workshop, monitor: &mut dyn Monitor) -> Result<Self::Report> {
        let run = Run::resume(&self.run)?;
        let config = request::config_of(&run, &self.limits, self.data.as_deref())?;
        let data = open_data(&config, self.verbose, monitor).map_err(|error| self.lost(error))?;
        let training = Training::resume(config, run, data, workshop.device(), monitor)?;
        if let Some(data) = &self.data {
            Run::open(&self.run)?.move_data(&request::text_of(data)?)?;
        }
        let before = training.steps();
        monitor.note(&format!("going on with {} from step {}", self.run.display(), count(before)));
        let summary = complete(training, monitor)?;
        if summary.steps == before && !summary.interrupted {
            monitor.note("its limit was reached before: give it a new one");
        }
        Ok(summary)
    }
}

impl ResumeRequest {
    /// What is said where the pictures of a run can't be opened.
    fn lost(&self, error: DataError) -> Error {
        let is_missing = matches!(error, DataError::Missing { .. });
        let error = Error::from(error);
        match is_missing {
            true => error.hint(Hint::new(
                "say where the pictures are now",
                Action::ResumeWithData { run: self.run.clone() },
            )),
            false => error,
        }
    }
}

/// Trains until the limit is reached or it is stopped.
pub(super) fn complete(training: Training, monitor: &mut dyn Monitor) -> Result<Summary> {
    let judge = Onlooker::of(&training);
    let note = judge.note().filter(|_| training.paints());
    note.into_iter().for_each(|note| monitor.note(note));
    Ok(training.judged_by(Box::new(judge)).run(monitor)?)
}
