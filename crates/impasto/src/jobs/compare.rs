//! Several runs side by side.

use std::path::PathBuf;

use impasto_system::{Monitor, Warning, WarningKind, make_folders};
use serde::{Deserialize, Serialize};

use super::{Job, Workshop};
use crate::compare::{Comparison, page};
use crate::error::Result;
use crate::page::Page;
use crate::run::{Run, RunError};

/// Compare runs: figures, settings that differ, learning curves and sheets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CompareRequest {
    /// The runs; folders that are none are left out, if there is any that is one.
    pub runs: Vec<PathBuf>,
    /// Where a page with curves and sheets is written.
    #[serde(default)]
    pub out: Option<PathBuf>,
    /// Whether the page may be overwritten.
    #[serde(default)]
    pub force: bool,
}

/// The runs side by side.
#[derive(Debug, Serialize)]
pub struct CompareReport {
    /// All of them.
    #[serde(flatten)]
    pub all: Comparison,
    /// The page that was written.
    pub page: Option<PathBuf>,
}

impl Job for CompareRequest {
    const NAME: &'static str = "compare";
    type Report = CompareReport;

    fn run(&self, _: &Workshop, monitor: &mut dyn Monitor) -> Result<Self::Report> {
        if let Some(path) = &self.out {
            Page::check_free(path, self.force)?;
        }
        let all = Comparison::read(&self.runs(monitor)?)?;
        if let Some(path) = &self.out {
            path.parent().map_or(Ok(()), make_folders)?;
            page(&all).write(path, self.force)?;
        }
        Ok(CompareReport { all, page: self.out.clone() })
    }
}

impl CompareRequest {
    /// Those that are runs.
    fn runs(&self, monitor: &mut dyn Monitor) -> Result<Vec<PathBuf>> {
        let (mut runs, mut first) = (Vec::new(), None);
        for path in &self.runs {
            match Run::open(path) {
                Err(error @ RunError::NotARun { .. }) => {
                    let sentence = format!("left out: {error}");
                    monitor.warn(&Warning::new(WarningKind::Damaged, sentence));
                    first = first.or(Some(error));
                }
                // What else is wrong with one is said where it is read.
                _ => runs.push(path.clone()),
            }
        }
        match first {
            Some(error) if runs.is_empty() => Err(error.into()),
            _ => Ok(runs),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::About;
    use crate::weights::Weights;
    use burn::tensor::Device;
    use impasto_system::Recorder;

    #[test]
    fn what_is_no_run_is_left_out_unless_nothing_is_one() {
        let folder = tempfile::tempdir().unwrap();
        let [run, other] = ["run", "other"].map(|name| folder.path().join(name));
        Run::create(&run, "", &About::default()).unwrap();
        std::fs::create_dir(&other).unwrap();
        let workshop = Workshop::new(Device::flex(), Weights::at("nowhere"));
        let of = |runs: Vec<PathBuf>| CompareRequest { runs, out: None, force: false };
        let mut heard = Recorder::default();
        let runs = of(vec![other.clone(), run.clone()]).runs(&mut heard).unwrap();
        assert_eq!((runs, heard.warnings.len()), (vec![run], 1));
        assert!(of(vec![other]).run(&workshop, &mut ()).is_err());
    }
}
