//! The run doctor: looks at the figures of every step and says when something goes wrong, and what to do about it.
//!
//! Figures are averaged over windows of [`WINDOW`] steps, and an alarm needs several bad windows in a row: single
//! batches prove nothing. An alarm is raised once, and again only after it has passed. Everything depends on steps
//! alone, never on the clock, and all that is remembered is saved with each checkpoint, so a resumed training raises
//! the same alarms at the same steps.
//!
//! | alarm | when |
//! |---|---|
//! | critic too strong | it is right about 99 % of the real and of the painted pictures in 10 windows in a row |
//! | critic too weak | it is right about less than 52 % of all pictures in 10 windows in a row |
//! | divergence | a loss stays far above where it began for 3 windows in a row |
//! | no progress | what should fall has not fallen for half of the training, and for 5,000 steps at least |
//! | memorising | the share of painted copies is high at 3 looks in a row (a judge must tell it) |
//!
//! Mode collapse has a watch of its own, [`crate::measure::CollapseWatch`].

mod critic;
mod growth;
mod memory;
mod progress;
mod remedy;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use critic::CriticWatch;
pub use growth::GrowthWatch;
pub use memory::MemoryWatch;
pub use progress::ProgressWatch;

use crate::recipe::{Falls, Losses, Signs};

/// Steps in a window.
pub const WINDOW: u64 = 50;

/// What could be the matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trouble {
    /// The paintings are all alike.
    Collapse,
    /// The critic is never wrong, so the painter learns nothing from it.
    CriticTooStrong,
    /// The critic guesses, so the painter learns nothing from it.
    CriticTooWeak,
    /// Losses grow without bound, or are no numbers any more.
    Divergence,
    /// What should fall has stopped falling.
    NoProgress,
    /// Paintings are copies of the pictures that it learns from.
    Memorising,
}

impl Trouble {
    /// The alarm's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Collapse => "mode collapse",
            Self::CriticTooStrong => "critic too strong",
            Self::CriticTooWeak => "critic too weak",
            Self::Divergence => "divergence",
            Self::NoProgress => "no progress",
            Self::Memorising => "memorising",
        }
    }
}

/// Watches over one training.
#[derive(Debug, Clone, PartialEq)]
pub struct Doctor {
    signs: Signs,
    memory: Remembered,
}

/// All that must be kept for an exact resume.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
struct Remembered {
    /// Steps in the present window.
    steps: u64,
    /// Sums over the present window, in the order of [`Doctor::figures`].
    sums: Vec<f64>,
    critic: CriticWatch,
    growth: GrowthWatch,
    progress: ProgressWatch,
    copies: MemoryWatch,
}

impl Doctor {
    /// A doctor for a recipe with these signs.
    pub fn new(signs: Signs) -> Self {
        Self { signs, memory: Remembered::default() }
    }

    /// Takes the figures of a step; `step` counts those that are done. Figures that aren't finite are for others. Gives what
    /// is the matter, in words.
    pub fn step(&mut self, step: u64, losses: &Losses) -> Vec<(Trouble, String)> {
        let names = self.figures();
        let memory = &mut self.memory;
        memory.sums.resize(names.len(), 0.0);
        for (sum, name) in memory.sums.iter_mut().zip(&names) {
            *sum += losses.iter().find(|(known, _)| known == name).map_or(0.0, |(_, value)| *value);
        }
        memory.steps += 1;
        if memory.steps < WINDOW {
            return Vec::new();
        }
        let means: Vec<f64> = memory.sums.iter().map(|sum| sum / memory.steps as f64).collect();
        (memory.steps, memory.sums) = (0, Vec::new());
        self.window(step, &means)
    }

    /// Takes what a judge says: the share of painted pictures that are copies.
    pub fn look(&mut self, copies: f64) -> Option<(Trouble, String)> {
        self.memory.copies.look(copies)
    }

    /// What must be kept for an exact resume.
    pub fn state(&self) -> Value {
        // Sums of finite numbers and counters: always a JSON object.
        serde_json::to_value(&self.memory).unwrap_or_default()
    }

    /// Goes on from a kept state; a run of an older version has none, and is watched from now on.
    pub fn restore(&mut self, state: Option<&Value>) {
        let read = state.and_then(|state| serde_json::from_value(state.clone()).ok());
        self.memory = read.unwrap_or_default();
    }

    /// Forgets what led to a trouble that has been treated, so that the remedy is given time to work.
    pub fn treated(&mut self, trouble: Trouble) {
        if trouble == Trouble::Memorising {
            self.memory.copies = MemoryWatch::default();
            return;
        }
        (self.memory.steps, self.memory.sums) = (0, Vec::new());
        self.memory.critic.begin_again();
        self.memory.growth.begin_again();
    }

    /// The figures that are averaged: the critic's two, what should fall, the losses.
    fn figures(&self) -> Vec<&'static str> {
        let critic = self.signs.critic.into_iter().flatten();
        critic
            .chain(self.signs.falls.map(|falls| falls.name))
            .chain(self.signs.losses.iter().copied())
            .collect()
    }

    fn window(&mut self, step: u64, means: &[f64]) -> Vec<(Trouble, String)> {
        let (critic, rest) = means.split_at(if self.signs.critic.is_some() { 2 } else { 0 });
        let (falls, losses) = rest.split_at(usize::from(self.signs.falls.is_some()));
        let mut raised = Vec::new();
        if let &[real, painted] = critic {
            raised.extend(self.memory.critic.window(real, painted));
        }
        if let (&[value], Some(Falls { from, .. })) = (falls, self.signs.falls)
            && step >= from + WINDOW
        {
            raised.extend(self.memory.progress.window(step, value));
        }
        raised.extend(self.memory.growth.window(self.signs.losses, losses));
        raised
    }
}

#[cfg(test)]
mod tests;
