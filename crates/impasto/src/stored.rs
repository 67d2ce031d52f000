//! Recipes to checkpoints and back, through the one walk that every recipe has.

use std::collections::{BTreeMap, BTreeSet};

use crate::recipe::{Part, Recipe, Visitor};
use crate::run::{Checkpoint, Stored, Weights};

/// Takes a recipe's tensors and counters into a checkpoint.
pub(crate) fn save(recipe: &mut dyn Recipe) -> Checkpoint {
    let mut saver = Saver(Checkpoint::default());
    recipe.visit(&mut saver);
    saver.0
}

/// Puts all of a checkpoint's tensors and counters into a recipe.
///
/// Gives what does not fit, by name; then the recipe is half loaded and of no use.
pub(crate) fn load(recipe: &mut dyn Recipe, checkpoint: &Checkpoint) -> Result<(), String> {
    Loader { weights: &checkpoint.weights, rest: Some(checkpoint), problems: Vec::new() }.load(recipe)
}

/// The same with nothing but what painting needs.
pub(crate) fn load_weights(recipe: &mut dyn Recipe, weights: &Weights) -> Result<(), String> {
    Loader { weights: &weights.tensors, rest: None, problems: Vec::new() }.load(recipe)
}

/// What came of [`start_from`].
pub(crate) struct Taken {
    /// How many tensors were taken.
    pub(crate) taken: usize,
    /// Those that have no counterpart of their shape.
    pub(crate) left: Vec<String>,
    /// Weights of the other run that nothing here is made of.
    pub(crate) over: Vec<String>,
}

/// Puts those of a checkpoint's tensors into a recipe that fit it by name and shape. What only the other training needs
/// is left out: counters, and what its optimisers remember.
pub(crate) fn start_from(recipe: &mut dyn Recipe, checkpoint: &Checkpoint) -> Taken {
    let found = Taken { taken: 0, left: Vec::new(), over: Vec::new() };
    let mut starter = Starter { checkpoint, asked: BTreeSet::new(), found };
    recipe.visit(&mut starter);
    let Starter { asked, found, .. } = starter;
    let over = checkpoint.weights.keys().filter(|name| !asked.contains(*name)).cloned().collect();
    Taken { over, ..found }
}

struct Starter<'a> {
    checkpoint: &'a Checkpoint,
    asked: BTreeSet<String>,
    found: Taken,
}

impl Visitor for Starter<'_> {
    fn tensor(
        &mut self,
        part: Part,
        name: &str,
        shape: &[usize],
        _: &dyn Fn() -> Vec<f32>,
    ) -> Option<Vec<f32>> {
        self.asked.insert(name.to_owned());
        let tensors = match part {
            Part::Weights => &self.checkpoint.weights,
            Part::State => &self.checkpoint.state,
            Part::Standing | Part::Memory => return None,
        };
        let fits = tensors.get(name).filter(|stored| stored.shape == shape);
        match fits {
            Some(stored) => {
                self.found.taken += 1;
                Some(stored.values.clone())
            }
            None => {
                self.found.left.push(name.to_owned());
                None
            }
        }
    }

    fn counter(&mut self, _: &str, _: &mut u64) {}
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
            Part::Weights | Part::Standing => &mut self.0.weights,
            Part::State | Part::Memory => &mut self.0.state,
        };
        tensors.insert(name.to_owned(), stored);
        None
    }

    fn counter(&mut self, name: &str, value: &mut u64) {
        self.0.counters.insert(name.to_owned(), *value);
    }
}

struct Loader<'a> {
    weights: &'a BTreeMap<String, Stored>,
    /// What only training needs.
    rest: Option<&'a Checkpoint>,
    problems: Vec<String>,
}

impl Loader<'_> {
    fn load(mut self, recipe: &mut dyn Recipe) -> Result<(), String> {
        recipe.visit(&mut self);
        match self.problems.first() {
            None => Ok(()),
            Some(first) => Err(format!("{first} ({} such problems)", self.problems.len())),
        }
    }

    fn find(&self, part: Part) -> Option<&BTreeMap<String, Stored>> {
        match part {
            Part::Weights | Part::Standing => Some(self.weights),
            Part::State | Part::Memory => self.rest.map(|checkpoint| &checkpoint.state),
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
        let Some(checkpoint) = self.rest else { return };
        match checkpoint.counters.get(name) {
            Some(saved) => *value = *saved,
            None => self.problems.push(format!("counter \"{name}\" is missing")),
        }
    }
}
