//! Losses that grow without bound.
//!
//! What is far depends on the loss: nats of a picture are in the thousands, a game's losses near 1. So it is measured
//! by where the loss began: an untrained network's loss is a natural scale, and a training that is thirty times as far
//! above it as it was above zero is not coming back. The critic's logits of a game out of balance may carry its losses
//! to 10 or 20, which is bad but has an alarm of its own.

use serde::{Deserialize, Serialize};

use super::Trouble;

/// How far above its beginning, in sizes of its beginning, a loss must be.
pub(super) const FAR: f64 = 30.0;
/// So many windows in a row.
pub(super) const PATIENCE: u64 = 3;

/// Watches losses that are made small.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct GrowthWatch {
    /// The first window's losses.
    first: Vec<f64>,
    far_in_a_row: u64,
    is_sounding: bool,
}

impl GrowthWatch {
    /// Takes the means of the losses of these names.
    pub fn window(&mut self, names: &[&'static str], losses: &[f64]) -> Option<(Trouble, String)> {
        if self.first.len() != losses.len() {
            self.first = losses.to_vec();
        }
        let limit = |first: f64| first + FAR * (first.abs() + 1.0);
        let mut all = names.iter().zip(losses).zip(&self.first);
        let far = all.find(|((_, loss), first)| **loss > limit(**first));
        self.far_in_a_row = if far.is_some() { self.far_in_a_row + 1 } else { 0 };
        self.is_sounding &= far.is_some();
        let ((name, loss), first) = far.filter(|_| self.far_in_a_row >= PATIENCE && !self.is_sounding)?;
        self.is_sounding = true;
        let message = format!(
            "the loss \"{name}\" has grown to {loss:.3} (it began at {first:.3}) and stays there: the training is \
             blowing up"
        );
        Some((Trouble::Divergence, message))
    }

    pub(super) fn begin_again(&mut self) {
        (self.far_in_a_row, self.is_sounding) = (0, false);
    }
}
