//! Recipes to checkpoints and back, through the one walk that every recipe has.

use std::collections::BTreeMap;

use crate::recipe::{Part, Recipe, Visitor};
use crate::run::{Checkpoint, Stored};

/// Takes a recipe's tensors and counters into a checkpoint.
pub(crate) fn save(recipe: &mut dyn Recipe) -> Checkpoint {
    let mut saver = Saver(Checkpoint::default());
    recipe.visit(&mut saver);
    saver.0
}

/// Puts a checkpoint's tensors and counters into a recipe; with `state`, also those that only training needs.
///
/// Gives what does not fit, by name; then the recipe is half loaded and of no use.
pub(crate) fn load(recipe: &mut dyn Recipe, checkpoint: &Checkpoint, state: bool) -> Result<(), String> {
    let mut loader = Loader { checkpoint, state, problems: Vec::new() };
    recipe.visit(&mut loader);
    match loader.problems.first() {
        None => Ok(()),
        Some(first) => Err(format!("{first} ({} such problems)", loader.problems.len())),
    }
}

struct Saver(Checkpoint);

impl Visitor for Saver {
    fn tensor(
        &mut self,
        part: Part,
        name: &str,
        shape: &[usize],
        values: &dyn Fn() -> Vec<f32>,
    ) -> Option<Vec<f32>> {
        let stored = Stored { shape: shape.to_vec(), values: values() };
        let tensors = match part {
            Part::Weights => &mut self.0.weights,
            Part::State => &mut self.0.state,
        };
        tensors.insert(name.to_owned(), stored);
        None
    }

    fn counter(&mut self, name: &str, value: &mut u64) {
        self.0.counters.insert(name.to_owned(), *value);
    }
}

struct Loader<'a> {
    checkpoint: &'a Checkpoint,
    state: bool,
    problems: Vec<String>,
}

impl Loader<'_> {
    fn find(&self, part: Part) -> Option<&BTreeMap<String, Stored>> {
        match part {
            Part::Weights => Some(&self.checkpoint.weights),
            Part::State => self.state.then_some(&self.checkpoint.state),
        }
    }
}

impl Visitor for Loader<'_> {
    fn tensor(
        &mut self,
        part: Part,
        name: &str,
        shape: &[usize],
        _: &dyn Fn() -> Vec<f32>,
    ) -> Option<Vec<f32>> {
        let stored = match self.find(part)?.get(name) {
            None => Err(format!("\"{name}\" is missing")),
            Some(stored) if stored.shape != shape => {
                Err(format!("\"{name}\" has shape {:?} where {shape:?} is needed", stored.shape))
            }
            Some(stored) => Ok(stored.values.clone()),
        };
        stored.map_err(|problem| self.problems.push(problem)).ok()
    }

    fn counter(&mut self, name: &str, value: &mut u64) {
        if !self.state {
            return;
        }
        match self.checkpoint.counters.get(name) {
            Some(saved) => *value = *saved,
            None => self.problems.push(format!("counter \"{name}\" is missing")),
        }
    }
}
