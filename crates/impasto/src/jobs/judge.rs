//! How good, how varied and how original a set of pictures is.

use std::path::PathBuf;

use impasto_system::{Monitor, Warning, WarningKind};
use serde::{Deserialize, Serialize};

use super::{Job, Workshop};
use crate::error::{Error, Result};
use crate::features::lpips::{BACKBONES, Backbone};
use crate::features::{self, NETWORKS};
use crate::judge::{Eyes, Order, Report, judge, page};
use crate::page::Page;

/// Say how good, how varied and how original pictures are, beside real ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JudgeRequest {
    /// The pictures to judge: a folder, an archive, or a run.
    pub generated: PathBuf,
    /// The real pictures: a folder, an archive, or a run, which stands for those that it was trained on.
    pub against: PathBuf,
    /// The network that describes the pictures; by itself inception where it is here.
    #[serde(default)]
    pub features: Option<String>,
    /// Also look with LPIPS on this network.
    #[serde(default)]
    pub lpips: Option<String>,
    /// Whether classes are counted, with a classifier that is trained on the real set.
    #[serde(default)]
    pub classes: bool,
    /// Pictures of each side at most.
    #[serde(default)]
    pub count: Option<usize>,
    /// The checkpoint of a run that is judged.
    #[serde(default)]
    pub checkpoint: Option<String>,
    /// Of every choice.
    #[serde(default = "super::first_seed")]
    pub seed: u64,
    /// Where a page with all of it is written.
    #[serde(default)]
    pub report: Option<PathBuf>,
    /// Whether FID is measured also with fewer pictures than it needs, and the page is overwritten.
    #[serde(default)]
    pub force: bool,
}

impl Job for JudgeRequest {
    const NAME: &'static str = "judge";
    type Report = Report;

    fn run(&self, workshop: &Workshop, monitor: &mut dyn Monitor) -> Result<Self::Report> {
        self.check()?;
        let weights = workshop.weights()?;
        let name = self.features.as_deref().unwrap_or_else(|| features::usual(weights));
        let network = features::load(name, weights, workshop.device())?;
        let lpips = self.lpips.as_deref();
        let order = Order {
            generated: self.generated.clone(),
            against: self.against.clone(),
            count: self.count,
            checkpoint: self.checkpoint.clone(),
            seed: self.seed,
            force: self.force,
            lpips: lpips.map(|name| Eyes { backbone: Backbone::named(name), weights: weights.clone() }),
            classes: self.classes,
            cache: None,
        };
        let report = judge(&order, network.as_ref(), workshop.device(), monitor)?;
        if let Some(path) = &self.report {
            page(&report)?.write(path, self.force)?;
        }
        let warnings = report.warnings.iter();
        warnings.for_each(|warning| monitor.warn(&Warning::new(WarningKind::Uncertain, warning.clone())));
        Ok(report)
    }
}

impl JudgeRequest {
    /// Refuses names that nobody knows, and a page that may not be written: before anything is measured.
    fn check(&self) -> Result<()> {
        let known = |name: &Option<String>, names: &[&str], key: &str| match name.as_deref() {
            Some(name) if !names.contains(&name) => {
                Err(Error::usage(format!("{key} is \"{name}\": it must be one of {}", names.join(", "))))
            }
            _ => Ok(()),
        };
        known(&self.features, &NETWORKS, "features")?;
        known(&self.lpips, &BACKBONES, "lpips")?;
        if self.count == Some(0) {
            return Err(Error::usage("count must be above 0"));
        }
        self.report.as_ref().map_or(Ok(()), |path| Ok(Page::check_free(path, self.force)?))
    }
}
