//! A training that starts from the weights of another run: other pictures, a shorter way.
//!
//! Tensors are taken by name where their shapes agree; what is new, such as an output for another number of channels,
//! starts as it always does. Optimisers remember nothing of the other training.

use std::path::Path;

use burn::tensor::Device;

use crate::config::Config;
use crate::paint::scene;
use crate::recipe::Recipe;
use crate::recipes::{self, Purpose};
use crate::run::{Checkpoint, Run, RunError};
use crate::stored::{self, Taken};

use super::TrainError;

/// A checkpoint of another run.
pub(super) struct Origin {
    run: String,
    checkpoint: Checkpoint,
}

impl Origin {
    /// The best checkpoint of a run, or the newest that is whole.
    pub(super) fn find(path: &Path) -> Result<Self, RunError> {
        let run = Run::open(path)?;
        let run = match numbers_of(&run) {
            Some(numbers) => run.of_networks(numbers),
            // Of another version, perhaps: then the memory is the limit.
            None => run,
        };
        let best = run.best().and_then(|best| run.load(&run.checkpoint_path(best.images)).ok());
        let checkpoint = match best {
            Some(best) => best,
            None => run.latest()?.0,
        };
        Ok(Self { run: path.display().to_string(), checkpoint })
    }

    /// What names these weights.
    pub(super) fn hash(&self) -> Result<String, RunError> {
        self.checkpoint.weights_hash()
    }

    /// Gives a recipe all that fits it; says what that was.
    pub(super) fn give(&self, recipe: &mut dyn Recipe) -> Result<String, TrainError> {
        let Taken { taken, left, over } = stored::start_from(recipe, &self.checkpoint);
        let run = &self.run;
        let all = taken + left.len();
        // With less than a quarter of it, a training would begin from chance in all but name.
        if taken * 4 < all || taken == 0 {
            return Err(TrainError::NothingFits { run: run.clone(), taken, all });
        }
        let mut told = format!("starts from the weights of {run}");
        if let [first, ..] = left.as_slice() {
            told += &format!(": {taken} of {all} tensors fit; the others, such as {first}, start anew");
        }
        if let [first, ..] = over.as_slice() {
            told += &format!("; {} of its own, such as {first}, have no place here", over.len());
        }
        Ok(told)
    }
}

/// How many numbers a run's networks hold, as its settings say.
fn numbers_of(run: &Run) -> Option<u64> {
    let config = Config::from_table(run.config().ok()?.parse().ok()?).ok()?;
    let scene = scene(&config, run.about().classes.len(), None, &Device::flex());
    recipes::numbers(&config, &scene, Purpose::Training).ok()
}
