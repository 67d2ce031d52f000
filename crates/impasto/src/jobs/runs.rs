//! What has been trained.

use std::path::PathBuf;

use impasto_system::Monitor;
use serde::{Deserialize, Serialize};

use super::{Job, Workshop};
use crate::error::{Error, Result};
use crate::run::{RunSummary, runs_in};

/// List the runs in a folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunsRequest {
    /// The folder of runs.
    pub folder: PathBuf,
    /// Whether it has to be there.
    #[serde(default)]
    pub must_exist: bool,
}

impl Job for RunsRequest {
    const NAME: &'static str = "runs";
    type Report = Vec<RunSummary>;

    fn run(&self, _: &Workshop, _: &mut dyn Monitor) -> Result<Self::Report> {
        if self.must_exist && !self.folder.is_dir() {
            return Err(Error::missing(format!("there is no folder {}", self.folder.display())));
        }
        Ok(runs_in(&self.folder)?)
    }
}
