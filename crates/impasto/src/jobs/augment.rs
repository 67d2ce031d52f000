//! A labelled synthetic set to train classifiers on, without copies.

use std::path::PathBuf;

use impasto_system::Monitor;
use serde::{Deserialize, Serialize};

use super::{Job, UseRun, Workshop};
use crate::error::{Error, Hint, Result};
use crate::paint::Taste;
use crate::synthetic::{Ended, Order, PATIENCE, Set, paint_set};

/// Paint a labelled set to train classifiers on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AugmentRequest {
    /// The run to paint from.
    pub run: UseRun,
    /// The folder for it.
    pub out: PathBuf,
    /// How many pictures, of all classes together.
    pub count: usize,
    /// So many of each class, and not together.
    #[serde(default)]
    pub per_class: bool,
    /// Real pictures that are copied in.
    #[serde(default)]
    pub with: Option<PathBuf>,
    /// The first seed; the next ones count up from it.
    #[serde(default = "super::first_seed")]
    pub seed: u64,
    /// Below 1: nearer to the middle.
    #[serde(default = "truncation")]
    pub truncation: f64,
    /// Whether a set that was painted here before is replaced.
    #[serde(default)]
    pub force: bool,
}

/// What was painted.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AugmentReport {
    /// Where it is.
    pub folder: String,
    /// What it holds.
    #[serde(flatten)]
    pub set: Set,
}

fn truncation() -> f64 {
    Taste::default().truncation
}

impl Job for AugmentRequest {
    const NAME: &'static str = "augment";
    type Report = AugmentReport;

    fn run(&self, workshop: &Workshop, monitor: &mut dyn Monitor) -> Result<Self::Report> {
        if self.count == 0 || !(0.0..=2.0).contains(&self.truncation) {
            return Err(Error::usage("count must be above 0, and truncation from 0 to 2"));
        }
        let painter = self.run.open(workshop, monitor)?;
        if painter.classes().is_empty() {
            monitor.note(
                "this run paints no classes, so the pictures have no labels and lie in one folder; one that was trained with \
                 classes (conditional) has some",
            );
        }
        let order = Order {
            out: self.out.clone(),
            count: self.count,
            per_class: self.per_class,
            seed: self.seed,
            taste: Taste { truncation: self.truncation, ..Taste::default() },
            with: self.with.clone(),
            force: self.force,
            cache: None,
        };
        let set = paint_set(&order, &painter, workshop.device(), monitor)?;
        if let Ended::GaveUp(class) = set.ended {
            return Err(self.given_up(&set, class));
        }
        Ok(AugmentReport { folder: self.out.display().to_string(), set })
    }
}

impl AugmentRequest {
    fn given_up(&self, set: &Set, class: usize) -> Error {
        let class = set.classes.get(class).filter(|class| !class.name.is_empty());
        let class = class.map_or_else(String::new, |class| format!(" of class \"{}\"", class.name));
        let sentence = format!(
            "gave up: {PATIENCE} paintings{class} in a row and more were refused ({} copies of training pictures, {} that repeat \
             another one); {} of {} pictures are in {}. The model has learned its pictures by heart, or paints the same again \
             and again: ask for fewer, or train on more pictures",
            set.refused.copies,
            set.refused.repeats,
            set.pictures,
            set.asked,
            self.out.display()
        );
        Error::refused(sentence)
            .hint(Hint::recipe("train with more augmentation", None, &[("set", "augment=adaptive")]))
            .hint(Hint::set("paint from an earlier checkpoint", "checkpoint", Some("NAME")))
    }
}
