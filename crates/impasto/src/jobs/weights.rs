//! Networks that the user adds.

use std::path::PathBuf;

use impasto_system::Monitor;
use serde::{Deserialize, Serialize};

use super::data::consent;
use super::{Job, Workshop};
use crate::error::Result;
use crate::weights::About;

/// Fetch networks, check them and store them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FetchWeightsRequest {
    /// What is fetched.
    pub name: String,
    /// The package, downloaded before.
    #[serde(default)]
    pub from: Option<PathBuf>,
    /// Whether those that are there already are replaced.
    #[serde(default)]
    pub replace: bool,
    /// Whether a package that is published as source only may be built, which runs programs of its authors.
    #[serde(default)]
    pub build: bool,
}

/// What is there now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FetchWeightsReport {
    /// The networks that were stored.
    pub networks: Vec<About>,
}

impl Job for FetchWeightsRequest {
    const NAME: &'static str = "weights get";
    type Report = FetchWeightsReport;

    fn run(&self, workshop: &Workshop, monitor: &mut dyn Monitor) -> Result<Self::Report> {
        let (from, weights) = (self.from.as_deref(), workshop.weights()?);
        let networks = weights.get(&self.name, from, consent(self.build), self.replace, monitor)?;
        Ok(FetchWeightsReport { networks })
    }
}

/// Remove a network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RemoveWeightsRequest {
    /// The network.
    pub name: String,
}

/// What was removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RemoveWeightsReport {
    /// The network.
    pub network: String,
    /// How many bytes it had.
    pub bytes: u64,
}

impl Job for RemoveWeightsRequest {
    const NAME: &'static str = "weights remove";
    type Report = RemoveWeightsReport;

    fn run(&self, workshop: &Workshop, _: &mut dyn Monitor) -> Result<Self::Report> {
        let bytes = workshop.weights()?.remove(&self.name)?;
        Ok(RemoveWeightsReport { network: self.name.clone(), bytes })
    }
}

/// Take a network from a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddWeightsRequest {
    /// The network.
    pub name: String,
    /// The file.
    pub file: PathBuf,
    /// Whether one that is there already is replaced.
    #[serde(default)]
    pub replace: bool,
}

impl Job for AddWeightsRequest {
    const NAME: &'static str = "weights add";
    type Report = About;

    fn run(&self, workshop: &Workshop, _: &mut dyn Monitor) -> Result<Self::Report> {
        Ok(workshop.weights()?.add(&self.name, &self.file, self.replace)?)
    }
}
